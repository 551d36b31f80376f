import { nearest, type Problem } from '@slipway/contract';

/** What of an executor's schema its options are held against. */
export interface OptionsSchema {
  properties: Record<string, { type: string; enum?: readonly string[] }>;
  /** Given by the project, by no person. */
  required?: readonly string[];
}

/**
 * What is wrong with the options that an executor with a batch implementation was called with; of other executors Nx says
 * it. In the process of a batch Nx ends with a stack that does not name the option (seen with 23.3.1), so the schema of
 * such an executor lets Nx accept anything.
 * @param target what the options are for, as `build-image`.
 */
export function optionProblems(
  given: Readonly<Record<string, unknown>>,
  schema: OptionsSchema,
  target: string,
): Problem[] {
  const known = Object.keys(schema.properties)
    .filter((name) => !schema.required?.includes(name))
    .map(spelled);
  return Object.entries(given).flatMap(([name, value]): Problem[] => {
    if (name === '_') return (value as unknown[]).map((word) => strayWord(String(word), known, target));
    const wanted = schema.properties[name];
    if (wanted === undefined) return [unknownOption(spelled(name), known, target)];
    const fault = value === undefined ? undefined : faultOf(spelled(name), value, wanted);
    return fault === undefined ? [] : [{ code: 'usage', ...fault }];
  });
}

/** `dryRun` as a person writes it. */
const spelled = (name: string): string =>
  `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

function unknownOption(option: string, known: readonly string[], target: string): Problem {
  const meant = nearest(option, known);
  return {
    code: 'usage',
    message: `${target} has no option ${option}`,
    remedy: meant === undefined ? `leave it out; the options are ${known.join(', ')}` : `write ${meant}`,
  };
}

function strayWord(word: string, known: readonly string[], target: string): Problem {
  const meant = nearest(`--${word}`, known);
  return {
    code: 'usage',
    message: `${target} takes options only, but was given "${word}"`,
    remedy: meant === undefined ? `leave it out; the options are ${known.join(', ')}` : `write ${meant}`,
  };
}

/** Values are repeated only where they can be no secret. */
function faultOf(
  option: string,
  value: unknown,
  { type, enum: values }: OptionsSchema['properties'][string],
): Pick<Problem, 'message' | 'remedy'> | undefined {
  if (Array.isArray(value)) return { message: `${option} was given more than once`, remedy: 'give it once' };
  if (typeof value === 'object')
    return { message: `${option} has no parts`, remedy: `write ${option}=VALUE` };
  if (type === 'boolean' && typeof value !== 'boolean') {
    const remedy = `write ${option}, or ${option.replace('--', '--no-')} for the contrary`;
    return { message: `${option} is "${value}", which is neither true nor false`, remedy };
  }
  if (type === 'string' && typeof value === 'boolean') {
    return { message: `${option} has no value`, remedy: `write ${option}=VALUE` };
  }
  if (values !== undefined && !values.includes(String(value))) {
    return { message: `${option} is "${value}"`, remedy: `write one of ${values.join(', ')}` };
  }
  return undefined;
}
