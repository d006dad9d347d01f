/**
 * Whether nothing happens in a case, so that "settled" has to be what was rolled out long ago: said of what is known to be
 * harmless, so that a field that nobody thought of is none. What shrinking changes is looked at again.
 */
import { isMapping, valueAt } from "./document-path.ts";
import type { FuzzCase, PlainDocument } from "./fuzz-case.ts";

const harmlessFields: ReadonlySet<string> = new Set(
  "seed duration warmup manifests nodes applications load kubernetesVersion thresholds invariants sometimes start".split(" "),
);
const harmlessTraits: ReadonlySet<string> = new Set(["selector", "startUp", "serviceTime", "shutdown", "calls", "health"]);
const harmlessNodes: ReadonlySet<string> = new Set(["count", "zones", "capacity", "kubelet"]);

/** Within the time that the long way round is given (properties.ts). */
export function comesToRest({ scenario, manifests }: FuzzCase): boolean {
  const spec = scenario["spec"];
  if (!isMapping(spec)) return false;
  const happens = Object.entries(spec).some(
    ([field, value]) => !harmlessFields.has(field) && !(Array.isArray(value) && value.length === 0),
  );
  return (
    !happens &&
    entriesOf(spec["nodes"]).every((group) => Object.keys(group).every((field) => harmlessNodes.has(field))) &&
    entriesOf(spec["applications"]).every(isHarmless) &&
    manifests.every(isCalm)
  );
}

function entriesOf(list: unknown): readonly PlainDocument[] {
  return Array.isArray(list) ? list.filter(isMapping) : [];
}

/** Health checks of others kill nobody. */
function isHarmless(application: PlainDocument): boolean {
  const { health } = application;
  return (
    Object.keys(application).every((trait) => harmlessTraits.has(trait)) &&
    (health === undefined || valueAt(health, ["on"]) === "readiness")
  );
}

/** Gates count as opened long ago; the rest isn't settled, or ends. */
const unsettling = ["initContainers", "readinessGates", "activeDeadlineSeconds", "nodeName"] as const;
const patience = 30;

/** No Pod is killed by its own probes while it starts. */
function isCalm(manifest: PlainDocument): boolean {
  const { kind } = manifest;
  if (kind === "Service") return true;
  if (kind !== "Deployment") return false;
  // Paused, it was rolled out before; applied, it never is.
  if (valueAt(manifest, ["spec", "paused"]) === true) return false;
  const pod = valueAt(manifest, ["spec", "template", "spec"]);
  if (!isMapping(pod) || unsettling.some((field) => pod[field] !== undefined)) return false;
  return entriesOf(pod["containers"]).every(({ livenessProbe, startupProbe }) => {
    const isPatient = livenessProbe === undefined || Number(valueAt(livenessProbe, ["initialDelaySeconds"]) ?? 0) >= patience;
    return isPatient && (startupProbe === undefined || Number(valueAt(startupProbe, ["failureThreshold"]) ?? 3) >= patience);
  });
}
