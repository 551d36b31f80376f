import { computeCapabilities, describeCapability } from '@slipway/contract';
import prettyBytes from 'pretty-bytes';
import { layerBar } from './bar.ts';
import type {
  CatalogueArchitecture,
  CatalogueFacts,
  CatalogueImage,
  CatalogueLayer,
  CatalogueVersion,
} from './facts.ts';
import { type Html, html, verbatim } from './html.ts';
import { layerKind, layerKinds } from './kinds.ts';
import { bytesOf, layersByUse, newBytes, sharesOf, withContent } from './shared.ts';
import { style } from './style.ts';
import { publishChart } from './times.ts';

/**
 * The catalogue as one page that stands alone: no script, no font, no picture of elsewhere, which the page itself forbids
 * the browser. Equal facts give equal pages.
 */
export function cataloguePage(facts: CatalogueFacts): string {
  const { application, repositories, madeAt, versions, architectures } = facts;
  const images = versions.flatMap((version) => version.images);
  const all = [
    ...images.map(({ layers }) => layers),
    ...architectures.flatMap(({ base }) => (base ? [base.layers] : [])),
  ];
  const scale = Math.max(1, ...all.map(bytesOf));
  const stored = bytesOf(all.flat());
  const newest =
    versions.find(({ version, yanked }) => yanked === null && !version.includes('-rc')) ?? versions[0];
  const date = madeAt.slice(0, 16).replace('T', ' ');
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>Images of ${application}</title>
<style>${verbatim(style)}</style>
</head>
<body>
<header>
<h1>Images of ${application}</h1>
<p class="quiet">What can be trained in, what it runs on, and what is inside. As the registry stood on <time datetime="${madeAt}">${date} UTC</time>.</p>
<ul class="facts">
<li><b>${newest?.version ?? 'none'}</b><span>newest version</span></li>
<li><b>${architectures.length}</b><span>architecture${architectures.length === 1 ? '' : 's'}</span></li>
<li><b>${images.length}</b><span>image${images.length === 1 ? '' : 's'} shown</span></li>
<li><b>${prettyBytes(stored)}</b><span>stored for them, each layer once</span></li>
</ul>
<nav aria-label="Sections"><a href="#architectures">Architectures</a><a href="#versions">Versions</a><a href="#shared">Shared layers</a><a href="#publishes">Publish times</a></nav>
</header>
<main>
<section aria-labelledby="architectures">
<h2 id="architectures">Architectures</h2>
<p class="quiet">A GPU family each, with the base image that everything of it stands on.</p>
<div class="cards">${architectures.map((each) => architectureCard(each, scale))}</div>
${legend(withContent(all.flat()))}
</section>
<section aria-labelledby="versions">
<h2 id="versions">Versions</h2>
<p class="quiet">Every image as a bar of its layers, all to the same scale; sizes are compressed, as they are pulled.</p>
${versions.length === 0 && html`<p class="notice">No version is published yet: <code>npx nx run runtime-image:publish</code></p>`}
${versions.map((version, index) =>
  release(version, versions.slice(index + 1), scale, index === 0 || version === newest),
)}
${facts.olderVersions > 0 && html`<p class="quiet">${facts.olderVersions} older version${facts.olderVersions === 1 ? ' is there' : 's are there'} and not shown.</p>`}
</section>
<section aria-labelledby="shared">
<h2 id="shared">Shared layers</h2>
${sharedTable(newest)}
${betweenVersions(versions)}
</section>
<section aria-labelledby="publishes">
<h2 id="publishes">Publish times</h2>
${publishes(facts)}
</section>
</main>
<footer>Base images: <code>${repositories.base}</code><br>Runtime images: <code>${repositories.runtime}</code><br>Made by <code>npx nx run runtime-image:catalogue</code></footer>
</body>
</html>
`;
  return page.text;
}

function architectureCard(each: CatalogueArchitecture, scale: number): Html {
  const { name, cuda, torch, flashAttention, python, minimumDriver, deprecated, base } = each;
  const capabilities = each.computeCapabilities;
  const gpus = capabilities.flatMap(
    (capability) =>
      computeCapabilities.find((known) => known.capability === capability)?.gpus.slice(0, 4) ?? [],
  );
  const rows: [string, string][] = [
    ['torch', torch ?? 'none'],
    ['CUDA', cuda ?? 'none'],
    ['flash-attention', flashAttention ?? 'none'],
    ['Python', python],
    ['driver', minimumDriver === null ? 'none needed' : `${minimumDriver} or newer`],
  ];
  return html`<article class="card" aria-labelledby="architecture-${name}">
<header><h3 id="architecture-${name}">${name}</h3>${deprecated !== null && html`<span class="badge deprecated">deprecated</span>`}</header>
<p class="gpus">${capabilities.length === 0 ? 'Needs no GPU.' : `${[...new Set(gpus)].join(', ')}`}</p>
${capabilities.length > 0 && html`<ul class="chips" aria-label="Compute capabilities">${capabilities.map((capability) => html`<li>${describeCapability(capability).replace(/:.*\)/, ')')}</li>`)}</ul>`}
${deprecated !== null && html`<p class="notice">${deprecated}</p>`}
${
  base === null
    ? html`<p class="notice">No base image yet: <code>npx nx run base-${name}:build-image</code></p>`
    : layerBar(withContent(base.layers), scale, `Base image of ${name}: ${describeLayers(base.layers)}`)
}
<dl>${base !== null && html`<dt>base</dt><dd>${prettyBytes(bytesOf(base.layers))}</dd>`}${rows.map(([term, value]) => html`<dt>${term}</dt><dd>${value}</dd>`)}</dl>
</article>`;
}

function release(
  { version, commit, yanked, followedBy, images }: CatalogueVersion,
  older: readonly CatalogueVersion[],
  scale: number,
  open: boolean,
): Html {
  const shown = images.map((image) => {
    const before = older
      .flatMap((each) => each.images)
      .find(({ architecture }) => architecture === image.architecture);
    return imageOf(image, before, scale, version);
  });
  const names = images.map(({ architecture }) => architecture).join(', ');
  return html`<article class="card release${yanked === null ? '' : ' is-yanked'}" aria-labelledby="version-${version}">
