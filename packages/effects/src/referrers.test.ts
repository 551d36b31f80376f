import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { readArtifact } from './artifacts.ts';
import { attachArtifact, listReferrers } from './referrers.ts';
import { openRegistry } from './registry.ts';

const sha256 = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const image = { mediaType: 'application/vnd.oci.image.manifest.v1+json', raw: '{"schemaVersion":2}' };
const manifest = { ...image, digest: sha256(image.raw) };

let server: Server | undefined;
afterEach(() => server?.close());

/**
 * A registry in memory, as the OCI distribution specification has it.
 * @param lists whether it keeps lists of referrers, which are version 1.1 of it.
 */
async function serve({ lists }: { lists: boolean }) {
  const manifests = new Map<string, string>();
  const blobs = new Map<string, string>();
  server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://here');
    const [, kind = '', name = ''] = /^\/v2\/team\/app\/(\w+)\/(.*)$/.exec(pathname) ?? [];
    let body = '';
    for await (const chunk of request) body += chunk;
    const answer = (status: number, text = '', headers = {}) => response.writeHead(status, headers).end(text);
    if (request.method === 'POST') return answer(202, '', { location: '/v2/team/app/blobs/uploads/1' });
    if (request.method === 'PUT') {
      const digest = searchParams.get('digest');
      if (digest !== null) blobs.set(digest, body);
      else for (const each of [name, sha256(body)]) manifests.set(each, body);
      return answer(201);
    }
    if (kind === 'referrers' && lists) {
      const found = [...new Set(manifests.values())].flatMap((raw) => {
        const { subject, artifactType, annotations } = JSON.parse(raw);
        const descriptor = { mediaType: image.mediaType, digest: sha256(raw), size: raw.length };
        return subject?.digest === name ? [{ ...descriptor, artifactType, annotations }] : [];
      });
      return answer(200, JSON.stringify({ schemaVersion: 2, manifests: found }));
    }
    const text = kind === 'manifests' ? manifests.get(name) : kind === 'blobs' ? blobs.get(name) : undefined;
    return text === undefined ? answer(404) : answer(200, text, { 'content-type': image.mediaType });
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const registry = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const reference = { registry, repository: 'team/app', tag: null, digest: manifest.digest };
  return { reference, manifests };
}

describe.each([{ lists: true }, { lists: false }])('a registry that keeps lists: $lists', ({ lists }) => {
  it('finds what was put beside an image, with its type and annotations', async () => {
    const { reference, manifests } = await serve({ lists });
    const registry = openRegistry();
    const subject = { reference, manifest };
    expect(await listReferrers(registry, reference)).toEqual([]);
    await attachArtifact(registry, subject, 'a/first', 'one', { annotations: { 'io.slipway.x': 'y' } });
    await attachArtifact(registry, subject, 'a/second', 'two');
    // Once more, as a command that was killed in between does.
    await attachArtifact(registry, subject, 'a/second', 'two');
    const found = await listReferrers(registry, reference);
    expect(found).toMatchObject([
      { artifactType: 'a/first', annotations: { 'io.slipway.x': 'y' } },
      { artifactType: 'a/second' },
    ]);
    expect(found).toHaveLength(2);
    expect(await readArtifact(registry, { ...reference, digest: found[1]?.digest ?? '' })).toBe('two');
    const raw = JSON.parse(manifests.get(found[0]?.digest ?? '') ?? '{}');
    expect(raw.subject).toEqual({ mediaType: image.mediaType, digest: manifest.digest, size: 19 });
    // The tag of the specification's fallback is only for registries that need it.
    expect(manifests.has(manifest.digest.replace(':', '-'))).toBe(!lists);
  });
});
