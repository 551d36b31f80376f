import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { plansIn } from './plans-in.ts';
import { type ThrowawayWorkspace, throwawayWorkspace } from './throwaway-workspace.ts';

/** Everything that is wrong before any work begins: one clear error each, and nothing is recorded or pushed. */
describe('bad input', () => {
  let workspace: ThrowawayWorkspace;
  beforeAll(async () => {
    workspace = await throwawayWorkspace({ quick: true });
  });
  afterAll(() => workspace?.dispose());
  afterEach(async () => {
    await workspace.git('checkout', '--quiet', '--', '.');
    expect(workspace.records('base-cpu')).toEqual([]);
  });

  /** How a base image's build ends, with what Nx's frame and the executor printed. */
  const build = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await workspace.nx('run', 'base-cpu:build-image', ...args);
    return { exitCode, printed: `${stdout}\n${stderr}` };
  };
  const slipway = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await workspace.slipway(...args);
    return { exitCode, printed: `${stdout}\n${stderr}` };
  };

  describe('in the definition', () => {
    it('no slipway.toml', async () => {
      rmSync(workspace.path('slipway.toml'));
      for (const { exitCode, printed } of [await build(), await slipway('run')]) {
        expect(exitCode).toBe(1);
        expect(printed).toMatch(/error\[definition-missing\] .*slipway\.toml/);
        expect(printed).toContain('fix: ');
        expect(printed).not.toMatch(/^ +at /m);
      }
    });

    it('TOML that is none', async () => {
      workspace.edit('slipway.toml', (text) => text.replace('name = "quick"', 'name = quick'));
      const { exitCode, printed } = await build();
      expect(exitCode).toBe(1);
      expect(printed).toMatch(/error\[definition-syntax\] slipway\.toml:4: /);
    });

    it('several bad values, of both files, told together', async () => {
      workspace.edit('slipway.toml', (text) =>
        text
          .replace('path = "/app/quick"', 'path = "app/quick"')
          .replace(/^base = .*$/m, 'base = "Quick base"'),
      );
      workspace.edit('architectures/cpu/architecture.toml', (text) => `${text}\ncuda_version = "12"\n`);
      const { exitCode, printed } = await build();
      expect(exitCode).toBe(1);
      expect(printed.match(/error\[definition-invalid\]/g)).toHaveLength(3);
      expect(printed).toMatch(/slipway\.toml:6: .*app\/quick/);
      expect(printed).toMatch(/slipway\.toml:10: .*Quick base/);
      expect(printed).toMatch(/architecture\.toml:\d+: .*cuda_version/);
    });

    it('no lock', async () => {
      rmSync(workspace.path('architectures/cpu/requirements.lock'));
      const { exitCode, printed } = await build();
      expect(exitCode).toBe(1);
      expect(printed).toContain('error[lock-missing] architectures/cpu/requirements.lock');
      expect(printed).toContain('npx nx run base-cpu:lock');
    });

    it('a lock made for other dependencies', async () => {
      workspace.edit('application/pyproject.toml', (text) => text.replace('[]', '["numpy>=2"]'));
      const { exitCode, printed } = await build();
      expect(exitCode).toBe(1);
      expect(printed).toContain('error[lock-stale] architectures/cpu/requirements.lock');
      expect(printed).toContain('npx nx run base-cpu:lock');
    });

    it('no pyproject.toml', async () => {
      rmSync(workspace.path('application/pyproject.toml'));
      expect((await build()).printed).toContain('error[definition-missing] application/pyproject.toml');
      const { exitCode, printed } = await slipway('run', '--architecture', 'cpu');
      expect(exitCode).toBe(1);
      expect(printed).toContain('error[version-missing]');
    });

    it('a Dockerfile without the stage', async () => {
      workspace.edit('dockerfiles/base.Dockerfile', (text) => text.replace('AS base', 'AS bottom'));
      const { exitCode, printed } = await build();
      expect(exitCode).toBe(1);
      expect(printed).toContain('error[dockerfile-invalid] dockerfiles/base.Dockerfile');
      expect(printed).toContain('FROM ... AS base');
    });
  });

  describe('on the command line', () => {
    it.each([
      ['publish', () => workspace.nx('run', 'runtime-image:publish', '--architectures=cqu')],
      ['run', () => workspace.slipway('run', '--architecture', 'cqu')],
    ])('%s of an architecture that does not exist: the nearest is suggested', async (_name, call) => {
      const { exitCode, stdout, stderr } = await call();
      expect(exitCode).toBe(1);
      expect(stdout + stderr).toContain(
        'error[architecture-unknown] there is no architecture "cqu"; defined are cpu',
      );
      expect(stdout + stderr).toContain('Did you mean cpu?');
    });

    it('a version that is none', async () => {
      const published = await workspace.nx('run', 'runtime-image:publish', '--as=0.2.0');
      expect(published.exitCode).toBe(1);
      expect(published.stdout + published.stderr).toContain('error[version-malformed] version "0.2.0"');
    });

    it.each([
      ['an option that does not exist', ['run', '--archtecture', 'cpu'], 'Did you mean --architecture?'],
      ['an odd number of words after --opts', ['run', '--opts', 'KEY'], 'KEY VALUE pairs'],
      ['a size that is none', ['run', '--shm-size', 'big'], '512m'],
      ['a command that does not exist', ['rnu'], 'run'],
      ['no run id', ['show'], 'id'],
    ])('%s: exit code 2', async (_what, args, hint) => {
      const { exitCode, printed } = await slipway(...args);
      expect(exitCode).toBe(2);
      expect(printed).toContain('error[usage]');
      expect(printed).toContain(hint);
    });

    it('--dry-run of all runtime images: their plans, and nothing built', async () => {
      const { exitCode, stdout } = await workspace.nx('run', 'runtime-image:build-image', '--dry-run');
      expect(exitCode).toBe(0);
      expect(plansIn(stdout).map(({ state }) => state)).toEqual(['build', 'waits']);
      expect(await workspace.tags('base')).toEqual([]);
    });

    it('an image that does not exist', async () => {
      const { exitCode, printed } = await slipway('run', '--architecture', 'cpu');
      expect(exitCode).toBe(1);
      expect(printed).toContain('error[image-missing]');
      expect(printed).toContain('npx nx run runtime-image:publish');
    });

    it.each([
      ['no file', undefined],
      ['no plan', 'hello\n'],
      ['half a document', '{\n  "slipwayPlan": 1,\n  "images": [\n}\n'],
      ['an image without its fields', '{\n  "slipwayPlan": 1,\n  "images": [{ "project": "base-cpu" }]\n}\n'],
      ['null for an image', '{\n  "slipwayPlan": 1,\n  "images": [null]\n}\n'],
    ])('--plan with %s', async (_what, text) => {
      const path = workspace.path('.slipway/plan.json');
      rmSync(path, { force: true });
      if (text !== undefined) writeFileSync(path, text);
      for (const { exitCode, printed } of [
        await build(`--plan=${path}`),
        await slipway('run', '--plan', path),
      ]) {
        expect(exitCode).toBe(1);
        expect(printed).toContain(`error[plan-unreadable] ${path}`);
        expect(printed).toMatch(/--dry-run|slipway plan/);
      }
    });
  });

  describe('of this machine', () => {
    let before: string;
    beforeEach(() => {
      before = workspace.read('.slipway/machine.json');
      // Whoever brings up what does not answer would mend what these tests break.
      workspace.changeMachine(({ engine }) => delete engine?.up);
    });
    afterEach(() => workspace.write('.slipway/machine.json', before));

    it('settings that are no JSON', async () => {
      workspace.write('.slipway/machine.json', '{ engine }');
      const { exitCode, printed } = await build();
      expect(exitCode).toBe(1);
      expect(printed).toContain('error[definition-syntax] .slipway/machine.json: not JSON');
    });

    it('a registry that is down', async () => {
      // A port that only root may open, and nobody does.
      const registry = '127.0.0.1:1';
      workspace.changeMachine((machine) => {
        machine.repositories = { '*': registry };
      });
      for (const { exitCode, printed } of [await build(), await slipway('run', '--architecture', 'cpu')]) {
        expect(exitCode).toBe(1);
        expect(printed).toContain(`error[registry-unreachable] the registry ${registry} does not answer`);
        expect(printed).toContain('ECONNREFUSED');
      }
    });

    it('a registry that takes the call and never answers', async () => {
      const server = await listen(createServer(() => {}));
      workspace.changeMachine((machine) => {
        machine.repositories = { '*': server.at };
      });
      const began = Date.now();
      const { exitCode, printed } = await slipway('run', '--architecture', 'cpu');
      server.close();
      expect(exitCode).toBe(1);
      expect(printed).toContain(`error[registry-unreachable] the registry ${server.at} does not answer`);
      expect(Date.now() - began).toBeLessThan(60_000);
    });

    it('a registry that answers with errors', async () => {
      const answer = 'HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n';
      const server = await listen(createServer((socket) => void socket.on('error', () => {}).end(answer)));
      workspace.changeMachine((machine) => {
        machine.repositories = { '*': server.at };
      });
      const { exitCode, printed } = await build();
      server.close();
      expect(exitCode).toBe(1);
      expect(printed).toContain('error[registry-answer]');
      expect(printed).toContain('HTTP 503');
    });
  });
});

