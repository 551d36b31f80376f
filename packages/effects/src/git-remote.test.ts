import { describe, expect, it } from 'vitest';
import { lostRace, remoteProblem } from './git-remote.ts';

// As git 2.39 words it, with the lines that hosts add.
const printed: [code: string, told: string, said: string][] = [
  [
    'push-refused',
    'GH006',
    `To https://github.com/a/b.git
!\trefs/heads/main:refs/heads/main\t[remote rejected] (protected branch hook declined)
!\tdeadbeef:refs/tags/v0.1.0\t[remote rejected] (atomic transaction failed)
Done
remote: error: GH006: Protected branch update failed for refs/heads/main.
error: failed to push some refs to 'https://github.com/a/b.git'`,
  ],
  [
    'push-refused',
    'not allowed to push',
    `remote: GitLab: You are not allowed to push code to protected branches on this project.
To https://gitlab.com/a/b.git
!\tHEAD:refs/heads/main\t[remote rejected] (pre-receive hook declined)`,
  ],
  [
    'remote-denied',
    '403',
    "remote: Permission to a/b.git denied to bot.\nfatal: unable to access 'https://x/': The requested URL returned error: 403",
  ],
  [
    'remote-denied',
    'Username',
    "fatal: could not read Username for 'https://github.com': terminal prompts disabled",
  ],
  [
    'remote-denied',
    'publickey',
    'git@github.com: Permission denied (publickey).\nfatal: Could not read from remote repository.',
  ],
  [
    'remote-denied',
    'not found',
    'ERROR: Repository not found.\nfatal: Could not read from remote repository.',
  ],
  [
    'remote-denied',
    'insufficient',
    'error: insufficient permission for adding an object to repository database objects',
  ],
  [
    'remote-unreachable',
    'resolve',
    "fatal: unable to access 'https://ada:***@host/': Could not resolve host: host",
  ],
  ['remote-unreachable', 'not appear', "fatal: '/x.git' does not appear to be a git repository"],
  ['remote-unreachable', 'timed out', 'timed out after 600000 ms'],
  ['repository-missing', 'no branch main', "fatal: couldn't find remote ref refs/heads/main"],
];

describe('remoteProblem', () => {
  it.each(printed)('%s: %s', (code, told, said) => {
    const problem = remoteProblem(said, { remote: 'origin', branch: 'main' });
    expect(problem.code).toBe(code);
    expect(problem.message).toContain(told);
  });

  it('tells no log-in', () => {
    const said = "fatal: unable to access 'https://ada:hunter2@host/a.git/': Could not resolve host: host";
    expect(JSON.stringify(remoteProblem(said, { remote: 'origin', branch: 'main' }))).not.toContain(
      'hunter2',
    );
  });
});

it.each([
  ['!\tabc:refs/heads/main\t[rejected] (stale info)', true],
  [
    "!\tabc:refs/heads/main\t[remote rejected] (cannot lock ref 'refs/heads/main': is at 1 but expected 2)",
    true,
  ],
  ['!\tabc:refs/heads/main\t[remote rejected] (pre-receive hook declined)', false],
])('of %s it is %s that somebody else was quicker', (said, race) => {
  expect(lostRace(said)).toBe(race);
});
