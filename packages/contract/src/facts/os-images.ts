/** An operating system image and the Python minor of its `python3` package. */
export interface OsImage {
  repository: string;
  tags: readonly string[];
  python: string;
}

/** Sources: https://packages.ubuntu.com/python3 and https://packages.debian.org/python3, one line a release. */
export const osImages: readonly OsImage[] = [
  { repository: 'ubuntu', tags: ['22.04', 'jammy'], python: '3.10' },
  { repository: 'ubuntu', tags: ['24.04', 'noble'], python: '3.12' },
  { repository: 'debian', tags: ['12', 'bookworm', '12-slim', 'bookworm-slim'], python: '3.11' },
  { repository: 'debian', tags: ['13', 'trixie', '13-slim', 'trixie-slim'], python: '3.13' },
];
