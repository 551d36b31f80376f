import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

/** What `inspect --json` prints. */
async function inspect(...args: string[]): Promise<Inspection> {
  const { exitCode, printed } = await nx(...args, '--json');
  expect(exitCode, printed).toBe(0);
  return JSON.parse(printed.slice(printed.indexOf('[\n'), printed.lastIndexOf('\n]') + 2))[0];
}

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
    const found = await inspect('runtime-image:inspect', '--as=v0.1.0', '--architectures=cpu');
    expect(found).toMatchObject({ kind: 'runtime', version: 'v0.1.0', sbom: null, provenance: null });
    expect(found.missing).toEqual(['no list of what it holds (SBOM)', 'no provenance', 'no signature']);
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
    const found = await inspect('runtime-image:inspect', '--as=v0.1.0', '--architectures=cpu');
    const names = (purl: RegExp) => found.baseSbom?.packages.filter((each) => purl.test(each.purl ?? ''));
    expect(names(/^pkg:deb\/debian\/libc6@/)).toHaveLength(1);
    expect(names(/^pkg:deb\//)?.length).toBeGreaterThan(50);
    expect(names(/^pkg:pypi\/numpy@/)).toHaveLength(1);
    expect(found.sbom?.packages).toEqual(
      expect.arrayContaining([expect.objectContaining({ purl: 'pkg:pypi/digits@0.1.0' })]),
    );
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
    const found = await inspect('runtime-image:inspect', '--as=v0.1.0', '--architectures=cpu');
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
    const found = await inspect('runtime-image:inspect', '--as=v0.2.0-rc1', '--architectures=cpu');
    expect(found.provenance?.predicate.runDetails.metadata?.startedOn).toMatch(/^20/);
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
    const found = await inspect(
      ...['runtime-image:inspect', '--as=v0.2.0-rc1', '--architectures=cpu', `--key=${cosign.publicKey}`],
    );
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

  it('is told in words, and a signature by another key fails the command', async () => {
    const other = await setUpCosign(join(folder, 'other'));
    const args = ['runtime-image:inspect', '--as=v0.2.0-rc1', '--architectures=cpu'];
    const { printed, exitCode } = await nx(...args);
    expect(exitCode).toBe(0);
    expect(printed).toMatch(/kind +runtime digits v0.2.0-rc1/);
    expect(printed).toMatch(/its base holds +\d+ parts, of them \d+ Python and \d+ Debian packages/);
    expect(printed).toMatch(/signed +the image by a key, not verified/);
    const wrong = await nx(...args, `--key=${other.publicKey}`);
    expect(wrong.exitCode).toBe(1);
    expect(wrong.printed).toContain('NOT by the key that was given');
  });

  it('is told to be missing for an image that others made', async () => {
    const { substitutes } = readMachine(workspace.root);
    const foreign = Object.values(substitutes)[0] ?? '';
    const found = await inspect('base-images:inspect', `--image=${foreign}`);
    expect(found).toMatchObject({ kind: null, contract: null, key: null, sbom: null, signatures: [] });
    expect(found.missing).toContain('no label of Slipway: it was made by someone else');
    const none = await nx('base-images:inspect', `--image=${workspace.registry}/no/such:image`);
    expect(none.exitCode).toBe(1);
    expect(none.printed).toContain('error[image-missing]');
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
        const { config, layers = [], manifests = [] } = JSON.parse(raw);
        for (const each of manifests) await look(each.digest);
        for (const { digest } of [...(config ? [config] : []), ...layers]) {
          if (seen.has(digest)) continue;
          seen.add(digest);
          const bytes = Buffer.from(await (await at(`${repository}/blobs/${digest}`)).arrayBuffer());
          const plain = unpacked(bytes);
          expect(plain.includes(secret), `${repository} ${digest}`).toBe(false);
          expect(plain.includes(cosign.password), `${repository} ${digest}`).toBe(false);
          searched += 1;
        }
      };
      for (const tag of tags) await look(tag);
    }
    // Layers, configurations, build facts, lists, statements, signatures.
    expect(searched).toBeGreaterThan(20);
  });
});

/** A blob as it was before it was packed. */
function unpacked(bytes: Buffer): Buffer {
  if (bytes.length < 4) return bytes;
  if (bytes.readUInt32LE(0) === 0xfd2fb528) return zstdDecompressSync(bytes);
  if (bytes.readUInt16BE(0) === 0x1f8b) return gunzipSync(bytes);
  return bytes;
}
