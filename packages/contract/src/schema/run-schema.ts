import * as z from 'zod';
import * as field from './fields.ts';

const path = (description: string, example: string) =>
  z
    .string()
    .min(1)
    .meta({ description, examples: [example] });

/** What the application itself needs to be started; an image that Slipway built says most of it in its labels. */
const applicationSchema = z
  .strictObject({
    name: field
      .pythonName({ description: "The Python distribution's name.", example: 'linnaeus' })
      .optional(),
    path: field
      .imagePath({ description: 'Where the checkout lies in the image.', example: '/app/linnaeus' })
      .optional(),
    command: field
      .argv({
        description: 'Program and arguments that start a training run.',
        example: ['python', 'linnaeus/main.py'],
      })
      .optional(),
    source: path(
      'The git URL and #branch, tag or commit that update brings in.',
      'git@github.com:polli-labs/linnaeus.git#main',
    ).optional(),
    companion: z
      .array(
        z.strictObject({
          name: field.pythonName({ description: "The companion's name.", example: 'ibrida' }),
          path: field.imagePath({ description: 'Where its checkout lies.', example: '/app/ibrida_src' }),
          source: path('As that of the application.', 'git@github.com:polli-labs/ibrida.git#main').optional(),
        }),
      )
      .optional()
      .meta({ description: 'Source trees beside the application that update can bring in too.' }),
    opts: z
      .array(z.string())
      .optional()
      .meta({
        description:
          "KEY VALUE pairs that the application's own command gets first, joined with those that are known of it; {output} and {cache} become the folders in the container.",
        examples: [['ENV.OUTPUT.BASE_DIR', '{output}']],
      }),
    opts_with: z
      .record(z.string(), z.array(z.string()))
      .optional()
      .meta({
        description:
          'KEY VALUE pairs that it gets when the environment of the run has a variable; an empty list: none.',
        examples: [{ WANDB_API_KEY: ['EXPERIMENT.WANDB.KEY', ''] }],
      }),
  })
  .meta({ description: 'What the image does not say about its application.' });

/** `run.toml` as it is written: one training run. Every key is optional, and a flag of the command line wins. */
export const runSchema = z
  .strictObject({
    image: path(
      'An image by reference; else version and architecture name one.',
      'polli-labs/linnaeus:dev',
    ).optional(),
    version: path('A published version.', 'v0.1.1').optional(),
    architecture: path(
      "The image's architecture; default: the one for this host's GPU.",
      'turing',
    ).optional(),
    scheduler: z
      .enum(['docker', 'podman'])
      .optional()
      .meta({ description: 'What starts the run.', examples: ['docker'] }),
    application: applicationSchema.optional(),
    command: z
      .array(z.string())
      .min(1)
      .refine(([program]) => Boolean(program), { error: 'a program with its arguments', path: [0] })
      .optional()
      .meta({
        description:
          "Runs instead of the application's own command, and gets none of its options, and cfg and opts of its own place or a higher one only.",
        examples: [['nvidia-smi', '-L']],
      }),
    cfg: path(
      "The application's configuration file, as the container sees it.",
      'configs/quick.yaml',
    ).optional(),
    opts: z
      .array(z.string())
      .optional()
      .meta({ description: 'KEY VALUE pairs, passed on untouched.', examples: [['TRAIN.STEPS', '300']] }),
    output: path('Folder of this host that becomes /output.', '/scratch/linnaeus_runs').optional(),
    cache: path(
      "Folder of this host that becomes the application's cache.",
      '/scratch/linnaeus_cache',
    ).optional(),
    rclone: path('rclone configuration of this host, mounted read-only.', '~/.config/rclone').optional(),
    ssh_key: path('SSH key of this host, mounted read-only.', '~/.ssh/deploy_key').optional(),
    known_hosts: path('Host keys that SSH accepts.', '~/.ssh/known_hosts').optional(),
    data: z
      .array(z.string())
      .optional()
      .meta({
        description:
          'Folders of this host, mounted read-only: FOLDER (at /data/<its name>) or FOLDER:/PLACE.',
        examples: [['/datasets/inat:/data/inat']],
      }),
    environment: z
      .array(z.string())
      .optional()
      .meta({
        description: 'NAME (of the caller), NAME=file:PATH, NAME=command:WORDS; NAME=value:TEXT is recorded.',
        examples: [['WANDB_API_KEY', 'B2_KEY=command:pass show b2', 'NCCL_DEBUG=value:INFO']],
      }),
    shm_size: path('Shared memory for data loader workers.', '8g').optional(),
    gpus: path('all, none, a number, or device=0,1.', 'all').optional(),
    processes: z
      .int()
      .min(1)
      .optional()
      .meta({ description: 'Training processes; default: one for each GPU.', examples: [4] }),
    user: path("User in the container: uid or uid:gid. Default: the image's own.", '1000:1000').optional(),
    workdir: field
      .containerPath({ description: 'Folder that the command starts in.', example: '/app/linnaeus' })
      .optional(),
    update: z
      .array(z.string())
      .optional()
      .meta({
        description: 'Code that is brought in before training: NAME, NAME=REF, or NAME=URL#REF.',
        examples: [['application', 'ibrida=v2.0']],
      }),
    stop_seconds: z
      .int()
      .min(1)
      .optional()
      .meta({
        description: 'How long the application may take to save when it is stopped.',
        examples: [120],
      }),
    force: z
      .array(z.string())
      .optional()
      .meta({ description: 'Checks whose refusal is only told.', examples: [['gpu']] }),
  })
  .meta({ title: 'run.toml', description: 'One training run.' });

export type RunToml = z.infer<typeof runSchema>;
