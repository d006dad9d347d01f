/** `podstorm fuzz`, `replay` and `merge` as a person meets them: child processes on real folders. */
import { spawn, spawnSync } from "node:child_process";
import { appendFileSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ExitCode } from "../exit-code.ts";
import { readCampaigns, type CampaignFile } from "./campaign-file.ts";
import { typed } from "../testdata/typed.ts";

const root = join(import.meta.dirname, "..", "..");
const place = mkdtempSync(join(tmpdir(), "podstorm-fuzz-"));
afterAll(() => rmSync(place, { recursive: true, force: true }));

const manifests = (preStop: string): string => `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - name: web
          image: web:v1
          ports: [{ containerPort: 80 }]
          readinessProbe: { httpGet: { port: 80 }, periodSeconds: 2 }
${preStop}
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80 }] }
`;

const preStop = "          lifecycle: { preStop: { sleep: { seconds: 10 } } }";

const scenario = (name: string): string => `apiVersion: podstorm.dev/v1alpha1
kind: Scenario
metadata: { name: ${name} }
spec:
  duration: 25s
  manifests: [manifests.yaml]
  nodes: [{ count: 2 }]
  applications: [{ selector: { deployment: web }, shutdown: { drain: 5s }, startUp: 1s }]
  load: [{ name: shop, target: service/web, rate: 20/s, timeout: 5s }]
  actions: [{ at: 8s, restart: { deployment: web } }]
`;

const losing = join(place, "losing.yaml");

beforeAll(() => {
  writeFileSync(losing, scenario("losing"));
  writeFileSync(join(place, "manifests.yaml"), manifests(""));
});

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starting a thread costs more than the runs that it makes here: one, unless their number is the point. */
function withWorkers(words: readonly string[]): readonly string[] {
  return words[0] === "fuzz" && !words.includes("--workers") ? [...words, "--workers", "1"] : words;
}

/** In a folder of its own; `.podstorm` is made there. In this process: starting another costs more than most calls. */
async function podstorm(folder: string, ...words: readonly string[]): Promise<Outcome> {
  const before = process.cwd();
  process.chdir(folder);
  try {
    const { code, out, error } = await typed(...withWorkers(words));
    return { status: code, stdout: out, stderr: error };
  } finally {
    process.chdir(before);
  }
}

/** As a person's shell runs it. */
function podstormProcess(folder: string, ...words: readonly string[]): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "cli/main.ts"), ...withWorkers(words)], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1", CI: "true" },
  });
  return { status, stdout, stderr };
}

function newFolder(): string {
  return mkdtempSync(join(place, "run-"));
}

function campaignOf(folder: string): CampaignFile {
  const [file] = readCampaigns(join(folder, ".podstorm"));
  return file!;
}

