import { describe, expect, test } from "vitest";
import { SECOND } from "../kernel/time.ts";
import { pendingPodStatus, PodCondition, PodPhase, type ContainerStatus, type PodStatus } from "../kubernetes/objects/pod.ts";
import { BackOffRespected } from "./back-off-respected.ts";
import { EndsBeforeGone } from "./ends-before-gone.ts";
import { FailedProbesKill } from "./failed-probes-kill.ts";
import { GraceRespected, type KillTerms } from "./grace-respected.ts";
import { InitOrderRespected } from "./init-order-respected.ts";
import { OneEvictionPerPass } from "./one-eviction-per-pass.ts";
import { OneInstanceAtATime } from "./one-instance-at-a-time.ts";
import { PreStopFirst } from "./pre-stop-first.ts";
import { ProbesInOrder } from "./probes-in-order.ts";
import { ReadyAfterProbe } from "./ready-after-probe.ts";
import { RestartsFollowPolicy, type RestartShape } from "./restarts-follow-policy.ts";
import { SidecarsEndLast } from "./sidecars-end-last.ts";
import { StatusesOnlyAdvance } from "./statuses-only-advance.ts";

const POD = 7;
const probeTerms = { hasStartupProbe: true, initialDelay: 5 * SECOND, failureThreshold: 2, successThreshold: 1 };

function entry(restartCount: number, type: "running" | "waiting" = "running"): ContainerStatus {
  const state = type === "running" ? ({ type, startedAt: 1 } as const) : ({ type, reason: "ContainerCreating" } as const);
  return { state, lastState: null, restartCount, ready: true, started: true };
}

function statusOf(change: Partial<PodStatus>): PodStatus {
  return { ...pendingPodStatus, phase: PodPhase.Running, ...change };
}

describe("statuses only advance", () => {
  test("holds while counts grow and the phase ends", () => {
    const check = new StatusesOnlyAdvance();
    for (const count of [0, 1, 1, 4]) expect(check.statusSent(POD, statusOf({ containers: [entry(count)] }))).toBeNull();
    expect(check.statusSent(POD, statusOf({ containers: [entry(4)], phase: PodPhase.Failed }))).toBeNull();
  });

  test("rings for a Pod that comes back from its end", () => {
    const check = new StatusesOnlyAdvance();
    check.statusSent(POD, statusOf({ phase: PodPhase.Succeeded }));
    expect(check.statusSent(POD, statusOf({}))).toBe("Pod 7: phase Running after Succeeded");
  });

  test("rings for a count that falls, unless power was lost in between", () => {
    const check = new StatusesOnlyAdvance();
    check.statusSent(POD, statusOf({ containers: [entry(3)] }));
    expect(check.statusSent(POD, statusOf({ containers: [entry(2)] }))).toBe("Pod 7: restart count 2 after 3");
    check.powerLost(POD);
    expect(check.statusSent(POD, statusOf({ containers: [entry(0)] }))).toBeNull();
  });
});

describe("one instance at a time", () => {
  test("holds for a life in order", () => {
    const check = new OneInstanceAtATime();
    expect(check.sandboxAsked(POD)).toBeNull();
    check.sandboxMade(POD);
    expect(check.startAsked(POD, 0)).toBeNull();
    expect(check.started(POD, 0)).toBeNull();
    check.exited(POD, 0);
    expect(check.startAsked(POD, 0)).toBeNull();
    expect(check.sandboxEnds(POD)).toBeNull();
  });

  test.each([
    ["a second instance", (check: OneInstanceAtATime) => check.startAsked(POD, 0), "started while an instance of it runs"],
    ["a sandbox that goes first", (check: OneInstanceAtATime) => check.sandboxEnds(POD), "the sandbox is stopped while container 0 runs"],
    ["a second sandbox", (check: OneInstanceAtATime) => check.sandboxAsked(POD), "a second sandbox is made while the first exists"],
  ])("rings for %s", (_name, ask, message) => {
    const check = new OneInstanceAtATime();
    check.sandboxMade(POD);
    check.started(POD, 0);
    expect(ask(check)).toContain(message);
  });

  test("rings for a start without a sandbox", () => {
    const check = new OneInstanceAtATime();
    check.sandboxMade(POD);
    check.sandboxGone(POD);
    expect(check.startAsked(POD, 1)).toBe("Pod 7, container 1: started without a sandbox");
    expect(check.started(POD, 1)).toBe("Pod 7, container 1: runs without a sandbox");
  });
});

