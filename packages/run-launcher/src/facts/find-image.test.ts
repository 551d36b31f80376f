import { Failure, type ProblemCode } from '@slipway/contract';
import { type ContainerEngine, type EngineImage, ownPlatform, type Registry } from '@slipway/effects';
import { describe, expect, it } from 'vitest';
import { findImage } from './find-image.ts';

const id = `sha256:${'b'.repeat(64)}`;
const failing = (code: ProblemCode) =>
  ({
    manifest: async () => {
      throw new Failure({ code, message: `h says ${code}`, remedy: '' });
    },
  }) as Partial<Registry> as Registry;
const holding = (config: object, platform: object = {}) =>
  ({
    manifest: async () => ({
      digest: id,
      mediaType: '',
      raw: '{"config":{"digest":"c"},"layers":[{"size":5}]}',
    }),
    blob: async () => JSON.stringify({ ...platform, config }),
  }) as Partial<Registry> as Registry;
const engine = (image: Partial<EngineImage> = {}) =>
  ({
    image: async () => ({ id, platform: ownPlatform, labels: {}, user: null, entrypoint: [], ...image }),
  }) as Partial<ContainerEngine> as ContainerEngine;
const absent = { image: async () => undefined } as Partial<ContainerEngine> as ContainerEngine;

describe("an image of the engine's own", () => {
  it.each<[ProblemCode, string | null]>([
    ['image-missing', null],
    ['registry-unreachable', 'h says registry-unreachable'],
    ['registry-denied', 'h says registry-denied'],
    // 429 and 500.
    ['registry-answer', 'h says registry-answer'],
  ])('is taken when the registry says %s', async (code, unasked) => {
    const found = await findImage(failing(code), engine({ entrypoint: ['run'] }), 'team/app:dev');
    expect(found).toMatchObject({ image: { from: 'engine', digest: id, entrypoint: ['run'] }, unasked });
  });

  it('does not stand in for what is wrong with the reference', async () => {
    await expect(findImage(failing('image-missing'), engine(), 'TEAM/app')).rejects.toThrow(
      'error[reference-malformed]',
    );
  });
});

describe('an image that its registry has not got', () => {
  const empty = (tags: string[] = []) =>
    ({ manifest: async () => undefined, tags: async () => tags }) as Partial<Registry> as Registry;
  const tags = ['cpu-v0.1.0', 'turing-v0.1.0', 'cpu-v0.1.1', 'v0.1.0'];
  it.each([
    [
      'h:5/a/b',
      {},
      'h:5/a/b:latest is not in its registry; without a tag, latest is asked for',
      'check its name',
    ],
    ['h:5/a/b:cpu-v0.1.0', {}, 'h:5/a/b:cpu-v0.1.0 is not in its registry', 'check its name and tag'],
    [
      'h:5/a/b:ampere-v0.1.0',
      { own: true, because: "this host's GPU: A100 (8.0)" },
      "h:5/a/b:ampere-v0.1.0 is not in its registry; its architecture was chosen: this host's GPU: A100 (8.0); of that version there are cpu-v0.1.0, turing-v0.1.0",
      'check the version and architecture, or publish it: npx nx run runtime-image:publish',
    ],
  ])('%s %j', async (reference, choice, message, remedy) => {
    const found = findImage(empty(tags), absent, reference, choice);
    await expect(found).rejects.toThrow(`error[image-missing] ${message}\n  fix: ${remedy}`);
  });
});

it("asks no registry what else there is, of an image that is the engine's own", async () => {
  let asked = 0;
  const tags = async () => {
    asked += 1;
    return [];
  };
  const registry = { manifest: async () => undefined, tags } as Partial<Registry> as Registry;
  const find = (from: ContainerEngine) => findImage(registry, from, 'h:5/a/b:cpu-v0.1.0', { own: true });
  expect(await find(engine())).toMatchObject({ image: { from: 'engine' }, unasked: null });
  expect(asked).toBe(0);
  await expect(find(absent)).rejects.toThrow('error[image-missing]');
  expect(asked).toBe(1);
});

it("reads an image's entry point and user", async () => {
  const config = { Entrypoint: ['python', 'train.py'], User: '1000' };
  expect(await findImage(holding(config), engine(), 'team/app:dev')).toMatchObject({
    image: { from: 'registry', entrypoint: ['python', 'train.py'], user: '1000', bytes: 5 },
    unasked: null,
  });
  expect((await findImage(holding({}), engine(), 'team/app:dev')).image.entrypoint).toEqual([]);
});

describe('labels of the application', () => {
  const label = (key: string) => `io.slipway.application.${key}`;
  it('are kept with those of Slipway', async () => {
    const Labels = {
      [label('name')]: 'my-app_2.x',
      [label('path')]: '/app/x',
      [label('command')]: '["python","main.py"]',
      other: 'x',
    };
    const { labels } = (await findImage(holding({ Labels }), engine(), 'a/b')).image;
    expect(Object.keys(labels)).toEqual([label('command'), label('name'), label('path')]);
  });

  it.each([
    ['name', '../.ssh'],
    ['name', ''],
    ['path', 'app'],
    ['path', '/app/../root'],
    ['command', 'python main.py'],
    ['command', '[]'],
    ['command', '["python", 1]'],
    ['command', 'null'],
  ])('are refused where %s is %s, from a registry or not', async (key, value) => {
    const Labels = { [label(key)]: value };
    const expected = `error[labels-malformed] the label ${label(key)} of a/b is ${JSON.stringify(value)}, which is not `;
    await expect(findImage(holding({ Labels }), engine(), 'a/b')).rejects.toThrow(expected);
    const local = engine({ labels: Labels });
    await expect(findImage(failing('image-missing'), local, 'a/b')).rejects.toThrow(expected);
  });
});

describe('an image for another platform is refused', () => {
  const refused = 'error[image-missing] team/app:dev is for linux/riscv64, not for linux/';
  it('that is one manifest in a registry', async () => {
    const registry = holding({}, { os: 'linux', architecture: 'riscv64' });
    await expect(findImage(registry, absent, 'team/app:dev')).rejects.toThrow(refused);
  });

  it('that the engine has of its own', async () => {
    const local = engine({ platform: 'linux/riscv64' });
    await expect(findImage(failing('image-missing'), local, 'team/app:dev')).rejects.toThrow(refused);
  });

  it('that is an index, whose statements are for none', async () => {
    const manifests = ['linux/riscv64', 'unknown/unknown'].map((name) => {
      const [os, architecture] = name.split('/');
      return { digest: id, platform: { os, architecture } };
    });
    const index = { digest: id, mediaType: '', raw: JSON.stringify({ manifests }) };
    const registry = { manifest: async () => index } as Partial<Registry> as Registry;
    await expect(findImage(registry, absent, 'team/app:dev')).rejects.toThrow(refused);
  });
});
