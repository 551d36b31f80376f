import {
  cpSync,
  createReadStream,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { run, tryRun } from '@slipway/effects';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faultProxy } from './fault-proxy.ts';
import { plansIn } from './plans-in.ts';
import { type ThrowawayWorkspace, throwawayWorkspace } from './throwaway-workspace.ts';

const product = resolve(import.meta.dirname, '../..');
const script = 'tools/docker/build_and_push.sh';
const origin = 'https://github.com/example/digits.git';

/** The dev image of `cpu`, made with the script that the guide names and used as it says. */
describe('the dev image', () => {
  let workspace: ThrowawayWorkspace;
  let repository: string;
  let secrets: string;
  const planted = `planted-${Math.random().toString(36).slice(2)}`;
  const call = async (...args: string[]) => {
    const env = { NX_DAEMON: 'false', NX_TUI: 'false', CI: 'true' };
    const files = {
      SSL_CERT_FILE: join(secrets, 'ca.crt'),
      UV_CONFIG_FILE: join(secrets, 'uv.toml'),
      PIP_CONFIG_FILE: join(secrets, 'pip.conf'),
    };
    // Called as someone does who is anywhere else.
    const command = { file: workspace.path(script), args, cwd: tmpdir(), env: { ...env, ...files } };
    const { exitCode, stdout, stderr } = await tryRun({ ...command, timeoutMs: 1_200_000 });
    return { exitCode, printed: stdout + stderr };
  };
  const docker = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await workspace.docker('run', '--rm', ...args);
    return { exitCode, printed: stdout + stderr };
  };
  const git = async (...args: string[]) => {
    const author = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org'];
    return (await run({ file: 'git', args: [...author, ...args], cwd: workspace.path('examples/digits') }))
      .stdout;
  };
  beforeAll(async () => {
    workspace = await throwawayWorkspace();
    repository = workspace.repositories.base.replace(/base$/, 'linnaeus');
    workspace.edit('slipway.toml', (text) => text.replace(/^dev\s*=.*$/m, `dev = "${repository}"`));
    cpSync(join(product, script), workspace.path(script), { recursive: true });
    secrets = mkdtempSync(join(tmpdir(), 'slipway-secrets-'));
    const bundle = readFileSync(process.env.SSL_CERT_FILE ?? '/etc/ssl/certs/ca-certificates.crt', 'utf8');
    writeFileSync(join(secrets, 'ca.crt'), `# ${planted}\n${bundle}`);
    writeFileSync(join(secrets, 'uv.toml'), `# ${planted}\n`);
    writeFileSync(join(secrets, 'pip.conf'), `# ${planted}\n[global]\n`);
    // Files of this test's own, so that the steps that see secrets are really done.
    workspace.write('examples/digits/digits/of_this_test.py', `NAME = "${repository}"\n`);
    // A repository of its own, as people have them.
    await git('init', '--quiet', '--initial-branch=main');
    await git('remote', 'add', 'origin', origin);
    await git('add', '--all');
    await git('commit', '--quiet', '--message', 'feat: begin');
  });
  afterAll(async () => {
    if (workspace) {
      const digests = workspace.records('dev-cpu').map(({ digest }) => digest);
      await removeImages(workspace, repository, digests);
    }
    workspace?.dispose();
    rmSync(secrets, { recursive: true, force: true });
  });

  it('is planned for every architecture, with its compiler, its GPUs and the wheel', async () => {
    const substitute = `${workspace.registry}/slipway/none@sha256:${'a'.repeat(64)}`;
    const settings = workspace.read('.slipway/machine.json');
    workspace.changeMachine(({ substitutes }) => {
      for (const version of ['12.6.3', '12.8.1']) {
        substitutes[`nvidia/cuda:${version}-devel-ubuntu24.04`] = substitute;
      }
    });
    const images: Record<string, string> = {};
    for (const name of ['', 'turing', 'hopper']) {
      const asked = name ? [`--architecture=${name}`] : [];
      const { exitCode, printed } = await call('--dry-run', ...asked);
      expect(exitCode, printed).toBe(0);
      const [{ architecture = '', builds = [] } = {}] = plansIn(printed);
      const { CUDA_DEVEL_IMAGE, CUDA_ARCH_LIST, FLASH_ATTENTION } = builds[0]?.arguments ?? {};
      images[architecture] = `${CUDA_DEVEL_IMAGE} ${CUDA_ARCH_LIST} ${FLASH_ATTENTION}`;
      expect(builds[0]?.load).toEqual([`${repository}:dev`, `${repository}:dev-${architecture}`]);
    }
    workspace.write('.slipway/machine.json', settings);
    expect(images).toEqual({
      ampere: 'nvidia/cuda:12.6.3-devel-ubuntu24.04 8.0;8.6 installed',
      turing: 'nvidia/cuda:12.6.3-devel-ubuntu24.04 7.5 none',
      hopper: 'nvidia/cuda:12.8.1-devel-ubuntu24.04 9.0 installed',
    });
    // Without them the developer image is nowhere, which is said before anything is built.
    const { exitCode, printed } = await call('--dry-run', '--architecture=turing');
    expect(exitCode).not.toBe(0);
    expect(printed).toMatch(/error\[[a-z-]+\] the foreign image nvidia\/cuda:12\.6\.3-devel-ubuntu24\.04/);
  });

  it('says how it is called', async () => {
    const { exitCode, printed } = await call('--help');
    expect(exitCode).toBe(0);
    expect(printed).toContain('usage: tools/docker/build_and_push.sh [--push]');
  });

  it.each([
    [['--bogus'], 'there is no option "--bogus"'],
    [['push'], 'there is no option "push"'],
    [['--push=yes'], 'there is no option "--push=yes"'],
    [['--dry-run', '--plan'], '--plan has no value'],
    [['--architecture', '--push'], '--architecture has no value'],
    [['--builder='], '--builder has no value'],
  ])('called with %j says how it is called', async (args: string[], what) => {
    const { exitCode, printed } = await call(...args);
    expect(printed.split('\n')).toEqual([
      `error[usage] ${what}`,
      expect.stringMatching(/^usage: tools\/docker\/build_and_push\.sh \[--push\] /),
    ]);
    expect(exitCode).toBe(2);
  });

  it('takes a value with and without =', async () => {
    const asked = ['--architecture', 'nowhere', '--dry-run'];
    for (const args of [asked, ['--architecture=nowhere', '--dry-run']]) {
      expect((await call(...args)).printed).toContain(
        'error[architecture-unknown] there is no architecture "nowhere"',
      );
    }
  });

  it('asks for the packages in a clone that has none, and fetches no other Nx', async () => {
    const clone = mkdtempSync(join(tmpdir(), 'slipway-clone-'));
    try {
      cpSync(join(product, script), join(clone, script), { recursive: true });
      const { exitCode, stdout, stderr } = await tryRun({ file: join(clone, script), args: ['--push'] });
      expect(stdout + stderr).toBe(
        `error: the packages of this workspace are not installed: run npm ci in ${clone} first`,
      );
      expect(exitCode).toBe(1);
    } finally {
      rmSync(clone, { recursive: true, force: true });
    }
  });

  it.each([
    ['runtime-image:build-dev', '--dryrun', 'build-dev has no option --dryrun', 'write --dry-run'],
    ['base-cpu:build-image', '--plan', '--plan has no value', 'write --plan=VALUE'],
    ['runtime-image:build-image', '--sbon', 'build-image has no option --sbon', 'write --sbom'],
  ])('%s %s is answered by what to write', async (target, option, message, remedy) => {
    const { exitCode, stdout, stderr } = await workspace.nx('run', target, option);
    expect(exitCode).toBe(1);
    expect(stdout + stderr).toContain(`error[usage] ${message}\n  fix: ${remedy}\n`);
    expect(`${stdout}${stderr}`.match(/error\[usage\]/g)).toHaveLength(1);
    expect(stdout + stderr).not.toMatch(/SchemaError|UnhandledPromise/);
  });

  it('is built without an argument, for the engine of this machine', async () => {
    for (const name of readdirSync(workspace.path('architectures'))) {
      if (name !== 'cpu') rmSync(workspace.path('architectures', name), { recursive: true });
    }
    const { exitCode, printed } = await call();
    expect(exitCode, printed).toBe(0);
    expect(printed).toContain('for cpu, chosen by default');
    const [, start = ''] = /^ {2}start {3}(.*)$/m.exec(printed) ?? [];
    expect(start).toMatch(new RegExp(`run -it --rm ${repository}:dev$`));
    // No terminal here.
    const [file = '', ...args] = start.replace(' -it ', ' -i ').split(' ');
    const shell = await tryRun({ file, args, cwd: workspace.root, input: 'ninja --version\n' });
    expect(shell, shell.stderr).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^\d/) });
    const [record] = workspace.records('dev-cpu');
    expect(record).toMatchObject({ outcome: 'built', digest: expect.stringMatching(/^sha256:/) });
    console.log(`dev-cpu built in ${record?.durationSeconds} s`);
    expect(await workspace.tags('base')).toEqual([]);
  });

  it('is carried out as a plan that was printed, and refuses to send it elsewhere', async () => {
    const dry = await call('--dry-run');
    workspace.write('plan.json', dry.printed);
    const plan = `--plan=${workspace.path('plan.json')}`;
    const { exitCode, printed } = await call(plan);
    expect(exitCode, printed).toBe(0);
    const [planned, made] = workspace.records('dev-cpu').slice(-2);
    expect(made?.plan.key).toBe(planned?.plan.key);
    const elsewhere = await call(plan, '--push');
    expect(elsewhere.printed).toMatch(/error\[usage\] .*plan\.json: --push was given/);
  });

  it('starts in the three ways of the guide', async () => {
    const image = `${repository}:dev`;
    const tools = ['uv', 'rclone', 'git', 'ninja', 'g++', 'make', 'ruff', 'pytest'];
    const first = await docker(image, 'bash', '-c', tools.map((tool) => `${tool} --version`).join(' && '));
    expect(first.exitCode, first.printed).toBe(0);
    const second = await docker(image, '-c', 'import digits.of_this_test as it; print(it.NAME, it.__file__)');
    expect(second).toEqual({
      exitCode: 0,
      printed: `${repository} /app/digits/digits/of_this_test.py`,
    });
    const third = await docker('--entrypoint', '/bin/bash', image, '-c', 'echo "$0 in $(pwd)"; which python');
    expect(third).toEqual({ exitCode: 0, printed: '/bin/bash in /app\n/opt/venv/bin/python' });
  });

  it('has the checkout as git knows it, whoever looks at it', async () => {
    const looks = 'cd /app/digits && git status --short --branch && git log --format=%H && git remote -v';
    const expected = `## main...origin/main\n${await git('rev-parse', 'HEAD')}\norigin\t${origin} (fetch)\norigin\t${origin} (push)`;
    for (const user of ['0:0', '1000:1000']) {
      const looked = await docker('--user', user, `${repository}:dev`, 'bash', '-c', looks);
      expect(looked).toEqual({ exitCode: 0, printed: expected });
    }
  });

  it('installs with uv where python finds it, in the form of the guide too', async () => {
    // A project whose extra is there already, and which needs no index to be built.
    const project = `mkdir /tmp/it && cd /tmp/it
cat > pyproject.toml <<'TOML'
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "it"
version = "1"
optional-dependencies.dev = ["pytest"]
TOML
cat > backend.py <<'PYTHON'
import zipfile
def build_wheel(folder, config_settings=None, metadata_directory=None):
    about = ["Metadata-Version: 2.1", "Name: it", "Version: 1", "Provides-Extra: dev", "Requires-Dist: pytest; extra == 'dev'"]
    with zipfile.ZipFile(f"{folder}/it-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr("it.py", "import pytest")
        wheel.writestr("it-1.dist-info/METADATA", chr(10).join(about))
        wheel.writestr("it-1.dist-info/WHEEL", chr(10).join(["Wheel-Version: 1.0", "Root-Is-Purelib: true", "Tag: py3-none-any"]))
        wheel.writestr("it-1.dist-info/RECORD", "")
    return "it-1-py3-none-any.whl"
PYTHON
`;
    for (const system of ['--system', '']) {
      const install = `${project}uv pip install --offline --quiet ${system} '.[dev]'; cd /; python -c 'import it; print(it.__file__)'`;
      const { printed } = await docker(`${repository}:dev`, 'bash', '-ec', install);
      expect(printed).toMatch(/^\/opt\/venv\/lib\/python3\.\d+\/site-packages\/it\.py$/);
    }
    // And an environment that someone made stays what uv installs into.
    const own = `${project}uv venv --quiet /tmp/own; . /tmp/own/bin/activate; uv pip install --offline --quiet .; python -c 'import it' 2>&1 | tail -1; ls /tmp/own/lib/*/site-packages/it.py`;
    const { printed } = await docker(`${repository}:dev`, 'bash', '-ec', own);
    expect(printed).toContain('/tmp/own/lib/python3');
  });

  it('has the versions of the locks, and builds native code', async () => {
    const locked = ['requirements', 'dev'].flatMap((name) => [
      ...workspace.read(`architectures/cpu/${name}.lock`).matchAll(/^([\w.-]+)==(\S+) \\$/gm),
    ]);
    expect(locked.length).toBeGreaterThan(10);
    const { printed } = await docker(`${repository}:dev`, 'uv', 'pip', 'freeze', '--quiet');
    const installed = printed.split('\n');
    for (const [, name, version] of locked) expect(installed).toContain(`${name}==${version}`);
    expect(installed).toContain('-e file:///app/digits');
    const source = [
      '#include <Python.h>',
      'static PyModuleDef it = {PyModuleDef_HEAD_INIT, "it"};',
      'PyMODINIT_FUNC PyInit_it() { return PyModule_Create(&it); }',
    ];
    const compile = `cd /tmp && cat > it.cpp <<'CPP' && g++ -shared -fPIC $(python3-config --includes) it.cpp -o it.so && python -c 'import it'
${source.join('\n')}
CPP
`;
    const built = await docker(`${repository}:dev`, 'bash', '-c', compile);
    expect(built.exitCode, built.printed).toBe(0);
  });

  it('holds nothing of the files that were secrets while it was built', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'slipway-saved-'));
    try {
      const saved = join(folder, 'image.tar');
      const { exitCode, stderr } = await workspace.docker('save', '--output', saved, `${repository}:dev`);
      expect(exitCode, stderr).toBe(0);
      await run({ file: 'tar', args: ['-xf', saved, '-C', folder] });
      rmSync(saved);
      const blobs = readdirSync(join(folder, 'blobs/sha256'));
      expect(blobs.length).toBeGreaterThan(5);
      for (const blob of blobs) {
        expect(await holds(join(folder, 'blobs/sha256', blob), planted), blob).toBe(false);
      }
      const log = readFileSync(workspace.path(workspace.records('dev-cpu')[0]?.log ?? ''), 'utf8');
      expect(log).not.toContain(planted);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('is not begun for a push that nobody is logged in for', async () => {
    const proxy = await faultProxy(workspace.registry);
    proxy.fail({ method: 'POST', path: /linnaeus\/blobs\/uploads/, does: 401 });
    const settings = workspace.read('.slipway/machine.json');
    workspace.changeMachine((machine) => {
      machine.repositories = { '*': proxy.at };
    });
    const before = workspace.records('dev-cpu').length;
    const { exitCode, printed } = await call('--push');
    workspace.write('.slipway/machine.json', settings);
    await proxy.close();
    expect(exitCode).not.toBe(0);
    expect(printed).toMatch(/error\[registry-denied\] .* refuses access to \S+\/linnaeus/);
    expect(printed).toContain(`docker login ${proxy.at}`);
    expect(workspace.records('dev-cpu')).toHaveLength(before);
  });

  it('is pushed under its key tag and what people call it, once', async () => {
    const pushed = await call('--push');
    expect(pushed.exitCode, pushed.printed).toBe(0);
    const answer = await fetch(`http://${workspace.registry}/v2/${repository}/tags/list`);
    const { tags } = (await answer.json()) as { tags: string[] };
    const keyTag = workspace.records('dev-cpu').at(-1)?.plan.keyTag;
    expect(tags.sort()).toEqual(['dev', 'dev-cpu', keyTag, `${keyTag}.build`].sort());
    // As a layer was put into the engine first, so BuildKit pushes it, here and in a base. The application's is this test's.
    const accept = 'application/vnd.oci.image.manifest.v1+json';
    const url = `http://${workspace.registry}/v2/${repository}/manifests/dev`;
    const manifest = await (await fetch(url, { headers: { accept } })).json();
    const { layers } = manifest as { layers: { mediaType: string }[] };
    expect(layers.at(-2)?.mediaType).toBe('application/vnd.oci.image.layer.v1.tar+zstd');
    const again = await call('--push');
    expect(again.printed).toMatch(/dev-cpu: built already in \d/);
    expect(workspace.records('dev-cpu').at(-1)?.outcome).toBe('current');
  });

  it('is refused while its lock does not follow from the one below it', async () => {
    workspace.edit('architectures/cpu/dev.lock', (text) => text.replace(/sha256:./, 'sha256:x'));
    const { exitCode, printed } = await call();
    expect(exitCode).not.toBe(0);
    expect(printed).toMatch(/error\[lock-stale\] architectures\/cpu\/dev\.lock: .*\n\s+fix: .*base-cpu:lock/);
    const checked = await workspace.nx('run', 'base-images:lock', '--check');
    expect(checked.stdout + checked.stderr).toContain('error[lock-stale] architectures/cpu/dev.lock');
  });
});

