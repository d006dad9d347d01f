/**
 * Figures that are worked out of a whole run, by name and tags: what thresholds on them are held against. Null: there
 * was nothing to measure. The sections of the report tell the same figures in words.
 */
import type { MetricName, Tags } from "../engine/metrics/catalogue.ts";
import type { RunResult } from "../engine/result.ts";
import { missingTime, recoveryOf } from "./analysis/availability.ts";
import { probeCost, probeCpu } from "./analysis/probe-latency.ts";
import { attemptsPerRequest, goodputOf, skewOf } from "./analysis/requests.ts";
import { findStorms, type RestartStorm } from "./analysis/restart-storm.ts";
import type { CauseChains } from "./cause-chain.ts";
import { total } from "./series.ts";

export function figureOf(result: RunResult, chains: CauseChains, metric: MetricName, tags: Tags, aggregate: string): number | null {
  const loads = result.names.loads.map(({ name }) => name).filter((name) => tags["load"] === undefined || tags["load"] === name);
  switch (metric) {
    case "goodput":
      return loads.reduce((sum, load) => sum + goodputOf(result, total(result, "requests_answered", { load })), 0);
    case "attempts_per_request":
      return attemptsPerRequest({ sent: sumOf(result, "requests_sent", loads), repeated: sumOf(result, "attempts_repeated", loads) });
    case "traffic_skew":
      return most(loads.map((load) => skewOf(result, load)).filter((skew) => skew !== null));
    case "availability":
      return availabilityOf(result, tags["workload"], aggregate === "min");
    case "time_not_ready":
      return missingTime(result, tags["workload"]);
    case "recovery_time": {
      const recovery = recoveryOf(result, chains);
      if (recovery === null) return null;
      return recovery.until < 0 ? Infinity : recovery.until - recovery.from;
    }
    case "rollout_duration":
      return most(
        result.control.rollouts
          .filter(({ workload, ending }) => ending !== "superseded" && isOf(result, workload, tags["workload"]))
          .map(({ from, until, ending }) => (ending === "complete" ? until - from : Infinity)),
      );
    case "restart_storms":
      return stormsOf(result, chains, tags).length;
    case "self_sustaining_storms":
      return stormsOf(result, chains, tags).filter(({ isSelfSustaining }) => isSelfSustaining).length;
    case "restart_amplification":
      return most(stormsOf(result, chains, tags).flatMap(({ amplification }) => amplification ?? [])) ?? 0;
    case "probe_cost":
      return probeCost(result, tags["role"] === undefined ? {} : { role: tags["role"] });
    case "probe_cpu":
      return probeCpu(result, tags["role"] === undefined ? {} : { role: tags["role"] });
    case "invariant_violations":
      return result.violations.length;
    default:
      return null;
  }
}

function availabilityOf(result: RunResult, workload: string | undefined, isWorst: boolean): number | null {
  const { total: all, workloads } = result.control.availability;
  const sums = workload === undefined ? all : workloads.find((each) => isOf(result, each.workload, workload));
  if (sums === undefined || sums.desiredTime === 0) return null;
  if (isWorst) return sums.leastOf === 0 ? null : sums.least / sums.leastOf;
  return sums.availableTime / sums.desiredTime;
}

function stormsOf(result: RunResult, chains: CauseChains, tags: Tags): readonly RestartStorm[] {
  return findStorms(result, chains).filter(({ workload }) => isOf(result, workload, tags["workload"]));
}

function isOf(result: RunResult, workload: number, name: string | undefined): boolean {
  return name === undefined || result.names.workloads[workload] === name;
}

function sumOf(result: RunResult, metric: MetricName, loads: readonly string[]): number {
  return loads.reduce((sum, load) => sum + total(result, metric, { load }), 0);
}

function most(values: readonly number[]): number | null {
  return values.length === 0 ? null : Math.max(...values);
}
