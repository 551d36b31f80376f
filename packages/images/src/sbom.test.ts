import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { expect, it } from 'vitest';
import { baseSbom } from './sbom-base.ts';
import { runtimeSbom } from './sbom-runtime.ts';

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const base = { repository: 'localhost:5000/acme/base', digest: digest('b') };
const found = {
  python: '3.12.3',
  packages: [
    { name: 'torch', version: '2.7.1+cu126', bytes: 5 },
    { name: 'Pillow_heif', version: '1.0', bytes: 1 },
    // In two folders of the path.
    { name: 'torch', version: '2.7.1+cu126', bytes: 0 },
  ],
  system: {
    id: 'debian',
    version: '13',
    packages: [{ name: 'libc6', version: '1:2.41-12', architecture: 'amd64' }],
  },
};
const plan = {
  kind: 'runtime' as const,
  builds: [
    {
      target: 'runtime',
      labels: { 'io.slipway.application.name': 'digits' },
      arguments: { PYTHON_VERSION: '0.2.0rc1' },
    },
  ] as never,
  parent: { project: 'base-cpu', reference: 'localhost:5000/acme/base:cpu-1', digest: base.digest },
  sources: [
    {
      folder: 'examples/digits',
      path: '/app/digits',
      git: {
        commit: 'c'.repeat(40),
        branch: 'main',
        origin: 'https://user:hunter2@example.org/digits.git?token=hunter2',
        top: true,
        dirty: false,
        unpushed: false,
      },
    },
    { folder: 'lib', path: '/app/lib', git: null },
  ],
};

/** What the official schema has against a document, formats and unknown names included. */
const problems = (text: string) => new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text);

it('lists the distribution, Python and every package of a base, as the schema of CycloneDX wants it', async () => {
  const text = baseSbom(base, found);
  expect(await problems(text)).toBeNull();
  const document = JSON.parse(text);
  expect(document.components.map(({ purl, name }: { purl?: string; name: string }) => purl ?? name)).toEqual([
    'debian',
    'pkg:deb/debian/libc6@1:2.41-12?arch=amd64&distro=debian-13',
    'pkg:generic/python@3.12.3',
    'pkg:pypi/pillow-heif@1.0',
    'pkg:pypi/torch@2.7.1+cu126',
  ]);
  expect(document.metadata.component).toMatchObject({ type: 'container', version: base.digest });
  expect(document.metadata.timestamp).toBeUndefined();
  expect(text).toBe(baseSbom(base, { ...found, packages: found.packages.toReversed() }));
});

it('says of a base whose verification listed no system packages that they are not listed', async () => {
  const text = baseSbom(base, { python: '3.12.3', packages: [] });
  expect(await problems(text)).toBeNull();
  expect(JSON.parse(text).metadata.component.properties).toEqual([
    { name: 'io.slipway:unlisted', value: 'packages of the operating system' },
  ]);
});

it('lists what is installed from each source tree, by the names that Python knows, and no commit that is not its own', async () => {
  const [application, companion] = plan.sources;
  const text = runtimeSbom(
    { repository: 'localhost:5000/acme/digits', digest: digest('a') },
    {
      ...plan,
      builds: [{ ...(plan.builds as object[])[0], arguments: { PYTHON_VERSION: '0.1.1' } }] as never,
      sources: [
        {
          ...application,
          git: { ...application?.git, dirty: true },
          distribution: { name: 'Digits.Train', version: '0' },
        },
        {
          ...companion,
          // One folder of the workspace, which is at a commit.
          git: { ...application?.git, top: false },
          distribution: { name: 'ibrida_lib', version: '7.8.9' },
        },
        {
          folder: 'dynamic',
          path: '/app/dynamic',
          git: null,
          distribution: { name: 'dynamic', version: null },
        },
      ] as never,
    },
  );
  expect(await problems(text)).toBeNull();
  const components = JSON.parse(text).components as { name: string; type: string; purl?: string }[];
  const listed = components.map(({ type, name, purl }) => [type, name, purl]);
  expect(listed).toHaveLength(7);
  expect(listed).toEqual(
    expect.arrayContaining([
      ['application', 'Digits.Train', 'pkg:pypi/digits-train@0.1.1'],
      ['file', '/app/digits', undefined],
      ['file', '/app/dynamic', undefined],
      ['file', '/app/lib', undefined],
      ['library', 'dynamic', 'pkg:pypi/dynamic'],
      ['library', 'ibrida_lib', 'pkg:pypi/ibrida-lib@7.8.9'],
    ]),
  );
  const companionTree = components.find(({ name }) => name === '/app/lib');
  expect(JSON.stringify(companionTree)).not.toContain('c'.repeat(40));
  const bom = JSON.parse(text) as { dependencies: { ref: string; dependsOn?: string[] }[] };
  expect(bom.dependencies.find(({ ref }) => ref.includes('ibrida'))?.dependsOn).toEqual(['tree:/app/lib']);
});

it('lists what a runtime image adds, and where the list of its base is, without any log-in', async () => {
  const text = runtimeSbom({ repository: 'localhost:5000/acme/digits', digest: digest('a') }, plan);
  expect(await problems(text)).toBeNull();
  const { components } = JSON.parse(text);
  expect(components).toMatchObject([
    {
      type: 'container',
      version: base.digest,
      externalReferences: [
        // The address of the base's document: its serial number follows from the digest.
        {
          type: 'bom',
          url: JSON.parse(baseSbom(base, found)).serialNumber.replace('urn:uuid', 'urn:cdx').concat('/1'),
        },
      ],
    },
    { type: 'application', name: 'digits', version: '0.2.0rc1', purl: 'pkg:pypi/digits@0.2.0rc1' },
    { name: '/app/digits', version: 'c'.repeat(40), externalReferences: [{ type: 'vcs' }] },
    { name: '/app/lib' },
  ]);
  expect(text).toContain('https://example.org/digits.git');
  expect(text).not.toContain('hunter2');
});
