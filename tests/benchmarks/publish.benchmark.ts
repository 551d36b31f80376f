import { mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readMachine } from '@slipway/effects';
import type { ImageRecord } from '@slipway/images';
import prettyBytes from 'pretty-bytes';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PrivateEngine, privateEngine } from '../engine/private-engine.ts';
import { requestsFor, traffic } from '../engine/registry-log.ts';
import { type ThrowawayWorkspace, throwawayWorkspace } from '../engine/throwaway-workspace.ts';

/** Six architectures with torch, whose bases differ in their labels alone: what is measured is on top of them. */
const names = ['turing', ...[2, 3, 4, 5, 6].map((index) => `turing${index}`)];

let workspace: ThrowawayWorkspace;
beforeAll(async () => {
  workspace = await throwawayWorkspace();
  workspace.edit('slipway.toml', (text) => `${text}\n[build]\ncompression_level = 3\n`);
  const folder = 'architectures/turing';
  for (const name of names.slice(1)) {
    const definition = workspace.read(`${folder}/architecture.toml`);
    workspace.write(
      `architectures/${name}/architecture.toml`,
      definition.replace('"turing-cu126"', `"${name}-cu126"`),
    );
    workspace.write(`architectures/${name}/requirements.lock`, workspace.read(`${folder}/requirements.lock`));
  }
  const projects = names.map((name) => `base-${name}`).join(',');
  const built = await workspace.nx('run-many', '-t', 'build-image', '-p', projects);
  expect(built.exitCode, built.stdout + built.stderr).toBe(0);
}, 3_000_000);
afterAll(() => workspace?.dispose());

it('publishes on a real torch base', { timeout: 1_800_000 }, async () => {
  const settings = workspace.read('.slipway/machine.json');
  const onEmptyEngine = async <T>(does: (engine: PrivateEngine) => Promise<T>): Promise<T> => {
    const engine = await privateEngine(workspace);
    try {
      return await does(engine);
    } finally {
      await engine.dispose();
      workspace.write('.slipway/machine.json', settings);
    }
  };
  const ours = await onEmptyEngine(async () => {
    const one = await publish('v0.1.0', ['turing']);
    workspace.edit('examples/digits/README.md', (text) => `${text}\nchanged\n`);
    const again = await publish('v0.1.1', ['turing']);
    return { one, again, next: await publish('v0.1.11', ['turing']) };
  });
  workspace.edit('examples/digits/README.md', (text) => `${text}\nchanged again\n`);
  const six = await onEmptyEngine(() => publish('v0.1.2', names));
  const usual = await onEmptyEngine(usualWay);
  console.table({
    'one, engine empty': ours.one.shown,
    'one, sources changed, tools cached': ours.again.shown,
    'one, the next version of the same sources': ours.next.shown,
    'six, engine empty': six.shown,
    'one, the usual way': usual.shown,
  });
  const ratio = usual.seconds / ours.one.seconds;
  console.log(
    `${ratio.toFixed(1)} times faster than the usual way; six take ${(six.seconds / ours.one.seconds).toFixed(2)} times the time of one`,
  );
  expect(ours.one.baseDown).toBe(0);
  expect(six.baseDown).toBe(0);
  expect(usual.baseDown).toBeGreaterThan(2e9);
  expect(ratio).toBeGreaterThanOrEqual(6);
});

const logOf = () => readMachine(workspace.root).registryLog ?? '';
const baseLayers = () => workspace.records('base-turing').at(-1)?.layers ?? [];
const shown = (seconds: number, disk: number, baseDown: number) => ({
  seconds: seconds.toFixed(1),
  "engine's disk": prettyBytes(disk),
  'base layers fetched': prettyBytes(baseDown),
});

/** Seconds of the publishing itself, as its record has them; Nx takes a second more to start. */
async function publish(version: string, architectures: readonly string[]) {
  const before = readFileSync(logOf(), 'utf8').length;
  const { exitCode, stdout, stderr } = await workspace.nx(
    ...['run', 'runtime-image:publish', `--architectures=${architectures.join(',')}`, `--as=${version}`],
  );
  expect(exitCode, stdout + stderr).toBe(0);
  const seconds = Number(/ in ([\d.]+) s\n/.exec(stdout.slice(stdout.indexOf(`published ${version}`)))?.[1]);
  const records = architectures.map((name) => workspace.records(`runtime-${name}`).at(-1) as ImageRecord);
  const disk = Math.max(...records.map(({ diskPeakBytes = 0 }) => diskPeakBytes));
  const { down } = traffic(requestsFor(logOf(), before), baseLayers());
  return { seconds, baseDown: down, shown: shown(seconds, disk, down) };
}

/** What a guide tells people to do: stand on the base, install on top of it, push. */
async function usualWay(engine: PrivateEngine) {
  const plan = workspace.records('runtime-turing').at(-1)?.plan;
  const folder = mkdtempSync(join(tmpdir(), 'slipway-usual-'));
  const free = () => {
    const { bavail, bsize } = statfsSync(engine.folder);
    return bavail * bsize;
  };
  try {
    const dockerfile = join(folder, 'Dockerfile');
    writeFileSync(
      dockerfile,
      `FROM ${plan?.parent?.reference}
COPY . /app/digits
RUN --mount=type=secret,id=ca python3 -m venv /tmp/tools && \\
    PIP_CERT=/run/secrets/ca /tmp/tools/bin/pip install --quiet uv && \\
    SSL_CERT_FILE=/run/secrets/ca /tmp/tools/bin/uv pip install --python /opt/venv/bin/python --no-deps -e /app/digits
`,
    );
    const before = readFileSync(logOf(), 'utf8').length;
    const freeBefore = free();
    let least = freeBefore;
    const timer = setInterval(() => (least = Math.min(least, free())), 200);
    const ca = process.env.SSL_CERT_FILE ?? '/etc/ssl/certs/ca-certificates.crt';
    const { exitCode, stderr, durationMs } = await workspace.docker(
      ...['buildx', 'build', '--builder=default', `--file=${dockerfile}`, '--push', '--provenance=false'],
      ...[
        '--secret',
        `id=ca,src=${ca}`,
        `--tag=${plan?.repository}:usual`,
        workspace.path('examples/digits'),
      ],
    );
    clearInterval(timer);
    expect(exitCode, stderr).toBe(0);
    const seconds = durationMs / 1000;
    const { down } = traffic(requestsFor(logOf(), before), baseLayers());
    return { seconds, baseDown: down, shown: shown(seconds, freeBefore - least, down) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