describe("a campaign on a scenario", { timeout: 120_000 }, () => {
  let folder = "";
  let first: Outcome;
  let id = "";

  beforeAll(() => {
    folder = newFolder();
    cpSync(losing, join(folder, "scenario.yaml"));
    cpSync(join(place, "manifests.yaml"), join(folder, "manifests.yaml"));
    first = podstormProcess(folder, "fuzz", "scenario.yaml", "--runs", "20");
    [id = ""] = readdirSync(join(folder, ".podstorm", "failures"));
  }, 120_000);

  test("finds what breaks its threshold, shrinks and stores it, and says how to see it again", async () => {
    expect(first.stderr).toContain("states no thresholds: it must lose less than 0.1 % of its requests");
    expect(first.status).toBe(99);
    expect(first.stdout).toMatch(/FAILED [0-9a-f]{10}: threshold requests_lost rate<0\.1% \| /);
    expect(first.stdout).toContain(`failures/${id}/scenario.yaml`);
    const text = readFileSync(join(folder, ".podstorm", "failures", id, "scenario.yaml"), "utf8");
    expect(text).toMatch(/^# Breaks: threshold requests_lost/);
    expect(text).toMatch(/^# It breaks without these as well:\n#   Deployment\/web: /m);
    const kept = readFileSync(join(folder, ".podstorm", "failures", id, "manifests.yaml"), "utf8");
    expect(kept).toContain("readinessProbe: { httpGet: { port: 80 }, periodSeconds: 2 }");
    expect((await podstorm(folder, "run", `.podstorm/failures/${id}/scenario.yaml`, "--out", "out")).status).toBe(99);
  });

  test("checks it first the next time, until the manifests are mended", async () => {
    const again = await podstorm(folder, "fuzz", "scenario.yaml", "--runs", "20");
    expect(again.stdout).toContain(`STILL FAILS ${id}`);
    expect(again.status).toBe(99);
    writeFileSync(join(folder, "manifests.yaml"), manifests(preStop));
    const mended = await podstorm(folder, "fuzz", "scenario.yaml", "--runs", "3");
    expect(mended.stdout).toContain(`FIXED ${id}`);
    expect(mended.stdout).toContain("no failure");
    expect(mended.status).toBe(0);
    const stored = await podstorm(folder, "replay", id, "--as-stored");
    expect(stored.stdout).toContain(`STILL FAILS ${id}`);
    expect(stored.status).toBe(99);
    const replayed = await podstorm(folder, "replay", `.podstorm/failures/${id}/failure.json`);
    expect(replayed.stdout).toContain(`FIXED ${id}`);
    expect(replayed.status).toBe(0);
  });

  test("whose scenario has gone is an ERROR", async () => {
    rmSync(join(folder, "scenario.yaml"));
    const gone = await podstorm(folder, "replay", id);
    expect(gone.stdout).toContain(`ERROR ${id}`);
    expect(gone.stdout).toContain("no such file");
    expect(gone.status).toBe(1);
  });
});

/** Shorter: it runs hundreds of times. */
const searched = join(place, "searched.yaml");

beforeAll(() => {
  const text = scenario("searched")
    .replace("duration: 25s", "duration: 14s")
    .replace("rate: 20/s", "rate: 10/s")
    .replace("at: 8s", "at: 3s");
  writeFileSync(searched, text);
});

const search = [
  "fuzz",
  searched,
  "--runs",
  "140",
  "--threshold",
  "requests_lost: count<2",
  "--continue-on-failure",
  "--no-shrink",
  "--quiet",
];

describe("what is found", { timeout: 120_000 }, () => {
  let whole: CampaignFile;
  let stdout = "";

  beforeAll(async () => {
    const folder = newFolder();
    stdout = (await podstorm(folder, ...search, "--workers", "1")).stdout;
    whole = campaignOf(folder);
  }, 120_000);

  test("is something", () => {
    expect(whole.runs).toBe(140);
    expect(whole.failures.length).toBeGreaterThan(0);
    expect(whole.coverage.length).toBeGreaterThan(10);
  });

  test("is the same for three workers, after kill -9 and a torn line", async () => {
    const folder = newFolder();
    const child = spawn(process.execPath, [join(root, "cli/main.ts"), ...search, "--workers", "1"], { cwd: folder, stdio: "ignore" });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    const journal = await journalWithLines(folder, 2, () => child.exitCode !== null);
    child.kill("SIGSTOP");
    const second = await podstorm(folder, ...search);
    expect(second.stderr).toContain(`found process ${child.pid} at work on it`);
    expect(second.status).toBe(2);
    child.kill("SIGKILL");
    await ended;
    const linesBefore = readFileSync(journal, "utf8").split("\n").length;
    expect(linesBefore).toBeGreaterThan(2);
    appendFileSync(journal, '{"runs":99,"events":1,"no');
    const resumed = await podstorm(folder, ...search, "--workers", "3");
    expect(resumed.stderr).toMatch(/going on after \d+ runs of an interrupted campaign/);
    expect(resumed.stdout).toBe(stdout);
    expect(campaignOf(folder)).toEqual(whole);
    expect(existsSync(journal)).toBe(false);
  });

  test("by two shards adds up to the sum", async () => {
    const parts: { readonly folder: string; readonly file: CampaignFile }[] = [];
    for (const shard of ["1/2", "2/2"]) {
      const folder = newFolder();
      await podstorm(folder, ...search, "--shard", shard);
      parts.push({ folder, file: campaignOf(folder) });
    }
    const folder = newFolder();
    const half = await podstorm(newFolder(), "merge", join(parts[0]!.folder, ".podstorm"));
    expect(half.stdout).toContain("Missing: 2/2");
    const merged = await podstorm(folder, "merge", ...parts.map((part) => join(part.folder, ".podstorm")));
    expect(merged.status).toBe(99);
    const sum = campaignOf(folder);
    expect(sum.runs).toBe(140);
    expect(sum.isPartial).toBe(false);
    expect(sum.events).toBe(parts[0]!.file.events + parts[1]!.file.events);
    expect(sum.coverage).toEqual([...new Set(parts.flatMap(({ file }) => file.coverage))].sort());
    const counts = (files: readonly CampaignFile[]): number =>
      files.flatMap(({ failures }) => failures).reduce((all, { count }) => all + count, 0);
    expect(counts([sum])).toBe(counts(parts.map(({ file }) => file)));
    expect(readdirSync(join(folder, ".podstorm", "failures"))).toEqual(sum.failures.map(({ id }) => id));
  });
});

describe("what a scenario wants to be reached at least once", { timeout: 120_000 }, () => {
  const folder = newFolder();
  const fuzz = (file: string, ...words: readonly string[]): Promise<Outcome> =>
    podstorm(folder, "fuzz", file, "--runs", "4", "--threshold", "requests_lost: rate<=100%", ...words);

  beforeAll(() => {
    cpSync(join(place, "manifests.yaml"), join(folder, "manifests.yaml"));
    writeFileSync(
      join(folder, "vacuous.yaml"),
      `${scenario("vacuous")}  sometimes: [{ name: all lost, metric: requests_lost, threshold: rate==100% }]\n`,
    );
    writeFileSync(join(folder, "met.yaml"), `${scenario("met")}  sometimes: [{ name: rolls out, rollout: default/web }]\n`);
  });

  test("fails the campaign if no run reaches it", async () => {
    const { status, stdout } = await fuzz("vacuous.yaml");
    expect(stdout).toContain("NEVER REACHED in 4 runs: all lost");
    expect(status).toBe(99);
    const met = await fuzz("met.yaml");
    expect(met.stdout).not.toContain("NEVER REACHED");
    expect(met.status).toBe(0);
  });

  test("is judged of the whole when machines share a campaign", async () => {
    for (const shard of ["1/2", "2/2"]) {
      const part = await fuzz("vacuous.yaml", "--shard", shard, "--dir", `part-${shard[0]}`);
      expect(part.stdout).toContain("NEVER REACHED in 2 runs: all lost");
      expect(part.status).toBe(0);
    }
    expect((await podstorm(folder, "merge", "part-1", "--dir", "half")).status).toBe(0);
    const merged = await podstorm(folder, "merge", "part-1", "part-2", "--dir", "whole");
    expect(merged.stdout).toContain("NEVER REACHED in 4 runs: all lost");
    expect(merged.status).toBe(99);
  });
});

describe("two scenarios that lose alike, in one folder", { timeout: 120_000 }, () => {
  const folder = newFolder();
  let both: Outcome;
  let ids: readonly string[] = [];

  beforeAll(async () => {
    for (const name of ["one", "two"]) writeFileSync(join(folder, `${name}.yaml`), scenario(name));
    cpSync(join(place, "manifests.yaml"), join(folder, "manifests.yaml"));
    both = await podstorm(folder, "fuzz", "one.yaml", "two.yaml", "--runs", "4", "--no-shrink", "--save-corpus", "new/corpus.ndjson");
    ids = readdirSync(join(folder, ".podstorm", "failures"));
  }, 120_000);

  test("have a failure each, and one corpus", () => {
    expect(both.status).toBe(99);
    expect(ids).toHaveLength(2);
    const names = ids.map(
      (id) => /name: (\w+)/.exec(readFileSync(join(folder, ".podstorm", "failures", id, "scenario.yaml"), "utf8"))?.[1],
    );
    expect(new Set(names)).toEqual(new Set(["one", "two"]));
    for (const id of ids) expect(both.stdout).toContain(`failures/${id}/scenario.yaml`);
    const corpus = readFileSync(join(folder, "new", "corpus.ndjson"), "utf8");
    expect(corpus).toContain('"one"');
    expect(corpus).toContain('"two"');
  });

  test("the one's is checked again, however its file is typed, and told with its exit code by all that asks", async () => {
    const again = await podstorm(folder, "fuzz", join(folder, "one.yaml"), "--runs", "4", "--no-shrink");
    expect(again.status).toBe(99);
    expect(again.stdout).toContain("one: 0 runs, seed 1: 1 failure (1 stored before)");
    expect(again.stdout).toMatch(/Reproduce: .*replay [0-9a-f]{10}\n/);
    expect(again.stdout.match(/^STILL FAILS/gm)).toHaveLength(2);
    expect(readCampaigns(join(folder, ".podstorm")).map(({ runs }) => runs)).toEqual([1, 1]);
    const merged = await podstorm(folder, "merge", ".podstorm", "--dir", "whole");
    expect(merged.status).toBe(99);
    expect((await podstorm(folder, "merge", "whole", ".podstorm", "--dir", "whole")).stdout).toBe(merged.stdout);
  });

  test("with another threshold neither is touched", async () => {
    const other = await podstorm(folder, "fuzz", "one.yaml", "--runs", "1", "--threshold", "availability: min>1%");
    expect(other.stdout).not.toMatch(/FIXED|STILL FAILS/);
    expect(other.status).toBe(0);
  });

  test("replay finds the scenario from any folder, and keeps what it found beside what it read", async () => {
    const [id = ""] = ids;
    const file = join(folder, ".podstorm", "failures", id, "failure.json");
    const elsewhere = await podstorm(newFolder(), "replay", join(folder, ".podstorm", "failures", id));
    expect(elsewhere.stdout).toContain(`STILL FAILS ${id}`);
    expect(readFileSync(file, "utf8")).toContain('"state": "STILL FAILS"');
  });

  test("what was cut short is told as an ERROR, and the search goes on", async () => {
    const [id = ""] = ids;
    writeFileSync(join(folder, ".podstorm", "failures", id, "failure.json"), '{"schema": "podstorm.dev/fai');
    const replayed = await podstorm(folder, "replay", id);
    expect(replayed.stdout).toContain(`ERROR ${id}`);
    expect(replayed.status).toBe(1);
    const fuzzed = await podstorm(folder, "fuzz", "one.yaml", "--runs", "1", "--threshold", "availability: min>1%");
    expect(fuzzed.stdout).toContain(`ERROR ${id}`);
    expect(fuzzed.stdout).toContain("1 run, seed 1: no failure");
  });
});

test("the worst case is searched beyond the first failure, and can be run with all its files", { timeout: 60_000 }, async () => {
  const folder = newFolder();
  const applied = scenario("applied").replace(/actions: .*/, "actions: [{ at: 8s, apply: ../applied.yaml }]");
  writeFileSync(join(folder, "applied-scenario.yaml"), applied);
  writeFileSync(join(folder, "..", "applied.yaml"), manifests("").replace("web:v1", "web:v2"));
  cpSync(join(place, "manifests.yaml"), join(folder, "manifests.yaml"));
  const words = ["fuzz", "applied-scenario.yaml", "--runs", "3", "--maximize", "requests_lost"];
  const broken = await podstorm(folder, ...words, "--threshold", "requests_sent: count<0", "--no-shrink");
  expect(broken.status).toBe(99);
  expect(broken.stdout).toContain("applied: 3 runs");
  const { stdout, status } = await podstorm(folder, ...words);
  expect(status).toBe(0);
  const [, value, file = ""] = /Most requests_lost: (\d+), run \d+: (.+)/.exec(stdout) ?? [];
  expect(Number(value)).toBeGreaterThan(0);
  const { stdout: report } = await podstorm(folder, "run", file, "--out", "out");
  expect(report).toContain(`${value} `);
});

test("a run that lasts longer than the time there is doesn't hold the campaign, and is neither a failure nor a pass", async () => {
  const folder = newFolder();
  writeFileSync(join(folder, "long.yaml"), scenario("long").replace("duration: 25s", "duration: 5000h"));
  cpSync(join(place, "manifests.yaml"), join(folder, "manifests.yaml"));
  const { status, stdout } = await podstorm(folder, "fuzz", "long.yaml", "--max-time", "100ms");
  expect(stdout).toContain("long: 0 runs, seed 1: no failure");
  expect(stdout).toContain("No run came to its end before the time was over");
  // Nothing was tested, so nothing passed.
  expect(status).toBe(99);
});

test("a canary must fail: podstorm itself is searched for a law that it can't keep", async () => {
  const folder = newFolder();
  const { status, stdout } = await podstorm(folder, "fuzz", losing, "--runs", "3", "--threshold", "requests_sent: count<0", "--no-shrink");
  expect(status).toBe(99);
  expect(stdout).toMatch(/threshold requests_sent count<0/);
});

describe("what can't be", () => {
  const refused: readonly (readonly [words: readonly string[], text: string])[] = [
    [[], "neither a scenario nor --self"],
    [["--self", losing], "expected one of them"],
    [["nowhere.yaml"], "nowhere.yaml: found no such file"],
    [["--self", "--maximize", "sorrow"], "unknown metric sorrow"],
    [["--self", "--shard", "3/2"], "the second of eight"],
    [["--self", "--max-time", "soon"], "expected a duration"],
    [[losing, "--threshold", "sorrow: count<1"], "unknown metric"],
    [[losing, "--threshold", "sorrow: count<1"], "--threshold: sorrow: found"],
    [[losing, "--threshold", "sorrow"], "expected a metric and a condition"],
    [["--self", "--threshold", "requests_lost: count<1"], "found --threshold with --self"],
    [["--self", "--set", "seed=1"], "found --set with --self"],
    [["--self", "--add-faults", "all"], "found --add-faults with --self"],
    [[losing, "--dir", join(losing, "x")], "which is a file, expected a folder that can be written"],
    [[losing, "--dir", join(place, "kept"), "--save-corpus", join(losing, "c")], "found a file, expected a folder"],
    [[losing, "--dir", join(place, "kept"), "--save-corpus", place], "expected a file"],
  ];

  test.each(refused)("fuzz %j is refused", async (words, text) => {
    const { code, error } = await typed("fuzz", ...words);
    expect(error).toContain(text);
    expect(code).toBe(ExitCode.badInput);
  });

  test("replay of a failure that isn't there", async () => {
    const { code, error } = await typed("replay", "0123456789", "--dir", join(place, "nothing"));
    expect(error).toContain("found no failure 0123456789");
    expect(code).toBe(ExitCode.badInput);
  });

  test("merge of folders without campaigns", async () => {
    const { code, error } = await typed("merge", join(place, "nothing-here"));
    expect(error).toContain("nothing-here: found no campaign");
    expect(code).toBe(ExitCode.badInput);
  });
});

async function journalWithLines(folder: string, least: number, hasEnded: () => boolean): Promise<string> {
  const campaigns = join(folder, ".podstorm", "campaigns");
  for (;;) {
    const name = existsSync(campaigns) ? readdirSync(campaigns).find((each) => each.endsWith(".journal")) : undefined;
    const path = name === undefined ? null : join(campaigns, name);
    if (path !== null && readFileSync(path, "utf8").split("\n").length > least + 1) return path;
    if (hasEnded()) throw new Error("the campaign was over before it could be killed");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
