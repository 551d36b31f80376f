import { expect, it, vi } from 'vitest';
import { program } from './program.ts';

const call = (...words: string[]) => program().parseAsync(words, { from: 'user' });

it.each([
  [['plan', 'v0.1.0'], 'v0.1.0'],
  [['run', '--image', 'a/b', 'python', 'x.py'], 'python x.py'],
  [['run', 'v0.1.0', '--', 'python'], 'v0.1.0 python'],
])('refuses %j: words that nobody put behind --', async (words, found) => {
  await expect(call(...words)).rejects.toThrow(
    `error[usage] a program to run instead of the application's own command stands behind --; found: ${found}\n  fix: -- ${found}`,
  );
});

it('takes them behind --, whatever they are', async () => {
  // What is said of them next: nothing is planned.
  for (const words of [['python'], ['--', 'x'], ['-c', '--']]) {
    await expect(call('plan', '--plan', 'saved.json', '--', ...words)).rejects.toThrow(
      `a saved plan says everything itself; also given: ${words.join(', ')}`,
    );
  }
});

it.each([
  [['run', '--shell'], '--shell prints commands to be pasted, and this would start the run'],
  [['run', '--plan', 'saved.json', '--shell'], '--shell prints commands to be pasted'],
  [['run', '--dry-run', '--detach'], '--dry-run starts nothing'],
  [['rerun', 'last', '--dry-run', '--detach'], '--dry-run starts nothing'],
])('refuses %j before anything is planned', async (words, message) => {
  await expect(call(...words)).rejects.toThrow(`error[usage] ${message}`);
});

it.each([
  [
    ['gc', '--newer'],
    "error[usage] unknown option '--newer'\n  fix: slipway gc --help tells what there is\n",
  ],
  [['show'], "error[usage] missing required argument 'id'\n  fix: slipway show --help tells what there is\n"],
  [
    ['doctor', 'flash-attention', '--xyzzy'],
    "error[usage] unknown option '--xyzzy'\n  fix: slipway doctor flash-attention --help tells what there is\n",
  ],
  [
    ['runs', '--output-dir'],
    "error[usage] unknown option '--output-dir'\n  fix: slipway runs --help tells what there is\n",
  ],
  [
    ['plan', '--output-dir'],
    "error[usage] unknown option '--output-dir'\n  fix: (Did you mean --output?) slipway plan --help tells what there is\n",
  ],
  [
    ['help', 'rnu'],
    "error[usage] unknown command 'rnu'\n  fix: (Did you mean run?) slipway --help tells what there is\n",
  ],
  [
    ['help', 'doctor', 'flash'],
    "error[usage] unknown command 'doctor flash'\n  fix: (Did you mean doctor flash-attention?) slipway --help tells what there is\n",
  ],
  [
    ['help', 'follow-in-backgroun'],
    "error[usage] unknown command 'follow-in-backgroun'\n  fix: slipway --help tells what there is\n",
  ],
  [
    ['help', 'nothing'],
    "error[usage] unknown command 'nothing'\n  fix: slipway --help tells what there is\n",
  ],
])('says of %j which help to read', async (words, said) => {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  await call(...words).catch(() => undefined);
  const [text] = write.mock.calls[0] ?? [];
  write.mockRestore();
  expect(text).toBe(said);
});

it.each([
  [[], 'Usage: slipway [options] [command]'],
  [['run'], 'Usage: slipway run [options] [-- program arguments...]'],
  [['doctor', 'flash-attention'], 'Usage: slipway doctor flash-attention [options]'],
])('shows the help of %j', async (words, usage) => {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  await expect(call('help', ...words)).rejects.toMatchObject({ exitCode: 0 });
  const printed = write.mock.calls.map(([text]) => text).join('');
  write.mockRestore();
  expect(printed.split('\n')[0]).toBe(usage);
});
