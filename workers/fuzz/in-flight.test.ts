/** A case that ends the whole process, each time: what other processes then find out. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "podstorm-in-flight-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A campaign of 20 cases on the planted worker, of which the seventh ends the process. Says what it has found. */
const program = `
import { Campaign, WHOLE } from "${import.meta.dirname}/../../scenarios/fuzz/campaign.ts";
import { CasePool } from "${import.meta.dirname}/case-pool.ts";
import { driveCampaign } from "${import.meta.dirname}/host.ts";
import { InFlight } from "${import.meta.dirname}/in-flight.ts";
import { Journal } from "${import.meta.dirname}/journal.ts";
const source = { name: "planted", draw: (_, index) => ({ scenario: { metadata: { name: index === 6 ? "kill" : "fine" } }, manifests: [] }) };
const campaign = new Campaign({ source, seed: 1, shard: WHOLE, runs: 20 });
const journal = Journal.open("${folder}/journal", { seed: 1 }, campaign);
const pool = new CasePool({
  threads: 2,
  check: { isCoverageWanted: true, maximize: null, eventsMax: Infinity },
  workerFile: "file://${import.meta.dirname}/testdata/planted.worker.ts",
});
await driveCampaign(campaign, pool, {
  source: null,
  inFlight: new InFlight("${folder}/in-flight"),
  lawsOf: () => [],
  isOver: () => false,
  onOutcome: (outcome, news) => journal.note(outcome, news),
  onBatch: () => journal.write(),
});
await pool.close();
console.log(JSON.stringify({ runs: campaign.runs, failures: campaign.failures.map(({ failure, index }) => [failure.bucket, index]) }));
`;

function attempt(): { readonly signal: string | null; readonly stdout: string } {
  const { signal, stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
  return { signal, stdout };
}

test("a case that ends every process is found out, and the campaign comes to its end", () => {
  const attempts = [attempt(), attempt(), attempt()];
  expect(attempts.map(({ signal }) => signal)).toEqual(["SIGKILL", "SIGKILL", "SIGKILL"]);
  const { signal, stdout } = attempt();
  expect(signal).toBeNull();
  expect(JSON.parse(stdout)).toEqual({ runs: 20, failures: [["process ended", 6]] });
});
