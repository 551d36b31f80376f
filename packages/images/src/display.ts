import { createLogUpdate } from 'log-update';
import { projectPrefix } from './project-prefix.ts';

/** Where a command's progress goes. */
export interface Display {
  say: (line: string, project?: string) => void;
  now: (project: string, doing: string) => void;
  /** A project has ended: what came of it is told by others. */
  done: (project: string) => void;
  /** Takes down the live lines. */
  end: () => void;
}

/**
 * Shows what a command is doing: on a terminal one live line for each project under way, with what is finished above
 * them; elsewhere plain lines, each with its project.
 */
export function openDisplay(stream: NodeJS.WriteStream = process.stderr): Display {
  const plain = (line: string, project?: string) =>
    stream.write(`${project === undefined ? '' : projectPrefix(project)}${line}\n`);
  if (!isTerminal(stream)) {
    const nothing = () => {};
    return { say: (...told) => void plain(...told), now: nothing, done: nothing, end: nothing };
  }

  const live = createLogUpdate(stream, { showCursor: true });
  const under = new Map<string, { doing: string; since: number }>();
  const draw = () => {
    const lines = [...under].map(
      ([project, { doing, since }]) =>
        `${projectPrefix(project)}${doing} ... ${Math.round((Date.now() - since) / 1000)} s`,
    );
    // A line that wraps would be counted as one.
    live(lines.map((line) => line.slice(0, (stream.columns ?? 80) - 1)).join('\n'));
  };
  const timer = setInterval(draw, 1000);
  timer.unref();
  return {
    say(line, project) {
      live.clear();
      plain(line, project);
      draw();
    },
    now(project, doing) {
      const before = under.get(project);
      // Of what moves on by bytes, the time since it began.
      const same = before?.doing.split(' ')[0] === doing.split(' ')[0];
      under.set(project, { doing, since: same && before ? before.since : Date.now() });
      draw();
    },
    done(project) {
      under.delete(project);
      draw();
    },
    end() {
      clearInterval(timer);
      live.clear();
    },
  };
}

/** Nx puts a pipe between a batch of tasks and the terminal, and hands on whatever comes through it. */
function isTerminal(stream: NodeJS.WriteStream): boolean {
  if (process.env.CI || process.env.TERM === 'dumb') return false;
  return stream.isTTY || (process.env.NX_FORKED_TASK_EXECUTOR === 'true' && process.stdin.isTTY);
}
