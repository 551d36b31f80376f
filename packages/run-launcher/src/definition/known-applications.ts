import type { RunToml } from '@slipway/contract';

/**
 * What an application that is known by its name is started with, where neither the image nor a run.toml says otherwise:
 * the lowest layer of a run's definition. Source of linnaeus: "Building and Running the linnaeus Docker Image".
 */
export const knownApplications: Readonly<Record<string, NonNullable<RunToml['application']>>> = {
  linnaeus: {
    path: '/app/linnaeus',
    command: ['python', 'linnaeus/main.py'],
    source: 'git@github.com:polli-labs/linnaeus.git#main',
    companion: [
      { name: 'ibrida', path: '/app/ibrida_src', source: 'git@github.com:polli-labs/ibrida.git#main' },
    ],
    opts: ['ENV.OUTPUT.BASE_DIR', '{output}', 'ENV.INPUT.CACHE_DIR', '{cache}'],
    // The key of the configuration would be taken before the variable's.
    opts_with: { WANDB_API_KEY: ['EXPERIMENT.WANDB.KEY', ''] },
  },
};

/** Last parts of repositories in which images of a known application lie, other than its own name. */
const repositories = new Map([['linnaeus-dev', 'linnaeus']]);

/** The application whose images lie in repositories of this last part: the part itself, where nobody knows better. */
export const applicationOf = (part: string): string => repositories.get(part) ?? part;
