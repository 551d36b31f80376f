import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { machineFile, readMachine, run } from '@slipway/effects';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Inspection } from '../../packages/images/src/inspect.ts';
import { requestsFor } from './registry-log.ts';
import { type CosignSetup, setUpCosign } from './supply-chain-cosign.ts';
import { commit, type ThrowawayWorkspace, throwawayWorkspace } from './throwaway-workspace.ts';

/** Stands in every place where a secret lies on the machines that build. */
const secret = `planted-${Math.random().toString(36).slice(2)}`;
/** Stands in a Dockerfile. */
const planted = `s3krit-${Math.random().toString(36).slice(2)}`;

let workspace: ThrowawayWorkspace;
let folder: string;
let cosign: CosignSetup;
const before = { ...process.env };
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-supply-'));
  workspace = await throwawayWorkspace();
  cosign = await setUpCosign(folder);
  plantSecrets();
  // Unlike in any other test, so that no step of the application comes from a cache.
  workspace.write('examples/digits/digits/own.py', `own = "${Math.random()}"\n`);
  // Names as Python knows them are not those of the definition.
  workspace.edit('examples/digits/pyproject.toml', (text) =>
    text.replace('name = "digits"', 'name = "Digits.Train"'),
  );
  workspace.edit(
    'slipway.toml',
    (text) =>
      `${text}\n[[application.companion]]\nname = "ibrida"\nsource = "ibrida"\npath = "/app/ibrida_src"\n`,
  );
  workspace.write('ibrida/ibrida_lib/__init__.py', '');
  workspace.write(
    'ibrida/pyproject.toml',
    '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n\n[project]\nname = "ibrida-lib"\nversion = "7.8.9"\n',
  );
  await commit(workspace, 'feat: something of its own');
  await workspace.git('remote', 'add', 'origin', `https://user:${secret}@example.org/digits.git`);
});
afterAll(() => {
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  Object.assign(process.env, before);
  workspace?.dispose();
  rmSync(folder, { recursive: true, force: true });
});

function plantSecrets(): void {
  const copy = (name: string, places: (string | undefined)[], more: string) => {
    const from = places.find((place) => place !== undefined && existsSync(place));
    const to = join(folder, name);
    if (from === undefined) writeFileSync(to, '');
    else copyFileSync(from, to);
    writeFileSync(to, `${readFileSync(to, 'utf8')}\n${more}\n`);
    return to;
  };
  const home = homedir();
  // An index that nothing asks for by name is never asked, and its log-in lies there all the same.
  const index = `[[index]]\nname = "planted"\nurl = "https://user:${secret}@example.org/simple"\nexplicit = true`;
  const uv = [process.env.UV_CONFIG_FILE, join(home, '.config/uv/uv.toml'), '/etc/uv/uv.toml'];
  const pip = [process.env.PIP_CONFIG_FILE, join(home, '.config/pip/pip.conf'), '/etc/pip.conf'];
  process.env.UV_CONFIG_FILE = copy('uv.toml', uv, index);
  process.env.PIP_CONFIG_FILE = copy('pip.conf', pip, `# https://user:${secret}@example.org/simple`);
  process.env.PLANTED_TOKEN = secret;
}

async function nx(...args: string[]): Promise<{ exitCode: number; printed: string }> {
  const { exitCode, stdout, stderr } = await workspace.nx('run', ...args);
  return { exitCode, printed: `${stdout}\n${stderr}` };
}

/** What `slipway inspect --json` prints: JSON and nothing else. */
async function inspect(image: string, ...args: string[]): Promise<Inspection> {
  const { exitCode, stdout, stderr } = await workspace.slipway('inspect', image, '--json', ...args);
  expect(exitCode, stderr).toBe(0);
  return JSON.parse(stdout)[0];
}
const runtime = (tag: string) => `${workspace.repositories.runtime}:${tag}`;

