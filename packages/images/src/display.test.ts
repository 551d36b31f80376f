import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openDisplay } from './display.ts';

/** A stream that keeps what is written to it. */
function stream(isTTY: boolean) {
  let text = '';
  const write = (chunk: string) => {
    text += chunk;
    return true;
  };
  return {
    stream: { isTTY, columns: 60, write } as NodeJS.WriteStream,
    text: () => stripVTControlCharacters(text),
  };
}

beforeEach(
  () =>
    void vi
      .stubEnv('CI', '')
      .stubEnv('TERM', 'xterm')
      .stubEnv('NX_FORKED_TASK_EXECUTOR', '')
      .stubEnv('NX_TASK_TARGET_PROJECT', ''),
);
afterEach(() => void vi.unstubAllEnvs());

it('prints plain lines where there is no terminal, and says nothing of the moment', () => {
  const { stream: plain, text } = stream(false);
  const display = openDisplay(plain);
  display.say('[os 1/3] RUN 4.0 s', 'base-cpu');
  display.now('base-cpu', '[torch-layer 2/2] RUN');
  display.say('bringing the engine up');
  display.end();
  expect(text()).toBe('base-cpu: [os 1/3] RUN 4.0 s\nbringing the engine up\n');
});

it('leaves out the name of the project whose task it is, which Nx puts there', () => {
  vi.stubEnv('NX_TASK_TARGET_PROJECT', 'base-cpu');
  const { stream: plain, text } = stream(false);
  const display = openDisplay(plain);
  display.say('proving cpu-1', 'base-cpu');
  display.say('proving turing-1', 'base-turing');
  expect(text()).toBe('proving cpu-1\nbase-turing: proving turing-1\n');
});

it('keeps one live line for each project on a terminal, below what was said', () => {
  const { stream: terminal, text } = stream(true);
  const display = openDisplay(terminal);
  display.now('base-cpu', '[os 1/3] RUN');
  display.now('base-turing', '[torch-layer 2/2] RUN');
  display.say('[python 1/1] RUN 4.0 s', 'base-cpu');
  const live = 'base-cpu: [os 1/3] RUN ... 0 s\nbase-turing: [torch-layer 2/2] RUN ... 0 s\n';
  expect(text()).toContain(`base-cpu: [python 1/1] RUN 4.0 s\n${live}`);
  display.done('base-cpu');
  expect(text().slice(text().lastIndexOf(live) + live.length)).not.toContain('base-cpu');
  display.end();
});
