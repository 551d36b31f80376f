import * as z from 'zod';
import * as field from './fields.ts';

/** `slipway.toml` as it is written: one application, where its images go and what they may cost. */
export const slipwaySchema = z
  .strictObject({
    application: z
      .strictObject({
        name: field.pythonName({ description: "The Python distribution's name.", example: 'digits' }),
        source: field.source({
          description: 'A folder of this workspace, or a git URL that ends in #ref.',
          example: 'examples/digits',
          other: 'https://github.com/polli-labs/linnaeus.git#main',
        }),
        path: field.imagePath({
          description: 'Where the checkout lies in the image.',
          example: '/app/digits',
        }),
        command: field.argv({
          description: 'Program and arguments that start a training run.',
          example: ['python', 'digits/main.py'],
        }),
        smoke: field
          .argv({
            description: 'Program and arguments that prove an image starts.',
            example: ['python', 'digits/main.py', '--help'],
          })
          .optional(),
        companion: z
          .array(
            z.strictObject({
              name: field.pythonName({ description: "The companion's name.", example: 'ibrida' }),
              source: field.source({
                description: 'A folder of this workspace, or a git URL that ends in #ref.',
                example: 'https://github.com/polli-labs/ibrida.git#main',
              }),
              path: field.imagePath({
                description: 'Where the checkout lies in the image.',
                example: '/app/ibrida_src',
              }),
            }),
          )
          .default([])
          .meta({ description: 'Source trees that lie beside the application in the image.' }),
      })
      .meta({ description: 'The training application that the images carry.' }),
    repositories: z
      .strictObject({
        base: field.repository({
          description: 'Where base images go.',
          example: 'frontierkodiak/linnaeus-base',
        }),
        runtime: field.repository({
          description: 'Where runtime images go.',
          example: 'frontierkodiak/linnaeus-dev',
        }),
        dev: field.repository({ description: 'Where dev images go.', example: 'polli-labs/linnaeus' }),
      })
      .meta({ description: 'Repositories without tag, with the host where the registry is not docker.io.' }),
    images: z
      .strictObject({
        os: field
          .foreignImage({
            description: 'The operating system of every image. Default: ubuntu:24.04.',
            example: 'ubuntu:24.04',
          })
          .default('ubuntu:24.04'),
        cuda_devel: field
          .foreignImage({
            description:
              'The image in which native wheels are compiled; <cuda> stands for the CUDA release, for example 12.6.3.',
            example: 'nvidia/cuda:<cuda>-devel-ubuntu24.04',
          })
          .default('nvidia/cuda:<cuda>-devel-ubuntu24.04'),
      })
      .prefault({})
      .meta({ description: 'Images that others made.' }),
    build: z
      .strictObject({
        compression_level: z
          .int()
          .min(1)
          .max(22)
          .default(9)
          .meta({
            description:
              'zstd level of base images, which are made once and fetched by everyone: 9 saves a sixth against 3, and takes three times as long.',
            examples: [9],
          }),
      })
      .prefault({})
      .meta({ description: 'How images are built.' }),
    limits: z
      .strictObject({
        runner_disk: field
          .size({ description: "The CI runner's whole disk.", example: '14GB' })
          .default('14GB'),
        buildkit_reserve: field
          .size({ description: 'What BuildKit may keep as its cache.', example: '3GB' })
          .default('3GB'),
        disk_guard: field
          .size({ description: 'Disk use at which a build is stopped.', example: '12GB' })
          .default('12GB'),
        base_size: field.size({ description: 'A base image on disk.', example: '8GB' }).default('8GB'),
        runtime_layer: field
          .size({ description: 'What a runtime image adds to its base, on disk.', example: '300MB' })
          .default('300MB'),
        publish_time: field
          .duration({ description: 'How long one publish may take.', example: '2m' })
          .default('2m'),
      })
      .prefault({})
      .meta({ description: 'Figures that the images and the CI runner have to keep to.' }),
    release: z
      .strictObject({
        version_files: z
          .array(
            field.workspacePath({
              description: 'A file relative to the workspace root.',
              example: 'examples/digits/pyproject.toml',
            }),
          )
          .optional()
          .meta({
            description:
              "Files whose version line a release changes. Default: the application's pyproject.toml.",
            examples: [['examples/digits/pyproject.toml']],
          }),
        branch: z
          .string()
          .regex(/^(?![-/.])(?!.*(?:\.\.|\/\/|@\{|\.lock$|[/.]$))[^\s~^:?*[\\]+$/, 'the name of a git branch')
          .default('main')
          .meta({ description: 'The branch that releases are made from.', examples: ['main'] }),
        breaking_before_1: z
          .enum(['minor', 'major'])
          .default('minor')
          .meta({
            description:
              'What a breaking change raises while the version is 0.x: minor (0.1.4 to 0.2.0), as Semantic Versioning leaves open before 1.0.0, or major (0.1.4 to 1.0.0).',
            examples: ['minor'],
          }),
      })
      .prefault({})
      .meta({ description: 'How a release is made.' }),
    supply_chain: z
      .strictObject({
        sbom: z
          .boolean()
          .default(false)
          .meta({
            description:
              'Whether images get a list of what they hold (CycloneDX), beside them in the registry.',
            examples: [true],
          }),
        provenance: z
          .boolean()
          .default(false)
          .meta({
            description: 'Whether images get a statement of what they were built from (SLSA), beside them.',
            examples: [true],
          }),
        sign: z
          .enum(['key', 'keyless', 'never'])
          .optional()
          .meta({
            description:
              'Signing with cosign: by the key that COSIGN_KEY names, by the identity of the CI job, or never. Default: by a key where one is given.',
            examples: ['keyless'],
          }),
        transparency_log: z
          .boolean()
          .default(true)
          .meta({
            description:
              "Whether signatures by a key are entered in Sigstore's public log, which shows the image's digest to everyone.",
            examples: [false],
          }),
      })
      .prefault({})
      .meta({ description: 'What lies beside an image for whoever wants to know where it comes from.' }),
  })
  .meta({
    title: 'slipway.toml',
    description: 'One application, where its images go and what they may cost.',
  });

export type SlipwayToml = z.infer<typeof slipwaySchema>;
