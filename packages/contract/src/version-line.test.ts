import { describe, expect, it } from 'vitest';
import { Failure } from './problem.ts';
import { replaceVersion, statedVersion } from './version-line.ts';

/** A text in which `@` stands for the version that is to be found, and everything else has to stay. */
const found: [name: string, file: string, text: string][] = [
  ['a project', 'app/pyproject.toml', '[project]\nname = "a"\nversion = "@"\n'],
  [
    'comments, spacing, quotes',
    'pyproject.toml',
    "# version = '9'\n[project]\nversion   =  '@'   # of \"us\"\n",
  ],
  ['line endings of Windows', 'pyproject.toml', '\uFEFF[project]\r\nversion = "@"\r\nname = "ä😀"\r\n'],
  ['another table before it', 'pyproject.toml', '[tool.x]\nversion = "9"\n[project]\nversion = "@"\n'],
  ['another table after it', 'pyproject.toml', '[project]\nversion = "@"\n[tool.poetry]\nversion = "9"\n'],
  ['a text of several lines', 'pyproject.toml', '[project]\nreadme = """\nversion = "9"\n"""\nversion = "@"'],
  [
    'a text before the table',
    'pyproject.toml',
    "x = '''\n[project]\nversion = '9'\n'''\nproject.version = '@'\n",
  ],
  ['an inline table', 'pyproject.toml', 'project = { name = "version", version = "@" }\n'],
  ['a key in quotes', 'pyproject.toml', '["project"]\n"version" = "@"\n'],
  ['a table of a dependency', 'pyproject.toml', '[project]\nurls = { version = "9" }\nversion = "@"\n'],
  ['poetry', 'pyproject.toml', '[tool.poetry]\nversion = "@"\n'],
  [
    'poetry beside a dynamic project',
    'pyproject.toml',
    '[project]\ndynamic = ["version"]\n[tool.poetry]\nversion = "@"\n',
  ],
  [
    'python',
    'app/__init__.py',
    '"""A.\n__version__ = "9"\n"""\n\n# __version__ = "8"\n__version__ = "@"  # us\n',
  ],
  ['python with a type', 'about.py', "__version__: Final[str] = '@'\r\nx = '__version__'\r\n"],
  ['python with quotes in comments', 'about.py', '# don\'t """\n__version__="@"\n# """\n__versions__ = 1\n'],
  ['python with quotes in texts', 'about.py', 'a = \'"""\'\n__version__ = "@"\nb = \'"""\'\n'],
  ['python of a class', 'about.py', 'class A:\n    __version__ = "9"\n__version__ = "@"'],
  ['json', 'package.json', '{\n\t"x": { "version": "9" },\n\t"version" : "@",\n\t"y": ["version"]\n}\n'],
  ['json in one line', 'a/manifest.json', '{"name":"version","version":"@"}'],
  ['VERSION', 'app/VERSION', '@\n'],
  ['VERSION without line ending', 'VERSION', '@'],
  ['a text file of Windows', 'version.txt', '@\r\n'],
];

describe('replaceVersion and statedVersion', () => {
  it.each(found)('%s', (_, file, text) => {
    const written = text.replace('@', '0.1.1rc7');
    expect(statedVersion(file, written)).toBe('0.1.1rc7');
    expect(replaceVersion(file, written, '0.2.0')).toBe(text.replace('@', '0.2.0'));
  });

  it.each([
    ['dynamic', 'pyproject.toml', '[project]\nname = "a"\ndynamic = ["version"]\n', 'dynamic'],
    [
      'none in its project',
      'pyproject.toml',
      '[project]\nname = "a"\n[tool.x]\nversion = "1"\n',
      'no version',
    ],
    ['no text', 'pyproject.toml', '[project]\nversion = 1.0\n', 'version = 1.0'],
    ['from a file', 'pyproject.toml', '[project]\nversion = { file = "VERSION" }\n', 'file = "VERSION"'],
    ['an empty file', 'pyproject.toml', '', 'no version'],
    ['python that asks', 'a.py', '__version__ = importlib.metadata.version("a")\n', 'importlib'],
    ['python twice', 'a.py', '__version__ = "1"\n__version__ = "2"\n', '2 times'],
    ['python of two names', 'a.py', '__version__ = version = "1"\n', '__version__ = version'],
    ['python in a text', 'a.py', "'''\n__version__ = '1'\n'''\n", 'no __version__'],
    ['json without', 'package.json', '{ "x": { "version": "1" } }', 'outermost'],
    ['json with a number', 'package.json', '{ "version": 1 }', 'outermost'],
    ['no json', 'package.json', '', 'outermost'],
    ['two lines', 'VERSION', '0.1.0\n0.2.0\n', 'one line'],
    ['two words', 'VERSION', 'version 0.1.0\n', 'one line'],
    ['no line', 'VERSION', '\n', 'one line'],
    ['another kind of file', 'Cargo.lock', 'version = "1"\n', 'name'],
  ])('refused: %s', (_, file, text, message) => {
    for (const call of [() => statedVersion(file, text), () => replaceVersion(file, text, '0.2.0')]) {
      const [problem] = failureOf(call).problems;
      expect(problem).toMatchObject({ code: 'version-missing', where: { file } });
      expect(problem?.message).toContain(message);
      expect(problem?.remedy).toContain('release.version_files');
    }
  });

  it('names the line of what is dynamic', () => {
    const text = '[project]\nname = "a"\ndynamic = ["version"]\n';
    expect(failureOf(() => statedVersion('pyproject.toml', text)).problems[0]?.where?.line).toBe(3);
  });

  it('says that a file is not TOML', () => {
    const failure = failureOf(() => statedVersion('pyproject.toml', '[project]\nversion = \n'));
    expect(failure.problems[0]).toMatchObject({
      code: 'definition-syntax',
      where: { file: 'pyproject.toml' },
    });
  });
});

function failureOf(call: () => unknown): Failure {
  try {
    call();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('it did not fail');
}
