/** What linnaeus, the application that this system began with, declares (mid 2025); a base of it is the yardstick. */
export const linnaeusDependencies = [
  'torch>=2.6.0',
  'torchvision>=0.21.0',
  'yacs>=0.1.8',
  'numpy>=1.20',
  'tqdm',
  'h5py',
  'wandb',
  'pyyaml',
  'Pillow',
  'opencv-python',
  'pandas',
  'matplotlib',
  'termcolor',
  'rich',
  'polli-typus>=0.1.7',
  'huggingface-hub',
  'python-dateutil',
];

/** The digits application's pyproject.toml with those dependencies in place of its own. */
export function asLinnaeus(pyproject: string): string {
  const list = linnaeusDependencies.map((each) => `  "${each}",`).join('\n');
  return pyproject
    .replace(/^dependencies = \[[^\]]*\]/m, `dependencies = [\n${list}\n]`)
    .replace(/^torch = \[[^\]]*\]/m, 'torch = []');
}
