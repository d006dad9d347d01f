/** Vectors of where Pods may go and where requests may go, by labels, answered by the functions of scheduler and proxy. */
import { selectEndpoints } from "../kubernetes/network/endpoint-selection.ts";
import { blankTemplate } from "../kubernetes/objects/blank-pod.ts";
import { Definitions } from "../kubernetes/objects/definitions.ts";
import type { NodeTemplate } from "../kubernetes/objects/node.ts";
import type { Pod } from "../kubernetes/objects/pod.ts";
import { readScheduling, type WrittenScheduling } from "../kubernetes/objects/scheduling.ts";
import { Workloads } from "../kubernetes/objects/workloads.ts";
import type { NodeVerdict } from "../kubernetes/scheduler/node-filters.ts";
import { Placement } from "../kubernetes/scheduler/placement.ts";
import type { PodClass } from "../kubernetes/scheduler/pod-classes.ts";

type Labels = Readonly<Record<string, string>>;

interface WrittenSpec extends WrittenScheduling {
  readonly nodeSelector?: Labels;
  readonly nodeName?: string;
}

interface WrittenNode {
  readonly metadata: { readonly name?: string; readonly labels?: Labels };
}

const requirement = "key operator values";
const affinity = `nodeSelector* affinity{nodeAffinity{requiredDuringSchedulingIgnoredDuringExecution{nodeSelectorTerms{matchExpressions{${requirement}} matchFields{${requirement}}}}}}`;
const selector = `labelSelector{matchLabels* matchExpressions{${requirement}}}`;
const metadata = "metadata{name namespace labels* deletionTimestamp}";
export const affinityFields: string = `pod{${metadata} spec{${affinity}}} node{${metadata} spec{} status*}`;
export const spreadFields: string = `pod{${metadata} spec{${affinity} topologySpreadConstraints{maxSkew topologyKey whenUnsatisfiable ${selector}}}} nodes{${metadata} spec{} status*} existingPods{${metadata} spec{nodeName}}`;
export const endpointFields: string =
  "endpoints{address isLocal ready serving terminating zoneHints} nodeZone service{internalTrafficPolicy externalTrafficPolicy externallyAccessible topologyAnnotation} topologyHintsEnabled";

interface WrittenPod {
  readonly metadata?: { readonly namespace?: string; readonly labels?: Labels; readonly deletionTimestamp?: string };
  readonly spec: WrittenSpec;
}

/** With room for everyone. */
function nodeOf({ metadata: { name = "", labels = {} } }: WrittenNode): NodeTemplate {
  return { name, labels, zone: "", cpu: 1_000_000, memory: 1e15, pods: 1_000, taints: [] };
}

function podOf({ metadata: { namespace = "", labels = {} } = {}, spec }: WrittenPod, name: string): Pod {
  return {
    kind: "Pod",
    metadata: { name, namespace, labels, annotations: {} },
    template: blankTemplate([], { nodeSelector: spec.nodeSelector ?? {}, ...readScheduling(spec, labels) }, labels),
  };
}

/** The scheduler's answer of each node, with the other Pods where they are. */
function verdictsOf(
  written: WrittenPod,
  writtenNodes: readonly WrittenNode[],
  others: readonly WrittenPod[],
  ask: (placement: Placement, node: number, podClass: PodClass) => NodeVerdict,
): readonly NodeVerdict[] {
  const nodes = writtenNodes.map(nodeOf);
  const definitions = new Definitions();
  const workloads = new Workloads();
  const placement = new Placement(nodes, definitions, workloads, 1);
  const learn = (pod: Pod): readonly [number, number] => [workloads.add(pod), definitions.intern(pod.template)];
  others.forEach((other, index) => {
    const [workload, template] = learn(podOf(other, `other-${index}`));
    const node = nodes.findIndex(({ name }) => name === other.spec.nodeName);
    if (node < 0) return;
    placement.add(node, workload, template);
    if (other.metadata?.deletionTimestamp !== undefined) placement.leave(node, workload, template);
  });
  const [workload, template] = learn(podOf(written, "pod"));
  return nodes.map((_, node) => ask(placement, node, placement.classOf(workload, template)));
}

export function nodeAffinity(input: { readonly pod: WrittenPod; readonly node: WrittenNode }): unknown {
  return {
    schedulable: verdictsOf(input.pod, [input.node], [], (placement, node, podClass) => placement.verdict(node, podClass, -1))[0]?.by === 0,
  };
}

export function topologySpread(input: {
  readonly pod: WrittenPod;
  readonly nodes: readonly WrittenNode[];
  readonly existingPods: readonly WrittenPod[];
}): unknown {
  const statusOf = ({ by, isHopeless }: NodeVerdict): string =>
    by === 0 ? "Success" : isHopeless ? "UnschedulableAndUnresolvable" : "Unschedulable";
  const verdicts = verdictsOf(input.pod, input.nodes, input.existingPods, (placement, node, podClass) =>
    placement.relationsVerdict(node, podClass),
  );
  return { status: Object.fromEntries(verdicts.map((verdict, index) => [input.nodes[index]?.metadata.name ?? "", statusOf(verdict)])) };
}

export function serviceEndpoints(input: {
  readonly service: {
    readonly internalTrafficPolicy: "Cluster" | "Local";
    readonly externalTrafficPolicy: "Cluster" | "Local";
    readonly externallyAccessible: boolean;
  };
  readonly nodeZone: string | null;
  readonly endpoints: readonly {
    readonly address: string;
    readonly ready: boolean;
    readonly serving: boolean;
    readonly terminating: boolean;
    readonly isLocal: boolean;
    readonly zoneHints?: readonly string[];
  }[];
}): unknown {
  const { internalTrafficPolicy, externalTrafficPolicy, externallyAccessible } = input.service;
  const endpoints = input.endpoints.map(({ address, ready, serving, terminating, isLocal, zoneHints = [] }) => ({
    address,
    isReady: ready,
    isServing: serving,
    isTerminating: terminating,
    isLocal,
    zoneHints,
  }));
  const policy = { internal: internalTrafficPolicy, external: externalTrafficPolicy, isExternallyAccessible: externallyAccessible };
  const { cluster, local, reachable, hasAny } = selectEndpoints(endpoints, policy, input.nodeZone);
  const addresses = (list: readonly { readonly address: string }[]): string[] => list.map(({ address }) => address).toSorted();
  return {
    clusterEndpoints: cluster === null ? null : addresses(cluster),
    localEndpoints: local === null ? null : addresses(local),
    allReachable: addresses(reachable),
    hasAnyEndpoints: hasAny,
  };
}

/** The lists as sets. */
export function expectedEndpoints(expected: Readonly<Record<string, unknown>>): unknown {
  return Object.fromEntries(
    Object.entries(expected).map(([name, value]) => [name, Array.isArray(value) ? (value as readonly string[]).toSorted() : value]),
  );
}
