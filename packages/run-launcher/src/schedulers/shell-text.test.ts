import { tryRun } from '@slipway/effects';
import { expect, it } from 'vitest';
import { completeRun } from '../definition/run-definition.ts';
import { planRun } from '../plan/plan-run.ts';
import { shellText } from './shell-text.ts';

const plan = (command: string[]) =>
  planRun(completeRun([{ from: 'flags', values: { command, environment: ['HOME'] }, folder: '/' }], '/h'), {
    id: 'x',
    image: {
      reference: 'h/a:1',
      digest: `sha256:${'a'.repeat(64)}`,
      from: 'registry',
      bytes: 1,
      labels: {},
      user: null,
      entrypoint: [],
      commit: null,
    },
    application: 'a',
    home: '/h',
    runFolder: '/tmp/x',
    gpus: [],
    gpuAccess: 'toolkit',
    updates: [],
    knownHosts: null,
    rcloneIsFile: false,
    profile: {},
    origins: {},
  });

it('hands words on as they are, whatever stands in them, with the folder of the secrets in its own mount only', async () => {
  const words = ['mail@secrets@$(echo code that ran)', '--mount=type=bind,source=@secrets@/handed,target=/x'];
  const text = shellText(plan(['echo', ...words]), { program: 'engine', environment: {} });
  expect(text.match(/\$secrets\/handed,target/g)).toHaveLength(1);
  // The last command alone, with an engine that prints what it is called with.
  const call = text.slice(text.indexOf('engine \\\n'));
  const script = `engine() { printf '%s\\n' "$@"; }\nsecrets=/s\n(\n${call}`;
  const { stdout } = await tryRun({ file: 'sh', args: ['-c', script] });
  expect(stdout.split('\n').slice(-2)).toEqual(words);
  expect(stdout).toContain('--mount=type=bind,source=/s/handed,target=/run/slipway/secrets');
});

it('keeps what the engine tells of the pull away from what the application prints', () => {
  const text = shellText(plan(['true']), { program: 'docker', environment: {} });
  expect(text).toMatch(/^ {2}docker pull \S+ >&2$/m);
});
