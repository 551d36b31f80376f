import { createHash } from 'node:crypto';
import type { CatalogueArchitecture, CatalogueFacts, CatalogueLayer, CatalogueVersion } from '../facts.ts';

const digest = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const layer = (stage: string, megabytes: number, content = stage): CatalogueLayer => ({
  digest: digest(content),
  bytes: megabytes * 1e6,
  stage,
});

const repository = 'registry.example.org/team/trainer';
const cu126 = [
  layer('os', 151),
  layer('cuda-layer', 1630, 'cuda 12.6'),
  layer('torch-layer', 468, 'torch 2.7.1'),
];
const cu128 = [
  layer('os', 151),
  layer('cuda-layer', 1910, 'cuda 12.8'),
  layer('torch-layer', 512, 'torch 2.8.0'),
];
const dependencies = layer('dependencies-layer', 134);
const flash = (archs: string, megabytes: number) => layer('flash-attention', megabytes, `flash ${archs}`);

const bases: Record<string, CatalogueLayer[]> = {
  ada: [...cu126, flash('80', 94.6), dependencies],
  ampere: [...cu126, flash('80', 94.6), dependencies],
  blackwell: [...cu128, flash('100;120', 188), dependencies],
  cpu: [
    layer('os', 151),
    // Stages that have nothing to do leave a layer all the same, and often the same one.
    layer('cuda-layer', 0.000_165, 'nothing'),
    layer('torch-layer', 0.000_165, 'nothing'),
    layer('flash-attention', 0.000_117, 'no wheel'),
    layer('dependencies-layer', 88, 'dependencies of cpu'),
  ],
  hopper: [...cu128, flash('90', 171), dependencies],
  turing: [...cu126, dependencies],
};

const architecture = (
  name: string,
  computeCapabilities: string[],
  more: Partial<CatalogueArchitecture> = {},
): CatalogueArchitecture => ({
  name,
  computeCapabilities,
  cuda: '12.6',
  torch: '2.7.1',
  flashAttention: '2.7.4.post1',
  python: '3.12',
  minimumDriver: '525.60.13',
  deprecated: null,
  base: { keyTag: `${name}-0123456789ab`, layers: bases[name] ?? [] },
  ...more,
});

function version(
  name: string,
  names: readonly string[],
  more: Partial<CatalogueVersion> & { why?: string[] } = {},
): CatalogueVersion {
  const { why = ['file app/trainer/train.py is another'], ...rest } = more;
  return {
    version: name,
    commit: digest(name).slice(7, 47),
    yanked: null,
    followedBy: [],
    images: names.map((each) => ({
      architecture: each,
      reference: `${repository}:${each}-${name}`,
      digest: digest(`${each} ${name}`),
      baseKeyTag: `${each}-0123456789ab`,
      layers: [
        ...(bases[each] ?? []),
        layer('application-image', 41.2, `application ${name.replace(/-rc\d+/, '')}`),
        layer('version', 0.012, `version ${name}`),
      ],
      why,
      command: rest.yanked ? null : `npx slipway run --image ${repository}:${each}-${name}`,
    })),
    ...rest,
  };
}

/** A team's registry with everything that the page has a case for. */
export const exampleFacts: CatalogueFacts = {
  application: 'trainer',
  madeAt: '2026-06-01T12:30:00.000Z',
  repositories: { base: 'registry.example.org/team/base', runtime: repository },
  architectures: [
    architecture('ada', ['8.9']),
    architecture('ampere', ['8.0', '8.6']),
    architecture('blackwell', ['10.0', '12.0'], { cuda: '12.8', torch: '2.8.0', minimumDriver: '570.26' }),
    architecture('cpu', [], { cuda: null, torch: null, flashAttention: null, minimumDriver: null }),
    architecture('hopper', ['9.0'], { cuda: '12.8', torch: '2.8.0', minimumDriver: '570.26' }),
    architecture('turing', ['7.5'], {
      flashAttention: null,
      deprecated:
        'no flash-attention for these GPUs; <b>move</b> to ampere by autumn & tell us if you cannot',
    }),
    architecture('volta', ['7.0'], { base: null, flashAttention: null }),
  ],
  versions: [
    version('v0.3.0-rc1', ['ampere', 'cpu', 'hopper'], { followedBy: ['ampere-rc', 'cpu-rc', 'hopper-rc'] }),
    version('v0.2.0', ['ada', 'ampere', 'blackwell', 'cpu', 'hopper', 'turing'], {
      followedBy: ['ada-latest', 'ampere-latest', 'cpu-latest'],
      why: [
        'base: dependency numpy 2.3.0 -> 2.4.1 (architectures/ampere/requirements.lock)',
        'base: dependency scipy 1.16.0 -> 1.18.1 (architectures/ampere/requirements.lock)',
      ],
    }),
    version('v0.1.1', ['ampere', 'cpu'], { yanked: 'loses the optimizer state when it resumes' }),
    version('v0.1.0', ['ampere', 'cpu'], {
      why: ['the first of its architecture that is there'],
      commit: null,
    }),
  ],
  olderVersions: 3,
  publishes: [4.1, 3.6, 9.8, 3.4, 4.4, 5.2, 3.9].map((seconds, index) => ({
    version: `v0.${Math.floor(index / 3)}.${index % 3}`,
    startedAt: `2026-05-${String(10 + index).padStart(2, '0')}T09:15:00.000Z`,
    seconds,
    images: 6,
    succeeded: index !== 2,
  })),
  publishLimitSeconds: 120,
};
