/** Chains told from the loss back to what began it. */
import { describe, expect, test } from "vitest";
import { CauseKind } from "../engine/cause-kinds.ts";
import { CauseChains } from "./cause-chain.ts";
import { sampleResult } from "./testdata/sample-result.ts";

describe("a cause chain", () => {
  const chains = new CauseChains(sampleResult());

  test("ends at the action that began it, past the rollout step nearest to the loss", () => {
    expect(chains.chainOf(112)).toEqual({
      near: ["application closed its listener", "SIGTERM sent", "Pod deleted", "rollout step of default/web"],
      root: "action: set image of deployment default/web to web:v2",
      rollout: "default/web",
      fault: null,
      rootTime: 60_000_000,
      subject: "default/web-7c9d-c2",
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
      sampleResult({ causes: [{ id: 7, parent: 0, kind: CauseKind.overload, subject: 1, detail: 0, time: 5 }] }),
    );
    expect(lonely.chainOf(7)).toMatchObject({ near: ["overload"], root: "no fault or action behind it" });
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
});
