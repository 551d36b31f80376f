import { createHash } from 'node:crypto';
import { parseReference, parseVersion } from '@slipway/contract';
import { openRegistry, putArtifact, type Registry, readArtifact } from '@slipway/effects';
import { buildFactsType, openWorkspace } from '@slipway/images';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makePrunePlan, prune, prunePolicy } from '../../packages/runtime-image/src/prune.ts';
import { readHeld } from '../../packages/runtime-image/src/prune-read.ts';
import { notesTag, ourTags } from '../../packages/runtime-image/src/prune-tags.ts';
import { readRelease } from '../../packages/runtime-image/src/release.ts';
import { faultProxy } from './fault-proxy.ts';
import { type ThrowawayWorkspace, throwawayWorkspace } from './throwaway-workspace.ts';

const registry = openRegistry();
let workspace: ThrowawayWorkspace;
let [base, runtime, dev] = ['', '', ''];
const ours = ourTags([{ name: 'cpu', tag: 'cpu' }]);

const nx = async (...args: string[]) => {
  const { exitCode, stdout, stderr } = await workspace.nx('run', ...args);
  const printed = `${stdout}\n${stderr}`;
  return { exitCode, printed };
};
const well = async (...args: string[]) => {
  const { exitCode, printed } = await nx(...args);
  expect(exitCode, printed).toBe(0);
  return printed;
};
/** Tag -> digest of both repositories, apart from prune's own notes. */
const everything = async () => {
  const found: Record<string, string> = {};
  for (const repository of [base, runtime]) {
    const { tags } = await readHeld(registry, repository, ours);
    for (const [tag, digest] of Object.entries(tags)) {
      if (tag !== notesTag) found[`${repository === base ? 'base' : 'runtime'}:${tag}`] = digest;
    }
  }
  return found;
};
/** Says in every repository that all was made 100 days ago, and that nothing has referred to it for 99. */
const age = async () => {
  const ago = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
  const [since, annotations] = [ago(99), { 'org.opencontainers.image.created': ago(100) }];
  for (const repository of [base, runtime, dev]) {
    for (const tag of await registry.tags(parseReference(repository))) {
      const at = parseReference(`${repository}:${tag}`);
      const facts = await readArtifact(registry, at, buildFactsType);
      if (facts !== undefined) await putArtifact(registry, at, buildFactsType, facts, { annotations });
    }
    const { tags } = await readHeld(registry, repository, ours);
    const unreferenced = Object.fromEntries(Object.values(tags).map((digest) => [digest, since]));
    const text = JSON.stringify({ slipwayUnreferenced: 1, unreferenced });
    await putArtifact(registry, parseReference(`${repository}:${notesTag}`), 'application/json', text);
  }
};
/** Builds the image that follows the sources, with a content of its own. @returns its key tag. */
const edge = async (content: string): Promise<string> => {
  workspace.write('application/content', content);
  await well('runtime-cpu:build-image');
  return workspace.records('runtime-cpu').at(-1)?.plan.keyTag ?? '';
};
const newBase = async (mark: string): Promise<string> => {
  workspace.edit('dockerfiles/base.Dockerfile', (text) =>
    text.replace(/^WORKDIR .*$/m, `WORKDIR /app-${mark}`),
  );
  await well('base-cpu:build-image');
  return workspace.records('base-cpu').at(-1)?.plan.keyTag ?? '';
};
/** Whether everything that the version consists of is there: images, layers, bases, build facts. */
const whole = async (text: string) => {
  const release = await readRelease(registry, runtime, parseVersion(text));
  expect(release, text).toBeDefined();
  for (const [name, image] of Object.entries(release?.architectures ?? {})) {
    const at = (repository: string, tag: string) => registry.digest(parseReference(`${repository}:${tag}`));
    expect(await at(runtime, `${name}-${text}`)).toBe(image.digest);
    expect(await at(runtime, image.keyTag)).toBe(image.digest);
    expect(await at(runtime, `${image.keyTag}.build`)).toBeDefined();
    expect(await at(base, image.base.keyTag)).toBe(image.base.digest);
  }
};

let keyTags: Record<string, string>;
beforeAll(async () => {
  workspace = await throwawayWorkspace({ quick: true });
  base = `${workspace.registry}/${workspace.repositories.base}`;
  runtime = `${workspace.registry}/${workspace.repositories.runtime}`;
  const { repositories } = workspace;
  dev = `${workspace.registry}/${repositories.runtime}-dev`;
  workspace.edit('slipway.toml', (text) =>
    text.replace(/^dev\s*=.*$/m, `dev = "${repositories.runtime}-dev"`),
  );
  const first = await newBase('first');
  workspace.write('application/content', 'published');
  await well('runtime-image:publish', '--as=v0.1.0');
  await well('runtime-image:publish', '--as=v0.1.1-rc1');
  const second = await newBase('second');
  const left = await edge('left');
  const third = await newBase('third');
  const reused = await edge('reused');
  const current = await edge('current');
  keyTags = { first, second, third, left, reused, current };
});
afterAll(() => workspace?.dispose());

