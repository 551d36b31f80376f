import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { ThrowawayWorkspace } from '../engine/throwaway-workspace.ts';

/**
 * Debian 13 with its own nvcc, in the sandbox's registry, for NVIDIA's developer image.
 * @param os the image that stands in the operating system's place. @returns its reference by digest.
 */
export async function buildDeveloperImage(workspace: ThrowawayWorkspace, os: string): Promise<string> {
  const repository = `${workspace.registry}/slipway/test-cuda-devel`;
  const folder = mkdtempSync(join(tmpdir(), 'slipway-devel-'));
  const dockerfile = `FROM ${os}
RUN <<'APT'
set -eu
sed -i -E 's/^Components: .*/Components: main contrib non-free non-free-firmware/; s/^(deb .* main)$/\\1 contrib non-free/' \\
  /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null || true
apt-get -o Acquire::Retries=5 update
DEBIAN_FRONTEND=noninteractive apt-get -o Acquire::Retries=5 install --yes --no-install-recommends nvidia-cuda-toolkit g++-13
rm -rf /var/lib/apt/lists/*
APT
# torch asks for CUDA_HOME/bin/nvcc, Debian's nvcc for a g++ that it knows, the extension for a reason to compile.
ENV CUDA_HOME=/usr NVCC_PREPEND_FLAGS="-ccbin g++-13" CC=gcc-13 CXX=g++-13 FORCE_CUDA=1
`;
  try {
    writeFileSync(join(folder, 'Dockerfile'), dockerfile);
    const metadata = join(folder, 'metadata.json');
    const { exitCode, stderr } = await workspace.docker(
      ...['buildx', 'build', '--builder=default', '--provenance=false', `--metadata-file=${metadata}`],
      `--output=type=image,name=${repository}:12.4,push=true,compression=zstd,unpack=false,store=false`,
      folder,
    );
    expect(exitCode, stderr).toBe(0);
    const told = JSON.parse(readFileSync(metadata, 'utf8')) as { 'containerimage.digest': string };
    return `${repository}:12.4@${told['containerimage.digest']}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
