import { expect, test } from 'vitest';
import { candidates, nextRound, refuse } from './choose.ts';
import type { Wanted } from './wanted.ts';

const wanted = (name: string, from: Wanted['from']): Wanted => ({
  name,
  from,
  packages: [name],
  files: [],
  check: [],
});
const suitesOf = (own: string, from: Wanted['from']) =>
  candidates([wanted('x', from)], ['forky', 'trixie'], own)[0]?.suites;

test('the order in which suites are tried', () => {
  expect(suitesOf('bookworm', 'newest')).toEqual(['forky', 'trixie', 'bookworm']);
  expect(suitesOf('bookworm', 'own')).toEqual(['bookworm', 'forky', 'trixie']);
  // A machine that is of a suite in the list already.
  expect(suitesOf('trixie', 'newest')).toEqual(['forky', 'trixie']);
  expect(suitesOf('trixie', 'own')).toEqual(['trixie', 'forky']);
});

test('what is refused goes to the next suite, with all reasons kept', () => {
  const [dockerd, runc] = candidates(
    [wanted('dockerd', 'newest'), wanted('runc', 'own')],
    ['forky', 'trixie'],
    'bookworm',
  );
  if (dockerd === undefined || runc === undefined) throw new Error('two went in');
  expect([...nextRound([dockerd, runc]).keys()]).toEqual(['forky', 'bookworm']);
  const second = refuse(dockerd, 'has no such package');
  expect([...nextRound([second]).keys()]).toEqual(['trixie']);
  expect(refuse(second, 'does not run here').refused).toEqual([
    'forky: has no such package',
    'trixie: does not run here',
  ]);
});
