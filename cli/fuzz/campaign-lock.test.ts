import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { CampaignLock } from "./campaign-lock.ts";

const folder = mkdtempSync(join(tmpdir(), "podstorm-lock-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, "campaign.lock");

test("one process has it at a time, until it lets go", () => {
  const lock = CampaignLock.take(path);
  expect(lock).toBeInstanceOf(CampaignLock);
  expect(CampaignLock.take(path)).toBe(`process ${process.pid} at work on it (${path})`);
  (lock as CampaignLock).release();
  expect(existsSync(path)).toBe(false);
});

/** What a process that was killed leaves behind. */
const left: readonly (readonly [what: string, text: () => string])[] = [
  ["a process that has ended", () => JSON.stringify({ pid: spawnSync(process.execPath, ["--version"]).pid, begun: "" })],
  ["an earlier process of this number", () => JSON.stringify({ pid: process.pid, begun: "another boot 1" })],
  ["a lock that was cut short", () => '{"pid":'],
];

test.each(left)("%s doesn't have it", (_, text) => {
  writeFileSync(path, text());
  const lock = CampaignLock.take(path);
  expect(lock).toBeInstanceOf(CampaignLock);
  expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ pid: process.pid });
  (lock as CampaignLock).release();
});
