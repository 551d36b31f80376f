import { describe, expect, it, test } from 'vitest';
import type { CatalogueFacts } from './facts.ts';
import { layerNames } from './layer-names.ts';
import { cataloguePage } from './page.ts';
import { layersByUse, newBytes } from './shared.ts';
import { exampleFacts } from './testing/example-facts.ts';

const page = cataloguePage(exampleFacts);

describe('the page', () => {
  it('is the same for the same facts', () => {
    expect(cataloguePage(structuredClone(exampleFacts))).toBe(page);
  });
  it('loads nothing, runs nothing, and forbids both', () => {
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(page).not.toMatch(/<script|<link|<img|<iframe|\ssrc=|url\(|@import|\son\w+=/);
  });
  it('escapes what others wrote', () => {
    expect(page).toContain('&lt;b&gt;move&lt;/b&gt; to ampere by autumn &amp; tell us');
    expect(page).not.toContain('<b>move');
  });
  it('has the line that trains in each image', () => {
    for (const { command } of exampleFacts.versions.flatMap(({ images }) => images)) {
      expect(page).toContain(`<code class="run">${command}</code>`);
    }
  });
  it('marks a yanked version, a deprecated architecture, and what tags follow', () => {
    expect(page).toMatch(/v0\.1\.1<\/h3>\s*<span class="badge yanked">yanked/);
    expect(page).toContain('Do not use it: loses the optimizer state when it resumes');
    expect(page).toContain('<span class="badge deprecated">deprecated</span>');
    expect(page).toContain('<span class="badge follows">ampere-latest</span>');
  });
  it('tells each drawing in words too', () => {
    const drawings = page.match(/<svg[^>]*>/g) ?? [];
    expect(drawings.length).toBe(6 + 13 + 1);
    for (const drawing of drawings) expect(drawing).toMatch(/role="img" aria-label="[^"]{10,}"/);
  });
  it('has every name only once that it links to or is labelled by', () => {
    const ids = [...page.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const used = [...page.matchAll(/(?:href="#|aria-labelledby=")([^"]+)"/g)].map(([, id]) => id);
    for (const id of used) expect(ids).toContain(id);
  });
  it('says so when there is nothing yet', () => {
    const nothing: CatalogueFacts = { ...exampleFacts, versions: [], publishes: [], olderVersions: 0 };
    const empty = cataloguePage(nothing);
    expect(empty).toContain('No version is published yet');
    expect(empty).toContain('No publish is recorded');
    expect(empty).not.toContain('NaN');
  });
});

describe('bars', () => {
  it('are to one scale and never wider than their place', () => {
    for (const [bar] of page.matchAll(/<svg class="bar"[\s\S]*?<\/svg>/g)) {
      const rects = [...bar.matchAll(/class="layer [^"]*" x="([\d.]+)" width="([\d.]+)"/g)];
      const [, x, width] = rects.at(-1) ?? [];
      expect(Number(x) + Number(width)).toBeLessThanOrEqual(1000.1);
      expect(rects.every(([, , each]) => Number(each) >= 5)).toBe(true);
    }
  });
});

test('layers are named by the stages that an image copies from', () => {
  const dockerfile = [
    'FROM python AS os',
    'COPY --from=x /a /',
    'FROM os AS base',
    'COPY --link --from=cuda-layer / /',
    'COPY --link --from=torch-layer / /',
  ];
  const history = [
    { created_by: 'Imported' },
    { created_by: 'ENV A=b', empty_layer: true },
    { created_by: 'COPY /a / # buildkit' },
    { created_by: 'COPY / / # buildkit' },
    { created_by: 'COPY / / # buildkit' },
    { created_by: 'LABEL a=b', empty_layer: true },
  ];
  expect(layerNames(dockerfile, { history }, 4)).toEqual(['os', 'os', 'cuda-layer', 'torch-layer']);
  expect(layerNames(dockerfile, { history }, 3)).toEqual([]);
  expect(layerNames([], { history: [] }, 0)).toEqual([]);
});

test('what images share, and what is new in one, is counted by digest', () => {
  const [candidate, stable] = exampleFacts.versions;
  const ampere = (version: typeof stable) =>
    version?.images.find(({ architecture }) => architecture === 'ampere');
  const image = ampere(candidate);
  if (image === undefined) throw new Error('the example has none');
  // The application and the version are other ones.
  expect(newBytes(image, ampere(stable))).toBe(41_200_000 + 12_000);
  expect(newBytes(image, image)).toBe(0);
  const [largest] = layersByUse(stable?.images ?? []);
  expect(largest).toMatchObject({
    stage: 'cuda-layer',
    bytes: 1.91e9,
    architectures: ['blackwell', 'hopper'],
  });
});
