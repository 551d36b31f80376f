import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { splitLock } from '../../packages/images/src/lock.ts';
import { plansIn } from './plans-in.ts';
import { type ThrowawayWorkspace, throwawayWorkspace } from './throwaway-workspace.ts';

let workspace: ThrowawayWorkspace;
beforeAll(async () => {
  workspace = await throwawayWorkspace();
});
afterAll(() => workspace?.dispose());

const nx = async (...args: string[]) => {
  const { exitCode, stdout, stderr } = await workspace.nx(...args);
  return { exitCode, printed: `${stdout}\n${stderr}` };
};

describe('a lock', () => {
  afterEach(async () => {
    await workspace.git('checkout', '--quiet', '--', '.');
    await workspace.git('clean', '--quiet', '-fd', 'architectures');
  });

  it('follows a new dependency with one command, and is told to be stale before', async () => {
    workspace.edit('examples/digits/pyproject.toml', (text) =>
      text.replace('"pyyaml>=6.0"', '"pyyaml>=6.0",\n    "tqdm>=4"'),
    );
    const stale = await nx('run', 'base-images:lock', '--check', '--architectures=cpu');
    expect(stale.exitCode).toBe(1);
    expect(stale.printed).toContain('error[lock-stale] architectures/cpu/requirements.lock');
    expect(await nx('run', 'base-cpu:lock')).toMatchObject({ exitCode: 0 });
    expect(workspace.read('architectures/cpu/requirements.lock')).toMatch(/^tqdm==/m);
    expect(await nx('run', 'base-images:lock', '--check', '--architectures=cpu')).toMatchObject({
      exitCode: 0,
    });
  });

  it('names a foreign image by its digest, and stays when the tag is moved', async () => {
    const { reference, move } = await foreignImage();
    workspace.edit('slipway.toml', (text) => `${text}\n[images]\nos = "${reference}"\n`);
    expect(await nx('run', 'base-cpu:lock')).toMatchObject({ exitCode: 0 });
    const [, locked] = /@(sha256:\w+)/.exec(workspace.read('architectures/images.lock')) ?? [];
    await move();
    const planned = async () => {
      const { stdout } = await workspace.nx('run', 'base-cpu:build-image', '--dry-run');
      return plansIn(stdout)[0]?.components.os;
    };
    expect(await planned()).toMatchObject({ digest: locked });
    expect(await nx('run', 'base-cpu:lock', '--upgrade')).toMatchObject({ exitCode: 0 });
    expect(workspace.read('architectures/images.lock')).not.toContain(locked);
    // A lock of what nothing is built from any more is stale.
    await workspace.git('checkout', '--quiet', '--', 'slipway.toml');
    const check = await nx('run', 'base-images:lock', '--check');
    expect(check.printed).toContain('error[lock-stale] architectures/images.lock');
    expect(check.exitCode).toBe(1);
  });

  it('is not made when a dependency wants another torch: who wants what is told', async () => {
    workspace.edit('examples/digits/pyproject.toml', (text) =>
      text.replace('torch = ["torch>=2.6"]', 'torch = ["torch>=2.6", "torchvision==0.20.1"]'),
    );
    const before = workspace.read('architectures/turing/requirements.lock');
    const { exitCode, printed } = await nx('run', 'base-turing:lock');
    expect(exitCode).toBe(1);
    expect(printed).toContain('error[lock-unsolvable]');
    expect(printed).toMatch(/torchvision==0\.20\.1 depends on torch==2\.5\.1/);
    expect(workspace.read('architectures/turing/requirements.lock')).toBe(before);
  });

  it('with a hash that does not match stops the build: the package is named, nothing is pushed', async () => {
    workspace.edit('architectures/cpu/requirements.lock', (text) =>
      text.replace(
        /^(pyyaml==[^\n]*\\\n)(?: +--hash=\S+(?: \\)?\n)+/m,
        `$1    --hash=sha256:${'0'.repeat(64)}\n`,
      ),
    );
    const { exitCode, printed } = await nx('run', 'base-cpu:build-image');
    expect(exitCode).toBe(1);
    expect(printed).toMatch(/error\[hash-mismatch\] pyyaml\S* does not have the hash that the lock states/);
    expect(await workspace.tags('base')).toEqual([]);
    expect(workspace.records('base-cpu').at(-1)).toMatchObject({ outcome: 'failed' });
  });
});

/** An image in the registry that nobody here made, whose tag its owner can move. */
async function foreignImage(): Promise<{ reference: string; move: () => Promise<void> }> {
  const { substitutes } = JSON.parse(workspace.read('.slipway/machine.json'));
  const image = String(substitutes['ubuntu:24.04']);
  const repository = `${image.split('@')[0]?.replace(/:\d+$/, '')}`;
  const tag = `test-${Date.now()}`;
  const address = `http://${repository.replace('/', '/v2/')}/manifests`;
  const type =
    'application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json';
  const answer = await fetch(`${address}/${image.split('@')[1]}`, { headers: { accept: type } });
  const raw = await answer.text();
  const headers = { 'content-type': answer.headers.get('content-type') ?? '' };
  const put = async (body: string) =>
    expect((await fetch(`${address}/${tag}`, { method: 'PUT', headers, body })).status).toBe(201);
  await put(raw);
  // The same image by other bytes.
  return { reference: `${repository}:${tag}`, move: () => put(`${raw}\n`) };
}

