import { expect, it } from 'vitest';
import { imageNotes } from './image-notes.ts';
import type { ReleaseManifest } from './release-manifest.ts';

const base = { keyTag: 'ampere-cu126-0123456789ab', digest: `sha256:${'b'.repeat(64)}` };
const release: ReleaseManifest = {
  slipwayRelease: 1,
  version: 'v0.2.0',
  application: 'digits',
  commit: null,
  notes: '',
  architectures: {
    ampere: {
      digest: `sha256:${'a'.repeat(64)}`,
      keyTag: 'ampere-0123456789ab',
      base,
      contract: {
        'io.slipway.gpu.compute-capabilities': '8.0;8.6',
        'io.slipway.gpu.minimum-driver': '525.60.13',
      },
      bytes: 2_750_000_000,
    },
    cpu: { digest: `sha256:${'c'.repeat(64)}`, keyTag: 'cpu-0123456789ab', base, contract: {}, bytes: 90e6 },
  },
};

it('tells of each image what one needs to use it', () => {
  expect(imageNotes(release, 'team/app')).toBe(`### Images

| architecture | image | compressed | GPUs | driver |
| --- | --- | --- | --- | --- |
| ampere | \`team/app:ampere-v0.2.0\`<br>\`sha256:${'a'.repeat(64)}\` | 2.75 GB | 8.0 (Ampere: A100), 8.6 (Ampere: RTX 3090) | >= 525.60.13 |
| cpu | \`team/app:cpu-v0.2.0\`<br>\`sha256:${'c'.repeat(64)}\` | 0.09 GB | none needed |  |

\`\`\`bash
npx slipway run --image team/app:ampere-v0.2.0
npx slipway run --image team/app:cpu-v0.2.0
\`\`\`
`);
});
