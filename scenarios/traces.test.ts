/** Recorded traces as cases of the model: what is played, what isn't yet, what is wrong. And that they hold. */
import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { goldenNodes } from "../engine/conformance/trace-nodes.ts";
import { replay, type TraceCase } from "../engine/conformance/trace-replay.ts";
import { judgeTrace } from "../engine/conformance/trace-judge.ts";
import type { Trace, TraceEntry } from "../engine/conformance/trace.ts";
import { verifyTrace } from "../engine/conformance/verify-trace.ts";
import { readNodesText, readTraceText } from "./traces.ts";

const folder = new URL("../engine/conformance/golden/", import.meta.url);
const SEEDS = 20;

function textOf(name: string): string {
  return readFileSync(new URL(`${name}.json`, folder), "utf8");
}

function golden(name: string): { readonly trace: Trace; readonly case: TraceCase } {
  const { trace, case: played, skipped, issues } = readTraceText(textOf(name), name, goldenNodes);
  expect({ skipped, issues }).toEqual({ skipped: null, issues: [] });
  return { trace: trace!, case: played! };
}

const names = readdirSync(folder)
  .filter((name) => name.endsWith(".json") && name !== "nodes.json")
  .map((name) => name.slice(0, -".json".length));
const held = names.filter((name) =>
  /^(?:[cde]-|g-(?:daemonset|job-backoff3-r[13]|job-onfailure)|x-(?:crashloop-storm|init-plus-probe|job-parallel|liveness-jitter|oom-one|readiness-jitter|rolling-3|statefulset))/.test(
    name,
  ),
);

describe("the model shows what was recorded", () => {
  test("of these traces", () => expect(held.length).toBeGreaterThan(40));

  test.each(held)("%s", (name) => {
    const { trace, case: played } = golden(name);
    const { verdict } = verifyTrace(trace, played, SEEDS);
    expect(verdict.mismatches).toEqual([]);
    expect(verdict.compared).toBeGreaterThan(5);
  });
});

