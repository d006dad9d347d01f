/** One probe worker, tick by tick, beyond upstream's own cases, which are among the vectors (engine/conformance). */
import { describe, expect, it, test } from "vitest";
import { HandDrivenWorker, type Shown } from "./hand-driven-worker.ts";
import { ProbeRole } from "./ports.ts";

const running: Shown = { generation: 0, isRunning: true, isStarted: true, ageSeconds: 100 };
const ended: Shown = { ...running, isRunning: false };

describe("a probe worker", () => {
  it("of a startup probe holds after success until the next instance (1.32)", () => {
    const worker = new HandDrivenWorker(ProbeRole.startup, {}, "Always", 36);
    const starting = { ...running, isStarted: false };
    expect(worker.tick(1, starting, "success")).toMatchObject({ result: "Success", onHold: true, resultRun: 0 });
    expect(worker.tick(2, starting, "success").probed).toBe(false);
    expect(worker.tick(3, { ...starting, generation: 1 }, "success").probed).toBe(true);
  });

  it("says yes after as many successes in a row as asked for, and not before", () => {
    const worker = new HandDrivenWorker(ProbeRole.readiness, { successThreshold: 3 }, "Always", 36);
    const answers = ["success", "success", "failure", "success", "success", "success"] as const;
    const results = answers.map((answer, index) => worker.tick(index + 1, running, answer).result);
    expect(results).toEqual(["Failure", "Failure", "Failure", "Failure", "Failure", "Success"]);
  });

  it("takes no answer of another instance", () => {
    const worker = new HandDrivenWorker(ProbeRole.liveness, { failureThreshold: 1 }, "Always", 36);
    worker.tick(1, { ...running, generation: 3, ageSeconds: 0 }, "success");
    worker.finish(2, 2, "failure");
    expect(worker.result).toBe("Success");
  });
});

describe("a worker whose container has ended", () => {
  const always = { restartPolicy: "Always" } as const;
  const never = { restartPolicy: "Never" } as const;
  const rule = { ...never, restartPolicyRules: [{ action: "Restart", operator: "In", values: [42] } as const] };
  test.each([
    [20, "Always", {}, 1, true],
    [20, "OnFailure", {}, 0, true],
    [20, "Never", {}, 0, false],
    [36, "Always", {}, 1, true],
    [36, "OnFailure", {}, 1, true],
    [36, "OnFailure", {}, 0, false],
    [36, "Never", {}, 1, false],
    [36, "Never", always, 0, true],
    [34, "Never", always, 0, false],
    [36, "Never", rule, 42, true],
    [36, "Never", rule, 41, false],
    [36, "Always", never, 1, false],
  ] as const)("1.%i, policy %s, %j, exit code %i: goes on is %s", (minor, policy, terms, exitCode, goesOn) => {
    for (const role of [ProbeRole.startup, ProbeRole.liveness, ProbeRole.readiness]) {
      const worker = new HandDrivenWorker(role, {}, policy, minor, terms);
      worker.tick(1, { ...running, isStarted: role !== ProbeRole.startup }, "error");
      expect(worker.tick(2, { ...ended, exitCode }, "success")).toMatchObject({ probed: false, result: "Failure", keepGoing: goesOn });
    }
  });

  it("goes on while the container waits, whatever the policy", () => {
    const worker = new HandDrivenWorker(ProbeRole.readiness, {}, "Never", 36);
    worker.tick(1, running, "success");
    expect(worker.tick(2, { ...ended, exitCode: null }, "success")).toMatchObject({ result: "Failure", keepGoing: true });
  });
});
