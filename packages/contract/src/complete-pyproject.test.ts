import { describe, expect, it } from 'vitest';
import { completePyproject } from './complete-pyproject.ts';
import { Failure } from './problem.ts';
import { parsePyproject } from './pyproject.ts';

const file = 'app/pyproject.toml';
const project = (lines: string, more = '') => `[project]\nname = "wood"\n${lines}\n${more}`;
const complete = (text: string, files: Record<string, string> = {}, versionFiles: string[] = []) =>
  parsePyproject(completePyproject(text, file, { versionFiles, read: (path) => files[path] }), file);

function problems(work: () => unknown) {
  try {
    work();
  } catch (error) {
    if (error instanceof Failure) return error.problems;
    throw error;
  }
  return [];
}

describe('dependencies that setuptools reads from files', () => {
  const setuptools = (lines: string) => `[tool.setuptools.dynamic]\n${lines}\n`;

  it('are those of the files, without comments', () => {
    const text = project(
      'dynamic = ["dependencies", "optional-dependencies", "readme"]',
      setuptools(
        'dependencies = { file = ["requirements.txt", "./more.txt"] }\noptional-dependencies.gpu = { file = "gpu.txt" }',
      ),
    );
    const files = {
      'app/requirements.txt': '# what it needs\nnumpy>=2  # arrays\n\nrich \\\n  >=13\r\n',
      'app/more.txt': 'wood-io @ https://example.org/io.whl#sha256=ab\n',
      'app/gpu.txt': 'torch>=2.7; sys_platform == "linux"\n',
    };
    expect(complete(text, files)).toEqual({
      name: 'wood',
      version: null,
      dependencies: ['numpy>=2', 'rich    >=13', 'wood-io @ https://example.org/io.whl#sha256=ab'],
      optionalDependencies: { gpu: ['torch>=2.7; sys_platform == "linux"'] },
    });
  });

  it('leave what else is written as it is', () => {
    const text = project(
      'dynamic = ["dependencies"] # ours\nversion = "1.0.0"',
      setuptools('dependencies = { file = "a.txt" }'),
    );
    const read = () => 'numpy\n';
    expect(completePyproject(text, file, { versionFiles: [], read })).toBe(
      text.replace('dynamic = ["dependencies"] #', 'dynamic = []\ndependencies = ["numpy"] #'),
    );
    const plain = project('version = "1.0.0"');
    expect(completePyproject(plain, file, { versionFiles: ['VERSION'], read })).toBe(plain);
  });

  it.each([
    {
      what: 'a file that is not there',
      more: setuptools('dependencies = { file = "gone.txt" }'),
      message: '[tool.setuptools.dynamic] leaves dependencies to gone.txt, and there is no such file',
      remedy: 'add gone.txt, or correct its path',
    },
    {
      what: 'an option of pip',
      more: setuptools('dependencies = { file = "nested.txt" }'),
      message: `"-r base.txt" is an option of pip's, which setuptools does not take in dependencies`,
      remedy: 'write the requirements themselves there, or name more files: file = ["nested.txt", ...]',
    },
    {
      what: 'a hook of Hatch',
      more: '[tool.hatch.metadata.hooks.requirements_txt]\nfiles = ["requirements.txt"]\n',
      message: 'project.dependencies is dynamic, and a hook of Hatch works them out',
      remedy: 'write them under [project] dependencies, and take "dependencies" out of dynamic',
    },
    {
      what: 'a table of Poetry',
      more: '[tool.poetry.dependencies]\nnumpy = "^2"\n',
      message: 'project.dependencies is dynamic, and they stand in a table of Poetry',
      remedy:
        'write them under [project] dependencies, and take "dependencies" out of dynamic: Poetry >= 2 reads them there',
    },
    {
      what: 'a setup.py',
      more: '',
      message: 'project.dependencies is dynamic, and no file is named that they are read from',
      remedy: 'write them under [project] dependencies, and take "dependencies" out of dynamic',
    },
  ])('are refused in $what', ({ more, message, remedy }) => {
    const text = project('dynamic = ["dependencies"]', more);
    const files = { 'app/nested.txt': '-r base.txt\n' };
    expect(problems(() => complete(text, files))).toMatchObject([
      { code: 'definition-invalid', message, remedy },
    ]);
  });
});

describe('a version that is dynamic', () => {
  const text = project('dynamic = ["version"]');

  it('is that of the first file which states one', () => {
    const files = { 'src/wood/__init__.py': '"""Wood."""\n', 'src/wood/about.py': '__version__ = "1.2.3"\n' };
    expect(complete(text, files, Object.keys(files)).version).toBe('1.2.3');
    expect(complete(text, files, ['gone.py', 'src/wood/__init__.py']).version).toBeNull();
  });

  it('stays in its table where the key is a dotted one', () => {
    const dotted = 'project.name = "wood"\nproject.dynamic = ["version"]\n[tool.x]\na = 1\n';
    const other = { versionFiles: ['VERSION'], read: () => '1.0.0\n' };
    expect(completePyproject(dotted, file, other)).toBe(
      dotted.replace('project.dynamic = ["version"]', 'project.dynamic = []\nproject.version = "1.0.0"'),
    );
    expect(complete(dotted, { VERSION: '1.0.0\n' }, ['VERSION']).version).toBe('1.0.0');
  });

  it('is not looked for where pyproject.toml states one', () => {
    expect(complete(project('version = "2.0.0"'), { VERSION: '1.0.0' }, ['VERSION']).version).toBe('2.0.0');
  });
});

describe('a pyproject.toml without [project]', () => {
  it.each([
    { text: '[tool.poetry]\nname = "wood"\n', remedy: /^move name, .* Poetry >= 2 reads too/ },
    { text: '[build-system]\nrequires = []\n', remedy: /^write \[project\] with a name/ },
  ])('$text', ({ text, remedy }) => {
    expect(problems(() => parsePyproject(text, file))).toEqual([
      {
        code: 'definition-invalid',
        where: { file },
        message: expect.stringMatching(/^there is no table \[project\]/),
        remedy: expect.stringMatching(remedy),
      },
    ]);
  });
});