describe("a difference is heard", () => {
  const base = golden("d-liveness-kill-r1");
  const runs = Array.from({ length: SEEDS }, (_, index) => replay(base.case, index + 1));
  const mismatches = (change: (entry: TraceEntry) => TraceEntry[]): readonly string[] =>
    judgeTrace({ ...base.trace, observed: base.trace.observed.flatMap(change) }, runs).mismatches.map(({ aspect }) => aspect);
  const with_ = (entry: TraceEntry, change: TraceEntry["change"]): TraceEntry[] => [{ ...entry, change: { ...entry.change, ...change } }];

  test("but none where there is none", () => expect(mismatches((entry) => [entry])).toEqual([]));

  test("in an exit code", () => {
    expect(
      mismatches((entry) =>
        "containers.app.last.exitCode" in entry.change ? with_(entry, { "containers.app.last.exitCode": 1 }) : [entry],
      ),
    ).toContain("container app last state");
  });

  test("in a restart that the model doesn't make", () => {
    expect(
      mismatches((entry) => ("containers.app.restartCount" in entry.change ? with_(entry, { "containers.app.restartCount": 2 }) : [entry])),
    ).toContain("container app");
  });

  test("in an instant", () => {
    expect(mismatches((entry) => (entry.change["reason"] === "Killing" ? [{ ...entry, atMs: entry.atMs + 6_000 }] : [entry]))).toContain(
      "Event Killing",
    );
    expect(mismatches((entry) => (entry.change["reason"] === "Killing" ? [{ ...entry, atMs: entry.atMs - 6_000 }] : [entry]))).toContain(
      "Event Killing",
    );
  });

  test("in the type of an Event", () => {
    expect(mismatches((entry) => (entry.change["reason"] === "Killing" ? with_(entry, { type: "Warning" }) : [entry]))).toContain(
      "Event Killing",
    );
  });

  test.each(["ready", "started"])("in a container that is %s while it waits", (field) => {
    const path = `containers.app.${field}`;
    const isWaiting = ({ change }: TraceEntry): boolean => change["containers.app.state"] === "waiting";
    expect(base.trace.observed.some(isWaiting)).toBe(true);
    expect(mismatches((entry) => (isWaiting(entry) ? with_(entry, { [path]: true }) : [entry]))).toContain(`container app ${field}`);
  });

  test("in an instant that its sighting came before", () => {
    const path = "containers.app.startedAt_ms";
    expect(mismatches((entry) => (typeof entry.change[path] === "number" ? with_(entry, { [path]: entry.atMs + 1 }) : [entry]))).toContain(
      "container app run 0",
    );
  });

  test("in an instant of a run that was told otherwise before", () => {
    const path = "containers.app.last.startedAt_ms";
    expect(
      mismatches((entry) => (typeof entry.change[path] === "number" ? with_(entry, { [path]: entry.change[path] + 3_000 }) : [entry])),
    ).toContain("container app run 0");
  });

  test("in what an Event is about", () => {
    for (const reason of ["Created", "Started", "Killing", "Unhealthy"])
      expect(
        mismatches((entry) => (entry.change["reason"] === reason ? with_(entry, { fieldPath: "spec.containers{other}" }) : [entry])),
      ).toContain(`Event ${reason}`);
    // A recording without any leaves it open.
    expect(
      mismatches((entry) => {
        const change = Object.fromEntries(Object.entries(entry.change).filter(([field]) => field !== "fieldPath"));
        return [{ ...entry, change }];
      }),
    ).toEqual([]);
  });

  test("in a count of Events", () => {
    expect(
      mismatches((entry) => (entry.change["reason"] === "Started" ? with_(entry, { count: Number(entry.change["count"]) + 3 }) : [entry])),
    ).toContain("Event Started");
  });

  test("in an Event that the model doesn't record", () => {
    expect(
      mismatches((entry) => (entry.change["reason"] === "Unhealthy" ? with_(entry, { message: "Readiness probe failed: " }) : [entry])),
    ).toContain("Event Unhealthy");
  });

  test("in what the model always shows and nobody recorded", () => {
    expect(
      mismatches((entry) => (entry.kind === "Pod" && entry.change["phase"] === "Running" ? with_(entry, { phase: "Pending" }) : [entry])),
    ).toContain("phase");
  });

  test("in Events that nobody recorded", () => {
    for (const reason of ["Created", "Started", "Scheduled", "Killing", "Unhealthy"])
      expect(mismatches((entry) => (entry.change["reason"] === reason ? [] : [entry]))).toContain(`Event ${reason}`);
  });

  test("in one Event too few or too many", () => {
    const last = base.trace.observed.findLast(({ change }) => change["reason"] === "Created")!;
    expect(mismatches((entry) => (entry === last ? [] : [entry]))).toContain("Events Created");
    expect(
      mismatches((entry) => (entry === last ? [entry, ...with_(entry, { count: Number(entry.change["count"]) + 1 })] : [entry])),
    ).toContain("Events Created");
  });

  test("in the instant and the order of Events", () => {
    const moved = (reason: string, byMs: number): readonly string[] =>
      mismatches((entry) => (entry.change["reason"] === reason ? [{ ...entry, atMs: entry.atMs + byMs }] : [entry]));
    expect(moved("Unhealthy", -8_000)).toContain("Events");
    expect(moved("Scheduled", 3_000)).toContain("Events");
    expect(moved("Started", 5_000)).toContain("Events");
    const late = base.trace.observed.map((entry) => (entry.change["reason"] === "Started" ? { ...entry, atMs: entry.atMs + 400 } : entry));
    const early = late.map((entry) => (entry.change["reason"] === "Unhealthy" ? { ...entry, atMs: 300 } : entry));
    expect(judgeTrace({ ...base.trace, observed: late }, runs).mismatches).toEqual([]);
    expect(judgeTrace({ ...base.trace, observed: early }, runs).mismatches.map(({ expected }) => expected)).toContainEqual(
      expect.stringMatching(/^before "Unhealthy/),
    );
  });

  test("in a recording of nothing, or of half", () => {
    expect(mismatches(() => [])).toContain("objects");
    expect(mismatches((entry) => (entry.atMs < base.trace.lengthMs / 2 ? [entry] : []))).not.toEqual([]);
  });

  test("in a Pod that had no address", () => {
    const without = (entry: TraceEntry): TraceEntry[] => {
      const change = Object.fromEntries(Object.entries(entry.change).filter(([field]) => field !== "ip"));
      return [{ ...entry, change }];
    };
    expect(mismatches(without)).toEqual(["ip"]);
  });

  test("when another release is asked", () => {
    const newer = readTraceText(textOf("d-startup-never").replace("v1.20.2", "v1.36.0"), "newer", goldenNodes);
    expect(verifyTrace(newer.trace!, newer.case!, SEEDS).verdict.mismatches.map(({ aspect }) => aspect)).toContain("Event Killing");
  });

  test("and a run of the model itself is none", () => {
    const { case: played, trace } = golden("d-http-probe");
    const observed = replay(played, 1_000);
    expect(
      judgeTrace(
        { ...trace, observed },
        Array.from({ length: SEEDS }, (_, index) => replay(played, index + 1)),
      ).mismatches,
    ).toEqual([]);
  });
});

describe("where other cases had used up what clients may send", () => {
  const { trace, case: played } = golden("x-rollout-crashing-v2");
  const runs = Array.from({ length: 50 }, (_, index) => replay(played, index + 1));
  const changed = (change: (entry: TraceEntry) => TraceEntry): Trace => ({
    ...trace,
    observed: trace.observed.map(change).toSorted((a, b) => a.atMs - b.atMs),
  });
  const aspects = (observed: Trace): readonly string[] => judgeTrace(observed, runs).mismatches.map(({ aspect }) => aspect);

  test("the recordings prove it of this one alone", () => {
    const proven = names.filter((name) => golden(name).case.unknown!.debts.length > 0);
    expect(proven).toEqual(["x-rollout-crashing-v2"]);
    expect(played.unknown!.debts.map(({ node }) => node)).toEqual([null, null, "m0"]);
  });

  test("not on nodes that the model doesn't have", () => {
    const elsewhere = textOf("x-rollout-crashing-v2").replaceAll('"node": "m0"', '"node": "elsewhere"');
    const { case: other } = readTraceText(elsewhere, "elsewhere", goldenNodes);
    expect(other!.unknown!.debts.map(({ node }) => node)).toEqual([null, null]);
  });

  test("the model shows what was recorded, and nothing of the kind without them", () => {
    expect(aspects(trace)).toEqual([]);
    const alone = { ...played, unknown: { ...played.unknown!, debts: [] } };
    const { mismatches } = verifyTrace(trace, alone, SEEDS).verdict;
    expect(mismatches).toContainEqual(expect.objectContaining({ object: "Pod web/1#4", aspect: "object" }));
  });

  test("a Pod that comes later than any debt explains is heard", () => {
    const isTenth = ({ kind, name }: TraceEntry): boolean => kind === "Pod" && name.endsWith("-5drq4");
    const late = changed((entry) => (isTenth(entry) && entry.atMs < 5_000 ? { ...entry, atMs: entry.atMs + 3_000 } : entry));
    expect(aspects(late)).toContain("object");
  });

  test("a change of sizes, an Event's text and a final state are heard", () => {
    const spoilt = changed((entry) => {
      if (entry.change["spec.replicas"] === 8) return { ...entry, change: { ...entry.change, "spec.replicas": 12 } };
      if (entry.change["reason"] === "BackOff") return { ...entry, change: { ...entry.change, message: "Back-off" } };
      return entry.kind === "Deployment" && entry.change["updated"] === 10 ? { ...entry, change: { updated: 9 } } : entry;
    });
    expect(aspects(spoilt)).toEqual(expect.arrayContaining(["replicas asked for", "Event BackOff", "updated"]));
  });

  test("a recording that doesn't keep the clients' beat is no proof, and differs", () => {
    const shaken = changed((entry) => ({ ...entry, atMs: entry.atMs + ((entry.atMs * 7) % 40) }));
    const text = JSON.stringify({ ...(JSON.parse(textOf("x-rollout-crashing-v2")) as object), observed: shaken.observed.map(written) });
    const { trace: read, case: other } = readTraceText(text, "shaken", goldenNodes);
    expect(other!.unknown!.debts.filter(({ node }) => node === null)).toEqual([]);
    expect(verifyTrace(read!, other!, SEEDS).verdict.mismatches).not.toEqual([]);
  });

  test("and a run of the model with such debts, taken for a recording, is none that differs", () => {
    expect(aspects({ ...trace, observed: replay(played, 3_001) })).toEqual([]);
  });
});

function written({ atMs, ...entry }: TraceEntry): object {
  return { t_ms: atMs, ...entry };
}

describe("endpoints are judged in both of their kinds", () => {
  const { trace, case: played } = golden("e-prestop-within-grace");
  const runs = Array.from({ length: SEEDS }, (_, index) => replay(played, index + 1));
  const objects = (change: (entry: TraceEntry) => TraceEntry[]): readonly string[] =>
    judgeTrace({ ...trace, observed: trace.observed.flatMap(change) }, runs).mismatches.map(({ object }) => object);

  test.each(["Endpoints", "EndpointSlice"])("%s", (kind) => {
    const changed = (change: TraceEntry["change"]) => (entry: TraceEntry) =>
      entry.kind === kind ? [{ ...entry, change: { ...entry.change, ...change } }] : [entry];
    expect(objects(changed({}))).toEqual([]);
    expect(objects(changed({ ready: [], notReady: [], readyCount: 0 }))).toContain(`${kind} p: Pod p`);
    expect(objects(changed({ readyCount: 7 }))).toContain(`${kind} p`);
    expect(objects((entry) => (entry.kind === kind ? [] : [entry]))).toContain(`${kind} p`);
  });
});

test("a Pod that is missing is missed, and one too many is told", () => {
  const { trace, case: played } = golden("x-oom-one-of-three");
  const runs = Array.from({ length: SEEDS }, (_, index) => replay(played, index + 1));
  const [first] = trace.observed.filter(({ kind }) => kind === "Pod");
  const without = trace.observed.filter(({ kind, name }) => kind !== "Pod" || name !== first!.name);
  const more = [...trace.observed, { ...first!, atMs: trace.lengthMs - 10, name: `${first!.name}x` }];
  for (const observed of [without, more])
    expect(judgeTrace({ ...trace, observed }, runs).mismatches).toContainEqual(
      expect.objectContaining({ object: "Pod web/1", aspect: "objects", expected: "3" }),
    );
});

test("what no rule knows is told", () => {
  const { trace, case: played } = golden("c-never-exit1");
  const [first, ...rest] = trace.observed;
  const observed = [
    { ...first!, change: { ...first!.change, "containers.app.color": "red" } },
    { atMs: 1, kind: "Widget", name: "w", change: {} },
    ...rest,
  ];
  expect(judgeTrace({ ...trace, observed }, [replay(played, 1)]).unknown).toEqual(["Pod containers.app.color", "Widget"]);
  expect(judgeTrace(trace, [replay(played, 1)]).unknown).toEqual([]);
});

test("the model's own runs, taken for recordings, are none that differ", () => {
  for (const name of ["c-two-containers", "c-crashloop-always-r1", "d-readiness-flap-r1", "e-delete-stop3-long-r1", "x-oom-one-of-three"]) {
    const { trace, case: played } = golden(name);
    const runs = Array.from({ length: 50 }, (_, index) => replay(played, index + 1));
    for (const seed of [2_001, 2_002, 2_003]) expect(judgeTrace({ ...trace, observed: replay(played, seed) }, runs).mismatches).toEqual([]);
  }
});

describe("manifests' namespaces", () => {
  const inProd = textOf("e-prestop-within-grace")
    .replaceAll("metadata:\\n  name: p", "metadata:\\n  namespace: prod\\n  name: p")
    .replaceAll("e-prestop-within-grace/p", "prod/p");

  test("are those of actions, placement and Events", () => {
    const { trace, case: played, issues } = readTraceText(inProd, "prod", goldenNodes);
    expect(issues).toEqual([]);
    expect(played!.spec.placement).toMatchObject([{ namespace: "prod", kind: "Pod", name: "p" }]);
    expect(verifyTrace(trace!, played!, SEEDS).verdict.mismatches).toEqual([]);
  });

  test("leave one name for one object of a kind", () => {
    const trace = JSON.parse(inProd) as { manifests: string[] };
    const twice = { ...trace, manifests: [...trace.manifests, trace.manifests.at(-1)!.replace("prod", "test")] };
    expect(readTraceText(JSON.stringify(twice), "twice", goldenNodes).skipped).toBe("needs other names: there are two Pod/p");
  });
});

test("another image of a Pod restarts its container", () => {
  const trace = JSON.parse(textOf("d-liveness-kill-r1")) as { actions: unknown[] };
  const image = { t_ms: 12_000, do: "set image", kind: "Pod", name: "p", image: "app:v2" };
  const { case: played } = readTraceText(JSON.stringify({ ...trace, actions: [...trace.actions, image] }), "image", goldenNodes);
  expect(replay(played!, 1).map(({ change }) => change["message"])).toContain("Container app definition changed, will be restarted");
  const scripted = { ...trace, actions: [...trace.actions, { ...image, script: {} }] };
  expect(readTraceText(JSON.stringify(scripted), "image", goldenNodes).skipped).toBe('needs action "set image" of a Pod');
});

describe("what the model can't play", () => {
  test.each([["h-drain-no-pdb", /action "drain start"/]])("%s says why", (name, why) => {
    const { skipped, case: played } = readTraceText(textOf(name), name, goldenNodes);
    if (skipped === null) expect(played).not.toBeNull();
    else expect(skipped).toMatch(why);
  });
});

describe("a wrong file is told with its place", () => {
  const trace = { name: "t", kubernetes: "v1.20.2", length_ms: 1000, manifests: [], actions: [], observed: [] };
  test.each([
    ["{", /^t\.json:\d+/],
    ["[]", /found an empty list, expected a trace/],
    [
      JSON.stringify({ ...trace, observed: [{ t_ms: "1", kind: "Pod", name: "p", change: {} }] }, null, 1),
      /^t\.json:\d+:\d+: observed\[0\]\.t_ms: found "1", expected a number/,
    ],
    [JSON.stringify({ ...trace, observed: [{ t_ms: 1, kind: "Pod", name: "p", change: { phase: {} } }] }), /observed\[0\]\.change\.phase/],
    [JSON.stringify({ ...trace, actions: [{ t_ms: 1 }] }), /actions\[0\]\.do: found nothing, expected text/],
    [JSON.stringify({ ...trace, kubernetes: "2.0" }), /kubernetesVersion/],
    [
      JSON.stringify({ ...trace, actions: [{ t_ms: 1, do: "apply", kind: "Pod", name: "p" }] }),
      /actions\[0\]\.name: found "p", expected a Pod of the manifests/,
    ],
    [
      JSON.stringify({ ...trace, manifests: ["kind: Pod\napiVersion: v1\nmetadata: { name: p }\n"] }),
      /^t\.json: Pod\/p:1:1: spec: found nothing/,
    ],
  ])("%s", async (text, message) => {
    const { formatIssues } = await import("./issues.ts");
    const { issues, case: played } = readTraceText(text, "t.json", goldenNodes);
    expect(played).toBeNull();
    expect(formatIssues(issues)).toMatch(message);
  });
});

test("the nodes in the code are those of nodes.json", () => {
  const { nodes, issues } = readNodesText(textOf("nodes"), "nodes.json");
  expect(issues).toEqual([]);
  expect(nodes).toEqual(goldenNodes);
});

test("the model's whole seconds begin where the recorded ones do", () => {
  const { trace, case: played } = golden("c-never-exit1");
  const started = (entries: readonly TraceEntry[]): unknown =>
    entries.map(({ change }) => change["containers.app.startedAt_ms"]).find((at) => at !== undefined);
  expect(started(trace.observed)).toBe(-645);
  expect(started(replay(played, 1))).toBe(-645);
});

test("Pods go to the nodes that the trace names", () => {
  const { trace, case: played } = golden("x-oom-one-of-three");
  const nodesOf = (entries: readonly TraceEntry[]): string[] =>
    entries
      .filter(({ kind, change }) => kind === "Pod" && change["node"] !== undefined)
      .map(({ change }) => JSON.stringify(change["node"]))
      .toSorted();
  expect(nodesOf(replay(played, 3))).toEqual(nodesOf(trace.observed));
});
