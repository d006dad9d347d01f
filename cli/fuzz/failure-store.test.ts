import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { FuzzCase } from "../../scenarios/fuzz/fuzz-case.ts";
import { FailureStore, failureId, givenFile, isSameSource, newFailure, type FailureSource, type StoredFailure } from "./failure-store.ts";

const folder = mkdtempSync(join(tmpdir(), "podstorm-store-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const shop: FailureSource = { type: "scenario", file: "shop.yaml" };
const drawn: FuzzCase = { scenario: { spec: { duration: "1m" } }, manifests: [] };
const failure = {
  kind: "threshold",
  bucket: "threshold requests_lost rate<0.1%",
  message: "threshold requests_lost rate<0.1%: 2 %",
} as const;

function stored(source: FailureSource): StoredFailure {
  return newFailure(failure, { version: "1", source, seed: 1, index: 0, laws: [], drawn });
}

test("one rule broken in two scenarios is two failures, each in its folder", () => {
  const store = new FailureStore(join(folder, "two"));
  const others: readonly FailureSource[] = [
    { type: "self" },
    { type: "scenario", file: "bank.yaml" },
    { ...shop, set: ["seed=2"] },
    { ...shop, thresholds: ["requests_lost: rate<0.1%"] },
  ];
  for (const source of [shop, ...others]) store.write(stored(source));
  expect(store.list().map(({ source }) => source)).toEqual(expect.arrayContaining([shop, ...others]));
  expect(store.list()).toHaveLength(5);
  for (const other of others) expect(isSameSource(shop, other)).toBe(false);
  expect(isSameSource(shop, { ...shop })).toBe(true);
  expect(failureId(shop, "one")).not.toBe(failureId(shop, "other"));
});

test("files that a smaller case doesn't need any more go; others in the folder stay", () => {
  const store = new FailureStore(join(folder, "smaller"));
  const one = stored(shop);
  const large = { scenario: "a", manifests: "b", others: { "c.yaml": "c" } };
  store.write(one, large);
  writeFileSync(join(store.folderOf(one.id), "notes.txt"), "mine");
  store.write(one, { scenario: "d", manifests: "", others: {} }, large);
  expect(readdirSync(store.folderOf(one.id)).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(["failure.json", "notes.txt", "scenario.yaml"]);
});

test("a file is the same however it is typed", () => {
  expect(["shop.yaml", "./shop.yaml", "a/../shop.yaml", resolve("shop.yaml")].map(givenFile)).toEqual(Array(4).fill("shop.yaml"));
  expect(givenFile("../a/./shop.yaml")).toBe("../a/shop.yaml");
  expect(givenFile("-")).toBe("-");
});

/** What a person or a full disk can make of failure.json. */
const damages: readonly (readonly [what: string, damaged: (text: string) => string])[] = [
  ["cut short", (text) => text.slice(0, text.length / 2)],
  ["empty", () => ""],
  ["no object", () => "null"],
  ["without the case", (text) => edited(text, { drawn: undefined })],
  ["with half a case", (text) => edited(text, { drawn: { manifests: [] } })],
  ["with a case without spec", (text) => edited(text, { smallest: { scenario: {}, manifests: [] } })],
  ["without its laws", (text) => edited(text, { laws: undefined })],
  ["of another source", (text) => edited(text, { source: { type: "scenario" } })],
];

function edited(text: string, fields: object): string {
  return JSON.stringify({ ...(JSON.parse(text) as object), ...fields });
}

test.each(damages)("a failure.json %s is told apart from none", (what, damaged) => {
  const store = new FailureStore(join(folder, what));
  const one = stored(shop);
  store.write(one);
  mkdirSync(store.folderOf("empty-folder"));
  expect(store.unreadable()).toEqual([]);
  const path = join(store.folderOf(one.id), "failure.json");
  writeFileSync(path, damaged(readFileSync(path, "utf8")));
  expect(store.list()).toEqual([]);
  expect(store.unreadable()).toEqual([one.id]);
});
