import { expect, it } from 'vitest';
import { readLock, splitLock } from './lock.ts';

const lock = `# header
filelock==3.19.1 \\
    --hash=sha256:aa \\
    --hash=sha256:ab
    # via torch
jinja2==3.1.6 \\
    --hash=sha256:ba
    # via
    #   flask
    #   torch
colorama==0.4.6 ; sys_platform == 'win32' \\
    --hash=sha256:ca
    # via tqdm
markupsafe==3.0.3 \\
    --hash=sha256:da
    # via jinja2
torch==2.7.1 \\
    --hash=sha256:ea
    # via
    #   -c constraints.txt
    #   -r requirements.in
nvidia-cublas-cu12==12.6.4.1 ; sys_platform == 'linux' \\
    --hash=sha256:ec
    # via torch
tqdm==4.67.1 \\
    --hash=sha256:fa
    # via -r requirements.in
`;

it('reads name, version and who asked for it', () => {
  expect(readLock(lock).map(({ name, version, via }) => [name, version, via])).toEqual([
    ['filelock', '3.19.1', ['torch']],
    ['jinja2', '3.1.6', ['flask', 'torch']],
    ['colorama', '0.4.6', ['tqdm']],
    ['markupsafe', '3.0.3', ['jinja2']],
    ['torch', '2.7.1', []],
    ['nvidia-cublas-cu12', '12.6.4.1', ['torch']],
    ['tqdm', '4.67.1', []],
  ]);
});

it('puts CUDA, torch with the rest that it stands on, and everything else into parts, nothing lost', () => {
  const { cuda, torch, dependencies } = splitLock(lock);
  expect(readLock(cuda).map(({ name }) => name)).toEqual(['nvidia-cublas-cu12']);
  expect(readLock(torch).map(({ name }) => name)).toEqual(['filelock', 'jinja2', 'markupsafe', 'torch']);
  expect(readLock(dependencies).map(({ name }) => name)).toEqual(['colorama', 'tqdm']);
  expect(dependencies).toBe(
    "colorama==0.4.6 ; sys_platform == 'win32' \\\n    --hash=sha256:ca\ntqdm==4.67.1 \\\n    --hash=sha256:fa\n",
  );
});

it('has an empty torch part where there is no torch', () => {
  expect(splitLock('numpy==2.3.0 \\\n    --hash=sha256:aa\n').torch).toBe('');
});

it('reads an exact wheel, as a nightly is locked', () => {
  const wheel = 'https://example.org/torch-2.9.0.dev20250801%2Bcu128-cp312-cp312-manylinux_2_28_x86_64.whl';
  const text = `filelock==3.19.1 \\\n    --hash=sha256:aa\n    # via torch\ntorch @ ${wheel}#sha256=ab \\\n    --hash=sha256:ab\n`;
  expect(readLock(text)[1]).toMatchObject({ name: 'torch', version: '2.9.0.dev20250801' });
  expect(readLock(splitLock(text).torch).map(({ name }) => name)).toEqual(['filelock', 'torch']);
});
