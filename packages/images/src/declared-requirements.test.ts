import type { Pyproject } from '@slipway/contract';
import { describe, expect, it, test } from 'vitest';
import { declaredRequirements } from './declared-requirements.ts';

const file = 'examples/app/pyproject.toml';
const pyproject = (
  dependencies: readonly string[],
  optionalDependencies: Record<string, readonly string[]> = {},
): Pyproject => ({ name: 'My_App', version: null, dependencies, optionalDependencies });

describe('an extra that names the application itself', () => {
  const cases: [string, Pyproject, string[], string[]][] = [
    [
      'stands for what that extra holds',
      pyproject(['numpy>=2'], { torch: ['torch>=2.6'], all: ['my-app[torch]', 'rich'] }),
      ['all'],
      ['numpy>=2', 'torch>=2.6', 'rich'],
    ],
    [
      'under any spelling, with several extras and a version of its own',
      pyproject([], { flash_attn: ['einops'], torch: ['torch'], all: ['My.App [torch, Flash.Attn] >= 0.1'] }),
      ['all'],
      ['torch', 'einops'],
    ],
    [
      'may stand among the dependencies',
      pyproject(['my_app[torch]', 'numpy'], { torch: ['torch'] }),
      [],
      ['torch', 'numpy'],
    ],
    [
      'over several steps, and in a circle, counts once',
      pyproject([], { a: ['my-app[b]', 'x'], b: ['my-app[c]'], c: ['my-app[a]', 'y'] }),
      ['a', 'c'],
      ['y', 'x'],
    ],
    [
      'hands its marker on',
      pyproject([], {
        all: ["my-app[gpu]; sys_platform == 'linux'"],
        gpu: [
          "triton>=3; python_version < '3.14' or extra_index",
          'bitsandbytes',
          'z @ https://h/z;v=1 ; os_name == "posix"',
        ],
      }),
      ['all'],
      [
        "triton>=3 ; (sys_platform == 'linux') and (python_version < '3.14' or extra_index)",
        "bitsandbytes ; sys_platform == 'linux'",
        'z @ https://h/z;v=1 ; (sys_platform == \'linux\') and (os_name == "posix")',
      ],
    ],
    ['without extras asks for nothing', pyproject(['my-app', 'numpy']), [], ['numpy']],
  ];
  test.each(cases)('%s', (_, declared, extras, wanted) => {
    expect(declaredRequirements(declared, extras, file)).toEqual(wanted);
  });

  it('and is not there is refused by name', () => {
    const declared = pyproject([], { all: ['my-app[tourch]'], torch: ['torch'] });
    expect(() => declaredRequirements(declared, ['all'], file)).toThrow(
      `error[definition-rule] ${file}: the application names its own extra tourch, but has no optional dependencies of that name; it has all, torch`,
    );
  });
});

it('leaves every other requirement as it was written, in its order', () => {
  const texts = [
    'numpy >=1.26 ; python_version>"3"',
    'ray[default]',
    'my-app-tools[torch]',
    'my @ git+ssh://h/r;x',
  ];
  expect(declaredRequirements(pyproject(texts, { dev: ['pytest'] }), ['dev'], file)).toEqual([
    ...texts,
    'pytest',
  ]);
});