/** The base Dockerfile as a person calls it, with nothing but docker and the workspace. */
describe('docker buildx build -f tools/docker/Dockerfile.base', () => {
  const text = readFileSync(join(import.meta.dirname, '../../tools/docker/Dockerfile.base'), 'utf8');
  const call = (args: Record<string, string>, ...more: string[]) => {
    const { substitutes } = JSON.parse(workspace.read('.slipway/machine.json'));
    workspace.write(
      '.slipway/by-hand.Dockerfile',
      `${text}\nFROM scratch AS parts\nCOPY --from=locks /*.txt /\n`,
    );
    return workspace.docker(
      ...['buildx', 'build', '--builder=default', '--progress=plain', '-f', '.slipway/by-hand.Dockerfile'],
      ...['--provenance=false', `--build-context=ubuntu:24.04=docker-image://${substitutes['ubuntu:24.04']}`],
      // The certificates of this machine, where it has some of its own.
      ...(process.env.SSL_CERT_FILE ? ['--secret', `id=ca,src=${process.env.SSL_CERT_FILE}`] : []),
      ...Object.entries(args).map(([name, value]) => `--build-arg=${name}=${value}`),
      ...more,
      '.',
    );
  };
  const asTheGuideSays = {
    ARCHITECTURE: 'turing',
    MAX_JOBS: '4',
    BUILDKIT_INLINE_CACHE: '1',
    TORCH_CHANNEL: 'stable',
    TORCH_VER: '2.7.1+cu126',
    TORCH_CUDA_SUFFIX: 'cu126',
    CUDA_ARCH_LIST: '7.5',
    FA_VER: '',
  };

  it.each(['turing', 'ampere', 'hopper'])('splits the lock of %s as Slipway does', async (architecture) => {
    const out = workspace.path('.slipway/parts', architecture);
    const versions = architecture === 'turing' ? '' : '2.7.4.post1';
    const { exitCode, stderr } = await call(
      { ARCHITECTURE: architecture, FA_VER: versions },
      ...['--target=parts', `--output=type=local,dest=${out}`],
    );
    expect(exitCode, stderr).toBe(0);
    const parts = splitLock(workspace.read(`architectures/${architecture}/requirements.lock`));
    for (const [name, part] of Object.entries(parts)) {
      const names = (lines: string) =>
        lines.split('\n').flatMap((line) => /^[a-z][^\s\\;]*/.exec(line)?.[0] ?? []);
      expect(names(readFileSync(join(out, `${name}.txt`), 'utf8'))).toEqual(names(part));
    }
  });

  it('takes the arguments of the guide with one more', async () => {
    const { exitCode, stderr } = await call(asTheGuideSays, '--target=parts', '--output=type=cacheonly');
    expect(exitCode, stderr).toBe(0);
  });

  it.each([
    ['TORCH_VER', '2.6.0+cu126', "'2.6.0', but architectures/turing/architecture.toml says '2.7.1'"],
    ['TORCH_CUDA_SUFFIX', 'cu128', "'cu128', but architectures/turing/architecture.toml says 'cu126'"],
    ['CUDA_ARCH_LIST', '8.0;8.6', "'8.0;8.6', but architectures/turing/architecture.toml says '7.5'"],
    ['FA_VER', '2.7.4.post1', "'2.7.4.post1', but architectures/turing/architecture.toml says ''"],
  ])('refuses another %s, naming both values', async (name, value, both) => {
    const { exitCode, stderr } = await call(
      { ...asTheGuideSays, [name]: value },
      '--target=parts',
      '--output=type=cacheonly',
    );
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain(`error: ${name} is ${both}`);
  });

  it('refuses a compiler that does not know the GPUs', async () => {
    const { exitCode, stderr } = await call(
      { ARCHITECTURE: 'blackwell', FA_VER: '2.7.4.post1' },
      ...['--target=parts', '--output=type=cacheonly'],
    );
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain('whose compiler does not know 12.0: add --build-arg CUDA_DEVEL_IMAGE=');
  });

  it('says which argument the guide lacks', async () => {
    const { ARCHITECTURE: _, ...literally } = asTheGuideSays;
    const { exitCode, stderr } = await call(literally, '--target=parts', '--output=type=cacheonly');
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain('add--build-arg-ARCHITECTURE=name');
  });

  it('builds the base', async () => {
    const { exitCode, stderr } = await call(
      { ARCHITECTURE: 'cpu' },
      '--target=base',
      '--output=type=cacheonly',
    );
    expect(exitCode, stderr).toBe(0);
  });
});