it('says what would go and does nothing; the time of what nothing refers to runs from the first time with --yes', async () => {
  const before = await everything();
  const dry = await well('runtime-image:prune', '--keep=0');
  expect(dry).toContain('nothing was done');
  // What it would do is told before anything is noted: build facts say how old their images are.
  expect(dry).toMatch(/0 of \d+ that nothing refers to may go/);
  expect(dry).toMatch(/[1-9]\d* more, [\d.]+ [kM]?B, once nothing has referred to them for 14 d/);
  expect(await registry.digest(parseReference(`${runtime}:${notesTag}`))).toBeUndefined();
  const printed = await well('runtime-image:prune', '--yes', '--keep=0');
  expect(printed).toContain('0 deleted');
  expect(await everything()).toEqual(before);
  expect(await registry.digest(parseReference(`${runtime}:${notesTag}`))).toBeDefined();
});

it('refuses a time in which a publish may be under way', async () => {
  const { exitCode, printed } = await nx('runtime-image:prune', '--older-than=5m');
  expect(exitCode).toBe(1);
  expect(printed).toContain('error[usage] --older-than=5m is not a time of at least 1h');
});

it('says so when the registry lets nobody delete', async () => {
  await age();
  const before = await everything();
  const proxy = await faultProxy(workspace.registry);
  proxy.fail({ method: 'DELETE', path: /manifests/, does: 405 });
  const settings = workspace.read('.slipway/machine.json');
  workspace.changeMachine((machine) => {
    machine.repositories = { '*': proxy.at };
  });
  const { exitCode, printed } = await nx('runtime-image:prune', '--yes', '--keep=0');
  workspace.write('.slipway/machine.json', settings);
  await proxy.close();
  expect(exitCode).toBe(1);
  expect(printed).toMatch(/error\[deletion-refused\] \S+ lets nobody delete/);
  expect(await everything()).toEqual(before);
});

it('leaves what comes to be used between the plan and its deletion, or in that very moment', async () => {
  await age();
  const opened = await openWorkspace({ root: workspace.root, say: () => {} });
  const request = await makePrunePlan(opened, prunePolicy({ keep: 0 }, new Date()));
  const doomed = request.plan.deletions.flatMap(({ tags }) => tags);
  expect(doomed).toContain(keyTags.reused);
  expect(doomed).toContain(keyTags.left);
  const put = async (tag: string, as: string) => {
    const at = parseReference(`${runtime}:${tag}`);
    const manifest = await registry.manifest(at);
    if (manifest === undefined) throw new Error(`${tag} is not there`);
    await registry.putManifest({ ...at, tag: as }, manifest);
    return manifest.digest;
  };
  // Someone points a tag of a version at one image while others are deleted.
  const reused = await put(keyTags.reused ?? '', 'cpu-v0.3.0');
  const left = await registry.digest(parseReference(`${runtime}:${keyTags.left}`));
  // And someone publishes another one between the last look and the deletion.
  const racing: Registry = {
    ...registry,
    async deleteManifest(reference) {
      if (reference.digest === left) {
        await put(keyTags.left ?? '', 'cpu-v0.4.0');
        const release = await readRelease(registry, runtime, parseVersion('v0.1.0'));
        const image = release?.architectures.cpu;
        const text = JSON.stringify({
          ...release,
          version: 'v0.4.0',
          architectures: { cpu: { ...image, digest: left, keyTag: keyTags.left } },
        });
        const type = 'application/vnd.slipway.release.v1+json';
        await putArtifact(registry, parseReference(`${runtime}:v0.4.0`), type, text);
      }
      return registry.deleteManifest(reference);
    },
  };
  const done = await prune(racing, request, { say: () => {} });
  const outcomes = Object.fromEntries(done.map(({ digest, outcome }) => [digest, outcome]));
  expect(outcomes[reused]).toBe('kept');
  expect(outcomes[left ?? '']).toBe('restored');
  const found = await everything();
  expect(found[`runtime:${keyTags.left}`]).toBe(left);
  expect(found[`runtime:${keyTags.left}.build`]).toBeDefined();
  expect(found['runtime:cpu-v0.3.0']).toBe(reused);
  // The base that the one stands on was to go after it.
  expect(found[`base:${keyTags.second}`]).toBeDefined();
});

it('deletes what nothing needs, though all of it is noted as old, and nothing else', async () => {
  const unused = await edge('unused');
  await edge('current');
  await age();
  const before = await everything();
  const printed = await well('runtime-image:prune', '--yes', '--keep=0');
  expect(printed).toMatch(/[1-9]\d* deleted/);
  const after = await everything();
  const gone = Object.keys(before).filter((tag) => after[tag] === undefined);
  expect(gone).toContain(`runtime:${unused}`);
  expect(gone).toContain(`runtime:${unused}.build`);
  expect(gone.filter((tag) => /latest|-rc|edge|:cpu$|:v\d|cpu-v|wheel/.test(tag))).toEqual([]);
  for (const tag of ['base:cpu', 'runtime:cpu-edge', 'runtime:v0.1.0', 'runtime:cpu-v0.1.0']) {
    expect(after[tag]).toBe(before[tag]);
  }
  await whole('v0.1.0');
  await whole('v0.1.1-rc1');
  // What is left is enough to go on.
  const again = await well('runtime-image:publish', '--as=v0.5.0');
  expect(again).toContain('published v0.5.0 for cpu');
  await whole('v0.5.0');
});

