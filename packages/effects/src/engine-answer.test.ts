import type { Failure } from '@slipway/contract';
import { expect, it } from 'vitest';
import { byProgram, unreachable } from './engine-answer.ts';

it.each([
  [
    'connect EACCES /var/run/docker.sock',
    'the container engine at its default address cannot be asked: you may not use its socket',
    'sudo usermod -aG docker $USER',
  ],
  [
    'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock',
    'the container engine at its default address cannot be asked: you may not use its socket',
    'log in anew',
  ],
  [
    'connect ECONNREFUSED /var/run/docker.sock',
    'no container engine answers at its default address (connect ECONNREFUSED /var/run/docker.sock)',
    'start Docker Engine',
  ],
])('tells an engine that is down from one that may not be asked: %s', (said, message, remedy) => {
  const asked = { engine: 'docker', where: 'its default address' } as const;
  expect(unreachable(asked, said).problems).toMatchObject([
    { code: 'engine-unreachable', engine: 'docker', message, remedy: expect.stringContaining(remedy) },
  ]);
});

it('an engine is named in what is to be done about it', () => {
  const asked = { engine: 'podman', where: 'podman on this machine' } as const;
  expect(unreachable(asked, 'cannot clone').problems).toMatchObject([
    { engine: 'podman', remedy: 'mend what it says, and see that it answers you: podman info' },
  ]);
});

it('says of which engine it is that its program is not there', async () => {
  const asked = { engine: 'docker', where: 'here' } as const;
  const failure = await byProgram({ file: '/nowhere/docker', args: ['info'] }, asked).catch(
    (error: Failure) => error,
  );
  expect((failure as Failure).problems).toMatchObject([
    {
      code: 'command-missing',
      engine: 'docker',
      message: '/nowhere/docker is not installed',
    },
  ]);
});
