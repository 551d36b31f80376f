import type { Application } from '@slipway/contract';

/** One container that is started, and what is wrong with how it ended. */
export interface SmokeCheck {
  name: string;
  /** Options of `docker run`. */
  options: readonly string[];
  /** What stands behind the image. */
  words: readonly string[];
  /** Undefined: it did what it should. */
  problem: (ended: { exitCode: number; stdout: string; stderr: string }) => string | undefined;
}

/**
 * What a runtime image has to do when it is started: its three ways of being started, its version, its application's
 * import under its own user and under another one, the application's own smoke command, and on a host with a GPU a
 * kernel and flash-attention against the reference.
 */
export function smokeChecks(
  { name, path, smoke }: Application,
  version: string,
  pythonVersion: string,
  promises: { gpu: boolean; flashAttention: boolean },
): SmokeCheck[] {
  const module = name.replaceAll(/[-.]+/g, '_');
  // A definition without __init__.py is a namespace, whose place is in its path.
  const imports = [
    'import importlib.metadata as m',
    `import ${module} as app`,
    'place = getattr(app, "__file__", None) or list(app.__path__)[0]',
    `print(m.version(${JSON.stringify(name)}), place)`,
  ].join('; ');
  const imported = ({ exitCode, stdout, stderr }: { exitCode: number; stdout: string; stderr: string }) => {
    if (exitCode !== 0) return `importing ${module} fails: ${lastLine(stderr)}`;
    const [found = '', place = ''] = stdout.split(' ');
    if (found !== pythonVersion) return `its version is ${found}, published is ${pythonVersion}`;
    return place.startsWith(`${path}/`) ? undefined : `it is imported from ${place}, not from ${path}`;
  };
  const gpu = promises.gpu ? ['--gpus=all'] : [];
  return [
    {
      name: 'bash -c',
      options: [],
      words: ['bash', '-c', 'cat /etc/slipway/version'],
      problem: ({ exitCode, stdout, stderr }) =>
        exitCode !== 0 ? lastLine(stderr) : stdout === version ? undefined : `it says ${stdout}`,
    },
    { name: '-c import', options: [], words: ['-c', imports], problem: imported },
    {
      name: '--entrypoint /bin/bash',
      options: ['--entrypoint=/bin/bash'],
      words: ['-c', 'echo started'],
      problem: ({ stdout, stderr }) => (stdout === 'started' ? undefined : lastLine(stderr)),
    },
    {
      name: 'import as another user',
      options: ['--user=12345:12345', '--env=HOME=/tmp'],
      words: ['-c', imports],
      problem: imported,
    },
    ...(smoke === null
      ? []
      : [
          {
            name: smoke.join(' '),
            options: [`--workdir=${path}`, '--shm-size=1g', ...gpu],
            words: smoke,
            problem: ({ exitCode, stderr, stdout }: { exitCode: number; stdout: string; stderr: string }) =>
              exitCode === 0 ? undefined : `exit code ${exitCode}: ${lastLine(stderr || stdout)}`,
          },
        ]),
    ...(promises.gpu
      ? [
          {
            name: 'a kernel on the GPU',
            options: gpu,
            words: ['-c', kernel(promises.flashAttention)],
            problem: ({ exitCode, stderr }: { exitCode: number; stderr: string }) =>
              exitCode === 0 ? undefined : lastLine(stderr),
          },
        ]
      : []),
  ];
}

/** A matrix product, and flash-attention held against torch's own attention in the precision that it has. */
function kernel(flashAttention: boolean): string {
  return [
    'import torch',
    'a = torch.randn(512, 512, device="cuda")',
    'assert torch.allclose((a @ a).cpu(), a.cpu() @ a.cpu(), atol=1e-1, rtol=1e-2), "a matrix product is wrong"',
    ...(flashAttention
      ? [
          'from flash_attn import flash_attn_func',
          'q, k, v = (torch.randn(2, 128, 4, 64, device="cuda", dtype=torch.float16) for _ in range(3))',
          'reference = torch.nn.functional.scaled_dot_product_attention(*(x.transpose(1, 2).float() for x in (q, k, v))).transpose(1, 2)',
          'assert torch.allclose(flash_attn_func(q, k, v).float(), reference, atol=1e-2, rtol=1e-2), "flash-attention differs from the reference"',
        ]
      : []),
  ].join('\n');
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';
