import { expect, it } from 'vitest';
import type { ImagePlan } from './plan.ts';
import { buildRun, provenance } from './provenance.ts';

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const git = {
  commit: 'c'.repeat(40),
  branch: 'main',
  origin: 'https://user:hunter2@example.org/digits.git',
  top: true,
  dirty: false,
  unpushed: false,
};
const plan = {
  project: 'runtime-cpu',
  kind: 'runtime',
  architecture: 'cpu',
  repository: 'acme/digits',
  key: 'k'.repeat(64),
  keyTag: 'cpu-kkkkkkkkkkkk',
  sources: [
    { folder: 'digits', path: '/app/digits', git },
    { folder: 'changed', path: '/app/changed', git: { ...git, dirty: true } },
  ],
  builds: [
    {
      target: 'runtime',
      platform: 'linux/amd64',
      dockerfile: { path: 'dockerfiles/runtime.Dockerfile', text: 'FROM scratch\n' },
      arguments: {
        VERSION: 'v0.2.0',
        BASE_IMAGE: 'slipway/base',
        SOURCE_DATE_EPOCH: '1',
        EXTRA: 'see https://user:hunter2@example.org/x?token=hunter2 there',
      },
      images: {
        'slipway/base': `localhost:5000/acme/base:cpu-1@${digest('b')}`,
        'application-image': 'localhost:5000/acme/digits:application-1',
      },
      contexts: {
        wheel: {
          files: [],
          downloads: [
            { name: 'x.whl', url: 'https://user:hunter2@example.org/x.whl?token=hunter2', sha256: 'e' },
          ],
        },
      },
    },
  ],
} as unknown as ImagePlan;

it('states what an image was built from, in the form of SLSA, without any log-in', () => {
  const run = { builder: 'urn:slipway:builder:local', startedAt: '2026-01-01T00:00:00.000Z' };
  const statement = provenance(plan, digest('a'), run);
  expect(statement).toEqual({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: 'docker.io/acme/digits', digest: { sha256: 'a'.repeat(64) } }],
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'urn:slipway:build:image:v1',
        externalParameters: {
          project: 'runtime-cpu',
          architecture: 'cpu',
          target: 'runtime',
          platform: 'linux/amd64',
          dockerfile: {
            path: 'dockerfiles/runtime.Dockerfile',
            digest: { sha256: 'bb57c7da220a8753d7bdabac0d3afdb6efa742e4c736c5bc93ab40dfd5e23b9b' },
          },
          arguments: { VERSION: 'v0.2.0', EXTRA: 'see https://example.org/x there' },
        },
        internalParameters: { key: 'k'.repeat(64), keyTag: 'cpu-kkkkkkkkkkkk' },
        resolvedDependencies: [
          {
            name: '/app/digits',
            uri: 'git+https://example.org/digits.git@main',
            digest: { gitCommit: git.commit },
          },
          {
            name: 'localhost:5000/acme/base:cpu-1',
            uri: `pkg:oci/base@sha256%3A${'b'.repeat(64)}?repository_url=localhost%3A5000%2Facme%2Fbase&tag=cpu-1`,
            digest: { sha256: 'b'.repeat(64) },
          },
          {
            name: 'localhost:5000/acme/digits:application-1',
            uri: 'pkg:oci/digits?repository_url=localhost%3A5000%2Facme%2Fdigits&tag=application-1',
          },
          { name: 'x.whl', uri: 'https://example.org/x.whl', digest: { sha256: 'e' } },
        ],
      },
      runDetails: {
        builder: { id: 'urn:slipway:builder:local' },
        metadata: { startedOn: '2026-01-01T00:00:00.000Z' },
      },
    },
  });
  expect(JSON.stringify(statement)).not.toContain('hunter2');
});

it('knows a workflow of GitHub and its run, and takes nothing else from the environment', () => {
  const env = {
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_REPOSITORY: 'acme/digits',
    GITHUB_WORKFLOW_REF: 'acme/digits/.github/workflows/build-runtime.yml@refs/tags/v0.2.0',
    GITHUB_RUN_ID: '12',
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_TOKEN: 'hunter2',
  };
  expect(buildRun(env)).toEqual({
    builder: 'https://github.com/acme/digits/.github/workflows/build-runtime.yml@refs/tags/v0.2.0',
    invocation: 'https://github.com/acme/digits/actions/runs/12/attempts/1',
  });
  expect(buildRun({})).toEqual({ builder: 'urn:slipway:builder:local' });
});
