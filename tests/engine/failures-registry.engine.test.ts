import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Fault, type FaultProxy, faultProxy } from './fault-proxy.ts';
import { type ThrowawayWorkspace, throwawayWorkspace } from './throwaway-workspace.ts';

const manifests = /\/manifests\//;
const uploads = /\/blobs\/uploads\//;
const keyTag = /\/manifests\/cpu-[0-9a-f]{12}$/;
const facts = /\/manifests\/cpu-[0-9a-f]{12}\.build$/;
const movingTag = /\/manifests\/cpu$/;

let workspace: ThrowawayWorkspace;
let proxy: FaultProxy;

/** A workspace whose registry is a proxy in front of the sandbox's; `workspace.tags` asks the sandbox's itself. */
async function begin(): Promise<void> {
  workspace = await throwawayWorkspace({ quick: true });
  proxy = await faultProxy(workspace.registry);
  workspace.changeMachine((machine) => {
    machine.repositories = { '*': proxy.at };
    // Whoever brings up what does not answer would mend what these tests break.
    delete machine.engine?.up;
  });
}

async function end(): Promise<void> {
  await proxy?.close();
  workspace?.dispose();
}

const build = async (project = 'base-cpu') => {
  const { exitCode, stdout, stderr } = await workspace.nx('run', `${project}:build-image`);
  return { exitCode, printed: `${stdout}\n${stderr}` };
};

const expectOneProblem = (printed: string, code: string, says: string | RegExp, remedy: string | RegExp) => {
  expect(printed.match(/^error\[[a-z-]+\]/gm), printed).toEqual([`error[${code}]`]);
  expect(printed).toMatch(says);
  const [, told = ''] = /^ {2}fix: (.*)$/m.exec(printed) ?? [];
  expect(told).toMatch(remedy);
  expect(printed).not.toMatch(/^ +at /m);
};

const faultsMet = () => proxy.requests.filter(({ fault }) => fault !== undefined).length;

describe('a registry that fails while it is asked what is there', () => {
  beforeAll(begin);
  afterEach(() => proxy.clear());
  afterAll(end);

  it.each<[string, Fault['does'], string, string, RegExp]>([
    ['wants a log-in', 401, 'registry-denied', 'refuses access to', /docker login 127\.0\.0\.1:\d+/],
    ['throttles', 429, 'registry-answer', 'answered HTTP 429', /throttles.*docker login.*wait/],
    ['fails', 500, 'registry-answer', 'answered HTTP 500', /start the same command again/],
    ['hangs', 'hang', 'registry-unreachable', 'does not answer', /running and reachable/],
  ])('%s: said once, nothing is pushed or recorded', async (_what, does, code, says, remedy) => {
    proxy.fail({ path: manifests, does });
    const { exitCode, printed } = await build();
    expect(exitCode).toBe(1);
    expectOneProblem(printed, code, `${proxy.at} ${says}`, remedy);
    expect(proxy.requests.every(({ method }) => method === 'GET' || method === 'HEAD')).toBe(true);
    expect(await workspace.tags('base')).toEqual([]);
    expect(workspace.records('base-cpu')).toEqual([]);
  });

  it('throttles and is busy for a moment: asked again, and the build ends well', async () => {
    proxy.fail({ path: manifests, does: 429, times: 2, headers: { 'Retry-After': '1' } });
    proxy.fail({ path: manifests, does: 503, times: 1 });
    const { exitCode, printed } = await build();
    expect(exitCode, printed).toBe(0);
    expect(faultsMet()).toBe(3);
    expect(await workspace.tags('base')).toEqual(['cpu', expect.stringMatching(/^cpu-[0-9a-f]{12}$/)]);
  });
});

