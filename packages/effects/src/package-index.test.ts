import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, onTestFinished, test, vi } from 'vitest';
import { openPackageIndex } from './package-index.ts';

let server: Server | undefined;
afterEach(() => server?.close());

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it('reads the releases of a package as PEP 691 says', async () => {
  const files = [
    { filename: 'torch-2.7.1-cp312-cp312-manylinux_2_28_x86_64.whl' },
    { filename: 'torch-2.7.1.tar.gz', yanked: false },
    { filename: 'torch-2.8.0-cp312-cp312-manylinux_2_28_x86_64.whl', yanked: 'broken' },
    { filename: 'torch-2.9.0rc1.zip', yanked: true },
    { filename: 'torch-2.9.0rc1-py3-none-any.whl' },
  ];
  let accept: string | undefined;
  const host = await serve((request, response) => {
    accept = request.headers.accept;
    if (request.url === '/root/simple/torch/') response.end(JSON.stringify({ files }));
    else response.writeHead(404).end();
  });
  const index = openPackageIndex(`http://${host}/root/simple`);
  expect(await index.releases('torch')).toEqual([
    { version: '2.7.1', yanked: false, files: [files[0]?.filename, files[1]?.filename] },
    { version: '2.8.0', yanked: true, files: [files[2]?.filename] },
    { version: '2.9.0rc1', yanked: false, files: [files[3]?.filename, files[4]?.filename] },
  ]);
  expect(accept).toBe('application/vnd.pypi.simple.v1+json');
  expect(await index.releases('nothing')).toBeUndefined();
});

it('reads the advisories of a release, apart from withdrawn ones, and that there is nothing to read', async () => {
  const vulnerabilities = [
    {
      id: 'PYSEC-1',
      fixed_in: ['10.2'],
      summary: null,
      details: 'Reads too far.\nAnd more.',
      withdrawn: null,
    },
    { id: 'PYSEC-2', fixed_in: [], withdrawn: '2026-01-01T00:00:00Z' },
  ];
  const host = await serve((request, response) => {
    if (request.url === '/pypi/pillow/10.0/json') response.end(JSON.stringify({ vulnerabilities }));
    else response.writeHead(404).end();
  });
  const index = openPackageIndex(`http://${host}/simple/`);
  expect(await index.advisories('pillow', '10.0')).toEqual([
    { id: 'PYSEC-1', fixedIn: ['10.2'], summary: 'Reads too far.' },
  ]);
  expect(await index.advisories('pillow', '10.1')).toBeUndefined();
});

it('logs in as the address says, and shows the log-in nowhere', async () => {
  let login: string | undefined;
  const host = await serve((request, response) => {
    login = request.headers.authorization;
    response.writeHead(403).end();
  });
  const index = openPackageIndex(`http://some%40one:planted-secret@${host}/simple/`);
  expect(index.url).toBe(`http://${host}/simple/`);
  const told = await index.releases('torch').catch((error: Error) => error.message);
  expect(told).toContain(`error[index-unreachable] http://${host}/simple/torch/ cannot be read (HTTP 403)`);
  expect(told).not.toContain('planted-secret');
  expect(login).toBe(`Basic ${Buffer.from('some@one:planted-secret').toString('base64')}`);
});

it('says so when the index speaks another language, or does not answer', async () => {
  const host = await serve((_request, response) => response.end('<!doctype html>'));
  await expect(openPackageIndex(`http://${host}/`).releases('torch')).rejects.toThrow('PEP 691 asks for');
  await new Promise((resolve) => server?.close(resolve));
  await expect(openPackageIndex(`http://${host}/`).releases('torch')).rejects.toThrow(
    `cannot be read (ECONNREFUSED)`,
  );
});

test.each([
  ['notaurl', 'UV_DEFAULT_INDEX names the package index "notaurl", which is no address'],
  ['file:///srv/index', 'UV_DEFAULT_INDEX names the package index "file:///srv/index", which is no address'],
  ['ann:planted-secret@host/simple', 'UV_DEFAULT_INDEX names the package index "...@host/simple"'],
])('says of %s what is wrong, where it stands, and what to do', (value, message) => {
  vi.stubEnv('UV_DEFAULT_INDEX', value);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  let told = '';
  try {
    openPackageIndex();
  } catch (error) {
    told = (error as Error).message;
  }
  expect(told).toContain(`error[index-unreachable] ${message}`);
  expect(told).toContain(
    'fix: set UV_DEFAULT_INDEX to the address of an index, such as https://pypi.org/simple',
  );
  expect(told).not.toContain('planted-secret');
});

it('takes an address with a name in front of it, as uv does', () => {
  expect(openPackageIndex('internal=https://index.example/simple').url).toBe('https://index.example/simple/');
});

test.each([
  [
    'UV_CONFIG_FILE',
    '[[index]]\nurl = "https://extra.example/simple"\n[[index]]\nurl = "https://uv.example/simple"\ndefault = true\n',
    'https://uv.example/simple/',
  ],
  ['UV_CONFIG_FILE', 'index-url = "https://old.example/simple"\n', 'https://old.example/simple/'],
  [
    'PIP_CONFIG_FILE',
    '[global]\ntimeout = 60\nindex-url = https://pip.example/simple\n',
    'https://pip.example/simple/',
  ],
  ['PIP_CONFIG_FILE', '[global]\ncert = /etc/ssl/certs/ca.crt\n', 'https://pypi.org/simple/'],
])('%s says which index this machine uses', (name, text, url) => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-index-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
    vi.unstubAllEnvs();
  });
  const file = join(folder, 'settings');
  writeFileSync(file, text);
  const empty = join(folder, 'empty');
  writeFileSync(empty, '');
  for (const each of ['UV_DEFAULT_INDEX', 'UV_INDEX_URL', 'PIP_INDEX_URL']) vi.stubEnv(each, '');
  for (const each of ['UV_CONFIG_FILE', 'PIP_CONFIG_FILE']) vi.stubEnv(each, each === name ? file : empty);
  expect(openPackageIndex().url).toBe(url);
});
