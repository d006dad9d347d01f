/**
 * The script of report.html: draws each chart from the data in the page with uPlot and redraws when the
 * page's width or colour scheme changes. It runs in a browser, so it is text here.
 */
export const CLIENT = `
"use strict";
(() => {
  const page = JSON.parse(document.getElementById("data").textContent);
  const timeSync = uPlot.sync("time");
  const drawn = [];
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
  const clock = (seconds) => {
    const whole = Math.round(seconds * 10) / 10;
    if (whole < 60) return whole + "s";
    const rest = Math.floor(whole % 60);
    return Math.floor(whole / 60) + "m" + (rest === 0 ? "" : String(rest).padStart(2, "0") + "s");
  };
  const number = (value) => value === null || value === undefined ? "" : value >= 100 || Number.isInteger(value)
    ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(3)));
  const short = (value) => value >= 1e6 ? number(value / 1e6) + "M" : value >= 1e4 ? number(value / 1e3) + "k" : number(value);
  const latency = (micros) => micros === null || micros === undefined ? "" : micros < 1e3 ? number(micros) + " µs"
    : micros < 1e6 ? number(micros / 1e3) + " ms" : number(micros / 1e6) + " s";

  const bandsPlugin = () => ({ hooks: { drawClear: (u) => {
    const { ctx } = u;
    const { left, top, width, height } = u.bbox;
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, top, width, height);
    ctx.clip();
    for (const band of page.bands) {
      const from = u.valToPos(band.from, "x", true);
      const until = u.valToPos(band.until, "x", true);
      if (band.kind === "action") {
        ctx.strokeStyle = color("mark");
        ctx.lineWidth = devicePixelRatio;
        ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
        ctx.beginPath();
        ctx.moveTo(from, top);
        ctx.lineTo(from, top + height);
        ctx.stroke();
      } else {
        ctx.fillStyle = color("band-" + band.kind);
        ctx.fillRect(from, top, Math.max(until - from, 2 * devicePixelRatio), height);
      }
    }
    ctx.restore();
  } } });

  const cumulated = (series) => {
    const sums = [];
    let below = null;
    for (const { values } of series) {
      below = values.map((value, index) => (value || 0) + (below === null ? 0 : below[index]));
      sums.push(below);
    }
    return sums;
  };

  const draw = (chart, place) => {
    const isStacked = chart.kind === "stacked" || chart.kind === "bars";
    const isPercentile = chart.kind === "percentiles";
    const ink = color("quiet");
    // The tallest of a stack is drawn first, so that the lower ones cover its foot.
    const order = chart.series.map((_, index) => index);
    if (isStacked) order.reverse();
    const heights = isStacked ? cumulated(chart.series) : chart.series.map(({ values }) => values);
    const bars = uPlot.paths.bars({ size: [1, 60], gap: 0 });
    const stepped = uPlot.paths.stepped({ align: 1 });
    const axis = { stroke: ink, grid: { stroke: color("grid"), width: 1 }, ticks: { stroke: color("grid"), width: 1 }, font: "12px system-ui, sans-serif" };
    const options = {
      width: place.clientWidth, height: Math.max(180, Math.min(260, place.clientWidth * 0.4)),
      cursor: isPercentile ? { y: false } : { sync: { key: timeSync.key, setSeries: false }, y: false, points: { show: !isStacked } },
      legend: { show: true },
      scales: {
        x: { time: false, range: isPercentile ? (u, min, max) => [min - 0.15, max + 0.15] : [chart.x[0], page.end] },
        y: isPercentile ? { distr: 3 } : { range: (u, min, max) => [0, max <= 0 || max === null ? 1 : chart.kind === "lines" ? max * 1.08 : max * 1.05] },
      },
      axes: [
        { ...axis, space: 60, values: (u, splits) => splits.map((at) => isPercentile ? (Number.isInteger(at) && chart.x[at] !== undefined ? page.percentiles(chart.x[at]) : "") : clock(at)),
          ...(isPercentile ? { splits: () => chart.x.map((_, index) => index) } : { incrs: [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 43200, 86400] }) },
        { ...axis, size: 64, ...(chart.whole ? { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6] } : {}), values: (u, splits) => splits.map((value) => value === null ? "" : isPercentile ? latency(value) : short(value)) },
      ],
      series: [
        { label: isPercentile ? "percentile" : "time", value: (u, value) => value === null || value === undefined ? "–" : isPercentile ? page.percentiles(chart.x[value]) : clock(value) },
        ...order.map((index) => {
          const { label, color: name } = chart.series[index];
          const raw = chart.series[index].values;
          return {
            label, stroke: color(name), width: chart.kind === "stacked" ? 0 : 1.5,
            fill: isStacked ? color(name) : undefined,
            ...(chart.kind === "bars" ? { paths: bars } : chart.kind === "stacked" ? { paths: stepped } : {}),
            points: { show: isPercentile, size: 6, fill: color(name) },
            value: (u, value, series, at) => at === null || at === undefined ? "–" : isPercentile ? latency(raw[at]) : number(raw[at]),
          };
        }),
      ],
      plugins: isPercentile ? [] : [bandsPlugin()],
    };
    const x = isPercentile ? chart.x.map((_, index) => index) : chart.x;
    return new uPlot(options, [x, ...order.map((index) => heights[index])], place);
  };

  page.percentiles = (percentile) => percentile === 100 ? "max" : "p" + percentile;

  const drawAll = () => {
    for (const plot of drawn.splice(0)) plot.destroy();
    for (const chart of page.charts) {
      const place = document.getElementById("chart-" + chart.id);
      drawn.push(draw(chart, place));
    }
  };
  drawAll();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  let width = document.body.clientWidth;
  addEventListener("resize", () => {
    if (document.body.clientWidth === width) return;
    width = document.body.clientWidth;
    drawAll();
  });
  document.documentElement.dataset.charts = String(drawn.length);
})();
`;
