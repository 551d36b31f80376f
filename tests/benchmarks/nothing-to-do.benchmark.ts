import { parseReference } from '@slipway/contract';
import { openRegistry } from '@slipway/effects';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plansIn } from '../engine/plans-in.ts';
import {
  addArchitectures,
  commit,
  type ThrowawayWorkspace,
  throwawayWorkspace,
} from '../engine/throwaway-workspace.ts';

const runs = 5;

/** Every image is asked for, in a real registry, and every one is built already: what does that cost? */
describe.each([
  { architectures: 6, aim: 2, make: ownDefinition },
  { architectures: 100, aim: 5, make: generated },
])(
  'nx affected -t build-image, $architectures architectures, nothing to do',
  ({ architectures, aim, make }) => {
    let workspace: ThrowawayWorkspace;
    beforeAll(async () => {
      workspace = await make(architectures);
      await pretendBuilt(workspace);
      await commit(workspace, 'chore: settle');
      // Selects all of them, and changes no key.
      workspace.edit('dockerfiles/base.Dockerfile', (text) => `${text}\n# A comment.\n`);
      await commit(workspace, 'docs: a comment');
    }, 1_200_000);
    afterAll(() => workspace?.dispose());

    it(`takes less than ${aim} s`, async () => {
      const seconds: number[] = [];
      for (let index = 0; index < runs; index += 1) {
        const { exitCode, stdout, stderr, durationMs } = await workspace.nx(
          ...['affected', '-t', 'build-image', '--base', 'HEAD~1'],
        );
        expect(exitCode, stdout + stderr).toBe(0);
        expect(stdout.match(/: built already in/g)).toHaveLength(2 * architectures);
        seconds.push(durationMs / 1000);
      }
      const peer = await askWithDocker(workspace);
      const median = seconds.toSorted((a, b) => a - b)[Math.floor(runs / 2)] ?? 0;
      console.log(
        `${2 * architectures} images of ${architectures} architectures, nothing to do: ` +
          `${median.toFixed(2)} s (${seconds.map((each) => each.toFixed(2)).join(', ')}; without Nx's daemon); ` +
          `asking for ${peer.references} tags with docker buildx imagetools inspect, 16 at a time: ${peer.seconds.toFixed(2)} s`,
      );
      expect(median).toBeLessThan(aim);
    });
  },
);

/** The definition of this repository; any image stands in for the compilers. */
async function ownDefinition(): Promise<ThrowawayWorkspace> {
  const workspace = await throwawayWorkspace();
  workspace.changeMachine(({ substitutes }) => {
    for (const cuda of ['12.6.3', '12.8.1']) {
      substitutes[`nvidia/cuda:${cuda}-devel-ubuntu24.04`] = substitutes['ubuntu:24.04'] ?? '';
    }
  });
  return workspace;
}

async function generated(count: number): Promise<ThrowawayWorkspace> {
  const workspace = await throwawayWorkspace({ quick: true });
  addArchitectures(
    workspace,
    Array.from({ length: count - 1 }, (_, index) => `family${index + 1}`),
  );
  return workspace;
}

/** Builds one architecture, and puts its images in the place of those of all others: only tags are asked for. */
async function pretendBuilt(workspace: ThrowawayWorkspace): Promise<void> {
  const built = await workspace.nx('run-many', '-t', 'build-image', '-p', 'base-cpu,runtime-cpu');
  expect(built.exitCode, built.stdout + built.stderr).toBe(0);
  const registry = openRegistry();
  for (const kind of ['base', 'runtime'] as const) {
    const image = workspace.records(`${kind}-cpu`).at(-1)?.plan;
    const repository = `${workspace.registry}/${workspace.repositories[kind]}`;
    const manifest = await registry.manifest(parseReference(`${repository}:${image?.keyTag}`));
    if (manifest === undefined) throw new Error(`${kind}-cpu is not there`);
    for (const plan of await plansOf(workspace, kind)) {
      const own = [plan.keyTag, ...plan.movingTags].map((tag) => `${repository}:${tag}`);
      const helpers = plan.builds.flatMap(({ push }) => push ?? []);
      for (const reference of [...own, ...helpers].map(parseReference)) {
        if (reference.tag !== null && (await registry.digest(reference)) === undefined) {
          await registry.putManifest(reference, manifest);
        }
      }
    }
  }
}

async function plansOf(workspace: ThrowawayWorkspace, kind: 'base' | 'runtime') {
  const { stdout } = await workspace.nx(
    'run',
    `${kind === 'base' ? 'base-images' : 'runtime-image'}:build-image`,
    '--dry-run',
  );
  return plansIn(stdout).filter((plan) => plan.kind === kind);
}

/** The same questions as a script asks them: one docker command a tag. */
async function askWithDocker(
  workspace: ThrowawayWorkspace,
): Promise<{ references: number; seconds: number }> {
  const plans = [...(await plansOf(workspace, 'base')), ...(await plansOf(workspace, 'runtime'))];
  const waiting = plans.flatMap((plan) =>
    [plan.keyTag, ...plan.movingTags].map((tag) => `${plan.repository}:${tag}`),
  );
  const references = waiting.length;
  const before = Date.now();
  const ask = async (): Promise<void> => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { exitCode } = await workspace.docker('buildx', 'imagetools', 'inspect', '--raw', next);
      expect(exitCode).toBe(0);
    }
  };
  await Promise.all(Array.from({ length: 16 }, ask));
  return { references, seconds: (Date.now() - before) / 1000 };
}
