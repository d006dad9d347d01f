/** Live losses in the model's words: tables of (outcome, what the Pod went through) → state and cause. */
import { describe, expect, it } from "vitest";
import { CauseKind } from "../../engine/cause-kinds.ts";
import type { CauseRow } from "../../engine/kernel/causes.ts";
import { Outcome } from "../../engine/traffic/outcome.ts";
import { lossCounts } from "./live-losses.ts";
import type { LiveLoss } from "./load-client.ts";

const POD = 7;

function row(id: number, kind: number, time: number, subject = POD): CauseRow {
  return { id, parent: 0, kind, subject, detail: 0, time };
}

function loss(outcome: Outcome, at: number, pod = POD, count = 1): LiveLoss {
  return { outcome, pod, first: at, last: at, count };
}

describe("the cause of a live loss", () => {
  it.each([
    ["refused while it starts", Outcome.refused, CauseKind.containerStarted, "not listening yet"],
    ["refused after SIGTERM", Outcome.refused, CauseKind.signalled, "listener closed before removal"],
    ["refused after an exit", Outcome.refused, CauseKind.containerExited, "listener closed before removal"],
    ["refused after the Pod has gone", Outcome.refused, CauseKind.podRemoved, "routed after removal"],
    ["reset by a kill", Outcome.reset, CauseKind.killedAtGraceEnd, "killed while serving"],
    ["reset by the memory limit", Outcome.reset, CauseKind.oomKilled, "out of memory"],
    ["timed out", Outcome.timedOut, CauseKind.containerStarted, "slow answer"],
    ["unreachable", Outcome.unreachable, CauseKind.sandboxStopped, "address gone"],
    ["a server error", Outcome.serverError, CauseKind.containerStarted, "overload"],
  ] as const)("%s", (_case, outcome, kind, state) => {
    expect(lossCounts([[loss(outcome, 100)]], [0], [row(1, kind, 50)])).toEqual([
      { load: 0, outcome, state, cause: 1, count: 1, first: 100, last: 100 },
    ]);
  });

  it("is the Pod's latest transition before the loss, whatever happened elsewhere or later", () => {
    const causes = [
      row(1, CauseKind.containerStarted, 10),
      row(2, CauseKind.signalled, 60),
      row(3, CauseKind.signalled, 40, 8),
      row(4, CauseKind.readyChanged, 45),
    ];
    expect(lossCounts([[loss(Outcome.refused, 50)]], [0], causes)[0]?.cause).toBe(1);
  });

  it("is the change of the endpoints when there were none", () => {
    const causes = [row(1, CauseKind.endpointsChanged, 10, 3), row(2, CauseKind.endpointsChanged, 20, 4)];
    expect(lossCounts([[loss(Outcome.noEndpoint, 50, -1)]], [3], causes)).toMatchObject([{ state: "no endpoint", cause: 1 }]);
  });

  it("adds up what has the same cause, and is 0 when nothing is known", () => {
    const losses = [loss(Outcome.refused, 50, POD, 2), loss(Outcome.refused, 90, POD, 3)];
    expect(lossCounts([losses], [0], [])).toEqual([
      { load: 0, outcome: Outcome.refused, state: "listener closed before removal", cause: 0, count: 5, first: 50, last: 90 },
    ]);
  });
});
