import { type Definition, parseDefinition } from '@slipway/contract';
import { describe, expect, it } from 'vitest';
import { workflowFacts } from './facts.ts';

const slipway = `
[application]
name = "quick"
source = "application"
path = "/app/quick"
command = ["sh", "train.sh"]

[repositories]
base = "BASE"
runtime = "RUNTIME"
dev = "quick/dev"

[limits]
buildkit_reserve = "2GB"
publish_time = "90s"

[release]
branch = "trunk"
`;

const architecture = `
tag = "cpu"
platforms = ["linux/amd64"]
compute_capabilities = []
python = "3.12"
extras = []
system_packages = ["git", "tini"]
`;

function definition(base = 'quick/base', runtime = 'quick/runtime'): Definition {
  return parseDefinition({
    'slipway.toml': slipway.replace('BASE', base).replace('RUNTIME', runtime),
    'architectures/cpu/architecture.toml': architecture,
    'architectures/arm/architecture.toml': architecture.replace('"cpu"', '"arm"'),
  });
}

describe('the facts of workflows', () => {
  it('are all there', () => {
    const scripts = { test: 'vitest', typecheck: 'tsc', start: 'node .' };
    expect(workflowFacts(definition(), { scripts })).toEqual({
      branch: 'trunk',
      architectures: ['arm', 'cpu'],
      registries: ['docker.io'],
      buildkitReserveBytes: 2e9,
      publishTimeMs: 90_000,
      scripts: ['typecheck', 'test'],
    });
  });

  it.each([
    { base: 'ghcr.io/quick/base', runtime: 'quick/runtime', registries: ['docker.io', 'ghcr.io'] },
    { base: 'ghcr.io/quick/base', runtime: 'ghcr.io/quick/runtime', registries: ['ghcr.io'] },
    { base: 'localhost:5000/base', runtime: '127.0.0.1:5000/runtime', registries: [] },
  ])('log in to $registries for $base and $runtime', ({ base, runtime, registries }) => {
    expect(workflowFacts(definition(base, runtime), {})).toMatchObject({ registries });
  });

  it('take no test that npm init left', () => {
    const scripts = { test: 'echo "Error: no test specified" && exit 1' };
    expect(workflowFacts(definition(), { scripts })).toMatchObject({ scripts: [] });
  });
});
