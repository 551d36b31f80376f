import { Failure, type ImageReference } from '@slipway/contract';
import type { Registry } from '@slipway/effects';
import { describe, expect, it } from 'vitest';
import type { ImagePlan } from './plan.ts';
import { settlePlans } from './states.ts';

/** Enough of a base's plan for its questions. */
const plan = {
  project: 'base-cpu',
  kind: 'base',
  architecture: 'cpu',
  repository: 'ghcr.io/team/base',
  keyTag: 'cpu-0123456789ab',
  movingTags: ['cpu'],
  tagDigests: {},
  builds: [],
} as unknown as ImagePlan;

/** A registry that refuses, as ghcr.io does what is private or not there, some of its tags. */
const registry = (refused: readonly string[]) =>
  ({
    digest: async ({ registry: host, repository, tag }: ImageReference) => {
      if (!refused.includes(tag ?? '')) return undefined;
      const message = `${host} refuses access to ${repository} (HTTP 401)`;
      throw new Failure({ code: 'registry-denied', message, remedy: 'docker login ghcr.io' });
    },
  }) as Registry;

describe('a registry that refuses whoever is not logged in', () => {
  const refusing = registry(['cpu', 'cpu-0123456789ab']);

  it('ends what is to be carried out', async () => {
    await expect(settlePlans([plan], refusing)).rejects.toThrow('error[registry-denied]');
  });

  it('leaves plans that are only shown: what is not known counts as not there, and is said once', async () => {
    const [settled] = await settlePlans([plan], refusing, { guess: true });
    expect(settled).toMatchObject({
      state: 'build',
      digest: null,
      reason: 'cannot be told, so it counts as not there: ghcr.io refuses access to team/base (HTTP 401)',
    });
    // A saved plan that held the tag for free would be refused where it is not.
    expect(settled?.tagDigests).toEqual({});
  });

  it('is no excuse for another failure', async () => {
    const broken = {
      digest: async () => {
        throw new Failure({ code: 'registry-answer', message: 'HTTP 500', remedy: 'wait' });
      },
    } as unknown as Registry;
    await expect(settlePlans([plan], broken, { guess: true })).rejects.toThrow('error[registry-answer]');
  });

  it('changes nothing where it answers', async () => {
    const [settled] = await settlePlans([plan], registry([]), { guess: true });
    expect(settled).toMatchObject({
      reason: 'ghcr.io/team/base:cpu-0123456789ab is not in the registry',
      tagDigests: { cpu: null },
    });
  });
});
