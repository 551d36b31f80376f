import { Failure, readJson, runSchema } from '@slipway/contract';

/** What a label of the application holds; anybody may have written something else there. */
const nouns: Record<string, string> = {
  name: 'a name of letters, digits, ".", "_" and "-"',
  path: 'an absolute path',
  command: 'a list of words in JSON',
};

/**
 * The labels of an image that a plan is about, sorted. Those of the application become paths of this host and words of a
 * command: they must be what `[application]` of a run.toml could say.
 * @throws Failure `labels-malformed` with every one that is not.
 */
export function ownLabels(
  reference: string,
  labels: Readonly<Record<string, string>>,
): Record<string, string> {
  const label = (key: string) => `io.slipway.application.${key}`;
  const stated = Object.keys(nouns).filter((key) => labels[label(key)] !== undefined);
  const wrong = stated.filter((key) => {
    const text = labels[label(key)] ?? '';
    const value = key === 'command' ? (readJson(text) ?? null) : text;
    return !runSchema.safeParse({ application: { [key]: value } }).success;
  });
  if (wrong.length > 0) {
    throw new Failure(
      wrong.map((key) => ({
        code: 'labels-malformed' as const,
        message: `the label ${label(key)} of ${reference} is ${JSON.stringify(labels[label(key)])}, which is not ${nouns[key]}`,
        remedy: 'use an image that Slipway built, or correct the label and build this one again',
      })),
    );
  }
  const kept = Object.entries(labels).filter(
    ([name]) => name.startsWith('io.slipway.') || name === 'org.opencontainers.image.version',
  );
  return Object.fromEntries(kept.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