describe("init order respected", () => {
  const shape = { initCount: 2, isSidecar: [true, false, false], startsOver: false };

  function initialised(): InitOrderRespected {
    const check = new InitOrderRespected();
    check.sandboxMade(POD);
    expect(check.startAsked(POD, 0, shape)).toBeNull();
    check.sidecarStarted(POD, 0);
    expect(check.startAsked(POD, 1, shape)).toBeNull();
    check.exited(POD, 1, 0, shape);
    expect(check.startAsked(POD, 2, shape)).toBeNull();
    return check;
  }

  test("holds for sidecar, init container, application, and for the sidecar's restart", () => {
    expect(initialised().startAsked(POD, 0, shape)).toBeNull();
  });

  test("rings for what starts too early", () => {
    const check = new InitOrderRespected();
    check.sandboxMade(POD);
    expect(check.startAsked(POD, 1, shape)).toBe("Pod 7, container 1: started before init container 0 had passed");
    check.sidecarStarted(POD, 0);
    check.exited(POD, 1, 1, shape);
    expect(check.startAsked(POD, 2, shape)).toBe("Pod 7, container 2: started before init container 1 had passed");
  });

  test("rings for an init container that runs twice in one sandbox, not in the next or when all start over", () => {
    expect(initialised().startAsked(POD, 1, shape)).toBe("Pod 7, init container 1: started again after its good end");
    const anew = initialised();
    anew.sandboxMade(POD);
    expect(anew.startAsked(POD, 0, shape)).toBeNull();
    expect(initialised().startAsked(POD, 0, { ...shape, startsOver: true })).toBeNull();
  });
});

describe("probes in order", () => {
  const terms = probeTerms;

  function started(): ProbesInOrder {
    const check = new ProbesInOrder();
    check.instanceStarted(POD, 0, 1, 1_700_000);
    return check;
  }

  test("the initial delay counts from the whole second of the start", () => {
    expect(started().probeBegins(POD, 0, "startup", 1, 6 * SECOND, terms)).toBeNull();
    expect(started().probeBegins(POD, 0, "startup", 1, 6 * SECOND - 1, terms)).toMatch(/startup probe at .*, allowed from 6s on/);
  });

  test("rings for attempts of one worker that overlap", () => {
    const check = started();
    check.probeBegins(POD, 0, "startup", 1, 6 * SECOND, terms);
    expect(check.probeBegins(POD, 0, "startup", 1, 7 * SECOND, terms)).toBe(
      "Pod 7, container 0: startup probe begins while the one before runs",
    );
  });

  test("liveness waits for the startup probe, which ends with its success", () => {
    const check = started();
    expect(check.probeBegins(POD, 0, "liveness", 1, 6 * SECOND, terms)).toContain("before the startup probe passed");
    check.probeBegins(POD, 0, "startup", 1, 6 * SECOND, terms);
    check.probeEnded(POD, 0, "startup", 1, true, terms);
    expect(check.probeBegins(POD, 0, "readiness", 1, 7 * SECOND, terms)).toBeNull();
    expect(check.probeBegins(POD, 0, "startup", 1, 7 * SECOND, terms)).toContain("after it had passed");
  });

  test.each([
    ["two failures in a row", [false, false], null],
    ["an attempt that came to nothing in between", [false, null, false], null],
    ["a success in between", [false, true, false], "killed for its liveness probe after 1 failures in a row"],
  ])("a kill after %s", (_name, results, message) => {
    const check = started();
    for (const result of results) {
      check.probeBegins(POD, 0, "liveness", 1, 9 * SECOND, { ...terms, hasStartupProbe: false });
      check.probeEnded(POD, 0, "liveness", 1, result, terms);
    }
    const breach = check.killedForProbe(POD, 0, "liveness", 1);
    if (message === null) expect(breach).toBeNull();
    else expect(breach).toContain(message);
  });

  test("of a Pod that is seen late, attempts may be under way, and failures count from then on", () => {
    const check = new ProbesInOrder();
    expect(check.isSeen(POD)).toBe(false);
    check.seesLate(POD);
    expect(check.isSeen(POD)).toBe(true);
    expect(check.probeEnded(POD, 0, "liveness", 1, false, terms)).toBe(true);
    expect(check.killedForProbe(POD, 0, "liveness", 1)).toContain("after 1 failures in a row");
    expect(check.probeBegins(POD, 0, "readiness", 1, SECOND, terms)).toBeNull();
    expect(check.probeBegins(POD, 0, "readiness", 1, 2 * SECOND, terms)).toContain("while the one before runs");
    check.forgetWorkers(POD);
    expect(check.probeEnded(POD, 0, "liveness", 1, false, terms)).toBe(false);
  });
});

