/** kubectl set image, env and resources, kubectl rollout restart: a patch of the Pod template, and so (but for ReplicaSets and ReplicationControllers) a rollout. */
import { wholeSeconds } from "../kernel/time.ts";
import { withEnv, withImage, withMetadata, withResources } from "../kubernetes/objects/pod-template.ts";
import type { Container, PodTemplate } from "../kubernetes/objects/pod.ts";
import { canonicalQuantity } from "../values/quantity.ts";
import { timestamp } from "../values/calendar.ts";
import type { ActionSpec, TemplateChange } from "./action.ts";
import type { Operator, Steps } from "./operator.ts";
import { findWorkload, refuse, sayDone, type Found } from "./workload.ts";

/** Source: kubectl pkg/polymorphichelpers/objectrestarter.go. */
const RESTARTED_AT = "kubectl.kubernetes.io/restartedAt";

export function isTemplateChange(action: ActionSpec): action is TemplateChange {
  return action.type === "setImage" || action.type === "setEnv" || action.type === "setResources" || action.type === "restart";
}

/** Null: it has no such container. */
export function changedTemplateOf(change: TemplateChange, template: PodTemplate): PodTemplate | null {
  switch (change.type) {
    case "setImage":
      return withImage(template, change.container, change.image);
    case "setEnv":
      return withEnv(template, change.container, change.env);
    case "setResources":
      return withResources(template, change.container, change.requests, change.limits);
    case "restart":
      return withMetadata(template, "annotations", { [RESTARTED_AT]: timestamp(wholeSeconds(change.at)) });
  }
}

export function* changeTemplate(action: TemplateChange, operator: Operator): Steps {
  const { kind, namespace, name } = action;
  const found = yield* findWorkload(action, operator);
  if (found === null) return;
  const problem = problemOf(action, found, changedTemplateOf(action, found.template));
  if (problem !== null) return refuse(action, problem, operator);
  const answer = yield {
    kind: "patchWorkload",
    type: kind,
    namespace,
    name,
    patch: ({ template }) => ({ template: changedTemplateOf(action, template) ?? template }),
  };
  sayDone(action, answer, operator);
}

/** Why kubectl or the API server refuses it; null: it is fine. */
function problemOf(action: TemplateChange, found: Found, changed: PodTemplate | null): string | null {
  const { kind, name } = action;
  if (changed === null)
    return `error: unable to find container named "${action.type === "restart" ? "" : action.container}" in ${kind.toLowerCase()} "${name}"`;
  if (action.type === "restart") {
    if (found.isPaused) return `error: ${kind.toLowerCase()}s.apps "${name}" can't restart paused deployment (run rollout resume first)`;
    if (JSON.stringify(changed) === JSON.stringify(found.template))
      return "error: if restart has already been triggered within the past second, please wait before attempting to trigger another";
  }
  if (action.type !== "setResources") return null;
  const problems = changed.spec.containers.flatMap(({ resources }, at) =>
    amountsAboveLimits(resources).map(
      ({ name: amount, request, limit }) =>
        `spec.template.spec.containers[${at}].resources.requests: Invalid value: "${request}": must be less than or equal to ${amount} limit of ${limit}`,
    ),
  );
  if (problems.length === 0) return null;
  return `The ${kind} "${name}" is invalid: ${problems.length === 1 ? problems[0]! : `[${problems.join(", ")}]`}`;
}

/** Source: pkg/apis/core/validation ValidateResourceRequirements. */
function amountsAboveLimits({ requests, limits }: Container["resources"]): { name: string; request: string; limit: string }[] {
  return (["cpu", "memory"] as const).flatMap((name) => {
    const [request = 0, limit = Infinity] = [requests[name], limits[name]];
    return request > limit ? [{ name, request: amountText(name, request), limit: amountText(name, limit) }] : [];
  });
}

/** Millicores or bytes as the API writes them. */
function amountText(name: "cpu" | "memory", amount: number): string {
  const family = name === "memory" && amount % 1024 === 0 ? "binary" : "decimal";
  return canonicalQuantity({ nano: BigInt(amount) * (name === "cpu" ? 1_000_000n : 1_000_000_000n), family });
}
