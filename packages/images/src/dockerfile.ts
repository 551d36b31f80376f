import { Failure } from '@slipway/contract';
import { DockerfileParser, type From, type Instruction } from 'dockerfile-ast';

/** A Dockerfile as text, with the path under which problems name it. */
export interface DockerfileSource {
  path: string;
  text: string;
}

interface Stage {
  name: string;
  from: string;
  line: number;
  instructions: Instruction[];
}

/** What a target of a Dockerfile depends on: the stages it reaches, as text, and the arguments they use. */
export interface StageClosure {
  /** Instructions of every stage that the target reaches, comments and blank lines aside. */
  text: string[];
  /** Names of the build arguments that these instructions use. */
  arguments: string[];
}

/**
 * Follows FROM, COPY --from and RUN --mount=from from a target to everything it is made of.
 * @param options.replaced stages in whose place a named context or image stands.
 * @param options.arguments build arguments, for stages that are named through one.
 * @throws Failure `dockerfile-invalid` when there is no such stage.
 */
export function stageClosure(
  { path, text }: DockerfileSource,
  target: string,
  options: { replaced?: readonly string[]; arguments?: Readonly<Record<string, string>> } = {},
): StageClosure {
  const { replaced = [], arguments: given = {} } = options;
  const stages = readStages(text);
  const preamble = text.slice(0, offsetOfLine(text, stages[0]?.line ?? 1));
  const reached = new Set<Stage>();
  const visit = (name: string, fromLine?: number) => {
    const stage = stages.find((each) => each.name === name);
    if (stage === undefined || reached.has(stage)) return stage !== undefined;
    // Something else stands in the stage's place: what the stage itself does is never done.
    if (replaced.includes(stage.name)) return true;
    reached.add(stage);
    visit(expand(stage.from, given), stage.line);
    for (const instruction of stage.instructions) {
      for (const source of sources(instruction)) visit(source, fromLine);
    }
    return true;
  };
  if (!visit(target)) throw missingStage(path, target, stages);
  const closure = stages.filter((stage) => reached.has(stage));
  const instructions = closure.flatMap((stage) => stage.instructions.map(canonical));
  const declared = [...preamble.matchAll(/^ARG\s+(\w+)(?:=(.*))?$/gm)].filter(([, name]) =>
    closure.some((stage) =>
      new RegExp(`\\$\\{?${name}\\b`).test(stage.instructions[0]?.getTextContent() ?? ''),
    ),
  );
  const used = closure.flatMap((stage) =>
    stage.instructions
      .filter((instruction) => instruction.getKeyword() === 'ARG')
      .map((instruction) => instruction.getArguments()[0]?.getValue().split('=')[0] ?? ''),
  );
  return {
    text: [...declared.map(([line]) => line), ...instructions],
    arguments: [...new Set([...declared.map(([, name]) => name ?? ''), ...used])].sort(),
  };
}

/**
 * Several Dockerfiles as one under the name of the last, so that its stages can stand on those of the others. Arguments
 * that name images hold for all stages only before the first one, so what each file has there comes first.
 */
export function joinDockerfiles(parts: readonly [DockerfileSource, ...DockerfileSource[]]): DockerfileSource {
  const halves = parts.map(({ text }) => {
    const at = offsetOfLine(text, readStages(text)[0]?.line ?? 1);
    return { preamble: text.slice(0, at).trim(), stages: text.slice(at).trim() };
  });
  const text = [...halves.map(({ preamble }) => preamble), ...halves.map(({ stages }) => stages)];
  return { path: parts.at(-1)?.path ?? parts[0].path, text: `${text.filter(Boolean).join('\n\n')}\n` };
}

/** What a target stands on, and the stages that its COPY instructions take files from, in their order. */
export function copiedStages(
  { path, text }: DockerfileSource,
  target: string,
): { from: string; copied: string[] } {
  const stages = readStages(text);
  const stage = stages.find((each) => each.name === target);
  if (stage === undefined) throw missingStage(path, target, stages);
  const copies = stage.instructions.filter((instruction) => instruction.getKeyword() === 'COPY');
  return { from: stage.from, copied: copies.map((copy) => sources(copy)[0] ?? '') };
}