describe("probes passed", () => {
  const often = { ...probeTerms, hasStartupProbe: false, successThreshold: 3 };
  const answers = (check: ProbesInOrder, instance: number, results: readonly (boolean | null)[]): boolean[] =>
    results.map((result) => {
      check.probeBegins(POD, 0, "readiness", instance, 60 * SECOND, often);
      check.probeEnded(POD, 0, "readiness", instance, result, often);
      return check.hasPassed(POD, 0, "readiness", instance);
    });

  test.each<readonly [string, readonly (boolean | null)[], readonly boolean[]]>([
    ["as many successes in a row as asked for", [true, true, true], [false, false, true]],
    ["attempts that come to nothing don't count", [true, null, true, true], [false, false, false, true]],
    ["a failure starts over", [true, true, false, true, true, true], [false, false, false, false, false, true]],
    [
      "one failure takes nothing back, two do",
      [true, true, true, false, true, false, false, true],
      [false, false, true, true, true, true, false, false],
    ],
  ])("%s", (_name, results, passed) => {
    expect(answers(new ProbesInOrder(), 1, results)).toEqual(passed);
  });

  test("successes go on over instances, and those of a worker at rest aren't counted", () => {
    const check = new ProbesInOrder();
    answers(check, 1, [true, true]);
    expect(answers(check, 2, [true, true])).toEqual([true, true]);
    const late = new ProbesInOrder();
    late.seesLate(POD);
    expect(answers(late, 1, [true, false, true])).toEqual([true, true, true]);
  });
});

