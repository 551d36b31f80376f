import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '@slipway/contract';
import { expect, it, onTestFinished } from 'vitest';
import { run, tryRun } from './process.ts';

const node = (script: string, more = {}) => ({ file: process.execPath, args: ['-e', script], ...more });

it('returns what was printed and how it ended', async () => {
  const { exitCode, stdout, stderr } = await tryRun(
    node('console.log("a"); console.error("b"); process.exit(3)'),
  );
  expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 3, stdout: 'a', stderr: 'b' });
});

it('hands on lines as they come and keeps them in a log', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-log-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const log = join(folder, 'deep/log.txt');
  const lines: string[] = [];
  await run(
    node('console.log("one\\ntwo"); console.error("three")', {
      log,
      onLine: (line: string) => lines.push(line),
    }),
  );
  expect(lines.sort()).toEqual(['one', 'three', 'two']);
  expect(readFileSync(log, 'utf8').trim().split('\n').sort()).toEqual(['one', 'three', 'two']);
});

it('takes the next line when the one before is done with', async () => {
  const seen: string[] = [];
  await run(
    node('for (let line = 0; line < 50; line += 1) console.log(line)', {
      onLine: async (line: string) => {
        seen.push(`${line} begun`);
        await new Promise((resolve) => setImmediate(resolve));
        seen.push(`${line} done`);
      },
    }),
  );
  expect(seen).toEqual(Array.from({ length: 50 }, (_, line) => [`${line} begun`, `${line} done`]).flat());
});

it.each([true, false])('throws what a line led to when the child has ended by itself', async (returns) => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-log-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const lines: string[] = [];
  const onLine = (line: string) => {
    lines.push(line);
    throw new RangeError(`not to be had: ${line}`);
  };
  const script = `yes | head -c 1000000; touch ${folder}/ended`;
  await expect(tryRun({ file: 'sh', args: ['-c', script], returns, keep: false, onLine })).rejects.toThrow(
    'not to be had: y',
  );
  expect(lines).toEqual(['y']);
  expect(existsSync(join(folder, 'ended'))).toBe(true);
});

it('puts a line together that comes in parts, and hands on at once what ends with a return', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-parts-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const wait = 'until [ -e seen ]; do sleep 0.05; done';
  const long = String.raw`head -c 3000000 /dev/zero | tr '\0' x`;
  const seen: string[] = [];
  await tryRun({
    file: 'sh',
    args: ['-c', String.raw`printf '10%%\r'; ${wait}; printf '\nb'; ${long}; printf 'c\n\r'`],
    ...{ cwd: folder, timeoutMs: 30_000, returns: true, keep: false },
    onLine: (line, _stream, end) => {
      seen.push(line.replace(/x+/, ({ length }) => `${length}`) + end);
      if (line === '10%') writeFileSync(join(folder, 'seen'), '');
    },
  });
  expect(seen).toEqual(['10%\r', '\n', 'b3000000c\n', '\r']);
});

it('returns when its log is written, and not before', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-log-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const log = join(folder, 'pipe');
  await run({ file: 'mkfifo', args: [log] });
  let returned = false;
  const running = run({ file: 'echo', args: ['written'], log }).finally(() => {
    returned = true;
  });
  // Into a pipe nothing is written before somebody reads it, however long ago the program has ended.
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(returned).toBe(false);
  expect((await run({ file: 'cat', args: [log] })).stdout).toBe('written');
  await running;
});

it.each([
  ['a folder', tmpdir()],
  ['a full disk', '/dev/full'],
])('does not wait for a log that cannot be written, %s', async (_what, log) => {
  expect(await tryRun(node('console.log("a")', { log }))).toMatchObject({ exitCode: 0, stdout: 'a' });
  await expect(tryRun({ file: 'slipway-no-such-program', args: [], log })).rejects.toThrow('command-missing');
});

it('turns a failure into a problem with the exit code and the last lines', async () => {
  const failing = run(node('console.error("no such thing"); process.exit(4)'), {
    code: 'build-failed',
    remedy: 'mend it',
  });
  await expect(failing).rejects.toThrow(
    /^error\[build-failed\] .*ended with exit code 4:\n {2}\| no such thing\n {2}fix: mend it$/,
  );
});

