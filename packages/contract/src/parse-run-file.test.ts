import { expect, it } from 'vitest';
import { parseRunFile } from './parse-run-file.ts';

it('reads what is written and leaves the rest open', () => {
  expect(parseRunFile('run.toml', '')).toEqual({});
  const text = [
    'cfg = "a.yaml"',
    'opts = ["A", "1"]',
    '[application]',
    'opts_with = { WANDB_API_KEY = ["EXPERIMENT.WANDB.KEY", ""] }',
    '[[application.companion]]',
    'name = "ibrida"',
    'path = "/app/ibrida_src"',
  ].join('\n');
  expect(parseRunFile('run.toml', text)).toEqual({
    cfg: 'a.yaml',
    opts: ['A', '1'],
    application: {
      opts_with: { WANDB_API_KEY: ['EXPERIMENT.WANDB.KEY', ''] },
      companion: [{ name: 'ibrida', path: '/app/ibrida_src' }],
    },
  });
});

it.each([
  ['output = ', /error\[definition-syntax\] run\.toml:1: /],
  ['cfg = "a"\nshm_sise = "8g"', /error\[definition-invalid\] run\.toml:2: .*shm_sise.*\n.*shm_size/],
  ['env = ["A"]', /run\.toml:1: .*unknown key "env".*\n.*Rename it to environment/],
  ['gpus = 2', /error\[definition-invalid\] run\.toml:1: gpus: 2 is not text in quotes/],
  ['scheduler = "slurm"', /run\.toml:1: scheduler: "slurm" is not "docker" or "podman"/],
  ['[application]\npath = "app"', /run\.toml:2: application\.path: "app" is not an absolute path/],
])('refuses %j at its line', (text, message) => {
  expect(() => parseRunFile('run.toml', text)).toThrow(message);
});
