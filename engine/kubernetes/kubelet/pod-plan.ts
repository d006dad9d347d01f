/** What the kubelet needs to know of a Pod template, worked out once per template: its containers by index, its probes in slot order, its timer kinds. */
import { SECOND, type Duration } from "../../kernel/time.ts";
import type { TemplateId } from "../objects/definitions.ts";
import type { Container, PodTemplate, Probe } from "../objects/pod.ts";
import { portIsKnown } from "../probes/port.ts";
import { handlerIndex } from "../probes/index.ts";
import { ProbeRole } from "./ports.ts";
import { FIRST_PROBE_KIND, KINDS_PER_CONTAINER, SLOTS_PER_ADMISSION } from "./timers.ts";

export interface ProbePlan {
  readonly container: number;
  readonly role: ProbeRole;
  readonly probe: Probe;
  /** Index of the handler's kind in `probeKinds`. */
  readonly handler: number;
  /** It connects to a port of the application (exec doesn't). */
  readonly usesPort: boolean;
  readonly period: Duration;
  readonly timeout: Duration;
  readonly initialDelay: Duration;
  readonly successThreshold: number;
  readonly failureThreshold: number;
  /** False: the port's name is unknown, so the attempt errs and counts for nothing. */
  readonly targetIsKnown: boolean;
}

export interface PodPlan {
  readonly id: TemplateId;
  readonly template: PodTemplate;
  /** Init containers first, then regular ones. */
  readonly containers: readonly Container[];
  readonly initCount: number;
  /** Ephemeral containers, in the order in which they were added: without probes, ports and hooks, and no part of the Pod's line. */
  readonly ephemeral: readonly Container[];
  /** Init container with restartPolicy Always, by index. */
  readonly isSidecar: readonly boolean[];
  readonly hasSidecars: boolean;
  /** In slot order: container, then startup < liveness < readiness. */
  readonly probes: readonly ProbePlan[];
  /** Position in `probes` of (container × 3 + role), -1: no such probe. */
  readonly probeOf: Int8Array;
  /** Kind of a container's first timer: this + 8 × container. */
  readonly firstContainerKind: number;
  /** Kind of the first probe's result. */
  readonly firstResultKind: number;
  /** Admission numbers that the Pod takes. */
  readonly admissions: number;
}

/** The definition of a container by index; ephemeral ones come after all others. */
export function containerAt(plan: PodPlan, container: number): Container {
  return plan.containers[container] ?? plan.ephemeral[container - plan.containers.length]!;
}

export function planPod(id: TemplateId, template: PodTemplate): PodPlan {
  const { initContainers, containers: regular, ephemeralContainers: ephemeral = [] } = template.spec;
  const containers = [...initContainers, ...regular];
  const initCount = initContainers.length;
  const isSidecar = containers.map((container, index) => index < initCount && container.restartPolicy === "Always");
  const probes: ProbePlan[] = [];
  const probeOf = new Int8Array(containers.length * 3).fill(-1);
  containers.forEach((container, index) => {
    if (index < initCount && !isSidecar[index]!) return;
    const ofRole = [container.startupProbe, container.livenessProbe, container.readinessProbe];
    for (const role of [ProbeRole.startup, ProbeRole.liveness, ProbeRole.readiness]) {
      const probe = ofRole[role];
      if (probe === null || probe === undefined) continue;
      probeOf[index * 3 + role] = probes.length;
      probes.push(planProbe(container, index, role, probe));
    }
  });
  const firstContainerKind = FIRST_PROBE_KIND + probes.length;
  const firstResultKind = firstContainerKind + KINDS_PER_CONTAINER * containers.length;
  const admissions = Math.ceil((firstResultKind + probes.length) / SLOTS_PER_ADMISSION);
  const hasSidecars = isSidecar.includes(true);
  return {
    id,
    template,
    containers,
    initCount,
    ephemeral,
    isSidecar,
    hasSidecars,
    probes,
    probeOf,
    firstContainerKind,
    firstResultKind,
    admissions,
  };
}

function planProbe(container: Container, index: number, role: ProbeRole, probe: Probe): ProbePlan {
  const { handler } = probe;
  return {
    container: index,
    role,
    probe,
    handler: handlerIndex(handler.type),
    usesPort: handler.type !== "exec",
    period: probe.periodSeconds * SECOND,
    timeout: probe.timeoutSeconds * SECOND,
    initialDelay: probe.initialDelaySeconds * SECOND,
    successThreshold: probe.successThreshold,
    failureThreshold: probe.failureThreshold,
    targetIsKnown: handler.type === "exec" || portIsKnown(handler.port, container.ports),
  };
}
