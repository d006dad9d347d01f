/** When Pods on a node that drives them away go. */
import { expect, test } from "vitest";
import { SECOND } from "../../kernel/time.ts";
import { Harness, deployment, node } from "../control-plane.exam.ts";
import type { Deployment } from "../objects/deployment.ts";
import type { Taint, Toleration } from "../objects/meta.ts";

const taint: Taint = { key: "gpu", value: "", effect: "NoExecute" };
const AT = 10 * SECOND;

function tolerating(tolerations: readonly Toleration[]): Deployment {
  const base = deployment("web", { replicas: 1 });
  const { template } = base.spec;
  return { ...base, spec: { ...base.spec, template: { ...template, spec: { ...template.spec, tolerations } } } };
}

const tolerates = (tolerationSeconds: number | null): Toleration => ({
  key: "gpu",
  operator: "Exists",
  value: "",
  effect: "NoExecute",
  tolerationSeconds,
});

test.each<[string, readonly Toleration[], number | null]>([
  ["at once if they tolerate nothing", [], 0],
  ["after the time that they tolerate it", [tolerates(30)], 30],
  ["never if they tolerate it for ever", [tolerates(null)], null],
])("a NoExecute taint drives Pods away %s", (_, tolerations, seconds) => {
  const tainted = new Harness({
    objects: [tolerating(tolerations)],
    nodes: [node("a")],
    start: "settled",
    gone: 600 * SECOND,
    actions: [{ type: "taint", at: AT, node: "a", add: [taint], remove: [] }],
  });
  const isGoing = (at: number): boolean =>
    tainted
      .runUntil(at)
      .pods()
      .some(({ deletionTimestamp }) => deletionTimestamp >= 0);
  const end = seconds === null ? Infinity : AT + seconds * SECOND;
  if (end > AT) expect(isGoing(Math.min(end, 400 * SECOND) - SECOND)).toBe(false);
  expect(isGoing(Math.min(end, 400 * SECOND) + 2 * SECOND)).toBe(seconds !== null);
});
