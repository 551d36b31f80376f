import type { Limits } from '../definition.ts';
import { formatSize } from '../size.ts';
import { contradiction, type Rule } from './contradiction.ts';

type SizeLimit = Exclude<keyof Limits, 'publishTimeMs'>;

/** The first of each pair must be below the second, or the second can never take effect. */
const pairs: readonly { smaller: SizeLimit; larger: SizeLimit; because: string }[] = [
  {
    smaller: 'diskGuardBytes',
    larger: 'runnerDiskBytes',
    because: 'the disk would be full before the guard acts',
  },
  {
    smaller: 'buildkitReserveBytes',
    larger: 'diskGuardBytes',
    because: 'the cache alone would set off the guard',
  },
  { smaller: 'baseSizeBytes', larger: 'runnerDiskBytes', because: 'the base would not fit the runner' },
  {
    smaller: 'runtimeLayerBytes',
    larger: 'baseSizeBytes',
    because: 'what changes often must be the small part',
  },
];

const written: Record<SizeLimit, string> = {
  runnerDiskBytes: 'runner_disk',
  buildkitReserveBytes: 'buildkit_reserve',
  diskGuardBytes: 'disk_guard',
  baseSizeBytes: 'base_size',
  runtimeLayerBytes: 'runtime_layer',
};

/** Limits that contradict each other. */
export const limitsFitTogether: Rule = (definition) =>
  pairs.flatMap(({ smaller, larger, because }) => {
    const { [smaller]: small, [larger]: large } = definition.limits;
    if (small < large) return [];
    return [
      contradiction(
        definition,
        { file: 'slipway.toml', path: `limits.${written[smaller]}` },
        `${written[smaller]} ${formatSize(small)} is not below ${written[larger]} ${formatSize(large)}: ${because}`,
        `Lower ${written[smaller]}, or raise ${written[larger]}.`,
      ),
    ];
  });