describe("back-off respected", () => {
  const rule = { initial: 10 * SECOND, max: 25 * SECOND, reset: 600 * SECOND, collectAfter: 600 * SECOND };

  /** Starts a second after each end, and delays of 0, 10, 20, 25 s. */
  function crashing(): BackOffRespected {
    const check = new BackOffRespected(rule);
    for (const [at, exit, waited] of [
      [2, 1, 0],
      [13, 3, 10],
      [34, 14, 20],
    ] as const)
      expect(check.containerStarted(POD, 0, at * SECOND, exit * SECOND, waited * SECOND)).toBeNull();
    return check;
  }

  test("holds for delays that double up to the cap", () => {
    const check = crashing();
    expect(check.containerWaits(POD, 0, 59 * SECOND, 35 * SECOND)).toBeNull();
    expect(check.containerStarted(POD, 0, 60 * SECOND, 35 * SECOND, 25 * SECOND)).toBeNull();
  });

  test("rings for a start too soon, for a wait that goes on, and for a delay above the cap", () => {
    expect(crashing().containerStarted(POD, 0, 59 * SECOND, 35 * SECOND)).toBe(
      "Pod 7, container 0: started 24s after its last exit, back-off is 25s",
    );
    expect(crashing().containerWaits(POD, 0, 60 * SECOND, 35 * SECOND)).toBe(
      "Pod 7, container 0: waits 25s after its last exit, back-off is 25s",
    );
    expect(crashing().containerStarted(POD, 0, 75 * SECOND, 35 * SECOND, 40 * SECOND)).toBe(
      "Pod 7, container 0: held back for 40s, back-off is 25s",
    );
  });

  test("rings for a wait after a long run, and for one above the cap of what nothing is known of", () => {
    expect(crashing().containerWaits(POD, 0, 700 * SECOND, 699 * SECOND)).toContain("back-off is 0");
    const other = new BackOffRespected(rule);
    expect(other.containerWaits(POD, 0, 24 * SECOND, 0)).toBeNull();
    expect(other.containerWaits(POD, 0, 25 * SECOND, 0)).not.toBeNull();
  });

  test("an entry that may or may not be dropped allows either", () => {
    const soon = { ...rule, reset: 6000 * SECOND };
    const check = new BackOffRespected(soon);
    check.containerStarted(POD, 0, 2 * SECOND, SECOND);
    check.containerStarted(POD, 0, 700 * SECOND, 690 * SECOND, 10 * SECOND);
    expect(check.containerStarted(POD, 0, 711 * SECOND, 701 * SECOND, 20 * SECOND)).toBeNull();
  });

  test("another image of one container says nothing of the others", () => {
    const check = crashing();
    check.forget(POD, 1);
    expect(check.containerStarted(POD, 0, 40 * SECOND, 35 * SECOND)).not.toBeNull();
    check.forget(POD, 0);
    expect(check.containerStarted(POD, 0, 46 * SECOND, 45 * SECOND)).toBeNull();
  });
});

describe("restarts follow policy", () => {
  const shape = (policy: RestartShape["policy"], action?: "Restart" | "RestartAllContainers"): RestartShape => ({
    policy,
    rules: action === undefined ? [] : [{ action, operator: "In", values: [7] }],
  });

  test.each<readonly [RestartShape, number, "no" | "probe" | "other", boolean]>([
    [shape("Always"), 0, "no", true],
    [shape("OnFailure"), 1, "no", true],
    [shape("OnFailure"), 0, "no", false],
    [shape("Never"), 1, "no", false],
    [shape("Never", "Restart"), 7, "no", true],
    [shape("Never", "Restart"), 1, "no", false],
    [shape("Never", "RestartAllContainers"), 7, "no", true],
    [shape("OnFailure"), 0, "probe", true],
    [shape("Never"), 137, "probe", false],
    [shape("Never"), 0, "other", true],
  ])("%j, exit code %i, killed: %s, may start: %s", (its, code, killed, may) => {
    const check = new RestartsFollowPolicy();
    if (killed !== "no") check.killed(POD, 0, killed === "probe");
    check.killed(POD, 0, false);
    if (killed === "no") check.started(POD, 0);
    check.exited(POD, 0, code, its);
    const breach = check.startAsked(POD, 0, its);
    if (may) expect(breach).toBeNull();
    else expect(breach).toBe(`Pod 7, container 0: started again after exit code ${code}, the policy is ${its.policy}`);
  });

  test("says nothing of what runs, has ended before power was lost, or ends while all start over", () => {
    const check = new RestartsFollowPolicy();
    expect(check.startAsked(POD, 0, shape("Never"))).toBeNull();
    check.exited(POD, 0, 0, shape("Never"));
    check.exited(POD, 1, 7, shape("Never", "RestartAllContainers"));
    expect(check.startAsked(POD, 0, shape("Never"))).toBeNull();
    check.forget(POD);
    check.exited(POD, 0, 0, shape("Never"));
    check.forget(POD);
    expect(check.startAsked(POD, 0, shape("Never"))).toBeNull();
  });
});

