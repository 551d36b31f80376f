/** What a Python project says of itself, from its root. */
export const pyprojectFile = 'pyproject.toml';