it('knows a full disk by its words', async () => {
  const failing = run(node('console.error("write: no space left on device"); process.exit(1)'));
  await expect(failing).rejects.toThrow('error[disk-full]');
});

it('says that a program is missing', async () => {
  const failure = await run({ file: 'slipway-no-such-program', args: [] }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(Failure);
  expect((failure as Failure).problems[0]).toMatchObject({ code: 'command-missing' });
});

it('ends the child when it is interrupted', async () => {
  const controller = new AbortController();
  const running = tryRun(node('setInterval(() => {}, 1000)', { signal: controller.signal }));
  setTimeout(() => controller.abort(), 100);
  await expect(running).rejects.toThrow('error[interrupted]');
});

it('stops waiting after the time that was given', async () => {
  const { exitCode, stderr } = await tryRun(node('setInterval(() => {}, 1000)', { timeoutMs: 200 }));
  expect({ exitCode, stderr }).toEqual({ exitCode: 124, stderr: 'timed out after 200 ms' });
});

it.each([
  ['its time is over', () => ({ timeoutMs: 2000 })],
  ['it is interrupted', () => ({ signal: AbortSignal.timeout(2000) })],
])('ends what a child of a group of its own has started, when %s', async (_when, ends) => {
  const end = ends();
  const lines: string[] = [];
  const script = 'sh -c "trap : TERM; echo \\$\\$; while :; do sleep 0.1; done" & wait';
  const group = { file: 'sh', args: ['-c', script], detached: true, patienceMs: 300 };
  const began = Date.now();
  const ended = await tryRun({ ...group, ...end, onLine: (line) => lines.push(line) }).catch(
    (error: unknown) => error,
  );
  expect(Date.now() - began).toBeLessThan(30_000);
  if ('timeoutMs' in end) expect(ended).toMatchObject({ exitCode: 124, timedOut: true });
  else expect(String(ended)).toContain('error[interrupted]');
  expect(lines[0]).toMatch(/^\d+$/);
  // Its state, where nobody has asked yet how it ended.
  const left = () => existsSync(`/proc/${lines[0]}`) && readFileSync(`/proc/${lines[0]}/stat`, 'utf8');
  await expect.poll(left).toSatisfy((stat: string | false) => stat === false || stat.includes(') Z'));
});

it('ends it also when it was interrupted before it began', async () => {
  const group = { file: 'sh', args: ['-c', 'sleep 30; true'], detached: true, patienceMs: 300 };
  const began = Date.now();
  await expect(tryRun({ ...group, signal: AbortSignal.abort() })).rejects.toThrow('error[interrupted]');
  expect(Date.now() - began).toBeLessThan(15_000);
});

it('lets go of what a child has put out of reach', async () => {
  const script = 'setsid sleep 30 & echo begun; wait';
  const began = Date.now();
  const apart = { detached: true, timeoutMs: 2000, patienceMs: 200 };
  const { timedOut, stdout } = await tryRun({ file: 'sh', args: ['-c', script], ...apart });
  expect({ timedOut, stdout }).toEqual({ timedOut: true, stdout: 'begun' });
  expect(Date.now() - began).toBeLessThan(15_000);
});

it('ends a line at a carriage return too, where that is wanted, as soon as it comes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-returns-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const seen: string[] = [];
  // It goes on when the second line was handed on, and not before.
  const first = String.raw`printf '10%%\r'; printf '50%%\r100'; until [ -e seen ]; do sleep 0.05; done`;
  await tryRun({
    file: 'sh',
    args: ['-c', String.raw`${first}; printf '%%\r\nnext\n\nlast'`],
    cwd: folder,
    timeoutMs: 30_000,
    returns: true,
    onLine: (line, _stream, end) => {
      seen.push(line + end);
      if (line === '50%') writeFileSync(join(folder, 'seen'), '');
    },
  });
  expect(seen).toEqual(['10%\r', '50%\r', '100%\n', 'next\n', '\n', 'last\n']);
});
