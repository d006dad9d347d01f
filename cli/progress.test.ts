/** Progress: a bar for people, seldom lines for logs. */
import { expect, test } from "vitest";
import { newProgress } from "./progress.ts";
import type { Terminal } from "./terminal.ts";

const reading = { virtualTime: 30_000_000, events: 5_000, pods: 12, lost: 3 };

function watched(isInteractive: boolean): { readonly terminal: Terminal; readonly said: string[] } {
  const said: string[] = [];
  return {
    said,
    terminal: { out: () => {}, error: (text) => void said.push(text), isColored: false, isInteractive, columns: 80, outColumns: 80 },
  };
}

test("elsewhere than on a terminal a line appears every 10 s", () => {
  const { terminal, said } = watched(false);
  let now = 0;
  const progress = newProgress("web", 60_000_000, terminal, { clock: () => now });
  for (now = 0; now <= 30_000; now += 1_000) progress.update(reading);
  expect(said).toHaveLength(4);
  expect(said[0]).toBe("web: running 1m00s of virtual time\n");
  expect(said[1]).toBe("web: 30s of 1m00s · 500 events/s · 12 Pods · 3 lost\n");
});

test("on a terminal one line is rewritten, within its width, and cleared at the end", () => {
  const { terminal, said } = watched(true);
  let now = 0;
  const progress = newProgress("web", 60_000_000, terminal, { clock: () => now });
  for (now = 0; now <= 1_000; now += 10) progress.update(reading);
  progress.end();
  expect(said.length).toBeLessThanOrEqual(12);
  expect(said[0]).toMatch(/^\r\u001b\[2K█{12}░{12} {2}50 % 30s of 1m00s/);
  for (const line of said) expect([...line.replace("\r\u001b[2K", "")].length).toBeLessThan(80);
  expect(said.at(-1)).toBe("\r\u001b[2K");
});

test("a live run's time is the wall's", () => {
  const { terminal, said } = watched(false);
  newProgress("web", 60_000_000, terminal, { clockName: "wall time" });
  expect(said).toEqual(["web: running 1m00s of wall time\n"]);
});
