/** The page's style: both colour schemes, narrow screens, and paper. Contrasts are at least 4.5 to 1 for text. */
export const style = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --line: #dde1e7; --text: #16202c; --quiet: #566273; --track: #eceff3;
  --accent: #0b5cad; --good: #1a6b3c; --bad: #a3271f; --warn-back: #fdf0d5; --warn: #7a4b00; --code: #eff2f6;
  --system: #64748b; --cuda: #4d7c0f; --torch: #d9480f; --flash: #a21caf; --dependencies: #1d4ed8;
  --application: #0f766e; --version: #be123c; --other: #94a3b8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0e1319; --card: #161d26; --line: #2a3441; --text: #e7ecf2; --quiet: #a0adbd; --track: #222c38;
    --accent: #79b8ff; --good: #67d391; --bad: #ff9189; --warn-back: #3a2c10; --warn: #ffd58a; --code: #1f2833;
    --system: #8b9bb0; --cuda: #84cc16; --torch: #fb923c; --flash: #e879f9; --dependencies: #60a5fa;
    --application: #2dd4bf; --version: #fb7185; --other: #64748b;
  }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--text); line-height: 1.5;
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif; }
main, header, footer { max-width: 1120px; margin: 0 auto; padding: 0 24px; }
header { padding-top: 48px; padding-bottom: 8px; }
h1 { font-size: 34px; line-height: 1.15; margin: 0 0 6px; letter-spacing: -0.02em; }
h2 { font-size: 22px; margin: 56px 0 4px; letter-spacing: -0.01em; }
h3 { font-size: 18px; margin: 0; }
p { margin: 4px 0 0; } .quiet { color: var(--quiet); } .small { font-size: 14px; }
a { color: var(--accent); text-underline-offset: 3px; }
nav { display: flex; flex-wrap: wrap; gap: 6px 20px; margin-top: 18px; font-size: 15px; }
code, .mono { font-family: ui-monospace, SFMono-Regular, Menlo, "DejaVu Sans Mono", monospace; font-size: 0.88em; overflow-wrap: anywhere; }
.facts { display: flex; flex-wrap: wrap; gap: 12px 40px; margin: 24px 0 0; padding: 0; list-style: none; }
.facts b { display: block; font-size: 26px; line-height: 1.2; font-variant-numeric: tabular-nums; letter-spacing: -0.02em; }
.facts span { color: var(--quiet); font-size: 14px; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(310px, 1fr)); gap: 16px; margin-top: 18px; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 18px 20px; min-width: 0; }
.card > header, .image > header { all: unset; display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 12px; justify-content: space-between; }
.gpus { margin: 8px 0 12px; }
.chips { display: flex; flex-wrap: wrap; gap: 6px; margin: 0 0 6px; padding: 0; list-style: none; }
.chips li, .badge { font-size: 13px; line-height: 1.4; border-radius: 6px; padding: 2px 8px; background: var(--track); }
.badge.yanked { background: var(--bad); color: var(--card); font-weight: 600; }
.badge.follows { background: var(--good); color: var(--card); font-weight: 600; }
.badge.deprecated { background: var(--warn-back); color: var(--warn); font-weight: 600; }
dl { display: grid; grid-template-columns: auto 1fr; gap: 3px 14px; margin: 0; font-size: 14px; }
dt { color: var(--quiet); } dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.notice { background: var(--warn-back); color: var(--warn); border-radius: 8px; padding: 8px 12px; font-size: 14px; margin: 10px 0 12px; }
.legend { display: flex; flex-wrap: wrap; gap: 6px 18px; padding: 0; margin: 14px 0 0; list-style: none; font-size: 14px; color: var(--quiet); }
.swatch { display: inline-block; width: 12px; height: 12px; border-radius: 3px; margin-right: 7px; vertical-align: -1px; }
.bar { display: block; width: 100%; height: 26px; margin: 10px 0 8px; }
.track { fill: var(--track); }
${['system', 'cuda', 'torch', 'flash', 'dependencies', 'application', 'version', 'other']
  .map((kind) => `.layer.${kind} { fill: var(--${kind}); } .swatch.${kind} { background: var(--${kind}); }`)
  .join('\n')}
.release { margin-top: 18px; } .release + .quiet { margin-top: 16px; } .release > .head { display: flex; flex-wrap: wrap; align-items: baseline; gap: 6px 10px; }
.older > summary { font-size: 15px; } .release h3 { font-size: 20px; font-variant-numeric: tabular-nums; }
.release.is-yanked > .head h3 { text-decoration: line-through; text-decoration-thickness: 2px; }
.image { border-top: 1px solid var(--line); margin-top: 16px; padding-top: 14px; }
.image h4 { font-size: 16px; margin: 0; }
.sizes { font-variant-numeric: tabular-nums; }
.run { display: block; background: var(--code); border-radius: 8px; padding: 8px 12px; margin: 8px 0 10px; }
details { margin-top: 8px; font-size: 14px; } summary { cursor: pointer; color: var(--accent); width: fit-content; border-radius: 4px; }
.why { margin: 8px 0 0; padding-left: 20px; font-size: 14px; } .why li { overflow-wrap: anywhere; }
.wide { position: relative; overflow-x: auto; margin-top: 14px; }
table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--quiet); padding-bottom: 6px; }
th, td { text-align: left; padding: 7px 12px 7px 0; border-bottom: 1px solid var(--line); vertical-align: baseline; }
th { font-weight: 600; } td.number, th.number { text-align: right; } td.mark, th.mark { text-align: center; }
tbody tr:last-child > * { border-bottom: 0; }
.dot { display: inline-block; width: 12px; height: 12px; border-radius: 50%; vertical-align: -1px; }
.dot.yes { background: var(--accent); } .dot.no { border: 1.5px solid var(--line); }
.chart-card { margin-top: 14px; } .chart-card > .wide { margin-top: 0; }
.chart { display: block; width: 100%; min-width: 640px; height: auto; }
.grid { stroke: var(--line); } .axis { fill: var(--quiet); font-size: 13px; font-variant-numeric: tabular-nums; }
.publish.good { fill: var(--accent); } .publish.bad { fill: var(--bad); }
.failed { fill: var(--bad); font-size: 13px; font-weight: 600; }
.limit { stroke: var(--bad); stroke-width: 1.5; stroke-dasharray: 6 4; } .limit-label { fill: var(--bad); font-size: 13px; }
footer { padding-top: 48px; padding-bottom: 56px; color: var(--quiet); font-size: 14px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.aside { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 560px) { main, header, footer { padding-left: 16px; padding-right: 16px; } h1 { font-size: 28px; } .card { padding: 16px; } }
@media print { body { background: #fff; } .card { break-inside: avoid; } nav { display: none; } }
`;
