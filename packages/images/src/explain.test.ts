import { expect, it } from 'vitest';
import { describeDifference, diffComponents } from './explain.ts';

const published = {
  dockerfile: ['FROM os', 'RUN a'],
  platform: 'linux/amd64',
  files: { locks: { dependencies: { scipy: '1.16.0 aa', numpy: '2.3.0 bb' }, torch: {} } },
  arguments: { SYSTEM_PACKAGES: 'git' },
};

it('names what differs, with both values and the file they come from', () => {
  const today = {
    ...published,
    dockerfile: ['RUN a', 'FROM os', 'RUN b'],
    files: {
      locks: { dependencies: { scipy: '1.18.1 cc', rich: '14.0.0 dd', numpy: '2.3.0 bb' }, torch: {} },
    },
    arguments: { SYSTEM_PACKAGES: 'git tini' },
  };
  expect(
    diffComponents(published, today, { kind: 'base', architecture: 'cpu' }).map(describeDifference),
  ).toEqual([
    'argument SYSTEM_PACKAGES git -> git tini (architectures/cpu/architecture.toml)',
    'Dockerfile none -> RUN b (dockerfiles/base.Dockerfile)',
    'dependency rich none -> 14.0.0 dd (architectures/cpu/requirements.lock)',
    'dependency scipy 1.16.0 aa -> 1.18.1 cc (architectures/cpu/requirements.lock)',
  ]);
});

it('names the commit of a checkout', () => {
  const at = (commit: string) => ({
    files: { sources: { checkouts: { 'app/digits': { commit, branch: 'main' } } } },
  });
  expect(
    diffComponents(at('aa'), at('bb'), { kind: 'runtime', architecture: 'cpu' }).map(describeDifference),
  ).toEqual(['checkout app/digits.commit aa -> bb']);
});

it('finds nothing where nothing differs', () => {
  expect(
    diffComponents(
      published,
      { ...published, dockerfile: ['RUN a', 'FROM os'] },
      { kind: 'base', architecture: 'cpu' },
    ),
  ).toEqual([]);
});
