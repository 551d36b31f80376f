import { Failure, normalizePythonName, type Pyproject } from '@slipway/contract';

/**
 * What an application's dependencies and some of its extras ask for, as requirements that a resolver can take. An extra
 * that names the application itself (`digits[torch]`) stands for what those extras hold: the application is in no index,
 * so a resolver would find nothing or, worse, something else of that name. A marker before it goes on to what it stands
 * for, because a lock is for every machine and Python.
 * @param extras all of them are there.
 * @param file path of the pyproject.toml, for problems.
 * @throws Failure `definition-rule` when the application names an extra of its own that is not there.
 */
export function declaredRequirements(
  { name, dependencies, optionalDependencies }: Pyproject,
  extras: readonly string[],
  file: string,
): string[] {
  const own = normalizePythonName(name);
  const optional = new Map(
    Object.entries(optionalDependencies).map(([extra, texts]) => [normalizePythonName(extra), texts]),
  );
  const visited = new Set<string>();
  const expand = (texts: readonly string[], markers: readonly string[]): string[] =>
    texts.flatMap((text) => {
      const requirement = readHead(text);
      if (requirement === undefined || requirement.name !== own) return [withMarkers(text, markers)];
      const inner = requirement.marker === '' ? markers : [...new Set([...markers, requirement.marker])];
      return requirement.extras.flatMap((extra) => visit(extra, inner));
    });
  const visit = (extra: string, markers: readonly string[]): string[] => {
    const texts = optional.get(extra);
    if (texts === undefined) throw unknownExtra(extra, Object.keys(optionalDependencies), file);
    // Extras may name each other in a circle.
    const key = JSON.stringify([extra, ...[...markers].sort()]);
    if (visited.has(key)) return [];
    visited.add(key);
    return expand(texts, markers);
  };
  return [...expand(dependencies, []), ...extras.flatMap((extra) => visit(normalizePythonName(extra), []))];
}

/** Name, extras and marker of a requirement of PEP 508; undefined: it is none, which the resolver says better. */
function readHead(text: string): { name: string; extras: string[]; marker: string } | undefined {
  const [whole, marker] = splitMarker(text);
  const [, name, extras = ''] = /^([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[([^\]]*)\])?/.exec(whole) ?? [];
  if (name === undefined) return undefined;
  return {
    name: normalizePythonName(name),
    extras: extras
      .split(',')
      .map((extra) => normalizePythonName(extra.trim()))
      .filter(Boolean),
    marker,
  };
}

/** Joins markers to a requirement, all of which then have to hold. */
function withMarkers(text: string, markers: readonly string[]): string {
  if (markers.length === 0) return text;
  const [whole, own] = splitMarker(text);
  const all = [...new Set([...markers, ...(own === '' ? [] : [own])])];
  return `${whole} ; ${all.length === 1 ? all[0] : all.map((marker) => `(${marker})`).join(' and ')}`;
}

/** A requirement and its marker. In an address a semicolon is one of its own, unless a blank is before it. */
function splitMarker(text: string): [string, string] {
  const at = /^[^;]*@/.test(text) ? text.search(/\s;/) : text.indexOf(';');
  if (at === -1) return [text.trim(), ''];
  return [text.slice(0, at).trim(), text.slice(at).replace(/^\s*;/, '').trim()];
}

function unknownExtra(extra: string, there: readonly string[], file: string): Failure {
  return new Failure({
    code: 'definition-rule',
    where: { file },
    message: `the application names its own extra ${extra}, but has no optional dependencies of that name; it has ${there.join(', ') || 'none'}`,
    remedy: `add [project.optional-dependencies] ${extra}, or take it out`,
  });
}
