/**
 * Child process: runs cases of one fuzzer until one fails, and prints what it found as JSON. With a mutant planted (plant.ts) it
 * tells whether that fuzzer's rules ring, and after how many runs; without one, whether the same case rings by itself.
 *
 *   node [--import plant.ts] hunt.ts '{"fuzzer":"clusters","from":0,"runs":2000,"seed":1,"isGuided":true,"ignored":[]}'
 */
import { argv, stdout } from "node:process";
import { clusterCase } from "../../../scenarios/fuzz/cluster.arbitrary.ts";
import { runClusterCase } from "../../../scenarios/fuzz/cluster-case.ts";
import { Campaign, WHOLE } from "../../../scenarios/fuzz/campaign.ts";
import { selfSource } from "../../../scenarios/fuzz/case-source.ts";
import { drawOne } from "../../../scenarios/fuzz/drawn-number.ts";
import type { FuzzCase } from "../../../scenarios/fuzz/fuzz-case.ts";
import { kubeletCase } from "../../../scenarios/fuzz/kubelet.arbitrary.ts";
import { runKubeletCase } from "../../../scenarios/fuzz/kubelet-case.ts";
import type { FuzzerName } from "../../../scenarios/fuzz/mutants/mutant.ts";
import { errorFailure } from "../../../scenarios/fuzz/verdict.ts";
import { checkCase } from "../check-case.ts";
import { EVENTS_MAX, lawsOf } from "./hunted-case.ts";

/** Plain data. */
export interface Hunt {
  readonly fuzzer: FuzzerName;
  /** Number of the first case. */
  readonly from: number;
  /** How many at most. */
  readonly runs: number;
  readonly seed: number;
  /** Of scenarios: cases that reached something new are changed further. */
  readonly isGuided: boolean;
  /** What rings without a mutant. */
  readonly ignored: readonly string[];
  /** This scenario instead of those that are drawn. */
  readonly found?: FuzzCase;
}

/** Plain data. */
export interface Prey {
  /** What rang; null: nothing did. */
  readonly bucket: string | null;
  readonly message: string;
  readonly runs: number;
  /** CPU time of the process from its first case on. */
  readonly seconds: number;
  /** Of scenarios: the case that failed. */
  readonly found: FuzzCase | null;
}

interface Ring {
  readonly bucket: string;
  readonly message: string;
  readonly found?: FuzzCase;
}

async function hunt({ fuzzer, from, runs, seed, isGuided, ignored, found }: Hunt): Promise<Prey> {
  const tryNext = found === undefined ? nextOf(fuzzer, seed, isGuided) : (run: number): Promise<Ring | null> => ringOf(found, run, false);
  const cpu = process.cpuUsage();
  let rung: Ring | null = null;
  let run = 0;
  while (run < runs && rung === null) {
    const ring = await tryNext(from + run++);
    if (ring !== null && !ignored.includes(ring.bucket)) rung = ring;
  }
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (user + system) / 1e6;
  return { bucket: rung?.bucket ?? null, message: rung?.message ?? "", runs: run, seconds, found: rung?.found ?? null };
}

function nextOf(fuzzer: FuzzerName, seed: number, isGuided: boolean): (run: number) => Promise<Ring | null> | Ring | null {
  switch (fuzzer) {
    case "kubelet lives": {
      const lives = kubeletCase();
      return (run) => rungBy(() => runKubeletCase(drawOne(lives, seed, run)).map(({ rule, message }) => ({ bucket: rule, message })));
    }
    case "clusters": {
      const clusters = clusterCase();
      return (run) =>
        rungBy(() => runClusterCase(drawOne(clusters, seed, run)).map(({ invariant, message }) => ({ bucket: invariant, message })));
    }
    case "scenarios":
      return scenarioAfterScenario(seed, isGuided);
  }
}

function rungBy(breaches: () => readonly Ring[]): Ring | null {
  try {
    return breaches()[0] ?? null;
  } catch (error) {
    return errorFailure(error instanceof Error ? error.message : String(error));
  }
}

function scenarioAfterScenario(seed: number, isGuided: boolean): (run: number) => Promise<Ring | null> {
  const source = selfSource();
  const campaign = new Campaign({ source, seed, shard: WHOLE, runs: Infinity });
  return (run) => {
    const found = isGuided ? campaign.draw(run) : source.draw(seed, run, []);
    return ringOf(found, run, isGuided, campaign);
  };
}

async function ringOf(found: FuzzCase, run: number, isGuided: boolean, campaign?: Campaign): Promise<Ring | null> {
  const outcome = await checkCase({ found, laws: lawsOf(run) }, { isCoverageWanted: isGuided, maximize: null, eventsMax: EVENTS_MAX });
  if (isGuided) campaign?.merge(outcome);
  return outcome.failure === null ? null : { ...outcome.failure, found };
}

stdout.write(`${JSON.stringify(await hunt(JSON.parse(argv[2]!) as Hunt))}\n`);
