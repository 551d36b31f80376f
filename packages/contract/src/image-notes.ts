import { describeCapability } from './capability.ts';
import type { ReleaseManifest } from './release-manifest.ts';

/**
 * What a person wants to know of the images of a version, in Markdown: for each architecture the image, its size, the GPUs
 * that it is for, the driver that they need, and the line that runs it.
 * @param repository where the images are.
 */
export function imageNotes({ version, architectures }: ReleaseManifest, repository: string): string {
  const rows = Object.entries(architectures).map(([name, { digest, bytes, contract }]) => {
    const gpus = (contract['io.slipway.gpu.compute-capabilities'] ?? '').split(';').filter(Boolean);
    const driver = contract['io.slipway.gpu.minimum-driver'];
    return [
      name,
      `\`${repository}:${name}-${version}\`<br>\`${digest}\``,
      `${(bytes / 1e9).toFixed(2)} GB`,
      gpus.length === 0 ? 'none needed' : gpus.map(describeCapability).join(', '),
      driver === undefined ? '' : `>= ${driver}`,
    ];
  });
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const head = ['architecture', 'image', 'compressed', 'GPUs', 'driver'];
  const runs = Object.keys(architectures).map(
    (name) => `npx slipway run --image ${repository}:${name}-${version}`,
  );
  return [
    '### Images',
    '',
    line(head),
    line(head.map(() => '---')),
    ...rows.map(line),
    '',
    '```bash',
    ...runs,
    '```',
    '',
  ].join('\n');
}