describe("preStop first", () => {
  test("holds when the hook has ended, when the grace is over, and where there is no grace", () => {
    const check = new PreStopFirst();
    check.hookBegins(POD, 0, 0);
    check.hookBegins(POD, 1, 0);
    check.hookEnded(POD, 0);
    expect(check.signalled(POD, 0, 4 * SECOND, 10)).toBeNull();
    expect(check.signalled(POD, 1, 10 * SECOND, 10)).toBeNull();
    expect(check.signalled(POD, 2, 0, 0)).toBeNull();
  });

  test("rings for a signal without the hook, or while it runs", () => {
    const check = new PreStopFirst();
    expect(check.signalled(POD, 0, 0, 10)).toBe("Pod 7, container 0: a signal without its preStop hook");
    check.hookBegins(POD, 0, 0);
    expect(check.signalled(POD, 0, 4 * SECOND, 10)).toBe("Pod 7, container 0: a signal 4s into its preStop hook, the grace is 10 s");
    check.hookEnded(POD, 0);
    check.started(POD, 0);
    expect(check.signalled(POD, 0, 20 * SECOND, 10)).not.toBeNull();
  });

  test("the next kubelet runs it anew", () => {
    const check = new PreStopFirst();
    check.hookBegins(POD, 0, 0);
    check.hookEnded(POD, 0);
    check.forget(POD);
    expect(check.signalled(POD, 0, 5 * SECOND, 10)).not.toBeNull();
  });
});

describe("sidecars end last", () => {
  const all = (): boolean => true;

  test("rings for a signal while a container behind it runs, and holds after its end", () => {
    const check = new SidecarsEndLast();
    for (const container of [0, 1, 2]) check.started(POD, container);
    expect(check.signalled(POD, 1, all)).toBe("Pod 7, sidecar 1: a signal while container 2 runs");
    check.exited(POD, 2);
    expect(check.signalled(POD, 1, all)).toBeNull();
    expect(check.signalled(POD, 0, all)).toBe("Pod 7, sidecar 0: a signal while container 1 runs");
    expect(check.signalled(POD, 0, (container) => container !== 1)).toBeNull();
    check.forget(POD);
    expect(check.signalled(POD, 0, all)).toBeNull();
  });
});

describe("failed probes kill", () => {
  const most = 2 * SECOND;

  test("holds for a kill soon after the failure, the sync under way, or the kill before it", () => {
    const check = new FailedProbesKill();
    check.failed(POD, 0, 10 * SECOND);
    expect(check.killed(POD, 0, 11 * SECOND, 5 * SECOND, most)).toBeNull();
    check.failed(POD, 0, 20 * SECOND);
    expect(check.killed(POD, 0, 31 * SECOND, 30 * SECOND, most)).toBeNull();
    check.failed(POD, 0, 40 * SECOND);
    check.exited(POD, 1, 70 * SECOND);
    expect(check.killed(POD, 0, 70 * SECOND, 5 * SECOND, most)).toBeNull();
    expect(check.waiting).toEqual([]);
  });

  test("rings for a kill that comes late, and at the end for one that hasn't come", () => {
    const check = new FailedProbesKill();
    check.failed(POD, 0, 10 * SECOND);
    check.failed(POD, 0, 12 * SECOND);
    expect(check.waiting).toEqual([POD]);
    expect(check.overdue(POD, 12 * SECOND, 0, most)).toBeNull();
    expect(check.overdue(POD, 13 * SECOND, 0, most)).toBe("Pod 7, container 0: not being killed 3s after its liveness probe has failed");
    expect(check.killed(POD, 0, 40 * SECOND, 0, most)).toBe("Pod 7, container 0: not being killed 30s after its liveness probe has failed");
    expect(check.overdue(POD, 50 * SECOND, 0, most)).toBeNull();
  });

  test("what ends by itself, or has another kubelet, needs no kill", () => {
    const check = new FailedProbesKill();
    check.failed(POD, 0, 10 * SECOND);
    check.exited(POD, 0, 20 * SECOND);
    check.failed(POD, 1, 30 * SECOND);
    check.forget(POD);
    expect(check.waiting).toEqual([]);
    expect(check.killed(POD, 1, 90 * SECOND, 0, most)).toBeNull();
  });
});

