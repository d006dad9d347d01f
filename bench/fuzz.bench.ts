/**
 * Runs of a fuzzing campaign per second of one core: a small cluster, settled, in which a rollout or a fault happens, with the
 * default invariants on and coverage noted, from the drawn documents to the verdict. The anchor is what fast-check alone takes to
 * draw such a case. Unless it is to be quick: how often what is drawn takes effect, and in a source tree how many runs it takes until
 * planted faults are found, guided and at random.
 */
import { mutantNamed } from "../scenarios/fuzz/mutants/index.ts";
import { wideCase } from "../scenarios/fuzz/drawn/case.arbitrary.ts";
import { drawEvenly } from "../scenarios/fuzz/drawn-number.ts";
import type { FuzzCase } from "../scenarios/fuzz/fuzz-case.ts";
import { selfSource } from "../scenarios/fuzz/case-source.ts";
import { checkCase } from "../workers/fuzz/check-case.ts";
import { effectsOf } from "../workers/fuzz/drawn-effects.ts";
import { huntIn } from "../workers/fuzz/mutants/try-mutant.ts";
import type { Bench, Harness, Sample } from "./bench.ts";

/** PERFORMANCE: of a cluster of 3 nodes, 20 Pods with two probes each, 20 requests/s, 10 virtual minutes. */
const RUNS_PER_SECOND = 500;
/** A campaign has thousands of runs; until so many are over, the compiler is at work. */
const COMPILED_AFTER = 300;
const DRAWN = 500;
const RUNS_UNTIL = 300;
const SEEDS = [1, 2, 3];

/** Faults that only some scenarios bring to light, of all parts of the model. */
const planted = [
  "evict-past-a-budget",
  "job-index-twice",
  "stateful-set-out-of-order",
  "surge-rounded-down",
  "removed-endpoint-stays",
  "key-lost-while-processed",
  "lost-watch-event",
  "preempts-equals",
  "grace-of-one-second-less",
  "failed-init-container-passed",
  "startup-gate-open",
  "in-flight-forgotten",
] as const;

export const bench: Bench = {
  summary: "fuzz runs/s of one core on a small settled cluster; runs until planted faults are found, guided and at random",
  async run(harness) {
    harness.heading("3 nodes, 20 Pods with 2 probes, 20 requests/s, 10 virtual minutes, all default invariants");
    const runs = harness.isQuick ? 50 : 200;
    await checked(COMPILED_AFTER, () => []);
    await checked(COMPILED_AFTER, occurrenceOf);
    const [quiet, faults, drawing] = await harness.compare("runs/s", [
      { name: "nothing happens", run: () => checked(runs, () => []) },
      { name: "a rollout, a crash or a lost node", run: () => checked(runs, occurrenceOf) },
      { name: "fast-check draws a case", run: () => drawn(runs) },
    ]);
    const goal = { ...faults!, runs: faults!.runs.map(() => RUNS_PER_SECOND) };
    harness.ratio(`runs ÷ ${RUNS_PER_SECOND}/s, nothing happens`, quiet!, goal);
    harness.ratio(`runs ÷ ${RUNS_PER_SECOND}/s, something happens`, faults!, goal);
    harness.ratio("drawing ÷ running", drawing!, faults!);
    if (harness.isQuick) return;
    await tellEffects(harness);
    if (import.meta.url.endsWith(".ts")) await findPlanted(harness);
  },
};

async function checked(runs: number, occurrences: (run: number) => readonly Record<string, unknown>[]): Promise<Sample> {
  const options = { isCoverageWanted: true, maximize: null, eventsMax: 1e8 };
  const from = process.threadCpuUsage();
  for (let run = 0; run < runs; run++) {
    const { failure } = await checkCase({ found: smallCase(run, occurrences(run)), laws: [] }, options);
    if (failure !== null) throw new Error(`run ${run}: ${failure.message}`);
  }
  const { user, system } = process.threadCpuUsage(from);
  return { work: runs, seconds: (user + system) / 1e6 };
}

function drawn(runs: number): Sample {
  const from = process.threadCpuUsage();
  for (let run = 0; run < runs; run++) drawEvenly(wideCase, 1, run);
  const { user, system } = process.threadCpuUsage(from);
  return { work: runs, seconds: (user + system) / 1e6 };
}

