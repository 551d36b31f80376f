import { type BuildFacts, type Difference, describeDifference, diffComponents } from '@slipway/images';

/** What an image and its base were made of, as far as that is kept. */
export interface Made {
  runtime: BuildFacts | undefined;
  base: BuildFacts | undefined;
}

/** The most lines that one reads. */
const most = 8;

/**
 * Why an image was built, against that of the version before it, in lines for a person; null: that is not kept.
 * @param before absent: there is none.
 */
export function reasons(
  architecture: string,
  now: Made | undefined,
  before: Made | undefined,
): string[] | null {
  if (before === undefined) return ['the first of its architecture that is there'];
  if (!now?.runtime || !before.runtime) return null;
  const own = diffComponents(before.runtime.components, now.runtime.components, {
    kind: 'runtime',
    architecture,
  });
  const below =
    now.base && before.base
      ? diffComponents(before.base.components, now.base.components, { kind: 'base', architecture })
      : [];
  const told = own.filter((each) => !ofVersion(each) && !(each.component === 'base' && below.length > 0));
  const lines = [...below.map((each) => `base: ${describe(each)}`), ...told.map(describe)];
  // That a version has another number than the one before it needs no saying.
  if (lines.length === 0)
    return [own.length === 0 ? 'nothing: it is made of the same' : 'only the number of its version'];
  return lines.length > most
    ? [...lines.slice(0, most), `and ${lines.length - most} more: npx nx run runtime-${architecture}:explain`]
    : lines;
}

const ofVersion = ({ component }: Difference): boolean =>
  /^(?:arguments\.(?:PYTHON_)?VERSION|labels\.org\.opencontainers\.image\.version|files\.release\..*)$/.test(
    component,
  );

/** What became of a file; hashes say nothing to a person. */
function describe(difference: Difference): string {
  const { component, from, to } = difference;
  const file = /^(?:application\.)?files\.[^.]+\.(?:files|texts)\.(.*)$/.exec(component)?.[1];
  if (file !== undefined) {
    return `file ${file} is ${from === undefined ? 'new' : to === undefined ? 'gone' : 'another'}`;
  }
  return describeDifference(difference)
    .replace(/\b([0-9a-f]{12})[0-9a-f]{20,}(?:\.\.\.)?/g, '$1')
    .replace(/^(base|tools) /, '$1 image ');
}
