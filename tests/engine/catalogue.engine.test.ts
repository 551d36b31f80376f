import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openRegistry, readDeprecation } from '@slipway/effects';
import type { Browser, Page } from 'puppeteer-core';
import { launch } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cataloguePage } from '../../packages/runtime-image/src/catalogue/page.ts';
import { exampleFacts } from '../../packages/runtime-image/src/catalogue/testing/example-facts.ts';
import { chromium } from './chromium.ts';
import { addArchitectures, type ThrowawayWorkspace, throwawayWorkspace } from './throwaway-workspace.ts';

/** Where the pictures are kept for whoever wants to look at them. */
const pictures = resolve(import.meta.dirname, '../../.slipway/catalogue');
/** Of https://github.com/dequelabs/axe-core: contrast, names, landmarks, tables. */
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let workspace: ThrowawayWorkspace;
let browser: Browser | undefined;
let why = '';
const pages: Record<string, string> = {};

beforeAll(async () => {
  const found = await chromium();
  if (typeof found === 'string') why = found;
  else {
    const env = { ...process.env, ...found.env } as Record<string, string>;
    browser = await launch({ executablePath: found.file, env, args: ['--no-sandbox'] });
  }
  mkdirSync(pictures, { recursive: true });
  pages.example = join(pictures, 'example.html');
  writeFileSync(pages.example, cataloguePage(exampleFacts));

  workspace = await throwawayWorkspace({ quick: true });
  addArchitectures(workspace, ['second']);
  const nx = async (...args: string[]) => {
    const done = await workspace.nx('run', ...args);
    expect(done.exitCode, done.stdout + done.stderr).toBe(0);
    return done.stdout;
  };
  await nx('base-images:build-image');
  await nx('runtime-image:publish', '--as=v0.1.0', '--architectures=cpu');
  workspace.edit('dockerfiles/base.Dockerfile', (text) => text.replace('WORKDIR /app', 'WORKDIR /apps'));
  workspace.write('application/train.sh', 'echo another');
  await nx('base-images:build-image');
  await nx('runtime-image:publish', '--as=v0.2.0');
  rmSync(workspace.path('.slipway/records'), { recursive: true });
  const printed = await nx('runtime-image:catalogue', '--output=out/page.html');
  expect(printed).toContain('out/page.html: 2 architectures, 2 versions');
  pages.registry = workspace.path('out/page.html');
});
afterAll(async () => {
  await browser?.close();
  workspace?.dispose();
});

it('is written from what the registry says', () => {
  const text = readFileSync(pages.registry ?? '', 'utf8');
  const image = `${workspace.registry}/${workspace.repositories.runtime}:cpu-v0.2.0`;
  expect(text).toContain(`<code class="run">npx slipway run --image ${image}</code>`);
  const section = text.slice(text.indexOf('aria-label="v0.2.0 for cpu"'));
  expect(section).toContain('base: Dockerfile');
  expect(section).toContain('file app/quick/train.sh is another');
  expect(text.slice(text.indexOf('aria-label="v0.1.0 for cpu"'))).toContain('the first of its architecture');
  // Named by the stages that they came from.
  expect(text).toMatch(/v0\.2\.0 for cpu: os [\d.]+ MB/);
  const rows = section.slice(0, section.indexOf('</table>'));
  expect(rows).toMatch(/os<.*locks<.*application-image<.*version</s);
  // Of another machine: the versions say it themselves.
  expect(text).toMatch(/Seconds of 2 publishes/);
});

it('an architecture that is marked deprecated needs no new base, and is noted beside what was published before', async () => {
  const file = 'architectures/cpu/architecture.toml';
  const before = workspace.read(file);
  const repository = `${workspace.registry}/${workspace.repositories.runtime}`;
  const noted = async () => (await readDeprecation(openRegistry(), repository, 'cpu'))?.reason;
  workspace.edit(file, (text) => `deprecated = "take second"\n${text}`);
  const marked = await workspace.nx('run', 'runtime-image:deprecate');
  expect(marked.stdout).toContain('cpu is deprecated: noted at');
  expect(await noted()).toBe('take second');
  const published = await workspace.nx('run', 'runtime-image:publish', '--as=v0.3.0');
  expect(published.exitCode, published.stdout + published.stderr).toBe(0);
  expect(published.stdout + published.stderr).toContain('warning: cpu is deprecated: take second');
  workspace.write(file, before);
  expect((await workspace.nx('run', 'runtime-image:deprecate')).stdout).toContain(
    'cpu is not deprecated any more',
  );
  expect(await noted()).toBeNull();
});

const looks = [
  ['light', 1280],
  ['dark', 1280],
  ['light', 390],
  ['dark', 390],
] as const;

describe.each(['example', 'registry'])('the page of the %s, in a browser', (name) => {
  it.each(looks)('in the %s scheme, %i wide', async (scheme, width) => {
    if (browser === undefined) {
      console.warn(`not looked at: ${why}`);
      return;
    }
    const page = await browser.newPage();
    const heard: string[] = [];
    page.on('console', (message) => heard.push(message.text()));
    page.on('pageerror', (error) => heard.push(String(error)));
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.setViewport({ width, height: 900 });
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    const url = pathToFileURL(pages[name] ?? '').href;
    await page.goto(url);
    await page.screenshot({ path: join(pictures, `${name}-${scheme}-${width}.png`), fullPage: true });
    expect(await backgroundIsDark(page)).toBe(scheme === 'dark');
    // Closed parts have to fit too.
    await page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })");
    expect(await overflowing(page)).toEqual([]);
    expect(await violations(page)).toEqual([]);
    expect(asked).toEqual([url]);
    expect(heard).toEqual([]);
    await page.close();
  });
});

// What runs in the page is text: its globals are not those of Node.
const backgroundIsDark = async (page: Page): Promise<boolean> => {
  const colour = String(await page.evaluate('getComputedStyle(document.body).backgroundColor'));
  return (colour.match(/\d+/g) ?? []).map(Number).reduce((sum, each) => sum + each, 0) < 200;
};

/** What sticks out of the page, and out of no box that scrolls. */
const overflowing = (page: Page): Promise<unknown> =>
  page.evaluate(`(() => {
    const wide = document.documentElement.clientWidth;
    const out = [...document.body.querySelectorAll('*')]
      .filter((each) => !each.closest('svg, .aside') && !each.parentElement?.closest('.wide'))
      .filter((each) => each.getBoundingClientRect().right > wide + 1)
      .map((each) => each.tagName + '.' + each.className + ': ' + each.textContent.trim().slice(0, 40));
    return document.documentElement.scrollWidth > wide ? [...out, 'the page itself'] : out;
  })()`);

/** What the rules of WCAG 2.1 AA say against it. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const rules = JSON.stringify(['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice']);
  const found = (await page.evaluate(`axe.run({ runOnly: ${rules} })`)) as {
    violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[];
  };
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.slice(0, 3).map(({ html, failureSummary }) => `${id}: ${html.slice(0, 120)} ${failureSummary}`),
  );
}
