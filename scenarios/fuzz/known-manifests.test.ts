/** What is known of a manifest is what reading it anew gives. */
import { expect, test } from "vitest";
import { settingsOfVersion } from "../../engine/kubernetes/versions.ts";
import { readManifest } from "../manifest.ts";
import type { YamlDocument } from "../yaml.ts";
import { readCase, type FuzzCase, type PlainDocument } from "./fuzz-case.ts";
import { readKnownManifest } from "./known-manifests.ts";

function pod(image: string): PlainDocument {
  return { apiVersion: "v1", kind: "Pod", metadata: { name: "web" }, spec: { containers: [{ name: "web", image }] } };
}

function documents(value: PlainDocument): readonly YamlDocument[] {
  return [{ file: "manifests", value, locate: () => ({ line: 1, column: 1 }) }];
}

function objectsOf(value: PlainDocument, minor: number, settings = settingsOfVersion(minor)): unknown {
  return readKnownManifest(documents(value), minor, settings).objects.map(({ object }) => object);
}

test("equal documents are read once", () => {
  const [first, again] = ["a:1", "a:1"].map((image) => readKnownManifest(documents(pod(image)), 36, settingsOfVersion(36)));
  expect(again).toBe(first);
});

test("other documents, releases and settings are read for themselves, in any order", () => {
  const settings = { ...settingsOfVersion(36), probePeriod: 3_000_000, terminationGracePeriod: 7_000_000 };
  const wanted = (image: string, minor: number, own = settingsOfVersion(minor)): unknown =>
    readManifest(documents(pod(image)), minor, own).objects.map(({ object }) => object);
  for (let round = 0; round < 2; round++) {
    expect(objectsOf(pod("a:1"), 36)).toEqual(wanted("a:1", 36));
    expect(objectsOf(pod("a:2"), 36)).toEqual(wanted("a:2", 36));
    expect(objectsOf(pod("a:1"), 20)).toEqual(wanted("a:1", 20));
    expect(objectsOf(pod("a:1"), 36, settings)).toEqual(wanted("a:1", 36, settings));
  }
  expect(wanted("a:1", 36, settings)).not.toEqual(wanted("a:1", 36));
});

test("what is wrong is told of the document at hand", () => {
  const broken = { ...pod("a:1"), spec: { containers: [] } };
  const [first, again] = [1, 2].map(() => readKnownManifest(documents(broken), 36, settingsOfVersion(36)));
  expect(first!.issues.length).toBeGreaterThan(0);
  expect(again).not.toBe(first);
  expect(again!.issues).toEqual(first!.issues);
});

test("many manifests in between change nothing", () => {
  const found = (image: string): FuzzCase => ({
    scenario: { apiVersion: "podstorm.dev/v1alpha1", kind: "Scenario", spec: { duration: "1m", nodes: [{ count: 1 }] } },
    manifests: [pod(image)],
  });
  const before = readCase(found("a:1")).spec;
  for (let other = 2; other < 60; other++) expect(readCase(found(`a:${other}`)).spec).not.toEqual(before);
  expect(readCase(found("a:1")).spec).toEqual(before);
});
