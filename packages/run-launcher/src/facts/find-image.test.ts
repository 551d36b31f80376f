import { Failure, type ProblemCode } from '@slipway/contract';
import type { ContainerEngine, Registry } from '@slipway/effects';
import { describe, expect, it } from 'vitest';
import { findImage } from './find-image.ts';

const id = `sha256:${'b'.repeat(64)}`;
const failing = (code: ProblemCode) =>
  ({
    manifest: async () => {
      throw new Failure({ code, message: `h says ${code}`, remedy: '' });
    },
  }) as Partial<Registry> as Registry;
const holding = (config: object) =>
  ({
    manifest: async () => ({
      digest: id,
      mediaType: '',
      raw: '{"config":{"digest":"c"},"layers":[{"size":5}]}',
    }),
    blob: async () => JSON.stringify({ config }),
  }) as Partial<Registry> as Registry;
const engine = (image: { labels?: Record<string, string>; entrypoint?: string[] } = {}) =>
  ({
    image: async () => ({ id, labels: {}, user: null, ...image }),
  }) as Partial<ContainerEngine> as ContainerEngine;

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
