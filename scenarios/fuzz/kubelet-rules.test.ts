import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { kubeletRules } from "../../engine/invariants/index.ts";
import type { TestNodes } from "../../engine/kubernetes/kubelet/test-node.ts";
import { SECOND } from "../../engine/kernel/time.ts";
import { kubeletCase } from "./kubelet.arbitrary.ts";
import { runKubeletCase, type ContainerCase, type KubeletCase, type OccurrenceCase, type PodCase, type ProbeCase } from "./kubelet-case.ts";

const seed = Number(process.env["PODSTORM_SEED"] ?? "1");
const runs = 10_000;

test(`whatever happens to its Pods, a kubelet of any release breaks no rule (${runs} lives, PODSTORM_SEED=${seed})`, () => {
  const property = fc.property(kubeletCase(), (drawn) => {
    const [breach] = runKubeletCase(drawn);
    if (breach !== undefined) throw new Error(`${breach.rule}: ${breach.message}`);
  });
  const found = fc.check(property, { numRuns: runs, seed });
  const message = found.errorInstance instanceof Error ? found.errorInstance.message : "";
  const again = `PODSTORM_SEED=${seed} npx vitest run scenarios/fuzz/kubelet-rules.test.ts`;
  const smallest = JSON.stringify(found.counterexample?.[0]);
  expect(found.failed, `${message}\nthe smallest life that breaks it: ${smallest}\nrun again: ${again}`).toBe(false);
}, 240_000);

test("the lives that are drawn reach everything that a kubelet says of its containers", () => {
  const said = new Set<string>();
  for (const drawn of fc.sample(kubeletCase(), { numRuns: 600, seed: 1 })) {
    let nodes: TestNodes | null = null;
    runKubeletCase(drawn, (planted) => void (nodes = planted));
    for (const { reason } of nodes!.events) said.add(reason);
  }
  const expected = ["Pulling", "Pulled", "Created", "Started", "Killing", "BackOff", "Unhealthy", "Failed", "FailedPostStartHook"];
  expect([...said]).toEqual(expect.arrayContaining([...expected, "FailedPreStopHook", "SandboxChanged", "DeadlineExceeded", "Rebooted"]));
});

const probe: ProbeCase = { handler: "httpGet", delay: 0, period: 2, timeout: 1, success: 1, failure: 3, grace: null };

function container(change: Partial<ContainerCase> = {}): ContainerCase {
  return {
    isSidecar: false,
    runs: [],
    stop: { after: 0, code: 143 },
    health: [],
    startUp: 0,
    startup: null,
    liveness: null,
    readiness: null,
    postStart: null,
    preStop: null,
    pull: null,
    startFails: false,
    outOfMemory: null,
    rule: "none",
    policy: null,
    ...change,
  };
}

function life(containers: readonly ContainerCase[], pod: Partial<PodCase> = {}, change: Partial<KubeletCase> = {}): KubeletCase {
  const first: PodCase = { createdAt: 0, restartPolicy: "Always", grace: 20, deadline: null, init: [], containers, ...pod };
  return { minor: 36, seed: 1, isSlow: false, pods: [first], occurrences: [], duration: 100_000, longestBackOff: null, ...change };
}

// ── what such lives have brought to light ──
//
// Each was drawn and shrunk from random lives that broke a rule, and holds since.

const crashing = [{ after: 0, code: 1, oomKilled: false }];
const endsWell = [{ after: 0, code: 0, oomKilled: false }];

