import { readMachine } from '@slipway/effects';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ThrowawayWorkspace, throwawayWorkspace } from '../engine/throwaway-workspace.ts';
import { takePrebuiltWheel, wheelFits, withoutFlashAttention } from './prebuilt-wheel.ts';

const developerImage = 'nvidia/cuda:12.6.3-devel-ubuntu24.04';

/**
 * The dev image of ampere with real torch and, where there is one, a real flash-attention wheel, used as the guide says.
 * Its layers of torch are those of the bases, which the engine has from the other tests. Where the sandbox stands in for
 * the OS image it does for the developer image too, which then has no nvcc; `npm run benchmark dev` takes the minutes that
 * one costs, and compiles CUDA code in it.
 */
describe('the dev image of an architecture with torch', () => {
  let workspace: ThrowawayWorkspace;
  let repository: string;
  const docker = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await workspace.docker('run', '--rm', ...args);
    expect(exitCode, stdout + stderr).toBe(0);
    return stdout;
  };
  const python = (code: string) => docker(`${repository}:dev`, '-c', code);

  beforeAll(async () => {
    workspace = await throwawayWorkspace();
    repository = workspace.repositories.base.replace(/base$/, 'linnaeus');
    // Compressed as the bases of the other tests are, whose layers these are.
    workspace.edit(
      'slipway.toml',
      (text) => `${text.replace(/^dev\s*=.*$/m, `dev = "${repository}"`)}\n[build]\ncompression_level = 3\n`,
    );
    const os = readMachine(workspace.root).substitutes['ubuntu:24.04'];
    if (os !== undefined) {
      workspace.changeMachine(({ substitutes }) => {
        substitutes[developerImage] = os;
      });
    }
    await (wheelFits ? takePrebuiltWheel : withoutFlashAttention)(workspace);
    const { exitCode, stdout, stderr } = await workspace.nx('run', 'runtime-image:build-dev');
    expect(exitCode, stdout + stderr).toBe(0);
    const [record] = workspace.records('dev-ampere');
    console.log(`dev-ampere built in ${record?.durationSeconds} s`);
  }, 1_200_000);
  afterAll(async () => {
    await workspace?.docker('rmi', '--force', `${repository}:dev`, `${repository}:dev-ampere`);
    workspace?.dispose();
  });

  it('runs python where only -c is given', async () => {
    // `get_device_capability()` is the guide's; what it answers is the host's business.
    expect(await python('import torch; print(torch.__version__, torch.version.cuda)')).toBe(
      '2.7.1+cu126 12.6',
    );
    const asked = await workspace.docker(
      ...[
        'run',
        '--rm',
        `${repository}:dev`,
        '-c',
        'import torch; print(torch.cuda.get_device_capability())',
      ],
    );
    expect(asked.stdout + asked.stderr).toMatch(/^\(\d+, \d+\)$|Found no NVIDIA driver|Torch not compiled/m);
  });

  it.runIf(wheelFits)('has flash-attention in the version of the definition', async () => {
    expect(await python('import flash_attn; print(flash_attn.__version__)')).toBe('2.7.4.post1');
  });

  it('runs a command line, with everything that the guide lists', async () => {
    const tools = ['rclone', 'git', 'ninja', 'gcc', 'g++', 'make', 'uv', 'pytest'];
    const said = await docker(
      ...[`${repository}:dev`, 'bash', '-c', tools.map((tool) => `${tool} --version`).join(' && ')],
    );
    for (const name of ['rclone v', 'git version', 'gcc', 'GNU Make', 'uv ', 'pytest']) {
      expect(said).toContain(name);
    }
  });

  it('opens a shell as another entry point', async () => {
    const said = await docker(
      '--entrypoint',
      '/bin/bash',
      `${repository}:dev`,
      '-c',
      'pwd; which python; env',
    );
    const [folder, found, ...variables] = said.split('\n');
    expect([folder, found]).toEqual(['/app', '/opt/venv/bin/python']);
    expect(variables).toEqual(
      expect.arrayContaining(['TORCH_CUDA_ARCH_LIST=8.0;8.6', 'FLASH_ATTN_CUDA_ARCHS=80']),
    );
  });

  it("compiles against torch's cuDNN where compilers look, and runs with it", async () => {
    const version = await python('import torch; print(torch.backends.cudnn.version())');
    expect(Number(version)).toBeGreaterThan(90_000);
    // cudnn.h itself wants headers of CUDA, which the substitute lacks.
    const program = [
      '#include <cudnn_version.h>',
      '#include <stdio.h>',
      'extern "C" size_t cudnnGetVersion(void);',
      'int main() { printf("%zu %d", cudnnGetVersion(), CUDNN_VERSION); }',
    ].join('\n');
    const compile = `cd /tmp && cat > it.cpp <<'CPP' && g++ it.cpp -lcudnn -o it && ./it\n${program}\nCPP\n`;
    expect(await docker(`${repository}:dev`, 'bash', '-c', compile)).toBe(`${version} ${version}`);
    expect(await docker(`${repository}:dev`, 'ls', '/usr/local/include/cudnn.h')).toBeTruthy();
  });

  it('takes what uv installs, in the form of the guide too, without losing torch', async () => {
    const install = 'uv pip install --offline --system --dry-run torch numpy pytest';
    const { stdout, stderr } = await workspace.docker(
      'run',
      '--rm',
      `${repository}:dev`,
      'bash',
      '-c',
      install,
    );
    expect(stdout + stderr).toContain('environment at: /opt/venv');
    expect(stdout + stderr).toMatch(/Checked 3 packages|no changes/);
  });
});