const occurrences: readonly Record<string, unknown>[] = [
  { actions: [{ at: "60s", setImage: { deployment: "web", image: "web:v2" } }] },
  { faults: [{ type: "container-crash", at: "60s", selector: { deployment: "web" }, mode: "one" }] },
  { faults: [{ type: "node-loss", at: "60s", selector: { deployment: "web" }, mode: "one" }] },
];

function occurrenceOf(run: number): readonly Record<string, unknown>[] {
  return [occurrences[run % occurrences.length]!];
}

const probe = { httpGet: { path: "/", port: 80 }, periodSeconds: 10 };

function smallCase(seed: number, occurrences: readonly Record<string, unknown>[]): FuzzCase {
  const container = { name: "web", image: "web:v1", ports: [{ containerPort: 80 }], livenessProbe: probe, readinessProbe: probe };
  return {
    scenario: {
      apiVersion: "podstorm.dev/v1alpha1",
      kind: "Scenario",
      spec: Object.assign(
        {
          seed,
          duration: "10m",
          nodes: [{ count: 3 }],
          applications: [{ selector: { deployment: "web" } }],
          load: [{ name: "shop", target: "service/web", rate: "20/s" }],
        },
        ...occurrences,
      ) as Record<string, unknown>,
    },
    manifests: [
      {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "web" },
        spec: {
          replicas: 20,
          selector: { matchLabels: { app: "web" } },
          template: { metadata: { labels: { app: "web" } }, spec: { containers: [container] } },
        },
      },
      { apiVersion: "v1", kind: "Service", metadata: { name: "web" }, spec: { selector: { app: "web" }, ports: [{ port: 80 }] } },
    ],
  };
}

/** What is drawn too seldom, or where it does nothing, is as good as not tested. */
async function tellEffects(harness: Harness): Promise<void> {
  harness.heading(`of ${DRAWN} drawn cases: in how many it is drawn, and takes effect`);
  const counts = new Map<string, { drawn: number; effective: number }>();
  const source = selfSource();
  for (let index = 0; index < DRAWN; index++) {
    const { drawn, effective } = await effectsOf(source.draw(1, index, []));
    for (const name of drawn) {
      const count = counts.get(name) ?? { drawn: 0, effective: 0 };
      counts.set(name, { drawn: count.drawn + 1, effective: count.effective + (effective.has(name) ? 1 : 0) });
    }
  }
  const seldomFirst = [...counts].sort(([, a], [, b]) => a.effective - b.effective);
  for (const [name, { drawn, effective }] of seldomFirst) {
    harness.figure(`${name}, drawn`, "cases", drawn);
    harness.figure(`${name}, with effect`, "cases", effective);
  }
}

/**
 * Each fault with each seed, once guided and once at random. One that isn't found within the bound counts as found with the run after
 * it: the ratio says less than there is then. Until a first generation is known, both draw the same.
 */
async function findPlanted(harness: Harness): Promise<void> {
  harness.heading(`until a planted fault is found: of at most ${RUNS_UNTIL} runs, seeds ${SEEDS.join(", ")}`);
  const logarithms: Record<keyof Hunted, number[]> = { runs: [], seconds: [] };
  for (const name of planted) {
    const [guided, random] = [await huntEach(name, true), await huntEach(name, false)];
    harness.figure(`${name}, guided`, "runs", ...guided.map(({ runs }) => runs));
    harness.figure(`${name}, at random`, "runs", ...random.map(({ runs }) => runs));
    for (const unit of ["runs", "seconds"] as const)
      guided.forEach((hunted, index) => logarithms[unit].push(Math.log(hunted[unit] / random[index]![unit])));
  }
  for (const unit of ["runs", "seconds"] as const) {
    const sum = logarithms[unit].reduce((total, logarithm) => total + logarithm, 0);
    harness.figure(`guided ÷ at random, geometric mean, ${unit}`, "×", Math.exp(sum / logarithms[unit].length));
  }
}

interface Hunted {
  readonly runs: number;
  /** CPU time. */
  readonly seconds: number;
}

async function huntEach(name: string, isGuided: boolean): Promise<readonly Hunted[]> {
  const found: Hunted[] = [];
  for (const seed of SEEDS) {
    const prey = await huntIn(mutantNamed(name), { fuzzer: "scenarios", from: 0, runs: RUNS_UNTIL, seed, isGuided, ignored: [] });
    if (typeof prey === "string") throw new Error(`${name}: ${prey}`);
    found.push({ runs: prey.bucket === null ? RUNS_UNTIL + 1 : prey.runs, seconds: prey.seconds });
  }
  return found;
}