describe("a kubelet keeps to its rules when", () => {
  const at = (time: number, kind: OccurrenceCase["kind"], lasts = 0): OccurrenceCase => ({ at: time, kind, pod: 0, lasts });
  const neverReady = container({ health: [{ from: 0, isWell: false, lasts: 0 }], readiness: { ...probe, period: 10 } });
  const sidecar = container({ isSidecar: true, readiness: { ...probe, period: 10 } });

  test.each<readonly [string, KubeletCase]>([
    [
      "the node reboots: init containers run again before the application, and go on counting",
      life([container()], { init: [container({ runs: [...crashing, ...endsWell] })] }, { occurrences: [at(1, "reboot")] }),
    ],
    [
      "the node reboots: a sidecar waits for the init container before it",
      life([container()], { init: [container({ runs: endsWell }), sidecar] }, { occurrences: [at(1, "reboot")] }),
    ],
    [
      "a readiness probe of the last instance is answered by the next one",
      life([
        container({ startup: probe }),
        container({
          health: [{ from: 0, isWell: false, lasts: 0 }],
          liveness: { ...probe, period: 10, failure: 1 },
          readiness: { ...probe, handler: "tcpSocket", delay: 10, period: 1 },
        }),
      ]),
    ],
    [
      "it comes back to a Pod that was deleted and got a debugging container meanwhile",
      life([container()], { grace: 30 }, { isSlow: true, occurrences: [at(1, "debug"), at(1, "restartKubelet", 20), at(2, "delete")] }),
    ],
    [
      "it restarts while a container starts that the next kubelet starts as well",
      life(
        [container({ outOfMemory: 500 })],
        { init: [container({ runs: [{ after: 943, code: 0, oomKilled: false }] })] },
        {
          seed: 5,
          isSlow: true,
          occurrences: [at(3_663, "debug"), at(3_664, "restartKubelet")],
        },
      ),
    ],
    [
      "it restarts while a container starts whose Pod the next kubelet ends",
      life([container()], {}, { seed: 0, isSlow: true, occurrences: [at(1, "delete"), at(501, "restartKubelet")] }),
    ],
    [
      "it restarts while a container starts whose Pod the next kubelet ends, and another one's end lets the start come first",
      life(
        [
          container({ stop: null, startup: probe }),
          container({ startup: { ...probe, period: 10 }, preStop: { type: "exec", lasts: 0, fails: false } }),
        ],
        { grace: 30 },
        { seed: 0, isSlow: true, occurrences: [at(1, "delete", 2), at(701, "restartKubelet")], duration: 60_000 },
      ),
    ],
    [
      "it restarts as a container starts that never gets ready, and is Ready for want of probe workers",
      life([neverReady, container()], {}, { minor: 28, occurrences: [at(1, "restartKubelet")], duration: 5_000 }),
    ],
    [
      "a Pod ends as one of its containers has just ended by itself: the others' preStop hooks still come first",
      life(
        [
          container({ runs: [{ after: 5_300, code: 0, oomKilled: false }] }),
          container({ preStop: { type: "exec", lasts: 3_000, fails: false } }),
        ],
        {},
        { isSlow: true, occurrences: [at(6_050, "delete", 20)] },
      ),
    ],
    [
      "it restarts while a container waits for its startup probe, and lets the others begin",
      life([container({ ...neverReady, startup: probe, liveness: probe })], {}, { occurrences: [at(1_500, "restartKubelet")] }),
    ],
  ])("%s", (_name, drawn) => {
    expect(runKubeletCase(drawn)).toEqual([]);
  });
});

// ── each rule is broken on purpose ──

const deleted = { occurrences: [{ at: 5_000, kind: "delete", pod: 0, lasts: 20 }] } as const;
const ending = [{ after: 100, code: 0, oomKilled: false }];
const sick = container({ liveness: probe, health: [{ from: 0, isWell: false, lasts: 0 }] });

/** The machines of a kubelet with their private parts, for faults to be planted in them. */
type Machines = Record<string, Record<string, (...given: readonly never[]) => unknown>>;
const machinesOf = (nodes: TestNodes): Machines => nodes.kubelet.node as unknown as Machines;

interface Planted {
  readonly rule: string;
  readonly fault: string;
  readonly drawn: KubeletCase;
  readonly plant: (nodes: TestNodes) => void;
}

/** Replaces a method; `make` gets the original. */
function replace<Given extends unknown[], Result>(
  nodes: TestNodes,
  machine: string,
  method: string,
  make: (original: (...given: Given) => Result) => (...given: Given) => Result,
): void {
  const owner = machinesOf(nodes)[machine] as unknown as Record<string, (...given: Given) => Result>;
  owner[method] = make(owner[method]!.bind(owner));
}

interface Entry {
  readonly state: { readonly type: string };
  readonly restartCount: number;
}
type View = { readonly containers: readonly { readonly state: string; readonly exitCode: number }[] };
type Status = { readonly containers: readonly Entry[] };

