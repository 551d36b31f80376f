import type { Definition } from '../definition.ts';
import { parseDefinition } from '../parse-definition.ts';

/** A slipway.toml with nothing wrong; line numbers in tests count in it. */
export const slipwayToml = `[application]
name = "digits"
source = "examples/digits"
path = "/app/digits"
command = ["python", "digits/main.py"]

[repositories]
base = "acme/digits-base"
runtime = "acme/digits"
dev = "acme/digits-dev"
`;

/** An architecture.toml with nothing wrong. */
export const ampereToml = `tag = "ampere-cu126"
platforms = ["linux/amd64"]
compute_capabilities = ["8.0", "8.6"]
cuda = "12.6"
python = "3.12"
extras = ["torch"]
system_packages = ["git", "tini"]

[torch]
version = "2.7.1"

[flash_attention]
version = "2.7.4.post1"
`;

export const ampereFile = 'architectures/ampere/architecture.toml';

/** [what stands there, what is to stand there] */
export type Change = readonly [string, string];

/** The text with each change made; a change that finds nothing is a mistake in the test. */
export function changed(text: string, ...changes: readonly Change[]): string {
  return changes.reduce((current, [from, to]) => {
    if (!current.includes(from)) throw new Error(`nothing to change: ${from}`);
    return current.replace(from, () => to);
  }, text);
}

/** The sample's files, with changes in either and more files beside them. */
export function files(
  changes: { slipway?: readonly Change[]; ampere?: readonly Change[]; more?: Record<string, string> } = {},
): Record<string, string> {
  return {
    'slipway.toml': changed(slipwayToml, ...(changes.slipway ?? [])),
    [ampereFile]: changed(ampereToml, ...(changes.ampere ?? [])),
    ...changes.more,
  };
}

/** The sample as a definition whose rules were not asked. */
export function definition(changes: Parameters<typeof files>[0] = {}): Definition {
  return parseDefinition(files(changes), { rules: false });
}
