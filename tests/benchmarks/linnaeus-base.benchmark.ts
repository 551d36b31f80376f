import type { ImageRecord } from '@slipway/images';
import prettyBytes from 'pretty-bytes';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ThrowawayWorkspace, throwawayWorkspace } from '../engine/throwaway-workspace.ts';
import { asLinnaeus } from './linnaeus-dependencies.ts';

/**
 * What a hand-made trial of the same dependencies came to, without git, rclone, a C compiler, and what cv2 wants of the
 * system. On disk as du -h counts, in GiB: torch's own wheels have 5.28e9 bytes, which it called 5.1 GB.
 */
const trial = { compressed: 2.78e9, onDisk: 5.6 * 2 ** 30 };

/** Left out: rendering in software, cuSOLVER for several GPUs (torch never loads it), tests of packages, bytecode. */
const slim = `
excludes = [
  "/usr/lib/*/libLLVM*",
  "/usr/lib/*/libgallium*",
  "/usr/lib/*/libz3*",
  "*/nvidia/cusolver/lib/libcusolverMg.so*",
  "*/site-packages/*/tests/*",
]
bytecode = false
`;

let workspace: ThrowawayWorkspace;
beforeAll(async () => {
  workspace = await throwawayWorkspace();
  workspace.edit('examples/digits/pyproject.toml', asLinnaeus);
  // opencv wants libGL, libxcb and glib of the system.
  workspace.edit('architectures/turing/architecture.toml', (text) =>
    text.replace('"tini"]\n', `"tini", "libgl1", "libglib2.0-0", "libxcb1"]\n${slim}`),
  );
});
afterAll(() => workspace?.dispose());

it("a base of linnaeus' dependencies on turing-cu126", { timeout: 1_800_000 }, async () => {
  const locked = await workspace.nx('run', 'base-turing:lock');
  expect(locked.exitCode, locked.stdout + locked.stderr).toBe(0);
  const built = await workspace.nx('run', 'base-turing:build-image');
  expect(built.exitCode, built.stdout + built.stderr).toBe(0);
  const record = workspace.records('base-turing').at(-1) as ImageRecord;
  const layers = record.layers ?? [];
  const compressed = layers.reduce((sum, { bytes }) => sum + bytes, 0);
  const onDisk = record.verification?.diskBytes ?? 0;
  const stages = [...new Set(layers.map(({ stage }) => stage))];
  console.table(
    Object.fromEntries(
      stages.map((stage) => [
        stage,
        {
          compressed: prettyBytes(
            layers.filter((each) => each.stage === stage).reduce((sum, { bytes }) => sum + bytes, 0),
          ),
          'on disk': prettyBytes(record.verification?.stages[stage] ?? 0),
        },
      ]),
    ),
  );
  console.table(Object.fromEntries(record.steps.map(({ name, seconds }) => [name, { seconds }])));
  console.log(
    `all: ${prettyBytes(compressed)} compressed (trial ${prettyBytes(trial.compressed)}), ` +
      `${gibibytes(onDisk)} on disk (trial ${gibibytes(trial.onDisk)})`,
  );
  expect(compressed).toBeLessThanOrEqual(trial.compressed);
  expect(onDisk).toBeLessThanOrEqual(trial.onDisk);
});

const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(2)} GiB`;
