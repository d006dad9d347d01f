/** Nodes and Namespaces in the API's shape. */
import { wholeSeconds } from "../../kernel/time.ts";
import { timestamp } from "../../values/calendar.ts";
import { ofKind } from "../api-server/object-record.ts";
import { NODE_CONDITIONS, NodePressure, NodeReady, nodePressureNames, type NodeRecord } from "../objects/node.ts";
import type { ApiCondition, ApiNamespace, ApiNode } from "./api-object.ts";
import { quantitiesOf } from "./pod-templates.ts";
import { LONG_AGO, metadataOf, nodeAddress, unlessZero, type ViewSource } from "./view-source.ts";

export function apiNode(source: ViewSource, node: NodeRecord): ApiNode {
  const template = source.store.nodeTemplates[node.index]!;
  const { name, zone, cpu, memory, storage, pods } = template;
  const resources = { ...quantitiesOf({ cpu, memory, storage }), pods: String(pods) };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: metadataOf(source, "Node", {
      namespace: "",
      name,
      resourceVersion: node.resourceVersion,
      createdAt: node.createdAt ?? LONG_AGO,
      labels: {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        ...(zone === "" ? {} : { "topology.kubernetes.io/zone": zone }),
        ...(node.labels ?? template.labels),
      },
    }),
    spec: {
      ...unlessZero("unschedulable", node.unschedulable),
      ...(node.taints.length === 0
        ? {}
        : { taints: node.taints.map(({ key, value, effect }) => ({ key, ...unlessZero("value", value), effect })) }),
    },
    status: {
      capacity: resources,
      allocatable: resources,
      conditions: conditionsOf(source, node),
      addresses: [
        { type: "InternalIP", address: nodeAddress(node.index) },
        { type: "Hostname", address: name },
      ],
      nodeInfo: { kubeletVersion: `v${source.versions.text}.0` },
    },
  };
}

const healthy: Readonly<Record<keyof typeof NodePressure, readonly [reason: string, message: string]>> = {
  MemoryPressure: ["KubeletHasSufficientMemory", "kubelet has sufficient memory available"],
  DiskPressure: ["KubeletHasNoDiskPressure", "kubelet has no disk pressure"],
  PIDPressure: ["KubeletHasSufficientPID", "kubelet has sufficient PID available"],
};
const pressed: Readonly<Record<keyof typeof NodePressure, readonly [reason: string, message: string]>> = {
  MemoryPressure: ["KubeletHasInsufficientMemory", "kubelet has insufficient memory available"],
  DiskPressure: ["KubeletHasDiskPressure", "kubelet has disk pressure"],
  PIDPressure: ["KubeletHasInsufficientPID", "kubelet has insufficient PID available"],
};

/** Heartbeats are the lease's. */
function conditionsOf({ store }: ViewSource, node: NodeRecord): ApiCondition[] {
  const lastHeartbeatTime = timestamp(wholeSeconds(store.leaseRenewals[node.index] ?? 0));
  const since = node.createdAt ?? LONG_AGO;
  const timesOf = (at: number): Pick<ApiCondition, "lastHeartbeatTime" | "lastTransitionTime"> => {
    const changed = store.nodeTransitions[node.index * NODE_CONDITIONS + at] ?? -1;
    return { lastHeartbeatTime, lastTransitionTime: timestamp(changed < 0 ? since : wholeSeconds(changed)) };
  };
  const ofReady = timesOf(nodePressureNames.length);
  const isUnknown = node.ready === NodeReady.Unknown;
  const unknown = { status: "Unknown", reason: "NodeStatusUnknown", message: "Kubelet stopped posting node status." } as const;
  const pressures = nodePressureNames.map((type, at): ApiCondition => {
    if (isUnknown) return { type, ...unknown, ...timesOf(at) };
    const isSet = ((node.pressure ?? 0) & NodePressure[type]) !== 0;
    const [reason, message] = isSet ? pressed[type] : healthy[type];
    return { type, status: isSet ? "True" : "False", reason, message, ...timesOf(at) };
  });
  if (isUnknown) return [...pressures, { type: "Ready", ...unknown, ...ofReady }];
  const isReady = node.ready === NodeReady.True;
  return [
    ...pressures,
    {
      type: "Ready",
      status: isReady ? "True" : "False",
      reason: isReady ? "KubeletReady" : "KubeletNotReady",
      message: isReady ? "kubelet is posting ready status" : "kubelet is not ready",
      ...ofReady,
    },
  ];
}

const usual = ["default", "kube-node-lease", "kube-public", "kube-system"];

/** Those of every cluster, those of the manifests, and those that objects were put into without one. */
export function apiNamespaces(source: ViewSource): ApiNamespace[] {
  const { namespaces, store } = source;
  const written = new Map(namespaces.map((namespace) => [namespace.name, namespace]));
  const used = Array.from({ length: store.workloads.size }, (_, index) => store.workloads.workload(index).namespace);
  const names = [...new Set([...usual, ...written.keys(), ...used])].filter((name) => !store.goneNamespaces.has(name)).sort();
  return names.map((name) => ({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: metadataOf(source, "Namespace", {
      namespace: "",
      name,
      createdAt: usual.includes(name) || source.wasThere("Namespace", "", name) || !written.has(name) ? LONG_AGO : 0,
      labels: { "kubernetes.io/metadata.name": name, ...written.get(name)?.labels },
      annotations: written.get(name)?.annotations ?? {},
    }),
    status: { phase: ofKind(store.findObject("Namespace", "", name), "Namespace")?.status.phase ?? "Active" },
  }));
}
