/** How faults are written: again and again, one after the other, at once; and what is refused. */
import { describe, expect, test } from "vitest";
import { SECOND } from "../engine/kernel/time.ts";
import { runHere } from "../workers/run.ts";
import { readPlainScenario } from "./plain.ts";
import type { ScenarioResult } from "./scenario.ts";

const pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "app" },
  spec: { containers: [{ name: "app", image: "app:v1" }] },
};

function read(...faults: readonly object[]): ScenarioResult {
  const spec = { duration: "30m", manifests: ["m"], nodes: [{ count: 2, zones: 2 }], faults };
  return readPlainScenario({ apiVersion: "podstorm.dev/v1alpha1", kind: "Scenario", spec }, [pod]);
}

/** [name, beginning in s] */
const timesOf = (result: ScenarioResult): readonly (readonly [string, number])[] => {
  expect(result.issues).toEqual([]);
  return result.spec!.faults.map(({ name, at }) => [name, at / SECOND]);
};

const hang = { type: "hang", duration: "30s" };
const kill = { type: "oom-kill" };

describe("a schedule", () => {
  test("every comes again from `at` on, for each kind of fault", () => {
    expect(timesOf(read({ ...kill, at: "5m", schedule: { every: "10m" } }))).toEqual([
      ["oom-kill-1", 300],
      ["oom-kill-1#2", 900],
      ["oom-kill-1#3", 1500],
    ]);
  });
  test("nothing begins at the very end: it could have no effect", () => {
    expect(read({ ...kill, at: "30m" }).issues).toMatchObject([{ found: '"30m"', expected: "less than the duration, 30m" }]);
    expect(timesOf(read({ ...kill, at: "10m", schedule: { every: "10m" } })).map(([, at]) => at)).toEqual([600, 1200]);
  });
  test("cron comes at its minutes, the first one at or after `at`", () => {
    expect(timesOf(read({ ...hang, schedule: { cron: "*/10 * * * *" } })).map(([, at]) => at)).toEqual([0, 600, 1200]);
    expect(timesOf(read({ ...hang, at: "601s", schedule: { cron: "*/10 * * * *" } })).map(([, at]) => at)).toEqual([1200]);
  });
});

describe("a schedule's concurrencyPolicy, where a fault still lasts when it comes again:", () => {
  test.each([
    ["Forbid", { every: "10s" }, "25s", [0, 30, 60, 90]],
    ["Forbid", { every: "10s" }, "30s", [0, 40, 80]],
    ["Forbid", { every: "10s" }, undefined, [0]],
    ["Allow", { every: "40s" }, "60s", [0, 40, 80]],
    ["Allow", { every: "40s" }, undefined, [0, 40, 80]],
    ["Forbid", { cron: "* * * * *" }, "60s", [0]],
  ])("%s, %j, %s", (concurrencyPolicy, schedule, duration, times) => {
    const lasting = duration === undefined ? { type: "hang" } : { type: "hang", duration };
    const result = read({ ...lasting, at: "0s", schedule: { ...schedule, concurrencyPolicy } });
    expect(
      timesOf(result)
        .map(([, at]) => at)
        .filter((at) => at < 100),
    ).toEqual(times);
  });
});

test("a selector of anyOf several nodes means those, with Pods or without; those of several Pods, their nodes", async () => {
  const onNode = { ...pod, spec: { ...pod.spec, nodeName: "node-1" } };
  const freeze = { type: "node-freeze", at: "1s", duration: "1s" };
  const spec = {
    duration: "5s",
    manifests: ["m"],
    nodes: [{ count: 3 }],
    faults: [
      { ...freeze, selector: { anyOf: [{ node: "node-0" }, { node: "node-2" }] } },
      { ...freeze, selector: { anyOf: [{ node: "node-0" }, { pod: "app" }] } },
    ],
  };
  const read = readPlainScenario({ apiVersion: "podstorm.dev/v1alpha1", kind: "Scenario", spec }, [onNode]);
  const { control } = await runHere(read.spec!, 1);
  expect(control.faults.map(({ targets }) => targets)).toEqual([
    ["node-0", "node-2"],
    ["node-0", "node-1"],
  ]);
});

describe("a group", () => {
  test("of faults in series: each begins when the one before is over", () => {
    expect(timesOf(read({ at: "1m", serial: [hang, { pause: "10s" }, kill, { ...hang, at: "5s" }] }))).toEqual([
      ["hang-1", 60],
      ["oom-kill-1", 100],
      ["hang-2", 105],
    ]);
  });
  test("of faults at once, within a series, ends with its last member", () => {
    const both = { parallel: [hang, { type: "slow-service", duration: "2m" }] };
    expect(timesOf(read({ at: "1m", serial: [both, kill] }))).toEqual([
      ["hang-1", 60],
      ["slow-service-1", 60],
      ["oom-kill-1", 180],
    ]);
  });
  test("of faults at once, with a pause, lasts at least as long as that", () => {
    expect(timesOf(read({ at: "1m", serial: [{ parallel: [hang, { pause: "2m" }] }, kill] }))).toEqual([
      ["hang-1", 60],
      ["oom-kill-1", 180],
    ]);
  });
  test("ends with its duration: what lasts is cut, what comes later doesn't begin", () => {
    const first = { serial: [hang, hang, hang], duration: "50s" };
    const { spec, issues } = read({ at: "1m", serial: [first, { parallel: [{ type: "hang" }], duration: "10s" }, kill] });
    expect(issues).toEqual([]);
    expect(spec!.faults.map(({ name, at, duration }) => [name, at / SECOND, duration / SECOND])).toEqual([
      ["hang-1", 60, 30],
      ["hang-2", 90, 20],
      ["hang-4", 110, 10],
      ["oom-kill-1", 120, 0],
    ]);
  });
  test("comes again as a whole", () => {
    const names = timesOf(read({ at: "1m", serial: [hang, kill], schedule: { every: "10m" } }));
    expect(names).toEqual([
      ["hang-1", 60],
      ["hang-1#2", 660],
      ["hang-1#3", 1260],
      ["oom-kill-1", 90],
      ["oom-kill-1#2", 690],
      ["oom-kill-1#3", 1290],
    ]);
  });
});

