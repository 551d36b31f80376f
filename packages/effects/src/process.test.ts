import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
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
  ['its time is over', () => ({ timeoutMs: 300 })],
  ['it is interrupted', () => ({ signal: AbortSignal.timeout(300) })],
])('ends what a child of a group of its own has started, when %s', async (_when, ends) => {
  const end = ends();
  const lines: string[] = [];
  const script = 'sh -c "trap : TERM; echo \\$\\$; while :; do sleep 0.1; done" & wait';
  const group = { file: 'sh', args: ['-c', script], detached: true, patienceMs: 300 };
  const began = Date.now();
  const ended = await tryRun({ ...group, ...end, onLine: (line) => lines.push(line) }).catch(
    (error: unknown) => error,
  );
  expect(Date.now() - began).toBeLessThan(5000);
  if ('timeoutMs' in end) expect(ended).toMatchObject({ exitCode: 124, timedOut: true });
  else expect(String(ended)).toContain('error[interrupted]');
  // Its state, where nobody has asked yet how it ended.
  const left = () => existsSync(`/proc/${lines[0]}`) && readFileSync(`/proc/${lines[0]}/stat`, 'utf8');
  await expect.poll(left).toSatisfy((stat: string | false) => stat === false || stat.includes(') Z'));
});

it('ends it also when it was interrupted before it began', async () => {
  const group = { file: 'sh', args: ['-c', 'sleep 30; true'], detached: true, patienceMs: 300 };
  const began = Date.now();
  await expect(tryRun({ ...group, signal: AbortSignal.abort() })).rejects.toThrow('error[interrupted]');
  expect(Date.now() - began).toBeLessThan(5000);
});

it('lets go of what a child has put out of reach', async () => {
  const script = 'setsid sleep 3 & echo begun; wait';
  const began = Date.now();
  const apart = { detached: true, timeoutMs: 200, patienceMs: 200 };
  const { timedOut, stdout } = await tryRun({ file: 'sh', args: ['-c', script], ...apart });
  expect({ timedOut, stdout }).toEqual({ timedOut: true, stdout: 'begun' });
  expect(Date.now() - began).toBeLessThan(2500);
});

it('ends a line at a carriage return too, where that is wanted, as soon as it comes', async () => {
  const seen: [string, string, number][] = [];
  const began = Date.now();
  await tryRun({
    file: 'sh',
    args: ['-c', String.raw`printf '10%%\r'; printf '50%%\r100'; sleep 1; printf '%%\r\nnext\n\nlast'`],
    returns: true,
    onLine: (line, _stream, end) => void seen.push([line, end, Date.now() - began]),
  });
  expect(seen.map(([line, end]) => line + end)).toEqual([
    '10%\r',
    '50%\r',
    '100%\n',
    'next\n',
    '\n',
    'last\n',
  ]);
  expect(seen[1]?.[2]).toBeLessThan(1000);
});
