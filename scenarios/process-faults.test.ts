/** Faults on processes and what applications say of CPU, pauses and age: how they are written, and what is refused. */
import { describe, expect, test } from "vitest";
import { SECOND } from "../engine/kernel/time.ts";
import { readPlainScenario } from "./plain.ts";
import type { ScenarioResult } from "./scenario.ts";

const pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "app" },
  spec: { containers: [{ name: "app", image: "app:v1" }] },
};

function read(spec: object): ScenarioResult {
  const scenario = { apiVersion: "podstorm.dev/v1alpha1", kind: "Scenario", spec: { duration: "10m", manifests: ["m"], ...spec } };
  return readPlainScenario(scenario, [pod]);
}

const fault = (written: object): ScenarioResult => read({ faults: [{ at: "1m", selector: { pod: "app" }, ...written }] });
const application = (written: object): ScenarioResult => read({ applications: [{ serviceTime: "20ms", ...written }] });

describe("a fault on processes", () => {
  test.each([
    [{ type: "container-crash" }, { code: 1, rate: 0, duration: 0, container: null }],
    [
      { type: "container-crash", rate: "30/m", code: 3, duration: "1m" },
      { code: 3, rate: 0.5, duration: 60 * SECOND },
    ],
    [
      { type: "hang", container: "app" },
      { container: "app", duration: Infinity },
    ],
    [
      { type: "slow-probe", latency: "2s" },
      { latency: 2 * SECOND, probe: "all" },
    ],
    [{ type: "memory-leak", growth: "60Ki/m" }, { growth: 1024 }],
    [{ type: "memory-spike", size: "1Mi" }, { size: 1024 * 1024 }],
    [{ type: "cpu-starvation" }, { slowdown: 10 }],
    [{ type: "slow-service", slowdown: 2.5 }, { slowdown: 2.5 }],
    [{ type: "failing-service", rate: "25%" }, { rate: 0.25 }],
  ])("%j is read", (written, expected) => {
    const { spec, issues } = fault(written);
    expect(issues).toEqual([]);
    expect(spec?.faults[0]).toMatchObject(expected);
  });

  test.each([
    [{ type: "container-crash", duration: "1m" }, "duration"],
    [{ type: "container-crash", rate: "5" }, "rate"],
    [{ type: "container-crash", code: 256 }, "code"],
    [{ type: "hang", container: "other" }, "container"],
    [{ type: "slow-probe" }, "latency"],
    [{ type: "slow-probe", latency: "0s" }, "latency"],
    [{ type: "memory-leak", growth: "1Mi/d" }, "growth"],
    [{ type: "memory-spike" }, "size"],
    [{ type: "cpu-starvation", slowdown: 1 }, "slowdown"],
    [{ type: "slow-service", slowdown: 0 }, "slowdown"],
    [{ type: "failing-service", rate: "125%" }, "rate"],
  ])("%j is refused for its %s", (written, field) => {
    const { spec, issues } = fault(written);
    expect(spec).toBeNull();
    expect(issues.map(({ path }) => path)).toEqual([`spec.faults[0].${field}`]);
  });
});

describe("an application", () => {
  test.each([
    [{}, { cpu: { share: 0.2, idle: 0, startUp: 0 } }],
    [{ cpu: { perRequest: "5ms", idle: "20m", startUp: "1500m" } }, { cpu: { share: 0.25, idle: 20, startUp: 1.5 } }],
    [{ cpu: { share: "50%" } }, { cpu: { share: 0.5, idle: 0, startUp: 0 } }],
    [{ warmUp: { requests: 100, factor: 5 } }, { warmUp: { requests: 100, for: 0, factor: 5 } }],
    [{ phases: [{ from: "1m", serviceTime: 2 }] }, { phases: [{ from: 60 * SECOND, factor: 2 }] }],
    [{ crash: { rate: "36/h" } }, { crash: { rate: 0.01, code: 1 } }],
    [{ ready: "never" }, { neverReady: true }],
    [{ memory: { spike: { at: "1m", size: "1Mi" } } }, { memory: { spike: { at: 60 * SECOND, size: 1024 * 1024, for: Infinity } } }],
  ])("%j is read", (written, expected) => {
    const { spec, issues } = application(written);
    expect(issues).toEqual([]);
    expect(spec?.applications[0]?.behaviour).toMatchObject(expected);
  });

  test.each([
    [{ cpu: { perRequest: "5ms", share: 1 } }, "cpu.share"],
    [{ cpu: { perRequest: "25ms" } }, "cpu.perRequest"],
    [{ serviceTime: { weibull: { scale: "10ms", shape: 2 } }, cpu: { perRequest: "5ms" } }, "cpu.perRequest"],
    [{ warmUp: { factor: 5 } }, "warmUp"],
    [{ warmUp: { for: "10s", factor: 0.5 } }, "warmUp.factor"],
    [
      {
        phases: [
          { from: "1m", serviceTime: 2 },
          { from: "30s", serviceTime: 3 },
        ],
      },
      "phases[1].from",
    ],
    [{ phases: [{ from: "1m", serviceTime: 0 }] }, "phases[0].serviceTime"],
    [{ gc: { every: "30s" } }, "gc.pause"],
    [{ crash: { rate: "2" } }, "crash.rate"],
    [{ ready: "later" }, "ready"],
    [{ memory: { spike: { at: "1m" } } }, "memory.spike.size"],
  ])("%j is refused for its %s", (written, field) => {
    const { spec, issues } = application(written);
    expect(spec).toBeNull();
    expect(issues.map(({ path }) => path)).toEqual([`spec.applications[0].${field}`]);
  });
});
