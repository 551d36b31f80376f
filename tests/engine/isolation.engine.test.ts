import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addArchitectures, type ThrowawayWorkspace, throwawayWorkspace } from './throwaway-workspace.ts';

/** Three architectures, one of which cannot be built. */
describe('one architecture that fails', () => {
  let workspace: ThrowawayWorkspace;
  const definition = (name: string) => `architectures/${name}/architecture.toml`;
  beforeAll(async () => {
    workspace = await throwawayWorkspace({ quick: true });
    addArchitectures(workspace, ['first', 'second']);
    workspace.edit(definition('first'), (text) => text.replace('"tini"', '"tini", "breaks"'));
    workspace.edit('dockerfiles/base.Dockerfile', (text) =>
      text.replace('WORKDIR /app', 'RUN case "$SYSTEM_PACKAGES" in *breaks*) exit 7; esac\nWORKDIR /app'),
    );
  });
  afterAll(() => workspace?.dispose());

  it('leaves the others going, and the summary tells of all', async () => {
    const { exitCode, stdout } = await workspace.nx('run-many', '-t', 'build-image');
    expect(exitCode).toBe(1);
    for (const name of ['cpu', 'second']) {
      expect(stdout).toContain(`base-${name}: built and pushed`);
      expect(stdout).toContain(`runtime-${name}: built and pushed`);
    }
    expect(stdout).toContain('error[build-failed]');
    expect(stdout).toContain('error[base-missing] runtime-first was not built, because base-first failed');
    expect(await workspace.tags('base')).not.toContain('first');
  });

  it('is the only one that is built the next time, and why it is built is told before', async () => {
    workspace.edit(definition('first'), (text) => text.replace(', "breaks"', ''));
    // One more that has an image already, and now another one.
    workspace.edit(definition('second'), (text) => text.replace('"tini"', '"tini", "rclone"'));
    const { exitCode, stdout, stderr } = await workspace.nx('run-many', '-t', 'build-image');
    expect(exitCode, stdout + stderr).toBe(0);
    expect(stdout).toContain('base-cpu: built already');
    expect(stdout).toContain('runtime-cpu: built already');
    expect(stdout).toContain('base-first: built and pushed');
    const why =
      'base-second: because argument SYSTEM_PACKAGES git tini -> git rclone tini (architectures/second/architecture.toml)';
    expect(stdout + stderr).toContain(why);
    const [record] = workspace.records('base-second').slice(-1);
    expect(record?.differences).toMatchObject([{ component: 'arguments.SYSTEM_PACKAGES' }]);
    // Its layers but the first ones are those that were there before.
    expect(record?.newBytes?.againstPrevious).toBe(0);
    const explained = await workspace.nx('run', 'base-images:explain', '--json');
    expect(explained.stdout).toContain('"state": "current"');
  });

  it('whose helper image is gone gets only that, and is current again', async () => {
    const at = `http://${workspace.registry}/v2/${workspace.repositories.base}`;
    const { tags } = (await (await fetch(`${at}/tags/list`)).json()) as { tags: string[] };
    const tools = tags.find((tag) => tag.startsWith('tools-'));
    const accept = 'application/vnd.oci.image.manifest.v1+json';
    const head = await fetch(`${at}/manifests/${tools}`, { method: 'HEAD', headers: { accept } });
    const digest = head.headers.get('docker-content-digest');
    expect((await fetch(`${at}/manifests/${digest}`, { method: 'DELETE' })).status).toBe(202);
    const { exitCode, stdout, stderr } = await workspace.nx('run', 'base-cpu:build-image');
    expect(exitCode, stdout + stderr).toBe(0);
    expect((await workspace.nx('run', 'base-cpu:build-image')).stdout).toContain('base-cpu: built already');
  });

  it('of the affected ones, `[tool.*]` of pyproject.toml builds no base', async () => {
    workspace.edit('application/pyproject.toml', (text) => `${text}\n[tool.ruff]\nline-length = 99\n`);
    const { exitCode, stdout } = await workspace.nx('affected', '-t', 'build-image', '--base=HEAD');
    expect(exitCode, stdout).toBe(0);
    for (const name of ['cpu', 'first', 'second']) expect(stdout).toContain(`base-${name}: built already`);
  });
});