/** Takes out of the engine what was put there under a name, or was once and has none any more. */
async function removeImages(
  { docker }: ThrowawayWorkspace,
  repository: string,
  digests: readonly (string | undefined)[],
): Promise<void> {
  const list = async () => {
    const { stdout } = await docker('images', '--all', '--no-trunc', '--format={{.Repository}} {{.ID}}');
    const lines = stdout.split('\n').map((line) => line.split(' '));
    const ours = lines.filter(([name, id = '']) => name?.endsWith(repository) || digests.includes(id));
    return [...new Set(ours.map(([, id = '']) => id))];
  };
  const images = await list();
  if (images.length > 0) await docker('rmi', '--force', ...images);
  expect(await list()).toEqual([]);
}

/** Whether a blob of a saved image holds a text, whatever it is compressed with. */
async function holds(path: string, text: string): Promise<boolean> {
  const [first] = (await createReadStream(path, { start: 0, end: 3 }).toArray()) as Buffer[];
  const stream = createReadStream(path);
  const [, unpacked] = [
    ['1f8b', () => stream.pipe(createGunzip())] as const,
    ['28b52ffd', () => stream.pipe(createZstdDecompress())] as const,
  ].find(([magic]) => first?.toString('hex').startsWith(magic)) ?? ['', () => stream];
  let tail: Buffer = Buffer.alloc(0);
  for await (const chunk of unpacked()) {
    const both = Buffer.concat([tail, chunk as Buffer]);
    if (both.includes(text)) return true;
    tail = both.subarray(-text.length);
  }
  return false;
}