const accept = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');
const at = (path: string) => fetch(`http://${workspace.registry}/v2/${path}`, { headers: { accept } });
const manifest = async (repository: string, name: string) =>
  (await at(`${repository}/manifests/${name}`)).text();

describe('what lies beside an image', () => {
  let plain: string[];
  const images = () =>
    Promise.all([
      manifest(workspace.repositories.base, 'cpu'),
      manifest(workspace.repositories.runtime, 'cpu-v0.1.0'),
    ]);

  it('is nothing unless it is asked for', async () => {
    const built = await nx('base-cpu:build-image');
    expect(built.exitCode, built.printed).toBe(0);
    const published = await nx('runtime-image:publish', '--architectures=cpu', '--as=v0.1.0');
    expect(published.exitCode, published.printed).toBe(0);
    plain = await images();
    expect((await workspace.tags('base')).filter((tag) => tag.startsWith('sha256-'))).toEqual([]);
    const found = await inspect(runtime('cpu-v0.1.0'));
    expect(found).toMatchObject({ kind: 'runtime', version: 'v0.1.0', sbom: null, provenance: null });
    expect(found.missing).toEqual(['no list of what it holds (SBOM)', 'no provenance', 'no signature']);
  });

  it('is an SBOM that fails where what it follows from is lost, until that is found again', async () => {
    const { base } = workspace.repositories;
    const [keyTag] = (await workspace.tags('base')).filter((tag) => tag.startsWith('cpu-'));
    const facts = await at(`${base}/manifests/${keyTag}.build`);
    const digest = facts.headers.get('docker-content-digest');
    const url = `http://${workspace.registry}/v2/${base}/manifests/${digest}`;
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(202);
    const failed = await nx('base-cpu:build-image', '--sbom');
    expect(failed.exitCode).toBe(1);
    expect(failed.printed).toContain('error[statement-impossible]');
    expect(failed.printed).toContain('npx nx run base-cpu:verify');
    const verified = await nx('base-cpu:verify');
    expect(verified.exitCode, verified.printed).toBe(0);
    const { layers } = JSON.parse(await manifest(base, `${keyTag}.build`));
    expect(layers).toEqual(JSON.parse(await facts.text()).layers);
  });

  it('is preceded by what images say of themselves, in labels and on their manifests', async () => {
    const [base, image] = (await images()).map((raw) => JSON.parse(raw).annotations);
    expect(base).toMatchObject({
      'org.opencontainers.image.title': expect.stringMatching(/base:cpu$/),
      'org.opencontainers.image.version': expect.stringMatching(/^cpu-[0-9a-f]{12}$/),
    });
    const said = {
      'org.opencontainers.image.title': 'Digits.Train for cpu',
      'org.opencontainers.image.description':
        'A small, genuine training program: handwritten digits with torch or numpy.',
      'org.opencontainers.image.version': 'v0.1.0',
      'org.opencontainers.image.licenses': 'Apache-2.0',
    };
    expect(image).toMatchObject(said);
    const raw = JSON.parse(await manifest(workspace.repositories.runtime, 'cpu-v0.1.0'));
    const config = await (await at(`${workspace.repositories.runtime}/blobs/${raw.config.digest}`)).json();
    expect(config).toMatchObject({ config: { Labels: said } });
  });

  it('comes there without a byte of the image being fetched, and leaves the image as it is', async () => {
    const log = readMachine(workspace.root).registryLog ?? '';
    expect(log, `${machineFile} names no access log`).not.toBe('');
    const from = readFileSync(log, 'utf8').length;
    workspace.edit('slipway.toml', (text) => `${text}\n[supply_chain]\nsbom = true\nprovenance = true\n`);
    const built = await nx('base-cpu:build-image');
    expect(built.exitCode, built.printed).toBe(0);
    const published = await nx('runtime-image:publish', '--architectures=cpu', '--as=v0.1.0');
    expect(published.exitCode, published.printed).toBe(0);
    expect(await images()).toEqual(plain);
    const layers = plain.flatMap((raw) => JSON.parse(raw).layers as { digest: string }[]);
    const fetched = requestsFor(log, from).filter(
      ({ method, path }) => method === 'GET' && layers.some(({ digest }) => path.endsWith(digest)),
    );
    expect(fetched).toEqual([]);
  });

  it('lists the packages of the base, and of the application with the base’s list named', async () => {
    const found = await inspect(runtime('cpu-v0.1.0'));
    const names = (purl: RegExp) => found.baseSbom?.packages.filter((each) => purl.test(each.purl ?? ''));
    expect(names(/^pkg:deb\/debian\/libc6@/)).toHaveLength(1);
    expect(names(/^pkg:deb\//)?.length).toBeGreaterThan(50);
    expect(names(/^pkg:pypi\/numpy@/)).toHaveLength(1);
    expect(found.sbom?.packages).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'Digits.Train', purl: 'pkg:pypi/digits-train@0.1.0' }),
        expect.objectContaining({ purl: 'pkg:pypi/ibrida-lib@7.8.9' }),
      ]),
    );
    // Whatever Python knows in the image, and knows not in its base, under the version that it knows.
    const base = new Set(names(/^pkg:pypi\//)?.map(({ name }) => name.toLowerCase()));
    const program = 'import importlib.metadata as m; print([(d.name, d.version) for d in m.distributions()])';
    const { stdout } = await workspace.docker(
      ...['run', '--rm', `${workspace.registry}/${runtime('cpu-v0.1.0')}`, '-c', program],
    );
    const installed = [...stdout.matchAll(/\('([^']+)', '([^']+)'\)/g)].map(([, name = '', version]) => [
      name,
      version,
    ]);
    expect(installed.filter(([name = '']) => !base.has(name.toLowerCase())).sort()).toEqual([
      ['Digits.Train', '0.1.0'],
      ['ibrida-lib', '7.8.9'],
    ]);
    const commits = found.sbom?.packages.filter(({ name }) => name.startsWith('/app/ibrida'));
    expect(commits).toMatchObject([{ version: null, purl: null }]);
    // Its own layers alone.
    expect(found.sbom?.packages.some(({ purl }) => purl?.startsWith('pkg:deb/'))).toBe(false);
    for (const [repository, sbom] of [
      [workspace.repositories.runtime, found.sbom],
      [workspace.repositories.base, found.baseSbom],
    ] as const) {
      const raw = JSON.parse(await manifest(repository, sbom?.digest ?? ''));
      expect(raw).toMatchObject({
        artifactType: 'application/vnd.cyclonedx+json',
        subject: { digest: repository === workspace.repositories.base ? found.base?.digest : found.digest },
      });
      const text = await (await at(`${repository}/blobs/${raw.layers[0].digest}`)).text();
      expect(await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text)).toBeNull();
    }
  });

  it('states what was built from what, by commit and digest', async () => {
    const { stdout } = await workspace.git('rev-parse', 'HEAD');
    const found = await inspect(runtime('cpu-v0.1.0'));
    const { predicate, subject } = found.provenance ?? {};
    expect(subject?.[0]?.digest.sha256).toBe(found.digest.slice('sha256:'.length));
    const dependencies = predicate?.buildDefinition.resolvedDependencies ?? [];
    expect(dependencies.map(({ digest }) => digest?.sha256)).toContain(found.base?.digest.slice(7));
    expect(dependencies[0]).toMatchObject({
      uri: 'git+https://example.org/digits.git@main',
      digest: { gitCommit: stdout.trim() },
    });
    // It was there before anyone was asked to state it: nobody knows when it was built.
    expect(predicate?.runDetails).toEqual({ builder: { id: 'urn:slipway:builder:local' } });
  });

  it('of an image that is built says when', async () => {
    const published = await nx('runtime-image:publish', '--architectures=cpu', '--as=v0.2.0-rc1');
    expect(published.exitCode, published.printed).toBe(0);
    expect(published.printed).toContain('put beside it: sbom, provenance');
    const found = await inspect(runtime('cpu-v0.2.0-rc1'));
    expect(found.provenance?.predicate.runDetails.metadata?.startedOn).toMatch(/^20/);
    const dependencies = found.provenance?.predicate.buildDefinition.resolvedDependencies ?? [];
    expect(dependencies.map(({ name }) => name)).toContainEqual(expect.stringContaining(':application-'));
    expect(dependencies.filter(({ digest }) => digest === undefined)).toEqual([]);
    const again = await nx('runtime-image:publish', '--architectures=cpu', '--as=v0.2.0-rc1');
    expect(again.printed).not.toContain('put beside it');
  });

  it('is refused before anything is built where cosign or the key is missing', async () => {
    const publish = (...more: string[]) =>
      nx('runtime-image:publish', '--architectures=cpu', '--as=v0.3.0', ...more);
    const none = await publish('--sign-key=no.key');
    expect(none.exitCode).toBe(1);
    if (!cosign.real) expect(none.printed).toContain('error[command-missing] cosign is not installed');
    process.env.PATH = `${cosign.bin}:${before.PATH}`;
    const missing = await publish('--sign-key=no.key');
    expect(missing.printed).toContain('error[signing-key-missing] there is no key no.key');
    process.env.COSIGN_PASSWORD = 'wrong';
    const wrong = await publish(`--sign-key=${cosign.key}`);
    expect(wrong.printed).toMatch(/error\[signing-failed\] cosign public-key[\s\S]*COSIGN_PASSWORD/);
    expect(await workspace.tags('runtime')).not.toContain('cpu-v0.3.0');
    expect(await workspace.tags('runtime')).not.toContain('v0.3.0');
  });

  it('is signed when a key is there, and the image with it, once', async () => {
    workspace.edit('slipway.toml', (text) => `${text}transparency_log = false\n`);
    Object.assign(process.env, { COSIGN_KEY: cosign.key, COSIGN_PASSWORD: cosign.password });
    for (let times = 0; times < 2; times += 1) {
      const { exitCode, printed } = await nx(
        'runtime-image:publish',
        '--architectures=cpu',
        '--as=v0.2.0-rc1',
      );
      expect(exitCode, printed).toBe(0);
      expect(printed).not.toContain(cosign.password);
    }
    const found = await inspect(runtime('cpu-v0.2.0-rc1'), `--key=${cosign.publicKey}`);
    expect(found.signatures.map(({ of, verified }) => [of, verified]).sort()).toEqual([
      ['https://cyclonedx.org/bom', true],
      ['https://slsa.dev/provenance/v1', true],
      ['image', true],
    ]);
    expect(found.missing).toEqual([]);
    if (!cosign.real) expect(readFileSync(cosign.calls, 'utf8')).not.toContain(cosign.password);
    if (cosign.real) {
      const image = `${workspace.registry}/${workspace.repositories.runtime}@${found.digest}`;
      const by = [`--key=${cosign.publicKey}`, '--insecure-ignore-tlog=true', image];
      await run({ file: 'cosign', args: ['verify', ...by] });
      for (const type of ['cyclonedx', 'slsaprovenance1']) {
        await run({ file: 'cosign', args: ['verify-attestation', `--type=${type}`, ...by] });
      }
    }
  });

  it('is signed with the image where it lay there before, whoever asked for it', async () => {
    const unsigned = await workspace.slipway('inspect', runtime('cpu-v0.1.0'), `--key=${cosign.publicKey}`);
    expect(unsigned.exitCode).toBe(1);
    expect(unsigned.stderr).toMatch(/error\[signature-missing\].*: it is not signed/);
    const asked = ['--architectures=cpu', '--as=v0.1.0', '--sbom=false', '--provenance=false'];
    const { exitCode, printed } = await nx('runtime-image:publish', ...asked);
    expect(exitCode, printed).toBe(0);
    const found = await inspect(runtime('cpu-v0.1.0'), `--key=${cosign.publicKey}`);
    expect(found.signatures.map(({ of, verified }) => [of, verified]).sort()).toEqual([
      ['https://cyclonedx.org/bom', true],
      ['https://slsa.dev/provenance/v1', true],
      ['image', true],
    ]);
  });

  it('holds by each of two keys, and by no third one', async () => {
    const [second, third] = await Promise.all(
      ['second', 'third'].map((name) => setUpCosign(join(folder, name))),
    );
    const image = runtime('cpu-v0.2.0-rc1');
    const held = (key = '') => workspace.slipway('inspect', image, `--key=${key}`);
    const before = await held(second?.publicKey);
    expect(before.exitCode).toBe(1);
    expect(before.stderr).toContain('error[signature-missing]');
    Object.assign(process.env, { COSIGN_KEY: second?.key, COSIGN_PASSWORD: second?.password });
    const signed = await nx('runtime-image:publish', '--architectures=cpu', '--as=v0.2.0-rc1');
    Object.assign(process.env, { COSIGN_KEY: cosign.key, COSIGN_PASSWORD: cosign.password });
    expect(signed.exitCode, signed.printed).toBe(0);
    for (const key of [cosign.publicKey, second?.publicKey]) {
      const { exitCode, stderr } = await held(key);
      expect(exitCode, stderr).toBe(0);
    }
    expect((await held(third?.publicKey)).exitCode).toBe(1);
    writeFileSync(join(folder, 'garbage.pub'), 'no key\n');
    const garbage = await held(join(folder, 'garbage.pub'));
    expect(garbage.exitCode).toBe(1);
    expect(garbage.stderr).toContain('error[public-key-unreadable]');
    const wrong = await nx('runtime-image:inspect', `--image=${image}`, `--key=${third?.publicKey}`);
    expect(wrong.exitCode).toBe(1);
    expect(wrong.printed).toContain('error[signature-missing]');
  });

  it('is told in words, of whatever is there', async () => {
    const { printed, exitCode } = await nx('runtime-image:inspect', '--as=v0.2.0-rc1');
    expect(exitCode, printed).toBe(0);
    expect(printed).toMatch(/kind +runtime digits v0.2.0-rc1/);
    expect(printed).toMatch(/its base holds +\d+ parts, of them \d+ Python and \d+ Debian packages/);
    expect(printed).toMatch(/signed +the image by a key, not verified/);
    expect(printed).toMatch(/made of +application [0-9a-f]{12}, arguments [0-9a-f]{12}, base [0-9a-f]{12}/);
    if (Object.keys(readMachine(workspace.root).substitutes).length > 0) {
      expect(printed).toMatch(/substitute +ubuntu:24.04=sha256:/);
    }
    expect(printed).toContain('not there: v0.2.0-rc1 is not published for turing');
    const bases = await nx('base-images:inspect');
    expect(bases.exitCode, bases.printed).toBe(0);
    expect(bases.printed).toContain('not there: turing has no base');
    const turing = await nx('base-turing:inspect');
    expect(turing.exitCode).toBe(1);
    expect(turing.printed).toContain('npx nx run base-turing:build-image');
    const named = await nx('runtime-image:inspect', '--as=v0.2.0-rc1', '--architectures=cpu,turing');
    expect(named.exitCode).toBe(1);
    expect(named.printed).toMatch(/kind +runtime digits v0.2.0-rc1/);
    const release = await workspace.slipway('inspect', runtime('v0.1.0'));
    expect(release.stdout).toMatch(/is +no image, but the release manifest of digits v0.1.0/);
    expect(release.stdout).not.toContain('missing');
  });

  it('never holds what a Dockerfile should not: that is refused', async () => {
    const before = workspace.read('dockerfiles/runtime.Dockerfile');
    const runtimeFile = 'dockerfiles/runtime.Dockerfile';
    workspace.edit(runtimeFile, (text) =>
      text.replace('ARG BASE_IMAGE', `ARG MY_TOKEN=${planted}\nARG BASE_IMAGE`),
    );
    const line =
      workspace
        .read(runtimeFile)
        .split('\n')
        .findIndex((each) => each.includes(planted)) + 1;
    for (const more of [[], ['--dry-run']]) {
      const publish = ['runtime-image:publish', '--architectures=cpu', '--as=v0.4.0', ...more];
      const { exitCode, printed } = await nx(...publish);
      expect(exitCode).toBe(1);
      expect(printed).toContain(`error[secret-in-dockerfile] ${runtimeFile}:${line}: `);
      expect(printed).toContain('--mount=type=secret');
      expect(printed).not.toContain(planted);
    }
    const built = await nx('runtime-cpu:build-image');
    expect(built.printed).toContain('error[secret-in-dockerfile]');
    expect(built.printed).not.toContain(planted);
    workspace.write(runtimeFile, before);
  });

  it('is told to be missing for an image that others made', async () => {
    const { substitutes } = readMachine(workspace.root);
    const foreign = Object.values(substitutes)[0] ?? '';
    const found = await inspect(foreign);
    expect(found).toMatchObject({ kind: null, contract: null, key: null, sbom: null, signatures: [] });
    expect(found.missing).toContain('no label of Slipway: it was made by someone else');
    const none = await workspace.slipway('inspect', `${workspace.registry}/no/such:image`, foreign, '--json');
    expect(none.exitCode).toBe(1);
    expect(none.stderr).toContain('error[image-missing]');
    expect(JSON.parse(none.stdout)).toHaveLength(1);
  });

  it('holds no secret of the machine, nor does any byte that was pushed', async () => {
    let searched = 0;
    for (const repository of Object.values(workspace.repositories)) {
      const { tags } = JSON.parse(await (await at(`${repository}/tags/list`)).text()) as { tags: string[] };
      const seen = new Set<string>();
      const look = async (name: string): Promise<void> => {
        const raw = await manifest(repository, name);
        expect(raw).not.toContain(secret);
        expect(raw).not.toContain(cosign.password);
        expect(raw).not.toContain(planted);
        const { config, layers = [], manifests = [] } = JSON.parse(raw);
        for (const each of manifests) await look(each.digest);
        for (const { digest } of [...(config ? [config] : []), ...layers]) {
          if (seen.has(digest)) continue;
          seen.add(digest);
          const bytes = Buffer.from(await (await at(`${repository}/blobs/${digest}`)).arrayBuffer());
          const plain = unpacked(bytes);
          expect(plain.includes(secret), `${repository} ${digest}`).toBe(false);
          expect(plain.includes(cosign.password), `${repository} ${digest}`).toBe(false);
          expect(plain.includes(planted), `${repository} ${digest}`).toBe(false);
          searched += 1;
        }
      };
      for (const tag of tags) await look(tag);
    }
    // Layers, configurations, build facts, lists, statements, signatures.
    expect(searched).toBeGreaterThan(20);
    const records = readdirSync(workspace.path('.slipway/records'));
    expect(records.length).toBeGreaterThan(5);
    for (const name of records) {
      const text = workspace.read(`.slipway/records/${name}`);
      for (const each of [secret, cosign.password, planted]) expect(text.includes(each), name).toBe(false);
    }
  });
});

/** A blob as it was before it was packed. */
function unpacked(bytes: Buffer): Buffer {
  if (bytes.length < 4) return bytes;
  if (bytes.readUInt32LE(0) === 0xfd2fb528) return zstdDecompressSync(bytes);
  if (bytes.readUInt16BE(0) === 0x1f8b) return gunzipSync(bytes);
  return bytes;
}
