import { Failure } from '@slipway/contract';

/**
 * The same program as several processes of one training, started through torch.distributed.run, which stops them all
 * when one fails.
 * @param port a free one, at which the processes find each other.
 * @throws Failure `usage` when it is no Python program.
 */
export function distribute(command: readonly string[], processes: number, port: number): string[] {
  const [program = '', ...rest] = command;
  if (/(?:^|\/)python[\d.]*$/.test(program)) {
    const launcher = [
      '-m',
      'torch.distributed.run',
      '--nproc-per-node',
      String(processes),
      '--master-port',
      String(port),
    ];
    return [program, ...launcher, ...rest];
  }
  throw new Failure({
    code: 'usage',
    message: `"${program}" is no Python program, and cannot be started as ${processes} training processes`,
    remedy: 'give --processes 1, or a command that begins with python',
  });
}
