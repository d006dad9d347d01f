/** What `podstorm explain` says, and the warning before a run whose rollouts can't end within it. */
import { describe, expect, test } from "vitest";
import { rolloutSpec } from "../bench/cluster-spec.ts";
import { SECOND } from "../engine/kernel/time.ts";
import type { ScenarioSpec } from "../engine/scenario-spec.ts";
import { defaultSettings } from "../engine/settings.ts";
import { loadScenario } from "../scenarios/load.ts";
import { explainText, rolloutWarnings } from "./explain-text.ts";

const hasty = { ...rolloutSpec(600, 30 * SECOND), settings: defaultSettings, settingsChanged: [] };

describe("explain", () => {
  test("tells the path of each load and why", () => {
    const { spec } = loadScenario("scenarios/library/rolling-update/scenario.yaml");
    const text = explainText(spec!);
    expect(text).toContain(
      "shop (poisson-arrival-rate) on default/web: split at the endpoints, because a Poisson stream chosen for at random",
    );
    expect(text).toContain("1 × Deployment, 1 × Service, rolled out long ago");
    expect(text).toContain("every setting as Kubernetes has it");
    const load = spec!.load.map((one) => ({ ...one, executor: "constant-arrival-rate" })) as unknown as ScenarioSpec["load"];
    expect(explainText({ ...spec!, load })).toContain("as messages, because evenly spaced requests are no Poisson stream");
  });

  test("names settings that the scenario changed", () => {
    expect(explainText(rolloutSpec(100, 30 * SECOND))).toContain("kcmQps 500, kcmBurst 500, schedulerQps 500, schedulerBurst 500");
  });

  test("tells how long a rollout takes, and how large the run is", () => {
    const text = explainText(hasty);
    expect(text).toContain("at 10s, 6 Deployments (Pods: 600 created, 600 deleted): 58.5s to 1m59s at kcmQps 20");
    expect(text).toMatch(/600 Pods; about [\d,]+ events and [\d.]+ MiB of memory/);
  });

  test("tells that probes are elided, and that the events are fewer then", () => {
    const text = explainText({ ...hasty, probes: "elided" });
    expect(text).toContain("probes elided: where only chance makes an answer late, a run jumps from one late answer to the next");
    expect(text).toMatch(/600 Pods; at most [\d,]+ events/);
    expect(explainText(hasty)).not.toContain("elided");
  });
});

describe("before a run", () => {
  test("a rollout that can't end within it is a warning", () => {
    expect(rolloutWarnings(hasty)).toEqual([
      "bench-cluster: warning: at 10s, 6 Deployments (Pods: 600 created, 600 deleted): 58.5s to 1m59s at kcmQps 20, more than the 20s that the run has left",
    ]);
  });

  test("one that can is none", () => {
    expect(rolloutWarnings({ ...hasty, duration: 200 * SECOND })).toEqual([]);
  });
});