async function listen(server: Server): Promise<{ at: string; close: () => void }> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return { at: `127.0.0.1:${typeof address === 'object' ? address?.port : 0}`, close: () => server.close() };
}

describe('an engine that cannot be used', () => {
  let workspace: ThrowawayWorkspace;
  beforeAll(async () => {
    workspace = await throwawayWorkspace({ quick: true });
    workspace.changeMachine(({ engine }) => delete engine?.up);
  });
  afterAll(() => workspace?.dispose());

  /** Builds the base and expects a failure that is recorded, with nothing in the registry. */
  const buildFails = async () => {
    const { exitCode, stdout } = await workspace.nx('run', 'base-cpu:build-image');
    expect(exitCode).toBe(1);
    const [record] = workspace.records('base-cpu').slice(-1);
    expect(record?.outcome).toBe('failed');
    expect(record?.digest).toBeUndefined();
    expect(await workspace.tags('base')).toEqual([]);
    return stdout;
  };

  it('unreachable', async () => {
    const host = 'unix:///run/slipway-no-such.sock';
    workspace.changeMachine(({ engine }) => Object.assign(engine ?? {}, { host }));
    const printed = await buildFails();
    expect(printed).toContain(`error[engine-unreachable] no container engine answers at ${host}`);
    expect(printed).toContain('npx nx run sandbox:up');
  });

  it.each([
    ['docker', '20.10.24', 'github.com/docker/buildx v0.19.3 abc'],
    ['buildx', '28.5.2', 'github.com/docker/buildx v0.9.1 abc'],
    ['no buildx', '28.5.2', ''],
  ])('too old: %s', async (_what, version, buildx) => {
    mkdirSync(workspace.path('.slipway/old'), { recursive: true });
    const info = JSON.stringify({ ServerVersion: version, OSType: 'linux', Architecture: 'x86_64' });
    const script = [
      '#!/bin/sh',
      `case "$1" in`,
      `  info) echo '${info}' ;;`,
      `  buildx) ${buildx ? `echo '${buildx}'` : 'echo "buildx is not a docker command" >&2; exit 1'} ;;`,
      'esac',
    ];
    const docker = workspace.path('.slipway/old/docker');
    writeFileSync(docker, `${script.join('\n')}\n`, { mode: 0o755 });
    workspace.changeMachine(({ engine }) => Object.assign(engine ?? {}, { docker }));
    const printed = await buildFails();
    expect(printed).toContain(`error[engine-too-old] docker ${version} with buildx`);
    expect(printed).toContain('24.0 and 0.13 are needed');
    expect(printed).toContain('docs.docker.com');
  });

  it('a docker program that is not there', async () => {
    workspace.changeMachine(({ engine }) => Object.assign(engine ?? {}, { docker: '/nowhere/docker' }));
    expect(await buildFails()).toContain('error[command-missing] /nowhere/docker is not installed');
  });
});
