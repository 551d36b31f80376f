import { expect, it } from 'vitest';
import { readDistribution } from './distribution.ts';

it.each([
  [
    'in the form of the standard',
    '[project]\nname = "Digits.Train"\nversion = "0.1.1"\ndescription = "Digits, by hand."\nlicense = "MIT"\n[project.urls]\nHomepage = "https://example.org"\n',
    {
      name: 'Digits.Train',
      version: '0.1.1',
      description: 'Digits, by hand.',
      license: 'MIT',
      urls: { Homepage: 'https://example.org' },
    },
  ],
  [
    'with a dynamic version and a licence in a file',
    '[project]\nname = "a"\ndynamic = ["version"]\nlicense = { file = "LICENSE" }\n',
    { name: 'a', version: null, description: null, license: null, urls: {} },
  ],
  [
    'in the form of Poetry',
    '[tool.poetry]\nname = "a"\nversion = "7.8.9"\nhomepage = "https://example.org"\n',
    {
      name: 'a',
      version: '7.8.9',
      description: null,
      license: null,
      urls: { homepage: 'https://example.org' },
    },
  ],
  ['without a name', '[build-system]\nrequires = []\n', null],
  ['as no TOML at all', '[project\n', null],
])('reads a distribution %s', (_what, text, expected) => {
  expect(readDistribution(text)).toEqual(expected);
});
