import { describe, expect, it, test } from 'vitest';
import { checkoutProblem } from './checkout-problem.ts';

const folder = '.slipway/sources/app';
const ssh = { url: 'ssh://git@git.example.org:2222/team/app.git', ref: 'main' };
const scp = { url: 'git@git.example.org:team/app.git', ref: 'v1.2' };
const web = { url: 'https://git.example.org/team/app.git', ref: 'v1.2' };

const ending = `fatal: Could not read from remote repository.

Please make sure you have the correct access rights
and the repository exists.
`;

/** As git 2.39 with OpenSSH 9.2 prints it. */
const cases: [string, typeof ssh, string, string, string][] = [
  [
    'no key in the agent',
    ssh,
    `git@git.example.org: Permission denied (publickey).\r\n${ending}`,
    `${ssh.url} wants a log-in, and none that this machine has was taken: git@git.example.org: Permission denied (publickey).`,
    `add your key to the agent (ssh-add; ssh-add -l lists those there), then try it: git ls-remote ${ssh.url}`,
  ],
  [
    'no log-in of the web',
    web,
    "fatal: could not read Username for 'https://git.example.org': terminal prompts disabled\n",
    `${web.url} wants a log-in, and none that this machine has was taken: fatal: could not read Username for 'https://git.example.org': terminal prompts disabled`,
    `set up a credential helper of git, then try it: git ls-remote ${web.url}`,
  ],
  [
    'a host key that is not known',
    ssh,
    `Host key verification failed.\r\n${ending}`,
    `SSH does not know the host key of git.example.org:2222, so ${ssh.url} was not fetched`,
    'compare the key with what whoever runs it publishes, and add it: ssh-keyscan -p 2222 git.example.org >> ~/.ssh/known_hosts',
  ],
  [
    'the same without a port',
    scp,
    `No ED25519 host key is known for git.example.org and you have requested strict checking.\r\nHost key verification failed.\r\n${ending}`,
    `SSH does not know the host key of git.example.org, so ${scp.url} was not fetched`,
    'compare the key with what whoever runs it publishes, and add it: ssh-keyscan git.example.org >> ~/.ssh/known_hosts',
  ],
  [
    'a host key that is another one',
    ssh,
    `@@@@@@@@@@@\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n@@@@@@@@@@@\nHost key verification failed.\n${ending}`,
    'the host key of git.example.org:2222 is another one than the one that SSH knows',
    "ask whoever runs it whether its key was changed; if so: ssh-keygen -R '[git.example.org]:2222', and add the new one",
  ],
  [
    'a ref that is not there',
    web,
    "fatal: couldn't find remote ref v1.2\n",
    `${web.url} has no v1.2: neither a branch nor a tag nor a commit`,
    `see which there are, and correct it: git ls-remote ${web.url}`,
  ],
  [
    'a commit that is not there',
    { ...web, ref: '0123456789012345678901234567890123456789' },
    'fatal: remote error: upload-pack: not our ref 0123456789012345678901234567890123456789\n',
    `${web.url} has no 0123456789012345678901234567890123456789: neither a branch nor a tag nor a commit`,
    `see which there are, and correct it: git ls-remote ${web.url}`,
  ],
  [
    'a repository that is not there',
    ssh,
    `fatal: '/team/app.git' does not appear to be a git repository\n${ending}`,
    `git could not fetch main from ${ssh.url}:\n  | fatal: '/team/app.git' does not appear to be a git repository`,
    `check that you may read it: git ls-remote ${ssh.url}`,
  ],
  [
    'a host that does not answer',
    ssh,
    `ssh: connect to host git.example.org port 2222: Connection refused\r\n${ending}`,
    `git could not fetch main from ${ssh.url}:\n  | ssh: connect to host git.example.org port 2222: Connection refused`,
    `check that you may read it: git ls-remote ${ssh.url}`,
  ],
  [
    'what a killed command left',
    web,
    `fatal: Unable to create '/w/${folder}/.git/index.lock': File exists.\n\nAnother git process seems to be running\n`,
    `${folder} was left by a command that was killed, or another one is at it: fatal: Unable to create '/w/${folder}/.git/index.lock': File exists.`,
    `wait for the other one, or remove what was left: rm -rf ${folder}`,
  ],
];

describe('a source that cannot be fetched', () => {
  test.each(cases)('%s', (_, source, stderr, message, remedy) => {
    expect(checkoutProblem(source, folder, stderr)).toEqual({
      code: stderr.includes('Host key') ? 'host-key-unknown' : 'source-unavailable',
      where: { file: 'slipway.toml' },
      message,
      remedy,
    });
  });

  it('for want of space is told as that', () => {
    const said =
      'fatal: write error: No space left on device\nfatal: fetch-pack: invalid index-pack output\n';
    expect(checkoutProblem(web, folder, said)).toMatchObject({ code: 'disk-full' });
  });

  it('is told without the password of its address', () => {
    const url = 'https://someone:7c1f@git.example.org/team/app.git';
    const problem = checkoutProblem({ url, ref: 'main' }, folder, `fatal: unable to access '${url}': boom\n`);
    expect(JSON.stringify(problem)).not.toContain('7c1f');
    expect(problem.message).toContain("unable to access 'https://git.example.org/team/app.git'");
  });
});
