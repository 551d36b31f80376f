/**
 * How a command becomes several processes of one training: `python` starts them through torch.distributed.run, `own` does
 * so by itself, `once` cannot be started as several.
 */
export type Distribution = 'python' | 'own' | 'once';

/** Programs and modules that start the processes of a training themselves. */
const launchers = /^(?:torchrun|accelerate|deepspeed|horovodrun|mpirun|mpiexec|srun)$/;
const launcherModules = /^(?:torch\.distributed\.(?:run|launch)|accelerate\.commands\.launch|deepspeed)$/;

export function distributionOf(command: readonly string[]): Distribution {
  const [program = '', ...rest] = command;
  const name = program.split('/').at(-1) ?? '';
  if (launchers.test(name)) return 'own';
  if (!/^python[\d.]*$/.test(name)) return 'once';
  const started = startedBy(rest);
  if (started === null) return 'once';
  return started.module && launcherModules.test(started.name) ? 'own' : 'python';
}

/**
 * A Python program as several processes, started through torch.distributed.run, which stops them all when one fails. They
 * find each other at a port that is free when the run starts, and not one that was when it was planned.
 */
export function distribute(command: readonly string[], processes: number): string[] {
  const [program = '', ...rest] = command;
  const launcher = [
    '-m',
    'torch.distributed.run',
    ...['--nproc-per-node', String(processes)],
    // By itself it would give out the host's name, which a container need not be able to look up.
    ...['--standalone', '--local-addr', '127.0.0.1'],
  ];
  // Each process is a Python without options: where there are some, the whole command is what it starts.
  const optioned = rest[0]?.startsWith('-') && rest[0] !== '-m';
  return [program, ...launcher, ...(optioned ? ['--no-python', program] : []), ...rest];
}

/** The script or module behind Python's own options; null where it reads its program from elsewhere. */
function startedBy(words: readonly string[]): { module: boolean; name: string } | null {
  const [word, next] = words;
  if (word === undefined || word === '-') return null;
  if (!word.startsWith('-')) return { module: false, name: word };
  if (/^-[a-zA-Z]*m$/.test(word)) return next === undefined ? null : { module: true, name: next };
  if (/^-[WX]$/.test(word)) return startedBy(words.slice(2));
  // -c is a program by itself; of -h, -V and long options there is nothing to start.
  return /^-(?:[bBdEiIOPqRsSuvx]+|[WX].+)$/.test(word) ? startedBy(words.slice(1)) : null;
}