/**
 * Finds what would make the engine download the image that the target stands on. Only COPY --link and metadata can be
 * laid on an image that is not there: RUN needs its files, WORKDIR creates a folder in it, a plain COPY resolves paths
 * against it.
 */
export function findDownloads({ path, text }: DockerfileSource, target: string): Failure | undefined {
  const stages = readStages(text);
  const stage = stages.find((each) => each.name === target);
  if (stage === undefined) throw missingStage(path, target, stages);
  const remote = new Set([
    'FROM',
    'COPY',
    'ADD',
    'ENV',
    'LABEL',
    'ARG',
    'CMD',
    'ENTRYPOINT',
    'USER',
    'EXPOSE',
    'STOPSIGNAL',
  ]);
  const problems = stage.instructions
    .filter((instruction) => {
      const keyword = instruction.getKeyword();
      const copies = keyword === 'COPY' || keyword === 'ADD';
      return !remote.has(keyword) || (copies && !/\s--link(=true)?(\s|$)/.test(instruction.getTextContent()));
    })
    .map((instruction) => ({
      code: 'dockerfile-pulls-base' as const,
      where: { file: path, line: instruction.getRange().start.line + 1 },
      message: `${instruction.getTextContent().split('\n')[0]} in the stage ${target} makes the engine download the whole base image`,
      remedy:
        instruction.getKeyword() === 'COPY' || instruction.getKeyword() === 'ADD'
          ? 'write COPY --link'
          : `do it in an earlier stage and bring the result over with COPY --link --from=<stage>`,
    }));
  return problems.length === 0 ? undefined : new Failure(problems);
}

// Every plan of a command asks for the same few texts, many times; nobody changes what was read.
const read = new Map<string, Stage[]>();

function readStages(text: string): readonly Stage[] {
  const known = read.get(text);
  if (known !== undefined) return known;
  const stages: Stage[] = [];
  read.set(text, stages);
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    if (instruction.getKeyword() === 'FROM') {
      const from = instruction as From;
      stages.push({
        name: from.getBuildStage() ?? String(stages.length),
        from: from.getImage() ?? '',
        line: instruction.getRange().start.line + 1,
        instructions: [instruction],
      });
    } else stages.at(-1)?.instructions.push(instruction);
  }
  return stages;
}

/** Puts build arguments into the name of a stage: `$NAME`, `${NAME}` and `${NAME:-default}`. */
function expand(name: string, given: Readonly<Record<string, string>>): string {
  return name.replace(
    /\$(?:\{(\w+)(?::-([^}]*))?\}|(\w+))/g,
    (_all, braced: string, otherwise = '', plain = '') => given[braced ?? plain] || otherwise,
  );
}

/** Stages that an instruction takes files from. */
function sources(instruction: Instruction): string[] {
  return [...instruction.getTextContent().matchAll(/(?:--from=|[,=]from=)([\w.-]+)/g)].map(
    ([, name]) => name ?? '',
  );
}

/** An instruction without what does not change what it does. */
function canonical(instruction: Instruction): string {
  const text = instruction.getTextContent();
  // What looks like a comment in a heredoc may be a line of a file.
  if (/<<-?["']?\w/.test(text)) return text;
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '' && !/^\s*#(?!!)/.test(line))
    .join('\n');
}

function missingStage(path: string, target: string, stages: readonly Stage[]): Failure {
  return new Failure({
    code: 'dockerfile-invalid',
    where: { file: path },
    message: `target stage ${target} could not be found; the stages are ${stages.map(({ name }) => name).join(', ') || 'none'}`,
    remedy: `name the stage: FROM ... AS ${target}`,
  });
}

function offsetOfLine(text: string, line: number): number {
  return text
    .split('\n')
    .slice(0, line - 1)
    .join('\n').length;
}
