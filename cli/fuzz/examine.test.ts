import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CasePool } from "../../workers/fuzz/case-pool.ts";
import { commandOf, examine } from "./examine.ts";
import { FailureStore, newFailure } from "./failure-store.ts";

const folder = mkdtempSync(join(tmpdir(), "podstorm-examine-"));

test("a failure that an interruption leaves unexamined can be run and replayed as it was drawn", async () => {
  const pool = new CasePool({ threads: 1, check: { isCoverageWanted: false, maximize: null, eventsMax: 1 } });
  try {
    const store = new FailureStore(folder);
    const failure = { kind: "law", bucket: "law: of nature", message: "law: of nature" } as const;
    const drawn = { scenario: { kind: "Scenario", spec: { duration: "1m" } }, manifests: [{ kind: "Service" }] };
    const found = newFailure(failure, { version: "1", source: { type: "self" }, seed: 1, index: 0, laws: [], drawn });
    const examined = await examine(found, { store, pool, shrinks: true, over: new AbortController().signal, isInterrupted: () => true });
    expect(examined).toEqual(found);
    expect(store.read(found.id)).toEqual(found);
    const text = readFileSync(join(store.folderOf(found.id), "scenario.yaml"), "utf8");
    expect(text).toMatch(/^# Breaks: law: of nature\n/);
    expect(text).toContain("duration: 1m");
    expect(readFileSync(join(store.folderOf(found.id), "manifests.yaml"), "utf8")).toContain("kind: Service");
    // The folder isn't the usual one, so the ID alone would find nothing.
    expect(commandOf(found.id, "law", store)).toContain(`replay ${store.folderOf(found.id)}`);
    expect(commandOf(found.id, "law", new FailureStore(".podstorm"))).toMatch(new RegExp(`replay ${found.id}$`));
  } finally {
    await pool.close();
    rmSync(folder, { recursive: true });
  }
});
