import { expect, it } from 'vitest';
import { typedOptions } from './typed-options.ts';

it('takes texts as they were typed, whatever Nx made of them', () => {
  const words = [
    ...['--gpus=2', '--user', '1000', '--opts=TRAIN.LR', '--opts=1e-3', '--env=X=value:a,b'],
    ...['--data=/odd, "dir"', '--ssh-key=b', '--args=-c', '--detach', '--processes=2'],
  ];
  const byNx = {
    gpus: 2,
    user: 1000,
    opts: ['TRAIN.LR', 0.001],
    env: ['X=value:a', 'b'],
    data: ['/odd', ' "dir"'],
    sshKey: 'b',
    args: ['-c'],
    detach: true,
    processes: 2,
  };
  expect(typedOptions(byNx, words)).toEqual({
    gpus: '2',
    user: '1000',
    opts: ['TRAIN.LR', '1e-3'],
    env: ['X=value:a,b'],
    data: ['/odd, "dir"'],
    sshKey: 'b',
    args: ['-c'],
    detach: true,
    processes: 2,
  });
});

it("takes a project's own options as they stand there", () => {
  expect(typedOptions({ gpus: 2, opts: ['A', 1], env: 'X', cfg: undefined }, ['--cfg2=x'])).toEqual({
    gpus: '2',
    opts: ['A', '1'],
    env: ['X'],
    cfg: undefined,
  });
});
