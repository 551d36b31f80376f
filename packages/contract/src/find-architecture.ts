import type { Architecture, Definition } from './definition.ts';
import { nearest } from './nearest.ts';
import { Failure } from './problem.ts';

/** The architecture of that name. Throws Failure `architecture-unknown` that names the nearest one, and all. */
export function findArchitecture(definition: Pick<Definition, 'architectures'>, name: string): Architecture {
  const found = definition.architectures.find((architecture) => architecture.name === name);
  if (found !== undefined) return found;
  const names = definition.architectures.map((architecture) => architecture.name);
  const meant = nearest(name, names);
  throw new Failure({
    code: 'architecture-unknown',
    message: `there is no architecture "${name}"; defined are ${names.join(', ')}`,
    remedy:
      meant === undefined
        ? `Name one of them, or define it in architectures/${/^[\w.-]+$/.test(name) ? name : '<name>'}/architecture.toml.`
        : `Did you mean ${meant}?`,
  });
}
