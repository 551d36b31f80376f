import { describe, expect, it } from 'vitest';
import { findDownloads, stageClosure } from './dockerfile.ts';

const text = `
ARG OS_IMAGE=ubuntu:24.04
ARG UNUSED=1

# os: the ground
FROM \${OS_IMAGE} AS os
ARG PACKAGES
RUN echo $PACKAGES

FROM os AS wheel
ARG JOBS
RUN make -j $JOBS

FROM os AS other
ARG NOTHING
RUN true

FROM os AS base
COPY --link --from=wheel /w /w
RUN --mount=type=bind,from=other,target=/o true
`;
const source = (change: (text: string) => string = (same) => same) => ({
  path: 'Dockerfile',
  text: change(text),
});

describe('stageClosure', () => {
  it('follows FROM, COPY --from and mounts, and names the arguments that are used', () => {
    expect(stageClosure(source(), 'base').arguments).toEqual(['JOBS', 'NOTHING', 'OS_IMAGE', 'PACKAGES']);
    expect(stageClosure(source(), 'wheel').arguments).toEqual(['JOBS', 'OS_IMAGE', 'PACKAGES']);
  });

  it('knows nothing of stages that the target does not reach', () => {
    const changed = source((same) => same.replace('RUN true', 'RUN false'));
    expect(stageClosure(changed, 'wheel')).toEqual(stageClosure(source(), 'wheel'));
    expect(stageClosure(changed, 'base')).not.toEqual(stageClosure(source(), 'base'));
  });

  it('does not change with comments and blank lines, and changes with a RUN of any reached stage', () => {
    const commented = source((same) => same.replace('RUN echo', '# why\n\nRUN echo'));
    expect(stageClosure(commented, 'base')).toEqual(stageClosure(source(), 'base'));
    const changed = source((same) => same.replace('make -j', 'make -k -j'));
    expect(stageClosure(changed, 'base')).not.toEqual(stageClosure(source(), 'base'));
  });

  it('refuses a target that is not there, with the stages that are', () => {
    expect(() => stageClosure(source(), 'runtime')).toThrow(
      'error[dockerfile-invalid] Dockerfile: target stage runtime could not be found; the stages are os, wheel, other, base\n' +
        '  fix: name the stage: FROM ... AS runtime',
    );
  });
});

it('reads an argument without braces, and keeps the lines of a heredoc', () => {
  const dockerfile = (line: string) => ({
    path: 'Dockerfile',
    text: `ARG OS\nFROM $OS AS os\nCOPY <<EOF /a.c\n${line}\nEOF\n`,
  });
  expect(stageClosure(dockerfile('#include <a.h>'), 'os').arguments).toEqual(['OS']);
  expect(stageClosure(dockerfile('#include <a.h>'), 'os')).not.toEqual(
    stageClosure(dockerfile('#include <b.h>'), 'os'),
  );
});

it('follows a stage that an argument names, and leaves out one that something else stands for', () => {
  const named = {
    path: 'Dockerfile',
    text: `FROM a AS x-1\nRUN one\nFROM a AS x-2\nRUN two\nFROM x-\${N:-1} AS x\n`,
  };
  expect(stageClosure(named, 'x').text).toEqual(['FROM a AS x-1', 'RUN one', `FROM x-\${N:-1} AS x`]);
  expect(stageClosure(named, 'x', { arguments: { N: '2' } }).text).toContain('RUN two');
  expect(stageClosure(named, 'x', { replaced: ['x-1'] }).text).toEqual([`FROM x-\${N:-1} AS x`]);
});

describe('findDownloads', () => {
  const runtime = (...lines: string[]) => ({
    path: 'runtime.Dockerfile',
    text: ['FROM tools AS application', 'RUN make', 'FROM base AS runtime', ...lines].join('\n'),
  });

  it('accepts COPY --link and metadata', () => {
    const lines = ['COPY --link --from=application /a /', 'ENV A=1', 'LABEL b=2', 'USER 1000', 'CMD ["x"]'];
    expect(findDownloads(runtime(...lines), 'runtime')).toBeUndefined();
  });

  it.each(['RUN true', 'WORKDIR /app', 'COPY --from=application /a /', 'COPY --link=false a /', 'ADD x /'])(
    'refuses %s with its line',
    (line) => {
      const problem = findDownloads(runtime('ENV A=1', line), 'runtime')?.problems[0];
      expect(problem).toMatchObject({
        code: 'dockerfile-pulls-base',
        where: { file: 'runtime.Dockerfile', line: 5 },
      });
      expect(problem?.message).toContain(line);
    },
  );

  it('names all lines at once', () => {
    expect(findDownloads(runtime('RUN a', 'WORKDIR /b'), 'runtime')?.problems).toHaveLength(2);
  });
});
