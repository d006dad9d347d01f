/** Vectors of where Pods may go and where requests may go, by labels, answered by the functions of scheduler and proxy. */
import { selectEndpoints } from "../kubernetes/network/endpoint-selection.ts";
import { readLabelSelector } from "../kubernetes/objects/label-selector.ts";
import type { WrittenLabelSelector } from "../kubernetes/objects/written.ts";
import {
  admitsByAffinity,
  spreadVerdicts,
  type NodeDemand,
  type NodeRequirement,
  type NodeTerm,
  type SelectableNode,
  type SpreadVerdict,
} from "../kubernetes/scheduler/plugins/index.ts";

type Labels = Readonly<Record<string, string>>;

interface WrittenRequirement {
  readonly key: string;
  readonly operator: NodeRequirement["operator"];
  readonly values?: readonly string[];
}

interface WrittenTerm {
  readonly matchExpressions?: readonly WrittenRequirement[];
  readonly matchFields?: readonly WrittenRequirement[];
}

interface WrittenSpec {
  readonly nodeSelector?: Labels;
  readonly affinity?: {
    readonly nodeAffinity?: {
      readonly requiredDuringSchedulingIgnoredDuringExecution?: { readonly nodeSelectorTerms?: readonly WrittenTerm[] | null };
    };
  };
  readonly topologySpreadConstraints?: readonly {
    readonly maxSkew: number;
    readonly topologyKey: string;
    readonly whenUnsatisfiable: "DoNotSchedule" | "ScheduleAnyway";
    readonly labelSelector?: WrittenLabelSelector;
  }[];
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

function demandOf({ nodeSelector = {}, affinity: written }: WrittenSpec): NodeDemand {
  const required = written?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return { nodeSelector, terms: required === undefined ? null : (required.nodeSelectorTerms ?? []).map(termOf) };
}

function termOf({ matchExpressions = [], matchFields = [] }: WrittenTerm): NodeTerm {
  const requirementOf = ({ key, operator, values = [] }: WrittenRequirement): NodeRequirement => ({ key, operator, values });
  return { matchExpressions: matchExpressions.map(requirementOf), matchFields: matchFields.map(requirementOf) };
}

function nodeOf({ metadata: { name = "", labels = {} } }: WrittenNode): SelectableNode {
  return { name, labels };
}

export function nodeAffinity(input: { readonly pod: { readonly spec: WrittenSpec }; readonly node: WrittenNode }): unknown {
  return { schedulable: admitsByAffinity(demandOf(input.pod.spec), nodeOf(input.node)) };
}

const statusNames: Readonly<Record<SpreadVerdict, string>> = {
  fits: "Success",
  skewed: "Unschedulable",
  keyMissing: "UnschedulableAndUnresolvable",
};

interface WrittenPod {
  readonly metadata?: { readonly namespace?: string; readonly labels?: Labels; readonly deletionTimestamp?: string };
  readonly spec: WrittenSpec & { readonly nodeName?: string };
}

export function topologySpread(input: {
  readonly pod: WrittenPod;
  readonly nodes: readonly WrittenNode[];
  readonly existingPods: readonly WrittenPod[];
}): unknown {
  const constraints = (input.pod.spec.topologySpreadConstraints ?? [])
    .filter(({ whenUnsatisfiable }) => whenUnsatisfiable === "DoNotSchedule")
    .map(({ maxSkew, topologyKey, labelSelector }) => ({ maxSkew, topologyKey, labelSelector: readLabelSelector(labelSelector) }));
  const demand = demandOf(input.pod.spec);
  const nodes = input.nodes.map(nodeOf);
  const labelled = ({ metadata: { namespace = "", labels = {} } = {} }: WrittenPod): { namespace: string; labels: Labels } => ({
    namespace,
    labels,
  });
  const placed = input.existingPods.map((pod) => ({
    ...labelled(pod),
    node: nodes.findIndex(({ name }) => name === pod.spec.nodeName),
    isTerminating: pod.metadata?.deletionTimestamp !== undefined,
  }));
  const spread = nodes.map((node) => ({ labels: node.labels, isEligible: admitsByAffinity(demand, node) }));
  const verdicts = spreadVerdicts(constraints, labelled(input.pod), spread, placed);
  return { status: Object.fromEntries(verdicts.map((verdict, index) => [nodes[index]?.name ?? "", statusNames[verdict]])) };
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