describe('a registry that fails while it is pushed to', () => {
  beforeEach(begin);
  afterEach(end);

  const again = /start the same command again/;
  const cut: Fault['does'] = { cut: 'request', after: 100_000 };

  it.each<[string, Fault, string, RegExp, RegExp]>([
    [
      'wants a log-in',
      { method: 'POST', path: uploads, does: 401 },
      'registry-denied',
      /127\.0\.0\.1:\d+ refused access while .* was being pushed/,
      /an account that may write there: docker login 127\.0\.0\.1:\d+$/,
    ],
    [
      'wants one for the manifest, without a word',
      { method: 'PUT', path: manifests, does: 401, body: '' },
      'registry-denied',
      /127\.0\.0\.1:\d+ refused access while .* was being pushed/,
      /docker login 127\.0\.0\.1:\d+$/,
    ],
    [
      'throttles',
      { method: 'POST', path: uploads, does: 429 },
      'registry-answer',
      /127\.0\.0\.1:\d+ throttled while .* was being pushed/,
      /log in for a higher limit \(docker login 127\.0\.0\.1:\d+\), or wait/,
    ],
    [
      'fails at the manifest',
      { method: 'PUT', path: manifests, does: 500 },
      'registry-answer',
      /127\.0\.0\.1:\d+ failed while .* was being pushed/,
      again,
    ],
    [
      'fails at the key tag',
      { method: 'PUT', path: keyTag, does: 500 },
      'registry-answer',
      /127\.0\.0\.1:\d+ answered HTTP 500 for/,
      again,
    ],
    [
      'breaks the connection in the middle of an upload',
      { method: /PUT|PATCH/, path: uploads, does: cut },
      'registry-unreachable',
      /the connection to 127\.0\.0\.1:\d+ broke while .* was being pushed/,
      again,
    ],
    [
      'hangs in the middle of an upload',
      { method: /PUT|PATCH/, path: uploads, does: 'hang' },
      'registry-unreachable',
      /has not answered for 5 s in the middle of a build/,
      again,
    ],
  ])('%s: said once and recorded, no tag is written, the next command ends well', async (...row) => {
    const [, fault, code, says, remedy] = row;
    proxy.fail(fault);
    // Who answers late is not to be taken for one that hangs.
    process.env.SLIPWAY_REGISTRY_TIMEOUT = fault.does === 'hang' ? '5' : '60';
    const { exitCode, printed } = await build();
    delete process.env.SLIPWAY_REGISTRY_TIMEOUT;
    expect(exitCode).toBe(1);
    expectOneProblem(printed, code, says, remedy);
    expect(faultsMet()).toBeGreaterThan(0);
    expect(await workspace.tags('base')).toEqual([]);
    expect(workspace.records('base-cpu')).toMatchObject([{ outcome: 'failed', problems: [{ code }] }]);

    proxy.clear();
    const next = await build();
    expect(next.exitCode, next.printed).toBe(0);
    expect(next.printed).toContain('base-cpu: built and pushed');
    expect(await workspace.tags('base')).toEqual(['cpu', expect.stringMatching(/^cpu-[0-9a-f]{12}$/)]);
  });

  const unknown = { code: 'MANIFEST_BLOB_UNKNOWN', message: 'blob unknown to registry', detail: {} };
  const invalid = { code: 'DIGEST_INVALID', message: 'provided digest did not match uploaded content' };
  it.each([
    ['one word', [unknown]],
    // What docker's registry answers when the upload of another is just being finished.
    ['two words', [invalid, unknown]],
  ])(
    'loses a layer that two upload at once, in %s: pushed again, and the build ends well',
    async (_, errors) => {
      const body = JSON.stringify({ errors });
      proxy.fail({ method: 'PUT', path: /manifests\/.*unproven/, does: 400, times: 1, body });
      const { exitCode, printed } = await build();
      expect(exitCode, printed).toBe(0);
      expect(faultsMet()).toBe(1);
      expect(printed).toContain('pushing again');
    },
  );

  it('takes the manifest and its answer is lost: pushed again, and the build ends well', async () => {
    proxy.fail({ method: 'PUT', path: keyTag, does: { cut: 'response', after: 0 }, times: 1 });
    const { exitCode, printed } = await build();
    expect(exitCode, printed).toBe(0);
    expect(faultsMet()).toBe(1);
    expect(await workspace.tags('base')).toEqual(['cpu', expect.stringMatching(/^cpu-[0-9a-f]{12}$/)]);
  });

  // A key tag without build facts is taken for built, so nothing writes them any more and `explain` knows no components.
  it('fails at the build facts: the next command writes them', async () => {
    proxy.fail({ method: 'PUT', path: facts, does: 500 });
    const { exitCode, printed } = await build();
    expect(exitCode).toBe(1);
    expectOneProblem(printed, 'registry-answer', `${proxy.at} answered HTTP 500 for`, again);
    proxy.clear();
    const next = await build();
    expect(next.exitCode, next.printed).toBe(0);
    expect(proxy.requests.some(({ method, path }) => method === 'PUT' && facts.test(path))).toBe(true);
  });

  it('fails at the moving tag: the image is kept under its key tag, and the next command only moves it', async () => {
    proxy.fail({ method: 'PUT', path: movingTag, does: 500 });
    const { exitCode, printed } = await build();
    expect(exitCode).toBe(1);
    expectOneProblem(printed, 'registry-answer', `${proxy.at} answered HTTP 500 for`, again);
    expect(await workspace.tags('base')).toEqual([expect.stringMatching(/^cpu-[0-9a-f]{12}$/)]);
    expect(workspace.records('base-cpu')).toMatchObject([
      {
        outcome: 'failed',
        digest: expect.stringMatching(/^sha256:/),
        problems: [{ code: 'registry-answer' }],
      },
    ]);

    proxy.clear();
    const next = await build();
    expect(next.exitCode, next.printed).toBe(0);
    expect(next.printed).toContain('built already, tag moved');
    expect(await workspace.tags('base')).toEqual(['cpu', expect.stringMatching(/^cpu-[0-9a-f]{12}$/)]);
    const written = proxy.requests.filter(({ method }) => method !== 'GET' && method !== 'HEAD');
    expect(written).toEqual([{ method: 'PUT', path: expect.stringMatching(movingTag) }]);
  });

  it('wants a log-in for the base of a runtime image: the remedy speaks of reading', async () => {
    const base = await build();
    expect(base.exitCode, base.printed).toBe(0);
    // By digest only the builder asks.
    proxy.fail({ path: /\/base\/manifests\/sha256:/, does: 401 });
    const { exitCode, printed } = await build('runtime-cpu');
    expect(exitCode).toBe(1);
    expectOneProblem(
      printed,
      'registry-denied',
      `${proxy.at} refused access while`,
      /an account that may read there: docker login/,
    );
    // What the application is laid out as asks for no base.
    expect(await workspace.tags('runtime')).toEqual([expect.stringMatching(/^application-/)]);
  });
});
