/** report.html: harmless, self-contained, and drawn without an error in a real browser. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { describe, expect, test } from "vitest";
import { buildReport } from "../report.ts";
import { sampleResult } from "../testdata/sample-result.ts";
import { examineFormat, sampleThresholds } from "./format.exam.ts";
import type { Assets } from "./format.ts";
import { escape, html } from "./html.ts";

const { resolve } = createRequire(import.meta.url);
const assets: Assets = {
  chartScript: readFileSync(resolve("uplot/dist/uPlot.iife.min.js"), "utf8"),
  chartStyle: readFileSync(resolve("uplot/dist/uPlot.min.css"), "utf8"),
};
const browser = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) => existsSync(path));

examineFormat(html, assets);

test("text is escaped for elements and attributes", () => {
  expect(escape(`<a b="c" d='e'>&`)).toBe("&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;");
});

test("the page asks for nothing from outside", () => {
  const page = html.format(buildReport(sampleResult()), assets);
  expect(page.replace(/<script>[^]*?<\/script>/g, "")).not.toMatch(/\b(?:src|href)=|@import|url\(/);
  expect(page).toContain("default-src 'none'");
});

describe("in a browser", () => {
  test.skipIf(browser === undefined)(
    "draws every chart without an error and without a request, on a wide screen, a phone and in the dark",
    { timeout: 120_000 },
    async () => {
      const folder = mkdtempSync(join(tmpdir(), "podstorm-html-"));
      const page = join(folder, "report.html");
      const { names } = sampleResult();
      const result = sampleResult({
        name: "rolling-update </script>",
        names: { ...names, workloads: ["default/<b>web</b>", "default/cart"] },
      });
      const report = buildReport(result, { thresholds: sampleThresholds });
      writeFileSync(page, html.format(report, assets));
      const problems: string[] = [];
      const running = await chromium.launch({ executablePath: browser!, args: ["--no-sandbox"] });
      try {
        for (const screen of [
          { name: "wide", viewport: { width: 1100, height: 900 } },
          { name: "phone", viewport: { width: 390, height: 800 } },
          { name: "dark", viewport: { width: 1100, height: 900 }, colorScheme: "dark" as const },
        ]) {
          const tab = await running.newPage(screen);
          tab.on("console", (message) => problems.push(`${screen.name} console: ${message.text()}`));
          tab.on("pageerror", (error) => problems.push(`${screen.name} error: ${error.message}`));
          tab.on("request", (request) => {
            if (!request.url().startsWith("file:")) problems.push(`${screen.name} request: ${request.url()}`);
          });
          await tab.goto(pathToFileURL(page).href);
          const charts = report.sections.flatMap((section) => section.charts);
          expect(await tab.locator(".chart canvas").count()).toBe(charts.length);
          expect(await tab.locator("html").getAttribute("data-charts")).toBe(String(charts.length));
          // Nothing sticks out: the page itself never scrolls sideways.
          const overflow = await tab
            .locator("html")
            .evaluate((root: { scrollWidth: number; clientWidth: number }) => root.scrollWidth - root.clientWidth);
          expect(overflow).toBeLessThanOrEqual(0);
          const picture = join(folder, `${screen.name}.png`);
          await tab.screenshot({ path: picture, fullPage: true });
          expect(statSync(picture).size).toBeGreaterThan(20_000);
          await tab.close();
        }
      } finally {
        await running.close();
        rmSync(folder, { recursive: true, force: true });
      }
      expect(problems).toEqual([]);
    },
  );

  test.runIf(browser === undefined)("nothing was opened: no Chromium on this machine", () => {
    expect(browser).toBeUndefined();
  });
});