<div class="head"><h3 id="version-${version}">${version}</h3>
${yanked !== null && html`<span class="badge yanked">yanked</span>`}
${followedBy.map((tag) => html`<span class="badge follows">${tag}</span>`)}
${commit !== null && html`<span class="quiet small">commit <span class="mono">${commit.slice(0, 12)}</span></span>`}</div>
${yanked !== null && html`<p class="notice">Do not use it: ${yanked}</p>`}
${open ? shown : html`<details class="older"><summary>${images.length === 1 ? '1 image' : `${images.length} images`}: ${names}</summary>${shown}</details>`}
</article>`;
}

function imageOf(
  image: CatalogueImage,
  before: CatalogueImage | undefined,
  scale: number,
  version: string,
): Html {
  const { architecture, layers, reference, digest, why, command, baseKeyTag } = image;
  const size = prettyBytes(bytesOf(layers));
  const fresh = before ? `${prettyBytes(newBytes(image, before))} of it new` : '';
  return html`<section class="image" aria-label="${version} for ${architecture}">
<header><h4>${architecture}</h4><span class="quiet small sizes">${layers.length === 0 ? 'not in the registry any more' : html`${size}${fresh && html`, ${fresh}`}`}</span></header>
${layers.length > 0 && layerBar(withContent(layers), scale, `${version} for ${architecture}: ${describeLayers(layers)}`)}
${command === null ? html`<p class="quiet small">Not to be launched: it was yanked.</p>` : html`<code class="run">${command}</code>`}
${reasons(why)}
<details><summary>Layers and digest of ${architecture}-${version}</summary>
<p class="mono">${reference}<br>${digest}</p><p class="quiet">on the base <span class="mono">${baseKeyTag}</span></p>
<div class="wide" tabindex="0" role="region" aria-label="Layers of ${architecture}-${version}"><table><thead><tr><th scope="col">layer</th><th scope="col">digest</th><th scope="col" class="number">compressed</th></tr></thead>
<tbody>${layers.map((layer) => html`<tr><td><span class="swatch ${layerKind(layer.stage).kind}"></span>${layer.stage || layerKind(layer.stage).label}</td><td class="mono">${layer.digest.slice(7, 19)}</td><td class="number">${prettyBytes(layer.bytes)}</td></tr>`)}</tbody></table></div>
</details>
</section>`;
}

function reasons(why: CatalogueImage['why']): Html {
  if (why === null) return html`<p class="quiet small">Why it was built is not kept.</p>`;
  if (why.length === 1)
    return html`<p class="small"><span class="quiet">Built because:</span> ${why[0] ?? ''}</p>`;
  return html`<p class="quiet small">Built because:</p><ul class="why">${why.map((line) => html`<li>${line}</li>`)}</ul>`;
}

function sharedTable(version: CatalogueVersion | undefined): Html {
  if (version === undefined) return html`<p class="quiet">Nothing is published yet.</p>`;
  const { images } = version;
  const all = layersByUse(images);
  const once = bytesOf(all);
  const every = images.reduce((sum, { layers: each }) => sum + bytesOf(each), 0);
  const layers = withContent(all);
  const empty = all.length - layers.length;
  return html`<p class="quiet">${
    images.length < 2
      ? `${version.version} has one image, of ${prettyBytes(once)}.`
      : `The images of ${version.version} have ${prettyBytes(every)} together; the registry stores ${prettyBytes(once)}, since ${prettyBytes(every - once)} are shared.`
  }${empty > 0 && ` Not shown: ${empty} layer${empty === 1 ? '' : 's'} of less than 1 kB.`}</p>
