/** What follows from an exit: a container's own rules, else its policy, else the Pod's. */
import { expect, test } from "vitest";
import { afterExit, mayRestartAll, podTerms, type RestartTerms } from "./restart-rules.ts";

const rule = (action: "Restart" | "RestartAllContainers", operator: "In" | "NotIn", ...values: number[]): RestartTerms => ({
  restartPolicy: "Never",
  restartPolicyRules: [{ action, operator, values }],
});

test.each([
  [0, "Always", podTerms, "restart"],
  [0, "OnFailure", podTerms, "stays"],
  [1, "OnFailure", podTerms, "restart"],
  [1, "Never", podTerms, "stays"],
  [1, "Never", { restartPolicy: "Always" }, "restart"],
  [1, "Always", { restartPolicy: "Never" }, "stays"],
  [42, "Always", rule("Restart", "In", 42), "restart"],
  [42, "Always", rule("RestartAllContainers", "In", 42), "restartAll"],
  [41, "Always", rule("RestartAllContainers", "In", 42), "stays"],
  [41, "Always", rule("RestartAllContainers", "NotIn", 42), "restartAll"],
  [42, "Always", rule("Restart", "NotIn", 42), "stays"],
] as const)("exit code %i, policy %s, %j: %s", (exitCode, policy, terms, wanted) => {
  expect(afterExit(exitCode, policy, terms)).toBe(wanted);
});

test("whose rules restart all is known beforehand", () => {
  expect(mayRestartAll(rule("RestartAllContainers", "In", 1))).toBe(true);
  expect(mayRestartAll(rule("Restart", "In", 1))).toBe(false);
  expect(mayRestartAll(podTerms)).toBe(false);
});
