/** The style sheet of report.html: readable on a phone, light and dark; colours by meaning, as series name them. */
export const STYLE = `
:root { color-scheme: light dark; --ground: #fbfbfa; --panel: #ffffff; --ink: #1d2327; --quiet: #667078; --line: #e3e5e8;
  --good: #1f9d68; --calm: #8dbbe0; --waiting: #e2b03c; --leaving: #a9b0b7; --bad: #d8432f; --worse: #8f3aa0; --other: #77808a;
  --second: #2f6fd0; --third: #a06bd6; --grid: #eceef0; --band-rollout: rgba(47,111,208,.10); --band-fault: rgba(216,67,47,.13);
  --band-warm-up: rgba(119,128,138,.14); --mark: #2f6fd0; }
@media (prefers-color-scheme: dark) { :root { --ground: #14171a; --panel: #1c2024; --ink: #e6e8ea; --quiet: #98a2ab; --line: #2e343a;
  --good: #36b880; --calm: #4d82ad; --waiting: #d3a43a; --leaving: #646d76; --bad: #f0654f; --worse: #c071d0; --other: #8b959f;
  --second: #6aa0f2; --third: #bf95ea; --grid: #262b30; --band-rollout: rgba(106,160,242,.14); --band-fault: rgba(240,101,79,.18);
  --band-warm-up: rgba(139,149,159,.16); --mark: #6aa0f2; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 24px 16px 64px; }
h1 { font-size: 26px; line-height: 1.2; margin: 0 0 4px; overflow-wrap: anywhere; }
h2 { font-size: 18px; margin: 0 0 6px; }
h3 { font-size: 14px; margin: 18px 0 4px; }
p { margin: 4px 0; overflow-wrap: anywhere; }
.quiet { color: var(--quiet); }
.good { color: var(--good); } .bad { color: var(--bad); }
.badge { display: inline-block; padding: 1px 10px; border-radius: 99px; color: #fff; font-weight: 600; font-size: 13px; vertical-align: 4px; margin-left: 8px; }
.badge.good { background: var(--good); color: #fff; } .badge.bad { background: var(--bad); color: #fff; }
.badge.partial { background: var(--waiting); color: #1d2327; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 18px 0; }
.tile, section { background: var(--panel); border: 1px solid var(--line); border-radius: 10px; }
.tile { padding: 12px 14px; }
.tile b { display: block; font-size: 24px; line-height: 1.25; font-variant-numeric: tabular-nums; }
.tile span { display: block; font-size: 13px; color: var(--quiet); }
section { padding: 18px 18px 20px; margin: 16px 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; min-width: min(100%, 620px); margin: 8px 0 0; font-variant-numeric: tabular-nums; font-size: 14px; }
th { text-align: left; font-weight: 600; color: var(--quiet); font-size: 12.5px; white-space: nowrap; }
th, td { padding: 5px 14px 5px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td { overflow-wrap: break-word; max-width: 46em; }
th.right, td.right { text-align: right; white-space: nowrap; }
tr.note td { color: var(--quiet); font-size: 13px; padding-top: 0; }
tr.row-quiet { color: var(--quiet); }
tr.noted td { border-bottom: 0; padding-bottom: 1px; }
tr.row-bad > td:first-child { color: var(--bad); font-weight: 600; }
tr.row-good > td:first-child { color: var(--good); }
figure { margin: 14px 0 0; }
figcaption { font-size: 13.5px; font-weight: 600; margin-bottom: 2px; }
figcaption span { color: var(--quiet); font-weight: 400; }
.chart { width: 100%; min-height: 120px; }
.chips { display: flex; flex-wrap: wrap; gap: 4px 16px; font-size: 13px; color: var(--quiet); margin: 8px 0 0; }
.chips i { display: inline-block; width: 18px; height: 11px; border-radius: 3px; margin-right: 6px; vertical-align: -1px; }
.chips i.rollout { background: var(--band-rollout); border: 1px solid var(--second); }
.chips i.fault { background: var(--band-fault); border: 1px solid var(--bad); }
.chips i.warm-up { background: var(--band-warm-up); border: 1px solid var(--other); }
.chips i.action { border-left: 2px dashed var(--mark); border-radius: 0; width: 8px; }
.u-legend { color: var(--ink); font-size: 12.5px; text-align: left; margin: 0 0 0 40px; min-width: 0; }
.u-legend th { color: var(--ink); font-size: 12.5px; }
.u-legend .u-marker { border-radius: 2px; }
.u-inline tr { margin-right: 14px; }
.u-legend td { color: var(--quiet); min-width: 3.4em; }
.u-legend tr, .u-legend th, .u-legend td { border: 0; padding: 0 2px; }
details { margin-top: 10px; } summary { cursor: pointer; font-weight: 600; font-size: 14px; }
code { font: 13px ui-monospace, "SF Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
footer { color: var(--quiet); font-size: 13px; margin-top: 20px; overflow-wrap: anywhere; }
@media (max-width: 560px) { main { padding: 14px 10px 40px; } section { padding: 14px 12px; } h1 { font-size: 21px; } th, td { padding-right: 10px; } }
`;