<div class="card wide" tabindex="0" role="region" aria-label="Table of shared layers"><table>
<caption>Layers of ${version.version}, the largest first, and the images that have them</caption>
<thead><tr><th scope="col">layer</th><th scope="col" class="number">compressed</th>${images.map(({ architecture }) => html`<th scope="col" class="mark">${architecture}</th>`)}</tr></thead>
<tbody>${layers.map(
    (layer) =>
      html`<tr><th scope="row"><span class="swatch ${layerKind(layer.stage).kind}"></span>${layer.stage || layerKind(layer.stage).label} <span class="quiet mono">${layer.digest.slice(7, 15)}</span></th><td class="number">${prettyBytes(layer.bytes)}</td>${images.map(
        ({ architecture }) => {
          const has = layer.architectures.includes(architecture);
          return html`<td class="mark"><span class="dot ${has ? 'yes' : 'no'}"></span><span class="aside">${has ? 'yes' : 'no'}</span></td>`;
        },
      )}</tr>`,
  )}</tbody></table></div>`;
}

/** What each version added: a node that has the one before pulls about as much. */
function betweenVersions(versions: readonly CatalogueVersion[]): Html | false {
  if (versions.length < 2) return false;
  return html`<div class="card wide" tabindex="0" role="region" aria-label="Table of what versions share"><table>
<caption>What each version added to those before it, each layer once</caption>
<thead><tr><th scope="col">version</th><th scope="col" class="number">its images</th><th scope="col" class="number">of earlier ones</th><th scope="col" class="number">new</th></tr></thead>
<tbody>${sharesOf(versions).map(
    ({ version, bytes, freshBytes }) =>
      html`<tr><th scope="row">${version}</th><td class="number">${prettyBytes(bytes)}</td><td class="number">${prettyBytes(bytes - freshBytes)}</td><td class="number">${prettyBytes(freshBytes)}</td></tr>`,
  )}</tbody></table></div>`;
}

function publishes({ publishes: all, publishLimitSeconds }: CatalogueFacts): Html {
  const shown = all.slice(-30);
  if (shown.length === 0) {
    return html`<p class="quiet">No publish is known: versions that were published before their times were kept do not tell, and no record of one lies in this workspace, below <code>.slipway/records</code>.</p>`;
  }
  return html`<p class="quiet">Seconds until a version was whole, the oldest first: as the versions above say, and as records of this workspace know besides; <code>publish_time</code> allows ${publishLimitSeconds}\u00a0s.</p>
<div class="card chart-card"><div class="wide" tabindex="0" role="region" aria-label="Chart of publish times">${publishChart(shown, publishLimitSeconds)}</div>
<details><summary>As a table</summary><div class="wide" tabindex="0" role="region" aria-label="Table of publish times"><table><thead><tr><th scope="col">version</th><th scope="col">when (UTC)</th><th scope="col" class="number">seconds</th><th scope="col" class="number">images</th><th scope="col">outcome</th></tr></thead>
<tbody>${shown.map(({ version, startedAt, seconds, images, succeeded }) => html`<tr><td>${version}</td><td>${startedAt.slice(0, 16).replace('T', ' ')}</td><td class="number">${seconds.toFixed(1)}</td><td class="number">${images}</td><td>${succeeded ? 'published' : 'failed'}</td></tr>`)}</tbody></table></div></details></div>`;
}

/** The kinds of layer that the page shows. */
function legend(layers: readonly CatalogueLayer[]): Html {
  const there = new Set(layers.map(({ stage }) => layerKind(stage).kind));
  return html`<ul class="legend" aria-label="What the colours of layers mean">${layerKinds
    .filter(({ kind }) => there.has(kind))
    .map(({ kind, label }) => html`<li><span class="swatch ${kind}"></span>${label}</li>`)}</ul>`;
}

const describeLayers = (layers: readonly CatalogueLayer[]): string =>
  withContent(layers)
    .map(({ stage, bytes }) => `${stage || 'layer'} ${prettyBytes(bytes)}`)
    .join(', ');
