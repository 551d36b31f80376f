import { Failure, type Problem } from '@slipway/contract';
import {
  DockerfileParser,
  type Instruction,
  Onbuild,
  type Property,
  type PropertyInstruction,
} from 'dockerfile-ast';
import type { DockerfileSource } from './dockerfile.ts';
import type { Json, KeyComponents } from './key.ts';
import type { BuildCall, ImagePlan } from './plan.ts';

/**
 * Refuses a secret that stands in a Dockerfile: the text goes into plans, records and what is kept beside the image, and
 * a variable or label into the image itself. It is told by the name of an ARG, ENV or LABEL, also behind ONBUILD; what
 * RUN and other instructions say is not looked at, and neither is what files hold.
 * @throws Failure `secret-in-dockerfile` with all of them, none with its value.
 */
export function checkDockerfileSecrets(dockerfiles: readonly DockerfileSource[]): void {
  const problems = dockerfiles.flatMap(({ path, text }) =>
    secretsIn(text).map(
      ({ keyword, name, line }): Problem => ({
        code: 'secret-in-dockerfile',
        where: { file: path, line },
        message: `${keyword} ${name} has a value, and by its name it is a secret: plans, records and the registry would keep it`,
        remedy: `take the value out and mount it where it is used: RUN --mount=type=secret,id=...; if it is no secret, give it another name`,
      }),
    ),
  );
  if (problems.length > 0) throw new Failure(problems);
}

/** A plan as it may be written down: what should have been refused is still not told. */
export function maskPlan(plan: ImagePlan): ImagePlan {
  const builds = plan.builds.map(
    (call): BuildCall => ({
      ...call,
      dockerfile: { ...call.dockerfile, text: maskText(call.dockerfile.text) },
      arguments: maskNamed(call.arguments),
    }),
  );
  return { ...plan, components: maskComponents(plan.components), builds };
}

/** The same for components of a key, such as images of older versions have beside them. */
export const maskComponents = (components: KeyComponents): KeyComponents => mask(components) as KeyComponents;

/**
 * Whether a name is that of a secret, by the rule that BuildKit warns by, but for names that programs have given, which
 * nobody can change.
 */
export const isSecretVariable = (name: string): boolean =>
  secret.test(name) && ![allowed, place, known].some((form) => form.test(name));

// Source: `SecretsUsedInArgOrEnv`, getSecretsRegex in
// https://github.com/moby/buildkit/blob/master/frontend/dockerfile/dockerfile2llb/convert.go: whole words between
// underscores, in any case; `pswd` is ours, and so are the dots and dashes that names of labels have.
const words = 'apikey|auth|credential|credentials|key|password|pword|passwd|pswd|secret|token';
const secret = new RegExp(`(?:[_.-]|^)(?:${words})(?:[_.-]|$)`, 'i');
const allowed = /(?:[_.-]|^)public(?:[_.-]|$)/i;
// Where a secret is, or whose, and not the secret. A secret ID is what Vault calls one.
const place = /_(?:file|path|dir|sock|url|(?<!secret_)id)$/i;
// Of apt-key, which must be silenced; of Python's own images, a fingerprint.
const known = /^(?:APT_KEY_DONT_WARN_ON_DANGEROUS_USAGE|GPG_KEY)$/i;
// Nothing, a switch, or what another variable holds.
const harmless = /^(["']?)(?:true|false|[01]?)\1$|^("?)\$(?:\w+|\{\w+\})\2$/i;

const hidden = '***';

interface Found {
  keyword: string;
  name: string;
  line: number;
  /** Where the value stands in the text. */
  from: number;
  to: number;
}

// Of one command the same texts are asked for again and again.
const read = new Map<string, Found[]>();

function secretsIn(text: string): readonly Found[] {
  const before = read.get(text);
  if (before !== undefined) return before;
  const starts = lineStarts(text);
  const found = DockerfileParser.parse(text)
    .getInstructions()
    .flatMap(propertiesOf)
    .flatMap(({ keyword, properties }) =>
      properties.flatMap((property): Found[] => {
        const range = property.getValueRange();
        if (range === null || !isSecretVariable(property.getName())) return [];
        if (harmless.test(property.getUnescapedValue() ?? '')) return [];
        const at = (place: { line: number; character: number }) =>
          (starts[place.line] ?? 0) + place.character;
        return [
          {
            keyword,
            name: property.getName(),
            line: property.getRange().start.line + 1,
            from: at(range.start),
            to: at(range.end),
          },
        ];
      }),
    );
  read.set(text, found);
  return found;
}

/** Names and values of an instruction that has some, and of one that a later build is to do. */
function propertiesOf(instruction: Instruction | null): { keyword: string; properties: Property[] }[] {
  const keyword = instruction?.getKeyword() ?? '';
  if (instruction instanceof Onbuild) {
    return propertiesOf(instruction.getTriggerInstruction()).map((later) => ({
      ...later,
      keyword: `${keyword} ${later.keyword}`,
    }));
  }
  if (!['ARG', 'ENV', 'LABEL'].includes(keyword)) return [];
  return [{ keyword, properties: (instruction as PropertyInstruction).getProperties() }];
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

function maskText(text: string): string {
  return secretsIn(text).reduceRight(
    (masked, { from, to }) => `${masked.slice(0, from)}${hidden}${masked.slice(to)}`,
    text,
  );
}

const maskNamed = <T extends Json>(values: Record<string, T>): Record<string, T> =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      isSecretVariable(name) && value !== '' ? (hidden as T) : value,
    ]),
  );

/** Components are kept under `dockerfile` and `arguments`, those of the application one level deeper. */
function mask(value: Json, name = ''): Json {
  if (typeof value === 'string') return name === 'dockerfile' ? maskText(value) : value;
  if (Array.isArray(value)) return value.map((each) => mask(each, name));
  if (value === null || typeof value !== 'object') return value;
  if (name === 'arguments') return maskNamed(value);
  return Object.fromEntries(Object.entries(value).map(([inner, each]) => [inner, mask(each, inner)]));
}
