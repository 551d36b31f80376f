import type { Architecture } from '@slipway/contract';

/** What whoever publishes should hear of architectures that nobody should start with any more. */
export function deprecationNotes(architectures: readonly Architecture[]): string[] {
  return architectures.flatMap(({ name, deprecated }) =>
    deprecated === null ? [] : [`warning: ${name} is deprecated: ${deprecated}`],
  );
}
