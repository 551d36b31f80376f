import type { Engine } from '@slipway/effects';
import { expect, it } from 'vitest';
import { explainFailure } from './build-failure.ts';
import type { BuildCall } from './plan.ts';

const pushed = 'registry.example.org/team/base:cpu-7d4d1aaa8b30';
const call = { push: pushed, target: 'base', dockerfile: { path: 'dockerfiles/base.Dockerfile' } };

/** An engine that answers, or one that does not. */
const engine = (file: 'true' | 'false') =>
  ({ dataRoot: '/data', docker: () => ({ file, args: [] }) }) as unknown as Engine;

const explain = async (said: string) =>
  (await explainFailure(call as BuildCall, engine('true'), said, 'build.log')).problems[0];

/** The words of a BuildKit that pushes, as it is when it gives up. */
const push = (words: string) => `exporting to image\nfailed to push ${pushed}: ${words}`;
const address = 'http://registry.example.org/v2/team/base';
const upload = `${address}/blobs/uploads/04c1a177?_state=Rk&digest=sha256%3A9f`;

// Texts of BuildKit 0.25 before a registry that failed in that way, apart from the names; those of Docker Hub, GitHub
// and GitLab are what they answer to an account without rights.
it.each([
  ['registry-denied', 'unauthorized: authentication required'],
  ['registry-denied', `unexpected status from POST request to ${address}/blobs/uploads/: 401 Unauthorized`],
  ['registry-denied', `unexpected status from HEAD request to ${address}/blobs/sha256:06: 401 Unauthorized`],
  ['registry-denied', `unexpected status from PUT request to ${address}/manifests/cpu-7: 401 Unauthorized`],
  ['registry-denied', `unexpected status from POST request to ${address}/blobs/uploads/: 403 Forbidden`],
  [
    'registry-denied',
    'push access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed',
  ],
  ['registry-denied', 'denied: permission_denied: write_package'],
  ['registry-denied', 'denied: requested access to the resource is denied'],
  ['registry-answer', 'toomanyrequests: planted 429'],
  [
    'registry-answer',
    `unexpected status from POST request to ${address}/blobs/uploads/: 429 Too Many Requests`,
  ],
  ['registry-answer', `unexpected status from PUT request to ${upload}: 429 Too Many Requests`],
  ['registry-answer', 'unknown: planted 500'],
  [
    'registry-answer',
    `unexpected status from PUT request to ${address}/manifests/cpu-7: 500 Internal Server Error`,
  ],
  [
    'registry-answer',
    `unexpected status from PUT request to ${upload}: 503 Service Unavailable: <html>\n<body>gateway timeout</body>\n</html>`,
  ],
  [
    'registry-unreachable',
    `failed to copy: failed to do request: Put "${upload}": readfrom tcp 127.0.0.1:40482->127.0.0.1:40303: write tcp 127.0.0.1:40482->127.0.0.1:40303: use of closed network connection`,
  ],
  [
    'registry-unreachable',
    `failed to copy: failed to do request: Put "${upload}": readfrom tcp 127.0.0.1:40456->127.0.0.1:40303: write tcp 127.0.0.1:40456->127.0.0.1:40303: write: connection reset by peer`,
  ],
  ['registry-unreachable', `failed to do request: Put "${address}/manifests/cpu-7": EOF`],
])('%s: a push ends with: %s', async (code, words) => {
  const problem = await explain(push(words));
  expect(problem).toMatchObject({ code });
  expect(problem?.message).toMatch(/registry\.example\.org .*while .*:cpu-7d4d1aaa8b30 was being pushed/);
  expect(problem?.message).toContain(`  | failed to push ${pushed}: `);
  expect(problem?.remedy).toContain('registry.example.org');
});

it('tells throttling from failing, with what helps', async () => {
  const throttled = await explain(push('toomanyrequests: planted 429'));
  expect(throttled?.message).toContain('registry.example.org throttled while');
  expect(throttled?.remedy).toContain('(docker login registry.example.org), or wait');
  const failed = await explain(push('unknown: planted 500'));
  expect(failed?.message).toContain('registry.example.org failed while');
  expect(failed?.remedy).not.toContain('docker login');
});

it('reads the words of the builder itself, after what it said of its earlier tries', async () => {
  const tries = [
    'exporting to image',
    `error: failed commit on ref "layer-sha256:b6": unexpected status from PUT request to ${upload}: 503 Service Unavailable`,
    'retrying in 4s',
  ];
  const said = [...tries, `failed to push ${pushed}: unauthorized: planted 401`].join('\n');
  expect(await explain(said)).toMatchObject({ code: 'registry-denied' });
  const plain = `ERROR: failed to build: failed to solve: failed to push ${pushed}: toomanyrequests: planted 429`;
  expect(await explain(plain)).toMatchObject({ code: 'registry-answer' });
});

it.each([
  ['registry-denied', '401 Unauthorized', 'refused access'],
  ['registry-answer', '429 Too Many Requests', 'throttled'],
  ['registry-answer', '500 Internal Server Error', 'failed'],
])('%s: the image that a build stands on is answered with %s by another registry', async (...row) => {
  const [code, status, says] = row;
  const problem = await explain(
    `[context slipway/base] load metadata for other.example.org/team/base:cpu\nunexpected status from HEAD request to https://other.example.org/v2/team/base/manifests/sha256:cf: ${status}`,
  );
  expect(problem).toMatchObject({ code });
  expect(problem?.message).toContain(`other.example.org ${says} while ${pushed} was being built`);
  if (code === 'registry-denied') expect(problem?.remedy).toContain('may read there: docker login other.ex');
});

it.each([
  'open /etc/shadow: Permission denied',
  'curl: (7) connect to mirror.example.org port 443: connection refused',
  'failed to push refs: unexpected EOF',
  'GET https://pypi.example.org/v2/simple: 401 Unauthorized',
])('what a step of the Dockerfile printed is no word of a registry: %s', async (printed) => {
  const said = `[os 2/3] RUN fetch\n${printed}\nit did not complete successfully: exit code: 1`;
  expect(await explain(said)).toMatchObject({
    code: 'build-failed',
    where: { file: 'dockerfiles/base.Dockerfile' },
    message: expect.stringContaining(`  | ${printed}`),
    remedy: 'read the whole log in build.log',
  });
});

it.each([
  ['disk-full', 'write /big: no space left on device'],
  ['hash-mismatch', 'Hash mismatch for `numpy==2.0.0`'],
  ['lock-unsolvable', 'No solution found when resolving dependencies:'],
])('%s: found in what a step printed', async (code, printed) => {
  const said = `[os 2/3] RUN fetch\n${printed}\nit did not complete successfully: exit code: 1`;
  expect(await explain(said)).toMatchObject({ code });
});

it('asks the engine first', async () => {
  const failure = await explainFailure(call as BuildCall, engine('false'), push('EOF'), 'build.log');
  expect(failure.problems).toMatchObject([{ code: 'engine-lost' }]);
});