describe("grace respected", () => {
  const terms: KillTerms = { least: 10, most: 10, sidecars: 0, endsPod: true };

  test("holds for a hook of four seconds, SIGTERM, and SIGKILL at the end of the grace", () => {
    const check = new GraceRespected();
    expect(check.asked(POD, 0, "preStop", 0, terms)).toBeNull();
    expect(check.asked(POD, 0, "TERM", 4 * SECOND, terms)).toBeNull();
    expect(check.asked(POD, 0, "KILL", 10 * SECOND, terms)).toBeNull();
    expect(check.exited(POD, 0, 10 * SECOND, 0)).toBeNull();
  });

  test("rings for SIGKILL before the grace is over, or within two seconds of SIGTERM, or without any", () => {
    const early = new GraceRespected();
    early.asked(POD, 0, "TERM", 0, terms);
    expect(early.asked(POD, 0, "KILL", 9 * SECOND, terms)).toBe("Pod 7, container 0: SIGKILL 9s after the kill began, the grace is 10 s");
    const late = new GraceRespected();
    late.asked(POD, 0, "preStop", 0, terms);
    late.asked(POD, 0, "TERM", 10 * SECOND, terms);
    expect(late.asked(POD, 0, "KILL", 11 * SECOND, terms)).toBe("Pod 7, container 0: SIGKILL 1s after SIGTERM");
    const bare = new GraceRespected();
    expect(bare.asked(POD, 0, "KILL", 0, { ...terms, least: 0 })).toBeNull();
    bare.asked(POD, 1, "preStop", 0, { ...terms, endsPod: false });
    expect(bare.asked(POD, 1, "KILL", 10 * SECOND, terms)).toBe("Pod 7, container 1: SIGKILL without SIGTERM");
  });

  test("rings for a SIGKILL that comes later than the grace and two seconds after SIGTERM, unless the node stood still", () => {
    const check = new GraceRespected();
    check.asked(POD, 0, "preStop", 0, terms);
    expect(check.underWay(POD, 0)).toEqual({ began: 0, least: 10 });
    check.asked(POD, 0, "TERM", 10 * SECOND, terms);
    expect(check.asked(POD, 0, "KILL", 12 * SECOND, terms)).toBeNull();
    expect(check.asked(POD, 0, "KILL", 13 * SECOND, terms)).toBe(
      "Pod 7, container 0: SIGKILL 13s after the kill began, the grace is 10 s: too late",
    );
    check.standsStill(POD);
    expect(check.asked(POD, 0, "KILL", 14 * SECOND, terms)).toBeNull();
    expect(check.underWay(POD, 1)).toBeNull();
  });

  test("rings for a container that lives on, at its end or at the run's", () => {
    const check = new GraceRespected();
    check.asked(POD, 0, "TERM", 0, terms);
    expect(check.overdue(14 * SECOND, 0)).toBeNull();
    expect(check.overdue(15 * SECOND, 0)).toBe("Pod 7, container 0: not dead 15s after the kill began, the grace is 10 s");
    expect(check.exited(POD, 0, 15 * SECOND, 0)).toContain("not dead 15s");
  });

  test("another kubelet begins anew", () => {
    const check = new GraceRespected();
    check.asked(POD, 0, "TERM", 0, terms);
    check.forgetKills(POD);
    check.asked(POD, 0, "TERM", 8 * SECOND, terms);
    expect(check.exited(POD, 0, 20 * SECOND, 0)).toBeNull();
  });
});

