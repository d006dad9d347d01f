/** Vectors of endpoints: who is in them, as what, and how often they are written. */
import { MILLISECOND, SECOND } from "../kernel/time.ts";
import { EndpointCondition } from "../kubernetes/api-server/client.ts";
import { Harness, replicaSet, service } from "../kubernetes/control-plane.exam.ts";
import { belongsToSlices, endpointConditions } from "../kubernetes/controllers/endpoint-slice.ts";
import { newestVersions, versionsOfMinor, type Versions } from "../kubernetes/versions.ts";
import { type WrittenPod, podOf } from "./written-pods.ts";

interface MembershipInput {
  readonly pod: WrittenPod;
  readonly includeTerminating: boolean;
}

export function endpointsMembership(input: MembershipInput): unknown {
  return membership(input, newestVersions);
}

export function endpointsMembershipOf120(input: MembershipInput): unknown {
  return membership(input, versionsOfMinor(20));
}

function membership({ pod, includeTerminating }: MembershipInput, version: Versions): unknown {
  const policy = pod.spec?.restartPolicy ?? "Always";
  return { inEndpoints: belongsToSlices(podOf(pod), policy, false, { ...version, endpointsTellTerminating: includeTerminating }) };
}

export function endpointSliceConditions(input: {
  readonly podReadyCondition: boolean;
  readonly podTerminating: boolean;
  readonly publishNotReadyAddresses: boolean;
}): unknown {
  const bits = endpointConditions(input.podReadyCondition, input.podTerminating, input.publishNotReadyAddresses);
  return {
    ready: (bits & EndpointCondition.ready) !== 0,
    serving: (bits & EndpointCondition.serving) !== 0,
    terminating: (bits & EndpointCondition.terminating) !== 0,
  };
}

/** A whole control plane on a node of its own; each change is a size, which reaches the slices as an update and, later, a removal of no effect here. */
export function endpointsBatching(input: {
  readonly batchPeriodSeconds: number;
  readonly changes: readonly { readonly delaySeconds: number }[];
  readonly finalWaitSeconds: number;
}): unknown {
  let at = 10 * SECOND;
  const actions = input.changes.map(({ delaySeconds }, index) => {
    at += delaySeconds * SECOND;
    return { type: "scale", at: Math.round(at), namespace: "default", kind: "ReplicaSet", name: "web", replicas: 9 - index } as const;
  });
  const harness = new Harness({
    objects: [replicaSet("web", 10), service("web")],
    start: "settled",
    gone: 60 * SECOND,
    actions,
    settings: { endpointsBatch: input.batchPeriodSeconds * SECOND, controllerSync: MILLISECOND },
  });
  harness.runUntil(at + input.finalWaitSeconds * SECOND);
  return { writes: harness.endpointLog.length - 1 };
}
