/** A Job's podFailurePolicy beyond upstream's own cases, which are among the vectors (engine/conformance). */
import { describe, expect, test } from "vitest";
import type { PodFailureRule } from "../objects/job.ts";
import type { PodRecord } from "../api-server/pod-record.ts";
import { PodCondition, type ContainerState, type PodTemplate } from "../objects/pod.ts";
import { failedPodOf, matchFailurePolicy, type FailedPod } from "./job-failure-policy.ts";

const pod = (change: Partial<FailedPod> = {}): FailedPod => ({
  namespace: "shop",
  name: "batch-0",
  containers: [
    { name: "main", exitCode: 42 },
    { name: "log", exitCode: 0 },
    { name: "late", exitCode: null },
  ],
  conditions: [
    { type: "Ready", status: "False" },
    { type: "DisruptionTarget", status: "True" },
  ],
  ...change,
});

const onExit = (
  action: PodFailureRule["action"],
  operator: "In" | "NotIn",
  values: number[],
  containerName: string | null = null,
): PodFailureRule => ({
  action,
  onExitCodes: { containerName, operator, values },
  onPodConditions: null,
});

const onCondition = (action: PodFailureRule["action"], ...patterns: [type: string, status: "True" | "False"][]): PodFailureRule => ({
  action,
  onExitCodes: null,
  onPodConditions: patterns.map(([type, status]) => ({ type, status })),
});

const exitMessage = "Container main for pod shop/batch-0 failed with exit code 42 matching FailJob rule at index";

describe("the first rule that holds", () => {
  test.each<[string, PodFailureRule[] | null, PodFailureRule["action"] | null, boolean, string | null]>([
    ["none without a policy", null, null, true, null],
    ["none without rules", [], null, true, null],
    ["an exit code that is listed", [onExit("FailJob", "In", [41, 42])], "FailJob", true, `${exitMessage} 0`],
    ["an exit code that isn't", [onExit("FailJob", "In", [41])], null, true, null],
    ["an exit code that isn't among those excepted", [onExit("Ignore", "NotIn", [41])], "Ignore", false, null],
    ["an exit code that is", [onExit("Ignore", "NotIn", [42])], null, true, null],
    ["an exit code 0 is never a failure", [onExit("FailJob", "In", [0], "log"), onExit("FailJob", "NotIn", [42])], null, true, null],
    ["of the container named", [onExit("FailJob", "In", [42], "main")], "FailJob", true, `${exitMessage} 0`],
    ["not of another one", [onExit("FailJob", "In", [42], "log")], null, true, null],
    ["a container that runs has no exit code", [onExit("FailJob", "NotIn", [1], "late")], null, true, null],
    [
      "the second, when the first doesn't hold",
      [onExit("Ignore", "In", [1]), onExit("FailJob", "In", [42])],
      "FailJob",
      true,
      `${exitMessage} 1`,
    ],
    ["the first, when both do", [onExit("Count", "In", [42]), onExit("FailJob", "In", [42])], "Count", true, null],
    ["that fails an index", [onExit("FailIndex", "In", [42])], "FailIndex", true, null],
    ["a condition of that status", [onCondition("Ignore", ["DisruptionTarget", "True"])], "Ignore", false, null],
    ["a condition of another status", [onCondition("Ignore", ["DisruptionTarget", "False"])], null, true, null],
    ["a condition of another type", [onCondition("Ignore", ["Initialized", "True"])], null, true, null],
    [
      "any of several conditions",
      [onCondition("FailJob", ["Initialized", "True"], ["Ready", "False"])],
      "FailJob",
      true,
      "Pod shop/batch-0 has condition Ready matching FailJob rule at index 0",
    ],
  ])("%s", (_, rules, action, counts, message) => {
    expect(matchFailurePolicy(rules, pod())).toEqual({ action, counts, message });
  });

  test("operators and actions that nobody knows hold for nothing", () => {
    const unknownOperator = {
      action: "FailJob",
      onExitCodes: { containerName: null, operator: "Near", values: [41] },
      onPodConditions: null,
    };
    const unknownAction = { ...onExit("FailJob", "In", [42]), action: "Pause" };
    expect(matchFailurePolicy([unknownOperator as PodFailureRule, unknownAction as unknown as PodFailureRule], pod()).action).toBeNull();
  });

  test("a rule that asks for both holds for either", () => {
    const rule = { ...onExit("FailJob", "In", [1]), onPodConditions: [{ type: "Ready", status: "False" }] } as PodFailureRule;
    expect(matchFailurePolicy([rule], pod()).message).toContain("has condition Ready");
    expect(matchFailurePolicy([rule], pod({ conditions: [] })).action).toBeNull();
  });
});

describe("of a Pod's record rules see", () => {
  const ended = (exitCode: number): ContainerState => ({ type: "terminated", reason: "Error", exitCode, startedAt: 1, finishedAt: 2 });
  const running: ContainerState = { type: "running", startedAt: 1 };
  const template = {
    spec: { containers: [{ name: "main" }, { name: "log" }], initContainers: [{ name: "fetch" }] },
  } as unknown as PodTemplate;

  function seen(containers: readonly ContainerState[], initContainers: readonly ContainerState[], conditions: number): FailedPod {
    const statuses = (states: readonly ContainerState[]): object[] => states.map((state) => ({ state }));
    const status = { containers: statuses(containers), initContainers: statuses(initContainers), conditions };
    return failedPodOf({ status } as unknown as PodRecord, template, "shop", "batch-0");
  }

  test("exit codes of regular containers, then of init containers, by their names", () => {
    expect(seen([ended(3), running], [ended(4)], 0).containers).toEqual([
      { name: "main", exitCode: 3 },
      { name: "log", exitCode: null },
      { name: "fetch", exitCode: 4 },
    ]);
  });

  test("conditions as true or false, but a disruption only when there is one", () => {
    const { conditions, namespace, name } = seen([], [], PodCondition.Ready);
    expect([namespace, name]).toEqual(["shop", "batch-0"]);
    expect(conditions).toContainEqual({ type: "Ready", status: "True" });
    expect(conditions).toContainEqual({ type: "PodScheduled", status: "False" });
    expect(conditions.some(({ type }) => type === "DisruptionTarget")).toBe(false);
    expect(conditions.length).toBe(Object.keys(PodCondition).length - 1);
    expect(seen([], [], PodCondition.DisruptionTarget).conditions).toContainEqual({ type: "DisruptionTarget", status: "True" });
  });
});
