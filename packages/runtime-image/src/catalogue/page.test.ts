import { describe, expect, it, test } from 'vitest';
import type { CatalogueFacts, CatalogueVersion } from './facts.ts';
import { layerNames } from './layer-names.ts';
import { cataloguePage } from './page.ts';
import { layersByUse, newBytes, sharesOf } from './shared.ts';
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
      if (command !== null) expect(page).toContain(`<code class="run">${command}</code>`);
    }
    expect(page).not.toContain('--image registry.example.org/team/trainer:cpu-v0.1.1');
    expect(page.match(/Not to be launched: it was yanked/g)).toHaveLength(2);
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
    expect(empty).toContain('No publish is known');
    expect(empty).not.toContain('Table of what versions share');
    expect(empty).not.toContain('NaN');
  });
});

describe('of an image without torch', () => {
  const [stable] = exampleFacts.versions.filter(({ version }) => version === 'v0.2.0');
  const images = stable?.images.filter(({ architecture }) => architecture === 'cpu') ?? [];
  const cpu = exampleFacts.architectures.filter(({ name }) => name === 'cpu');
  const one: CatalogueFacts = {
    ...exampleFacts,
    architectures: cpu,
    versions: [{ ...(stable as CatalogueVersion), images }],
  };
  const text = cataloguePage(one);
  it('nothing is drawn nor explained that no layer holds', () => {
    const legend = text.slice(
      text.indexOf('class="legend"'),
      text.indexOf('</ul>', text.indexOf('class="legend"')),
    );
    expect(legend).toContain('other dependencies');
    expect(legend).not.toMatch(/torch|CUDA|flash/);
    expect(text).not.toMatch(/class="layer (?:torch|cuda|flash)/);
    expect(text).not.toMatch(/aria-label="[^"]*torch-layer/);
    // What is there stands in its table.
    expect(text).toMatch(/torch-layer<\/td><td class="mono">\w+<\/td><td class="number">165 B/);
  });
  it('nothing is called shared, though one layer is there twice', () => {
    expect(text).toContain('v0.2.0 has one image, of 280 MB. Not shown: 2 layers of less than 1 kB.');
    expect(text).not.toContain('are shared');
    expect(text).toContain('280 MB</span>');
  });
});

it('what a version shares with those before it is told', () => {
  const rows = sharesOf(exampleFacts.versions);
  // The same images but for the application of ampere, cpu and hopper, and the version.
  expect(rows[0]).toMatchObject({ version: 'v0.3.0-rc1', freshBytes: 41_200_000 + 12_000 });
  expect(rows.at(-1)).toMatchObject({ version: 'v0.1.0', freshBytes: rows.at(-1)?.bytes });
  expect(page).toMatch(
    /<th scope="row">v0\.3\.0-rc1<\/th><td class="number">[\d.]+ GB<\/td><td class="number">[\d.]+ GB<\/td><td class="number">41\.2 MB/,
  );
});

it('images of older versions are folded away', () => {
  const folded = [...page.matchAll(/<details class="older"><summary>([^<]*)/g)].map(([, text]) => text);
  expect(folded).toEqual(['2 images: ampere, cpu', '2 images: ampere, cpu']);
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