test.each([
  [[{ ...hang, at: "1m", schedule: { every: "10s" } }], "spec.faults[0].schedule.every"],
  [[{ type: "hang", at: "1m", schedule: { every: "10s" } }], "spec.faults[0].schedule.every"],
  [[{ ...hang, at: "1m", schedule: {} }], "spec.faults[0].schedule"],
  [[{ ...hang, at: "1m", schedule: { every: "1m", concurrencyPolicy: "Replace" } }], "spec.faults[0].schedule.concurrencyPolicy"],
  [[{ ...hang, at: "1m", schedule: { every: 0, concurrencyPolicy: "Allow" } }], "spec.faults[0].schedule.every"],
  [[{ ...hang, at: "1m", mode: "fixed", value: "50%" }], "spec.faults[0].value"],
  [[{ ...hang, at: "1m", selector: { anyOf: [] } }], "spec.faults[0].selector.anyOf"],
  [[{ ...hang, at: "1m", selector: { anyOf: [{ pod: "app" }, { pod: "ap" }] } }], "spec.faults[0].selector.anyOf[1]"],
  [
    [{ at: "1m", type: "node-loss", selector: { anyOf: [{ node: "node-0" }, { node: "node-7" }] } }],
    "spec.faults[0].selector.anyOf[1].node",
  ],
  [[{ at: "1m", serial: [hang], duration: 0 }], "spec.faults[0].duration"],
  [[{ at: "1m", serial: [hang], duration: "long" }], "spec.faults[0].duration"],
  [[{ at: "1m", parallel: [{ pause: 5 }] }], "spec.faults[0].parallel[0].pause"],
  [[{ ...hang, at: "1m", schedule: { every: "1m", cron: "* * * * *" } }], "spec.faults[0].schedule"],
  [[{ ...hang, schedule: { cron: "61 * * * *" } }], "spec.faults[0].schedule.cron"],
  [[{ ...hang, at: "1m", schedule: { cron: "0 12 * * *" } }], "spec.faults[0].schedule.cron"],
  [[{ ...hang, duration: "5m", schedule: { cron: "* * * * *" } }], "spec.faults[0].schedule.cron"],
  [[{ ...kill, when: { metric: "probe_durations", threshold: "p(99)>1s" } }], "spec.faults[0].when.metric"],
  [[{ ...kill, when: { metric: "availability", threshold: "min<1" } }], "spec.faults[0].when.metric"],
  [[{ ...kill, when: { metric: "probe_duration", threshold: "p(99)>1" } }], "spec.faults[0].when.threshold"],
  [[{ ...kill, when: { metric: "restarts", threshold: "count>1" }, schedule: { every: "1m" }, at: "1m" }], "spec.faults[0].when"],
  [[{ at: "1m", serial: [{ ...kill, when: { metric: "restarts", threshold: "count>1" } }] }], "spec.faults[0].serial[0].when"],
  [[hang], "spec.faults[0].at"],
  [[{ serial: [hang] }], "spec.faults[0].at"],
  [[{ at: "1m", serial: [] }], "spec.faults[0].serial"],
  [[{ at: "1m", serial: [hang], parallel: [hang] }], "spec.faults[0].parallel"],
  [[{ at: "1m", serial: [{ type: "hang" }, kill] }], "spec.faults[0].serial[1]"],
  [[{ at: "1m", serial: [{ pause: "soon" }] }], "spec.faults[0].serial[0].pause"],
  [[{ at: "20m", serial: [{ pause: "20m" }, kill] }], "spec.faults[0].serial[1]"],
  [[{ at: "1m", parallel: [{ type: "hung" }] }], "spec.faults[0].parallel[0].type"],
  [[{ at: "1m", type: "pod-kill", gracePeriod: "1500ms" }], "spec.faults[0].gracePeriod"],
  [[{ at: "1m", type: "network-delay", latency: "0s" }], "spec.faults[0].latency"],
  [[{ at: "1m", type: "network-loss", rate: "101%" }], "spec.faults[0].rate"],
  [[{ at: "1m", type: "network-partition", target: { zone: "z" } }], "spec.faults[0].target.zone"],
  [[{ at: "1m", type: "network-partition", from: "clients", target: { zone: "a" } }], "spec.faults[0].target"],
  [[{ at: "1m", type: "network-partition", direction: "to" }], "spec.faults[0].direction"],
])("%j is refused", (faults, path) => {
  const { spec, issues } = read(...faults);
  expect(spec).toBeNull();
  expect(issues.map((issue) => issue.path)).toEqual([path]);
});
