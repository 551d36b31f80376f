import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { data, Evaluator, Lexer, Parser } from '@actions/expressions';
import { type Finished, tryRun } from '@slipway/effects';
import { parse } from 'yaml';
import type { ThrowawayWorkspace } from './throwaway-workspace.ts';

/** What GitHub knows when it starts a workflow: the contexts of its expressions, by name. */
export type Contexts = Record<string, Record<string, unknown>>;

export interface Step {
  id?: string;
  name?: string;
  if?: string;
  uses?: string;
  run?: string;
  env?: Record<string, unknown>;
}

export interface Job {
  if?: string;
  env?: Record<string, unknown>;
  steps?: Step[];
}

interface Workflow {
  env?: Record<string, unknown>;
  jobs: Record<string, Job>;
}

/** What came of one `run:`. */
export interface Ran extends Finished {
  step: string;
  /** What it wrote to GITHUB_OUTPUT. */
  outputs: Record<string, string>;
  /** What it wrote to GITHUB_STEP_SUMMARY. */
  summary: string;
  /** The calls of `gh`, one for each, with its words. */
  gh: string[][];
}

/** Stands in for the machine that GitHub carries workflows out on. */
export interface WorkflowRunner {
  /** Carries out the `run:` texts of one job, in order and until one fails; what it `uses:` is the machine's business. */
  job(file: string, name: string, contexts: Contexts): Promise<Ran[]>;
  /** Whether GitHub would start the job at all. */
  starts(file: string, name: string, contexts: Contexts): boolean;
  dispose(): void;
}

/**
 * A runner whose checkout is a workspace. Scripts get nothing of this process's environment but PATH, with a `gh` before
 * everything else that only writes down how it was called.
 */
export function workflowRunner(workspace: ThrowawayWorkspace): WorkflowRunner {
  const temporary = mkdtempSync(join(tmpdir(), 'slipway-runner-'));
  const read = (file: string) => parse(workspace.read(`.github/workflows/${file}`)) as Workflow;
  const jobOf = (file: string, name: string): { workflow: Workflow; job: Job } => {
    const workflow = read(file);
    const job = workflow.jobs[name];
    if (job === undefined) throw new Error(`${file} has no job ${name}`);
    return { workflow, job };
  };
  const gh = join(temporary, 'gh');
  writeFileSync(
    gh,
    `#!/bin/sh\nfor word; do printf '%s\\0' "$word"; done >> ${gh}.calls\necho >> ${gh}.calls\n`,
  );
  chmodSync(gh, 0o755);
  return {
    starts: (file, name, contexts) => holds(jobOf(file, name).job.if, contexts),
    async job(file, name, contexts) {
      const { workflow, job } = jobOf(file, name);
      const ran: Ran[] = [];
      const around = filled({ ...workflow.env, ...job.env }, contexts);
      // What a step writes to GITHUB_ENV is there for the ones after it.
      const handedOn: Record<string, string> = {};
      try {
        return await steps();
      } finally {
        // As GitHub's runner ends what a job leaves running.
        if (handedOn.SSH_AGENT_PID) process.kill(Number(handedOn.SSH_AGENT_PID));
      }
      async function steps(): Promise<Ran[]> {
        for (const step of job.steps ?? []) {
          // The packages of a throw-away workspace are there already.
          if (step.run === undefined || step.run === 'npm ci') continue;
          if (!holds(step.if, { ...contexts, env: around })) continue;
          const said = { ...around, ...filled(step.env, contexts) };
          const { handsOn, ...done } = await script(step, { ...handedOn, ...said }, contexts);
          Object.assign(handedOn, handsOn);
          ran.push(done);
          if (done.exitCode !== 0) break;
        }
        return ran;
      }
    },
    dispose: () => rmSync(temporary, { recursive: true, force: true }),
  };

  async function script(
    step: Step,
    env: Record<string, string>,
    contexts: Contexts,
  ): Promise<Ran & { handsOn: Record<string, string> }> {
    const files = Object.fromEntries(
      ['script', 'output', 'summary', 'environment'].map((name) => [name, join(temporary, name)]),
    ) as Record<'script' | 'output' | 'summary' | 'environment', string>;
    for (const path of [...Object.values(files), `${gh}.calls`]) writeFileSync(path, '');
    writeFileSync(files.script, step.run ?? '');
    const { github = {} } = contexts;
    const all = {
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GITHUB_ENV: files.environment,
      GITHUB_EVENT_NAME: String(github.event_name ?? ''),
      GITHUB_OUTPUT: files.output,
      GITHUB_REF: String(github.ref ?? ''),
      GITHUB_REF_NAME: String(github.ref_name ?? ''),
      GITHUB_REPOSITORY: String(github.repository ?? ''),
      GITHUB_RUN_ID: '4711',
      GITHUB_SHA: String(github.sha ?? ''),
      GITHUB_STEP_SUMMARY: files.summary,
      GITHUB_WORKSPACE: workspace.root,
      HOME: temporary,
      PATH: `${temporary}:${process.env.PATH}`,
      RUNNER_TEMP: temporary,
      ...env,
    };
    const finished = await tryRun({
      file: 'env',
      args: [
        '-i',
        ...Object.entries(all).map(([key, value]) => `${key}=${value}`),
        'bash',
        '-e',
        files.script,
      ],
      cwd: workspace.root,
      timeoutMs: 600_000,
    });
    return {
      ...finished,
      step: step.name ?? step.run ?? '',
      outputs: assigned(files.output),
      handsOn: assigned(files.environment),
      summary: readFileSync(files.summary, 'utf8'),
      gh: lines(`${gh}.calls`).map((line) => line.split('\0').slice(0, -1)),
    };
  }
}

/** The `name=value` lines of a file. */
function assigned(path: string): Record<string, string> {
  return Object.fromEntries(
    lines(path).map((line) => [line.split('=')[0] ?? '', line.slice(line.indexOf('=') + 1)]),
  );
}

function lines(path: string): string[] {
  return existsSync(path)
    ? readFileSync(path, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
    : [];
}

/** Whether an `if:` lets a job or a step be carried out. */
function holds(condition: string | undefined, contexts: Contexts): boolean {
  if (condition === undefined) return true;
  return evaluate(condition.replace(/^\$\{\{(.*)\}\}$/, '$1').trim(), contexts).coerceString() === 'true';
}

/** An environment with its expressions replaced by their values. */
function filled(env: Record<string, unknown> = {}, contexts: Contexts): Record<string, string> {
  return Object.fromEntries(Object.entries(env).map(([key, value]) => [key, fill(String(value), contexts)]));
}

/** A text with its expressions replaced by their values. */
function fill(text: string, contexts: Contexts): string {
  return text.replaceAll(/\$\{\{(.*?)\}\}/g, (_, expression) =>
    evaluate(expression.trim(), contexts).coerceString(),
  );
}

/** Evaluates an expression with GitHub's own library; a context that is not given is empty. */
function evaluate(expression: string, contexts: Contexts): data.ExpressionData {
  const names = ['github', 'inputs', 'vars', 'secrets', 'steps', 'needs', 'env'];
  const { tokens } = new Lexer(expression).lex();
  const given = Object.fromEntries(names.map((name) => [name, contexts[name] ?? {}]));
  const dictionary = JSON.parse(JSON.stringify(given), data.reviver) as data.Dictionary;
  return new Evaluator(new Parser(tokens, names, []).parse(), dictionary).evaluate();
}