describe("ready after probe", () => {
  const ready = statusOf({ conditions: PodCondition.Ready, containers: [entry(2)] });

  test("holds once the readiness probe of this very instance has passed", () => {
    const check = new ReadyAfterProbe();
    check.instanceStarted(POD, 0, 2);
    expect(check.statusSent(POD, ready, 0)).toBe("Pod 7: Ready before the readiness probe of container 0 has passed");
    check.probePassed(POD, 0, 1);
    expect(check.statusSent(POD, ready, 0)).not.toBeNull();
    check.probePassed(POD, 0, 2);
    expect(check.statusSent(POD, ready, 0)).toBeNull();
  });

  test("lets a new kubelet call ready what ran already, until it takes that back or has probed it", () => {
    const unready = statusOf({ containers: [{ ...entry(2), ready: false }] });
    for (const ends of [
      (check: ReadyAfterProbe) => check.statusSent(POD, unready, 0),
      (check: ReadyAfterProbe) => {
        check.probeBegan(POD, 0, 2);
        // Worked out before the probe, and sent after it.
        expect(check.statusSent(POD, ready, 0)).toBeNull();
      },
    ]) {
      const check = new ReadyAfterProbe();
      check.instanceStarted(POD, 0, 2);
      check.kubeletLost(POD);
      expect(check.statusSent(POD, ready, 0)).toBeNull();
      ends(check);
      expect(check.statusSent(POD, ready, 0)).toBe("Pod 7: Ready before the readiness probe of container 0 has passed");
    }
  });

  test("says the same of a container that the last kubelet asked for, and nothing of the next one", () => {
    const check = new ReadyAfterProbe();
    check.instanceStarted(POD, 0, 2, true);
    expect(check.statusSent(POD, ready, 0)).toBeNull();
    check.instanceStarted(POD, 0, 3);
    expect(check.statusSent(POD, { ...ready, containers: [entry(3)] }, 0)).not.toBeNull();
  });

  test("rings for a container that doesn't run", () => {
    const check = new ReadyAfterProbe();
    expect(check.statusSent(POD, { ...ready, containers: [entry(0, "waiting")] }, 1)).toBe("Pod 7: Ready while container 1 is waiting");
  });
});

describe("one eviction per pass", () => {
  test("holds where the next Pod goes after a look at the clean-up of the one before", () => {
    const check = new OneEvictionPerPass();
    expect(check.evicted(0, 1, 10 * SECOND, SECOND)).toBeNull();
    check.exited(0, 1, 12 * SECOND);
    expect(check.evicted(0, 2, 13 * SECOND, SECOND)).toBeNull();
    expect(check.evicted(1, 3, 13 * SECOND, SECOND)).toBeNull();
  });

  test("rings where it goes as soon as the one before has ended", () => {
    const check = new OneEvictionPerPass();
    check.evicted(0, 1, 10 * SECOND, SECOND);
    check.exited(0, 1, 12 * SECOND);
    expect(check.evicted(0, 2, 12.5 * SECOND, SECOND)).toBe(
      "Pod 2: evicted 500ms after Pod 1 of its node had ended or was evicted: in one pass",
    );
  });

  test("asks nothing of the next kubelet", () => {
    const check = new OneEvictionPerPass();
    check.evicted(0, 1, 10 * SECOND, SECOND);
    check.kubeletLost(0);
    expect(check.evicted(0, 2, 10.5 * SECOND, SECOND)).toBeNull();
  });
});

describe("ends before gone", () => {
  test("rings for a removal or a terminal phase while a container runs, and holds after its end", () => {
    const check = new EndsBeforeGone();
    check.started(POD, 1);
    expect(check.removalAsked(POD)).toBe("Pod 7: removed while container 1 runs");
    expect(check.statusSent(POD, PodPhase.Failed)).toBe("Pod 7: phase Failed while container 1 runs");
    expect(check.statusSent(POD, PodPhase.Running)).toBeNull();
    check.exited(POD, 1);
    expect(check.removalAsked(POD)).toBeNull();
  });
});
