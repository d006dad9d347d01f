/** Chains told from the loss back to what began it. */
import { describe, expect, test } from "vitest";
import { applicationDetail, ApplicationTrait, CauseKind, readApplicationDetail } from "../engine/cause-kinds.ts";
import { CauseChains, chainKey, chainText } from "./cause-chain.ts";
import { sampleResult } from "./testdata/sample-result.ts";

test.each([
  [ApplicationTrait.capacity, 0, 1, 0],
  [ApplicationTrait.capacity, 17, 250, 262_143],
  [ApplicationTrait.exit, -1, 0, 0],
  [ApplicationTrait.startFails, 4094, 262_143, 262_143],
])("the detail of an application's row says what it was made of (%i, %i, %i, %i)", (trait, load, concurrency, queue) => {
  expect(readApplicationDetail(applicationDetail(trait, load, concurrency, queue))).toEqual({ trait, load, concurrency, queue });
});

describe("a cause chain", () => {
  const chains = new CauseChains(sampleResult());

  test("ends at the action that began it, past the rollout step nearest to the loss", () => {
    expect(chains.chainOf(112)).toEqual({
      near: ["application closed its listener", "SIGTERM sent", "Pod deleted", "rollout step of default/web"],
      cycle: 0,
      repeats: 0,
      root: "action: set image of deployment default/web to web:v2",
      rollout: "default/web",
      fault: null,
      rootTime: 60_000_000,
      subject: "default/web-7c9d-c2",
      subjectKind: "pod",
      besides: null,
    });
  });

  test("reads the same for the first and a later step of one rollout", () => {
    const { near, root } = chains.chainOf(106);
    expect({ near, root }).toEqual({ near: chains.chainOf(112).near, root: chains.chainOf(112).root });
  });

  test("names the fault at its root, and what it happened to", () => {
    expect(chains.chainOf(202)).toMatchObject({
      near: ["node lost"],
      root: "fault: node-loss",
      fault: 0,
      rollout: null,
      subject: "node-3",
    });
    expect(chains.chainOf(304).root).toBe("fault: flaky health check (probe-failure)");
  });

  test("names exit codes", () => {
    expect(chains.chainOf(304).near[0]).toBe("container exited with code 143");
  });

  test("without any fault or action says so", () => {
    const lonely = new CauseChains(
      sampleResult({ causes: [{ id: 7, parent: 0, kind: CauseKind.probeFailing, subject: 1, detail: 0, time: 5 }] }),
    );
    expect(lonely.chainOf(7)).toMatchObject({ near: ["probe fails"], root: "no fault or action behind it" });
  });

  test.each([
    [applicationDetail(ApplicationTrait.capacity, 0, 2, 1000), "application: concurrency 2 and queue 1,000 of default/web under load web"],
    [applicationDetail(ApplicationTrait.capacity, -1, 2, 4), "application: concurrency 2 and queue 4 of default/web under its load"],
    [applicationDetail(ApplicationTrait.serviceTime, 0), "application: serviceTime of default/web against the timeout of load web"],
    [applicationDetail(ApplicationTrait.exit), "application: exit of default/web"],
    [applicationDetail(ApplicationTrait.unhealthyAfter), "application: unhealthyAfter of default/web"],
    [applicationDetail(ApplicationTrait.script), "application: script of default/web"],
    [applicationDetail(ApplicationTrait.probeTime), "application: probeTime of default/web against its probe's timeout"],
    [applicationDetail(ApplicationTrait.startFails), "application: startFails of default/web"],
  ])("that ends in what the application does names it (%i)", (detail, root) => {
    const own = new CauseChains(
      sampleResult({
        causes: [
          { id: 8, parent: 7, kind: CauseKind.containerExited, subject: 1, detail: 1, time: 6 },
          { id: 7, parent: 0, kind: CauseKind.application, subject: 1, detail, time: 5 },
        ],
      }),
    );
    expect(own.chainOf(8)).toMatchObject({ near: ["container exited with code 1"], root });
  });

  describe("of an overload", () => {
    const { overload, application } = CauseKind;
    const at = (seconds: number) => {
      const row = { subject: 1, detail: applicationDetail(ApplicationTrait.capacity, 0, 2, 4), time: seconds * 1_000_000 };
      const { causes } = sampleResult();
      return new CauseChains(
        sampleResult({
          causes: [...causes, { ...row, id: 9, parent: 8, kind: overload }, { ...row, id: 8, parent: 0, kind: application }],
        }),
      ).chainOf(9);
    };

    test("has the rollout that had taken replicas away for its other parent", () => {
      expect(at(70)).toMatchObject({ rollout: null, besides: { rollout: "default/web" } });
      expect(chainText(at(70))).toBe(
        "overload ← application: concurrency 2 and queue 4 of default/web under load web; fewer replicas than desired: rollout step of default/web ← action: set image of deployment default/web to web:v2",
      );
      expect(chainKey(at(70))).not.toBe(chainKey(at(160)));
    });

    test("has none while nothing is missing", () => {
      expect(at(160).besides).toBeNull();
      expect(at(59).besides).toBeNull();
    });
  });

  test.each([
    [CauseKind.postStartFailed, 1, 0, "postStart hook of default/web failed"],
    [CauseKind.memoryLimit, 1, 0, "manifest: resources.limits.memory of default/web"],
    [CauseKind.nodeOutOfMemory, 3, 0, "memory of node-3: its Pods need more than it has"],
    [CauseKind.nodePressure, 3, 3, "node-3 is short of memory and disk"],
  ])("that begins with a shortage ends at what was short (%i)", (kind, subject, detail, root) => {
    const short = new CauseChains(
      sampleResult({
        causes: [
          { id: 8, parent: 7, kind: CauseKind.oomKilled, subject: 1, detail: 0, time: 6 },
          { id: 7, parent: 0, kind, subject, detail, time: 5 },
        ],
      }),
    );
    expect(short.chainOf(8)).toMatchObject({ near: ["killed for memory"], root });
  });

  test("that was not recorded is not made up", () => {
    expect(chains.chainOf(0).root).toBe("cause not recorded");
    expect(chains.chainOf(999).root).toBe("cause not recorded");
  });

  test("that runs in a circle ends all the same", () => {
    const row = (id: number, parent: number) => ({ id, parent, kind: CauseKind.podDeleted, subject: 1, detail: 0, time: 1 });
    const circle = new CauseChains(sampleResult({ causes: [row(1, 2), row(2, 1)] }));
    expect(circle.rowsOf(1)).toHaveLength(2);
  });

  describe("of a crash loop", () => {
    const { containerStarted, containerListening, oomKilled, podBound, settled } = CauseKind;
    const row = (id: number, kind: number, subject = 1) => ({ id, parent: id - 1, kind, subject, detail: 0, time: id });
    /** Settled, bound, then so many lives, each of three rows; the last row is the last kill. */
    const loop = (lives: number, other = 1) => [
      row(1, settled, 0),
      row(2, podBound),
      ...Array.from({ length: lives }, (_, life) => [
        row(3 + 3 * life, containerStarted, life === 1 ? other : 1),
        row(4 + 3 * life, containerListening, life === 1 ? other : 1),
        row(5 + 3 * life, oomKilled, life === 1 ? other : 1),
      ]).flat(),
    ];
    const looped = (lives: number, other?: number) => new CauseChains(sampleResult({ causes: loop(lives, other) })).chainOf(2 + 3 * lives);

    test("tells each transition once, and how often it came again", () => {
      expect(chainText(looped(1))).toBe("killed for memory ← application listens ← container started ← Pod bound ← as the run began");
      expect(chainText(looped(2))).toBe(
        "killed for memory ← application listens ← container started (repeated once) ← Pod bound ← as the run began",
      );
      expect(chainText(looped(6), 0)).toBe(
        "killed for memory ← application listens ← container started (repeated up to 5 times) ← Pod bound ← as the run began",
      );
    });

    test("reads the same however often it went round", () => {
      expect(chainKey(looped(6))).toBe(chainKey(looped(1)));
    });

    test("takes any overload of a Pod for the same", () => {
      const { overload, probeKill } = CauseKind;
      const causes = [1, 2, 3, 4].map((id) => ({ ...row(id, id % 2 === 0 ? probeKill : overload), detail: id % 2 === 0 ? 0 : id }));
      expect(new CauseChains(sampleResult({ causes })).chainOf(4).near).toEqual(["killed after failed probes", "overload"]);
    });

    test("counts the lives of one Pod only", () => {
      expect(looped(2, 7)).toMatchObject({ repeats: 0, cycle: 0 });
    });
  });
});
