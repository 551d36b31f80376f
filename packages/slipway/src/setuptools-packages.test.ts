import { expect, it } from 'vitest';
import { nameSetuptoolsPackages } from './setuptools-packages.ts';

const project = '[project]\nname = "wood"\nversion = "1.0.0"\n';
const flat = ['pyproject.toml', 'wood/__init__.py', 'wood/data/grain.csv', 'tests/test_wood.py'];
const name = (changes: Partial<Parameters<typeof nameSetuptoolsPackages>[0]>) =>
  nameSetuptoolsPackages({ pyproject: project, files: flat, texts: {}, ...changes });
const find = '\n[tool.setuptools.packages.find]\ninclude = ["wood", "wood.*"]\n';

it.each([
  { what: 'a package', changes: {}, added: find },
  {
    what: 'a package beside what Slipway brings',
    changes: { files: [...flat, 'architectures/a', 'node_modules/b', '.x/c'] },
    added: find,
  },
  {
    what: 'a package beside private folders',
    changes: { files: [...flat, '_scratch/a.txt', '__pycache__/b'] },
    added: find,
  },
  {
    what: 'a package, with other settings',
    changes: { pyproject: `${project}[tool]\nsetuptools.zip-safe = false` },
    added: `\n${find}`,
  },
  {
    what: 'a module',
    changes: { files: ['train.py', '_notes.py', 'setup.py', 'docs/conf.py'] },
    added: '\n[tool.setuptools]\npy-modules = ["train"]\n',
  },
  {
    what: 'nothing at all',
    changes: { files: ['docs/conf.py'] },
    added: '\n[tool.setuptools]\npy-modules = []\n',
  },
])('$what is named', ({ changes, added }) => {
  expect(name(changes)).toEqual({ text: `${changes.pyproject ?? project}${added}` });
});

it('goes into the table that is there', () => {
  const text = `${project}[tool.setuptools] # ours\nzip-safe = false\n`;
  expect(name({ pyproject: text, files: ['train.py'] }).text).toBe(
    text.replace('# ours\n', '# ours\npy-modules = ["train"]\n'),
  );
});

it.each<{ what: string; changes: Partial<Parameters<typeof nameSetuptoolsPackages>[0]> }>([
  {
    what: 'another build back end',
    changes: { pyproject: `${project}[build-system]\nbuild-backend = "hatchling.build"\n` },
  },
  { what: 'a src layout', changes: { files: ['src/wood/__init__.py'] } },
  { what: 'named packages', changes: { pyproject: `${project}[tool.setuptools]\npackages = ["wood"]\n` } },
  { what: 'named modules', changes: { pyproject: `${project}[tool.setuptools]\npy-modules = ["wood"]\n` } },
  { what: 'a setup.cfg', changes: { texts: { 'setup.cfg': '[options]\npackages = find:\n' } } },
  { what: 'a setup.py', changes: { texts: { 'setup.py': 'setup(packages=find_packages())\n' } } },
])('nothing is named with $what', ({ changes }) => {
  expect(name(changes)).toEqual({ text: changes.pyproject ?? project });
});

it('asks where nobody can tell', () => {
  expect(name({ files: [...flat, 'stone/__init__.py'] })).toEqual({
    text: project,
    note: 'setuptools installs none of several top-level packages (stone, wood) unasked: say which in pyproject.toml, as in [tool.setuptools] packages = ["stone"].',
  });
  const inline = `${project}[tool]\nsetuptools = { zip-safe = false }\n`;
  expect(name({ pyproject: inline })).toMatchObject({
    text: inline,
    note: expect.stringContaining('packages = ["wood"]'),
  });
});
