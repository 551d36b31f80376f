import { expect, it } from 'vitest';
import { distribute, distributionOf } from './distribute.ts';

const launcher = '-m torch.distributed.run --nproc-per-node 2 --standalone --local-addr 127.0.0.1';

it.each([
  ['python x.py --cfg a', `python ${launcher} x.py --cfg a`],
  ['python3 x.py', `python3 ${launcher} x.py`],
  ['/opt/venv/bin/python3.12 x.py', `/opt/venv/bin/python3.12 ${launcher} x.py`],
  ['python -m mod -c d', `python ${launcher} -m mod -c d`],
  ['python -u x.py', `python ${launcher} --no-python python -u x.py`],
  ['python -uB -W ignore -m mod', `python ${launcher} --no-python python -uB -W ignore -m mod`],
  ['python -Wignore x.py', `python ${launcher} --no-python python -Wignore x.py`],
])('distributes %s', (command, expected) => {
  expect(distributionOf(command.split(' '))).toBe('python');
  expect(distribute(command.split(' '), 2).join(' ')).toBe(expected);
});

it.each([
  ['torchrun --nproc-per-node 4 x.py', 'own'],
  ['/opt/bin/accelerate launch x.py', 'own'],
  ['python -m torch.distributed.run x.py', 'own'],
  ['python -u -m torch.distributed.launch x.py', 'own'],
  ['python', 'once'],
  ['python -', 'once'],
  ['python -c pass', 'once'],
  ['python -uc pass', 'once'],
  ['python --version', 'once'],
  ['bash train.sh', 'once'],
  ['nvidia-smi -L', 'once'],
  ['pythonic x.py', 'once'],
  ['', 'once'],
])('leaves %s as it is: %s', (command, expected) => {
  expect(distributionOf(command.split(' '))).toBe(expected);
});
