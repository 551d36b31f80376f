/** What the name of a distribution or an extra looks like, by PEP 508. */
export const pythonNamePattern = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/;

/** The one spelling of a distribution's name that all its spellings share (PEP 503): `Foo_.bar` -> `foo-bar`. */
export function normalizePythonName(name: string): string {
  return name.replace(/[-_.]+/g, '-').toLowerCase();
}
