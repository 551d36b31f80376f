import * as z from 'zod';
import * as field from './fields.ts';

const wheel = z
  .strictObject({
    url: field.text({
      description: 'The exact address of a wheel.',
      example: 'https://example.org/torch-2.9.0.dev20250801%2Bcu128-cp312-cp312-manylinux_2_28_x86_64.whl',
      noun: 'an http(s) URL of a .whl file, without user, password or query',
      pattern: /^https?:\/\/[A-Za-z0-9.-]+(?::\d+)?\/[A-Za-z0-9._~/+%-]+\.whl$/,
    }),
    sha256: field.text({
      description: 'The SHA-256 of its bytes.',
      example: '8f2a3d1c0e9b7f6a5d4c3b2a190817263544536271809fadcbeadfecba012345',
      noun: 'a SHA-256: 64 lower-case hexadecimal digits',
      pattern: /^[0-9a-f]{64}$/,
    }),
  })
  .meta({ description: 'One wheel by its address and content.' });

/** `architecture.toml` as it is written: one GPU family and what its images hold. */
export const architectureSchema = z
  .strictObject({
    tag: field.tag({ description: 'The moving tag of its base image.', example: 'ampere-cu126' }),
    platforms: z
      .array(z.enum(['linux/amd64', 'linux/arm64']))
      .min(1)
      .meta({ description: 'The platforms that its images are built for.', examples: [['linux/amd64']] }),
    compute_capabilities: z
      .array(
        field.text({
          description: 'Major and minor of a GPU generation.',
          example: '8.6',
          noun: 'a compute capability: major and minor, such as 8.6',
          pattern: /^\d{1,2}\.\d$/,
        }),
      )
      .meta({
        description: 'The GPUs that its images promise to run on; empty: none.',
        examples: [['8.0', '8.6']],
      }),
    cuda: field
      .text({
        description: "Major and minor of torch's CUDA and of the compiler's.",
        example: '12.6',
        noun: 'a CUDA version: major and minor, such as 12.6',
        pattern: /^\d{2}\.\d$/,
      })
      .optional(),
    python: field.text({
      description: 'The lowest Python minor; the lock is good from there up.',
      example: '3.12',
      noun: 'a Python version: major and minor, such as 3.12',
      pattern: /^3\.\d{1,2}$/,
    }),
    extras: z
      .array(
        field.pythonName({
          description: 'An optional dependency list of the application.',
          example: 'torch',
        }),
      )
      .default([])
      .meta({ description: "The application's optional dependencies that it gets.", examples: [['torch']] }),
    system_packages: z
      .array(
        field.text({
          description: 'A Debian package.',
          example: 'git',
          noun: 'a Debian package name: lower-case letters, digits, "+", "." and "-"',
          pattern: /^[a-z0-9][a-z0-9+.-]+$/,
        }),
      )
      .meta({
        description: 'Debian packages of the operating system that its images have.',
        examples: [['git', 'openssh-client', 'rclone', 'tini']],
      }),
    jit: z
      .boolean()
      .optional()
      .meta({
        description:
          'Whether its images have the C compiler and headers that Triton and torch.compile want. Default: with torch.',
        examples: [true],
      }),
    excludes: z
      .array(
        field.text({
          description: 'A path with `*` for any characters.',
          example: '*/site-packages/*/tests/*',
          noun: 'a path that begins with "/" or "*", of letters, digits and ".", "_", "+", "-", "*", "/"',
          pattern: /^[/*][A-Za-z0-9._+*/-]*$/,
        }),
      )
      .default([])
      .meta({
        description: 'What its images leave out of Debian packages and wheels.',
        examples: [['/usr/lib/*/libLLVM*', '*/site-packages/*/tests/*']],
      }),
    bytecode: z
      .boolean()
      .default(true)
      .meta({
        description:
          'Whether Python modules are compiled in its images: 3 % of the size, and seconds off every start.',
        examples: [true],
      }),
    deprecated: z
      .string()
      .min(1)
      .optional()
      .meta({
        description:
          'Why nobody should start with it any more: publish warns at once, and so does a launch here; everywhere else after publish, or nx run runtime-image:deprecate. No image becomes another one.',
        examples: ['Volta is gone from CUDA 13.'],
      }),
    torch: z
      .strictObject({
        version: field.text({
          description: 'The exact version, as PEP 440 spells it.',
          example: '2.7.1',
          noun: 'an exact version of torch such as 2.7.1 or 2.9.0.dev20250801',
          pattern: /^\d+\.\d+\.\d+(?:rc\d+|\.dev\d{8})?(?:\+cu\d{3})?$/,
        }),
        channel: z
          .enum(['stable', 'nightly'])
          .default('stable')
          .meta({ description: 'A nightly needs its exact wheels.', examples: ['stable'] }),
        wheels: z
          .array(wheel)
          .default([])
          .meta({ description: "Exact wheels in place of the Python registry's." }),
      })
      .optional()
      .meta({ description: 'Absent: the images have no torch.' }),
    flash_attention: z
      .strictObject({
        version: field.text({
          description: 'The exact version, as PEP 440 spells it.',
          example: '2.7.4.post1',
          noun: 'an exact version of flash-attention such as 2.7.4.post1',
          pattern: /^\d+\.\d+\.\d+(?:\.\d+)?(?:(?:a|b|rc)\d+)?(?:\.post\d+)?$/,
        }),
        from: z
          .union([z.literal('build'), wheel])
          .default('build')
          .meta({
            description: '"build": compiled from its source distribution; or one exact wheel.',
            examples: ['build'],
          }),
      })
      .optional()
      .meta({ description: 'Absent: attention falls back to what torch has.' }),
  })
  .meta({ title: 'architecture.toml', description: 'One GPU family and what its images hold.' });

export type ArchitectureToml = z.infer<typeof architectureSchema>;