it('leaves what a nested index names and tags of others, and prunes dev images by the same rules', async () => {
  const put = async (repository: string, tag: string | null, text: string): Promise<string> =>
    (await putArtifact(registry, { ...parseReference(repository), tag }, 'application/vnd.test', text))
      .digest;
  const index = async (tag: string | null, digest: string): Promise<string> => {
    const found = await registry.manifest({ ...parseReference(runtime), tag: null, digest });
    const mediaType = 'application/vnd.oci.image.index.v1+json';
    const size = Buffer.byteLength(found?.raw ?? '');
    const manifests = [{ mediaType: found?.mediaType, digest, size }];
    const raw = JSON.stringify({ schemaVersion: 2, mediaType, manifests });
    const own = `sha256:${createHash('sha256').update(raw).digest('hex')}`;
    const at = { ...parseReference(runtime), tag, digest: tag === null ? own : null };
    await registry.putManifest(at, { digest: own, mediaType, raw });
    return own;
  };
  const deep = await put(runtime, 'cpu-444444444444', 'deep');
  await index('nested', await index(null, deep));
  for (const tag of ['cpu-555555555555', 'deploy-20261125aaaa']) await put(runtime, tag, tag);
  const current = await put(dev, 'dev-cpu-aaaaaaaaaaaa', 'current');
  for (const tag of ['dev', 'dev-cpu']) expect(await put(dev, tag, 'current')).toBe(current);
  await put(dev, 'dev-cpu-bbbbbbbbbbbb', 'old');
  await age();
  await well('runtime-image:prune', '--yes', '--keep=0');
  const left = async (repository: string) => (await registry.tags(parseReference(repository))).sort();
  expect(await left(dev)).toEqual(['dev', 'dev-cpu', 'dev-cpu-aaaaaaaaaaaa', notesTag]);
  const found = await left(runtime);
  for (const tag of ['nested', 'cpu-444444444444', 'deploy-20261125aaaa']) expect(found).toContain(tag);
  expect(found).not.toContain('cpu-555555555555');
});

it('deletes a candidate whole when its stable version is there, if it is told to', async () => {
  workspace.write('application/content', 'published');
  await well('runtime-image:publish', '--as=v0.1.1');
  await age();
  await well('runtime-image:prune', '--yes', '--keep=0');
  await whole('v0.1.1-rc1');
  // A candidate that a moving tag is at stays.
  await well('runtime-image:prune', '--yes', '--keep=0', '--candidates');
  await whole('v0.1.1-rc1');
  workspace.write('application/content', 'next');
  await well('runtime-image:publish', '--as=v0.6.0-rc1');
  await age();
  const printed = await well('runtime-image:prune', '--yes', '--keep=0', '--candidates');
  expect(printed).toContain('whole candidates among them: v0.1.1-rc1');
  const after = await everything();
  expect(Object.keys(after).filter((tag) => tag.includes('v0.1.1-rc1'))).toEqual([]);
  for (const version of ['v0.1.0', 'v0.1.1', 'v0.5.0', 'v0.6.0-rc1']) await whole(version);
});

it('beside publishes that find old images again, leaves every version whole', {
  timeout: 600_000,
}, async () => {
  for (const round of [1, 2]) {
    // An image that nothing refers to any more, and that the next publish finds under its key tag.
    workspace.write('application/content', `round ${round}`);
    await well('runtime-image:publish', `--as=v1.${round}.0`);
    const release = await readRelease(registry, runtime, parseVersion(`v1.${round}.0`));
    const manifest = await registry.digest(parseReference(`${runtime}:v1.${round}.0`));
    const digest = release?.architectures.cpu?.digest ?? '';
    const key = await registry.manifest({ ...parseReference(runtime), tag: null, digest });
    for (const which of [manifest ?? '', digest]) {
      await registry.deleteManifest({ ...parseReference(runtime), tag: null, digest: which });
    }
    if (key === undefined) throw new Error('there is no image');
    await registry.putManifest(parseReference(`${runtime}:${release?.architectures.cpu?.keyTag}`), key);
    await age();
    const publishing = nx('runtime-image:publish', `--as=v1.${round}.0`);
    await new Promise((resolve) => setTimeout(resolve, round * 500));
    const pruned = await nx('runtime-image:prune', '--yes', '--keep=0');
    expect(pruned.exitCode, pruned.printed).toBe(0);
    const published = await publishing;
    // What was deleted below it is said, and the same command completes it.
    if (published.exitCode !== 0) await well('runtime-image:publish', `--as=v1.${round}.0`);
    await whole(`v1.${round}.0`);
  }
});