const planted: readonly Planted[] = [
  {
    rule: "statuses-only-advance",
    fault: "restart counts are forgotten once in a while",
    drawn: life([container({ runs: ending })]),
    plant: (nodes) =>
      replace<[number, ...unknown[]], Status>(nodes, "worker", "generate", (original) => (now, ...others) => {
        const status = original(now, ...others);
        return now < 30 * SECOND ? status : { ...status, containers: status.containers.map((entry) => ({ ...entry, restartCount: 0 })) };
      }),
  },
  {
    rule: "one-instance-at-a-time",
    fault: "a start doesn't wait for the kill before it",
    drawn: life([container({ ...sick, stop: null })]),
    plant: (nodes) => {
      replace<unknown[], boolean>(nodes, "lifecycle", "kill", () => () => true);
      replace<[number, number, number, object, { truth: object }], boolean>(
        nodes,
        "lifecycle",
        "start",
        (original) => (now, row, which, sync, detail) => {
          const { truth } = detail;
          detail.truth = { newest: null, before: null };
          const result = original(now, row, which, sync, detail);
          detail.truth = truth;
          return result;
        },
      );
    },
  },
  {
    rule: "init-order-respected",
    fault: "an init container that runs counts as ended",
    drawn: life([container()], { init: [container({ runs: [{ after: 5_000, code: 0, oomKilled: false }] })] }),
    plant: (nodes) =>
      replace<unknown[], View>(nodes, "lifecycle", "view", (original) => (...given) => {
        const view = original(...given);
        const [first, ...others] = view.containers;
        const isRunning = first!.state === "running";
        return isRunning ? { ...view, containers: [{ ...first!, state: "exited", exitCode: 0 }, ...others] } : view;
      }),
  },
  {
    rule: "back-off-respected",
    fault: "a crash loop isn't slowed down",
    drawn: life([container({ runs: ending })]),
    plant: (nodes) => replace<unknown[], number>(nodes, "lifecycle", "backOffUntil", () => () => -Infinity),
  },
  {
    rule: "probes-in-order",
    fault: "the initial delay is overlooked",
    drawn: life([container({ liveness: { ...probe, delay: 10 } })]),
    plant: (nodes) => replace<unknown[], number>(nodes, "prober", "delayedUntil", () => () => 0),
  },
  {
    rule: "probes-in-order",
    fault: "liveness doesn't wait for the startup probe",
    drawn: life([container({ startup: probe, liveness: probe, health: [{ from: 0, isWell: false, lasts: 0 }] })]),
    plant: (nodes) => replace<unknown[], boolean>(nodes, "prober", "hasStarted", () => () => true),
  },
  {
    rule: "probes-in-order",
    fault: "each failure counts twice",
    drawn: life([sick]),
    plant: (nodes) =>
      replace<unknown[], void>(nodes, "prober", "count", (original) => (...given) => {
        original(...given);
        original(...given);
      }),
  },
  {
    rule: "grace-respected",
    fault: "SIGKILL comes after three seconds",
    drawn: life([container({ stop: null })], {}, deleted),
    plant: (nodes) =>
      replace<[number, number, number], void>(
        nodes,
        "termination",
        "armKill",
        (original) => (row, which) => original(row, which, nodes.simulator.now + 3 * SECOND),
      ),
  },
  {
    rule: "grace-respected",
    fault: "SIGKILL never comes",
    drawn: life([container({ stop: null })], {}, deleted),
    plant: (nodes) => replace<unknown[], void>(nodes, "termination", "armKill", () => () => undefined),
  },
  {
    rule: "grace-respected",
    fault: "a preStop hook doesn't use up the grace",
    drawn: life([container({ stop: null, preStop: { type: "exec", lasts: 12_000, fails: false } })], {}, deleted),
    plant: (nodes) =>
      replace<[number, number, number, { grace: number }], void>(
        nodes,
        "termination",
        "waitForTurn",
        (original) => (now, row, which, kill) => {
          kill.grace = 20;
          original(now, row, which, kill);
        },
      ),
  },
  {
    rule: "back-off-respected",
    fault: "a crash loop waits longer than the cap",
    drawn: life([container({ runs: ending })], {}, { longestBackOff: 25 }),
    plant: (nodes) => void ((nodes.kubelet.node.lifecycle as unknown as { rule: { max: number } }).rule.max = 300 * SECOND),
  },
  {
    rule: "pre-stop-first",
    fault: "hooks aren't run",
    drawn: life([container({ preStop: { type: "exec", lasts: 3_000, fails: false } })], {}, deleted),
    plant: (nodes) =>
      replace<[number, number, number, object], void>(nodes, "termination", "run", () => (...given) => {
        const { waitForTurn } = nodes.kubelet.node.termination as unknown as { waitForTurn: (...given: unknown[]) => void };
        waitForTurn.apply(nodes.kubelet.node.termination, given);
      }),
  },
  {
    rule: "sidecars-end-last",
    fault: "sidecars don't wait for the others",
    drawn: life([container({ stop: null })], { init: [container({ isSidecar: true })] }, deleted),
    plant: (nodes) => replace<unknown[], boolean>(nodes, "termination", "isBehind", () => () => false),
  },
  {
    rule: "restarts-follow-policy",
    fault: "a container that ended well is started again under OnFailure",
    drawn: life([container({ runs: ending }), container()], { restartPolicy: "OnFailure" }),
    plant: (nodes) =>
      replace<unknown[], object>(nodes, "lifecycle", "view", (original) => (...given) => ({
        ...original(...given),
        restartPolicy: "Always",
      })),
  },
  {
    rule: "failed-probes-kill",
    fault: "nobody looks at a liveness probe that has failed",
    drawn: life([sick]),
    plant: (nodes) =>
      replace<unknown[], void>(nodes, "worker", "requestSync", (original) => (...given) => {
        if (nodes.simulator.now < 4 * SECOND) original(...given);
      }),
  },
  {
    rule: "ready-after-probe",
    fault: "the first success suffices",
    drawn: life([container({ readiness: { ...probe, success: 3 } })]),
    plant: (nodes) =>
      replace<[number, number, { successThreshold: number }, ...unknown[]], void>(
        nodes,
        "prober",
        "count",
        (original) =>
          (now, row, its, ...others) =>
            original(now, row, { ...its, successThreshold: 1 }, ...others),
      ),
  },
  {
    rule: "ready-after-probe",
    fault: "readiness isn't asked for",
    drawn: life([container({ readiness: probe, health: [{ from: 0, isWell: false, lasts: 0 }] })]),
    plant: (nodes) => replace<unknown[], boolean>(nodes, "prober", "isReady", () => () => true),
  },
  {
    rule: "ends-before-gone",
    fault: "the object is removed while containers still stop",
    drawn: life([container({ stop: null })], {}, deleted),
    plant: (nodes) =>
      replace<[number, number, boolean], void>(nodes, "termination", "begin", (original) => (now, row, isPublished) => {
        original(now, row, isPublished);
        nodes.kubelet.node.send({ kind: "deletePod", pod: nodes.table.records[row]!.id }, now + 1000);
      }),
  },
  {
    rule: "ends-before-gone",
    fault: "the phase turns terminal while a container runs",
    drawn: life([container({ stop: null })], {}, deleted),
    plant: (nodes) =>
      replace<[number, ...unknown[]], object>(nodes, "worker", "generate", (original) => (now, ...others) => {
        const status = original(now, ...others);
        return now < 5 * SECOND ? status : { ...status, phase: 3 };
      }),
  },
];

describe("the rules of a kubelet ring", () => {
  test.each(planted)("$rule: $fault", ({ rule, drawn, plant }) => {
    expect(runKubeletCase(drawn)).toEqual([]);
    const rung = runKubeletCase(drawn, plant).map((breach) => breach.rule);
    expect(rung).toContain(rule);
  });

  test("every one of them has a fault that was planted for it; those of evictions are in kubelet/eviction.test.ts", () => {
    const names = [...kubeletRules.map(({ name }) => name), "back-off-respected"].filter((name) => name !== "one-eviction-per-pass");
    expect(names.filter((name) => !planted.some(({ rule }) => rule === name))).toEqual([]);
  });
});
