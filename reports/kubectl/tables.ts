/** The table of each kind, as `kubectl get` and `get -o wide` print it. Source: pkg/printers/internalversion/printers.go. */
import type {
  ApiDeployment,
  ApiEndpoints,
  ApiEndpointSlice,
  ApiEvent,
  ApiHorizontalPodAutoscaler,
  ApiNamespace,
  ApiNode,
  ApiObject,
  ApiPod,
  ApiService,
  ApiSnapshot,
} from "../../engine/kubernetes/views/api-object.ts";
import { age, madeAndSelected, name, replicaSetColumns, type Column } from "./columns.ts";
import { ageOf } from "./human-duration.ts";
import { qualifiedName, type KindNames, type Plural } from "./kinds.ts";
import { podRow } from "./pod-row.ts";
import { formatLabels } from "./selector.ts";
import { alignedColumns } from "./tab-writer.ts";
import { workloadTables } from "./workload-tables.ts";

export interface TableOptions {
  readonly isWide: boolean;
  /** `-A`: a column for the namespace. */
  readonly hasNamespaces: boolean;
  /** Several kinds: names carry theirs. */
  readonly hasKinds: boolean;
}

type ItemOf<P extends Plural> = ApiSnapshot[P][number];

/** Widths of kubectl's GetNewTabWriter. */
const LEAST = 6;
const PADDING = 3;

export function formatTable(kind: KindNames, items: readonly ApiObject[], snapshot: ApiSnapshot, options: TableOptions): string {
  const all = tables[kind.plural] as unknown as readonly Column<ApiObject>[];
  const columns = all.filter(({ isWide, isThere }) => (options.isWide || isWide !== true) && isThere?.(snapshot.printing) !== false);
  const context = { at: snapshot.at, printing: snapshot.printing };
  const withNamespace = options.hasNamespaces && kind.isNamespaced;
  const header = [...(withNamespace ? ["NAMESPACE"] : []), ...columns.map(({ title }) => title)];
  const rows = items.map((item) => {
    const cells = columns.map(({ title, cell }) => {
      const text = firstLine(cell(item, context));
      return title === "NAME" && options.hasKinds ? qualifiedName(kind, text) : text;
    });
    return [...(withNamespace ? [item.metadata.namespace ?? ""] : []), ...cells];
  });
  return `${alignedColumns([header, ...rows].map((cells) => cells.join("\t")).join("\n"), LEAST, PADDING)}\n`;
}

/** kubectl cuts a cell at its first line break. */
function firstLine(text: string): string {
  const at = text.search(/[\f\n\r]/);
  return (at === -1 ? text : `${text.slice(0, at)}...`).replaceAll("\t", " ");
}

const pods: readonly Column<ApiPod>[] = [
  name,
  { title: "READY", cell: (pod, { at, printing }) => podRow(pod, at, printing).ready },
  { title: "STATUS", cell: (pod, { at, printing }) => podRow(pod, at, printing).status },
  { title: "RESTARTS", cell: (pod, { at, printing }) => podRow(pod, at, printing).restarts },
  age,
  { title: "IP", isWide: true, cell: ({ status }) => status.podIP ?? "<none>" },
  { title: "NODE", isWide: true, cell: ({ spec }) => spec.nodeName ?? "<none>" },
  { title: "NOMINATED NODE", isWide: true, cell: ({ status }) => status.nominatedNodeName ?? "<none>" },
  { title: "READINESS GATES", isWide: true, cell: gatesOf },
];

function gatesOf({ spec, status }: ApiPod): string {
  const gates = spec.readinessGates ?? [];
  if (gates.length === 0) return "<none>";
  const open = gates.filter(({ conditionType }) =>
    (status.conditions ?? []).some(({ type, status: value }) => type === conditionType && value === "True"),
  );
  return `${open.length}/${gates.length}`;
}

const deployments: readonly Column<ApiDeployment>[] = [
  name,
  { title: "READY", cell: ({ spec, status }) => `${status.readyReplicas ?? 0}/${spec.replicas}` },
  { title: "UP-TO-DATE", cell: ({ status }) => String(status.updatedReplicas ?? 0) },
  { title: "AVAILABLE", cell: ({ status }) => String(status.availableReplicas ?? 0) },
  age,
  ...madeAndSelected,
];

const horizontalpodautoscalers: readonly Column<ApiHorizontalPodAutoscaler>[] = [
  name,
  { title: "REFERENCE", cell: ({ spec }) => `${spec.scaleTargetRef.kind}/${spec.scaleTargetRef.name}` },
  { title: "TARGETS", cell: (autoscaler, { printing }) => targetsText(autoscaler, printing.autoscalersNameMetrics) },
  { title: "MINPODS", cell: ({ spec }) => String(spec.minReplicas) },
  { title: "MAXPODS", cell: ({ spec }) => String(spec.maxReplicas) },
  { title: "REPLICAS", cell: ({ status }) => String(status.currentReplicas) },
  age,
];

/** Metrics shown before the rest is counted. Source: printers.go formatHPAMetrics. */
const METRICS_SHOWN = 2;

function targetsText({ spec, status }: ApiHorizontalPodAutoscaler, namesMetrics: boolean): string {
  if (spec.metrics.length === 0) return "<none>";
  const texts = spec.metrics.map(({ type, resource, containerResource }, index) => {
    const measured = status.currentMetrics[index];
    const source = resource ?? containerResource;
    if (source === undefined) return `<unknown>/<unknown> (${type})`;
    const current = (measured?.resource ?? measured?.containerResource)?.current;
    const isAverage = source.target.averageValue !== undefined;
    const now = isAverage
      ? current?.averageValue
      : current?.averageUtilization === undefined
        ? undefined
        : `${current.averageUtilization}%`;
    const target = isAverage ? source.target.averageValue : `${source.target.averageUtilization ?? 0}%`;
    return `${namesMetrics ? `${source.name}: ` : ""}${now ?? "<unknown>"}/${target}`;
  });
  const shown = texts.slice(0, METRICS_SHOWN).join(", ");
  return texts.length > METRICS_SHOWN ? `${shown} + ${texts.length - METRICS_SHOWN} more...` : shown;
}

const services: readonly Column<ApiService>[] = [
  name,
  { title: "TYPE", cell: ({ spec }) => spec.type },
  { title: "CLUSTER-IP", cell: ({ spec }) => spec.clusterIP ?? "<none>" },
  { title: "EXTERNAL-IP", cell: ({ spec }) => (spec.type === "LoadBalancer" ? "<pending>" : (spec.externalName ?? "<none>")) },
  { title: "PORT(S)", cell: ({ spec }) => servicePorts(spec.ports) },
  age,
  { title: "SELECTOR", isWide: true, cell: ({ spec }) => formatLabels(spec.selector) },
];

function servicePorts(ports: ApiService["spec"]["ports"] = []): string {
  if (ports.length === 0) return "<none>";
  return ports
    .map(({ port, nodePort, protocol }) => (nodePort === undefined ? `${port}/${protocol}` : `${port}:${nodePort}/${protocol}`))
    .join(",");
}

/** Addresses shown before the rest is counted. */
const SHOWN = 3;

function firstFew(texts: readonly string[]): string {
  const shown = texts.slice(0, SHOWN).join(",");
  return texts.length > SHOWN ? `${shown} + ${texts.length - SHOWN} more...` : shown;
}

const endpoints: readonly Column<ApiEndpoints>[] = [name, { title: "ENDPOINTS", cell: endpointsText }, age];

function endpointsText({ subsets }: ApiEndpoints): string {
  if (subsets === undefined || subsets.length === 0) return "<none>";
  return firstFew(
    subsets.flatMap(({ addresses = [], ports }) =>
      ports.length === 0 ? addresses.map(({ ip }) => ip) : ports.flatMap(({ port }) => addresses.map(({ ip }) => `${ip}:${port}`)),
    ),
  );
}

const endpointslices: readonly Column<ApiEndpointSlice>[] = [
  name,
  { title: "ADDRESSTYPE", cell: ({ addressType }) => addressType },
  { title: "PORTS", cell: ({ ports }) => (ports.length === 0 ? "<unset>" : firstFew(ports.map(({ port }) => String(port)))) },
  {
    title: "ENDPOINTS",
    cell: ({ endpoints: list }) => (list.length === 0 ? "<unset>" : firstFew(list.flatMap(({ addresses }) => addresses))),
  },
  age,
];

const nodes: readonly Column<ApiNode>[] = [
  name,
  { title: "STATUS", cell: nodeStatus },
  { title: "ROLES", cell: ({ metadata }) => rolesOf(metadata.labels ?? {}) },
  age,
  { title: "VERSION", cell: ({ status }) => status.nodeInfo.kubeletVersion },
  { title: "INTERNAL-IP", isWide: true, cell: ({ status }) => addressOf(status.addresses, "InternalIP") },
  { title: "EXTERNAL-IP", isWide: true, cell: ({ status }) => addressOf(status.addresses, "ExternalIP") },
  { title: "OS-IMAGE", isWide: true, cell: () => "<unknown>" },
  { title: "KERNEL-VERSION", isWide: true, cell: () => "<unknown>" },
  { title: "CONTAINER-RUNTIME", isWide: true, cell: () => "<unknown>" },
];

function nodeStatus({ spec, status }: ApiNode): string {
  const ready = status.conditions.find(({ type }) => type === "Ready");
  const word = ready === undefined ? "Unknown" : ready.status === "True" ? "Ready" : "NotReady";
  return spec.unschedulable === true ? `${word},SchedulingDisabled` : word;
}

const ROLE = "node-role.kubernetes.io/";

/** `control-plane,worker`, or `<none>`. */
export function rolesOf(labels: Readonly<Record<string, string>>): string {
  const roles = Object.keys(labels)
    .filter((label) => label.startsWith(ROLE) && label.length > ROLE.length)
    .map((label) => label.slice(ROLE.length))
    .sort();
  return roles.length === 0 ? "<none>" : roles.join(",");
}

function addressOf(addresses: ApiNode["status"]["addresses"], wanted: string): string {
  return addresses.find(({ type }) => type === wanted)?.address ?? "<none>";
}

const namespaces: readonly Column<ApiNamespace>[] = [name, { title: "STATUS", cell: ({ status }) => status.phase }, age];

const events: readonly Column<ApiEvent>[] = [
  { title: "LAST SEEN", cell: (event, { at }) => ageOf(lastSeen(event), at) },
  { title: "TYPE", cell: ({ type }) => type },
  { title: "REASON", cell: ({ reason }) => reason },
  { title: "OBJECT", cell: ({ involvedObject }) => `${involvedObject.kind.toLowerCase()}/${involvedObject.name}` },
  { title: "SUBOBJECT", isWide: true, cell: ({ involvedObject }) => involvedObject.fieldPath ?? "" },
  { title: "SOURCE", isWide: true, cell: sourceOf },
  { title: "MESSAGE", cell: ({ message }) => message.trim() },
  { title: "FIRST SEEN", isWide: true, cell: (event, { at }) => ageOf(event.firstTimestamp ?? event.eventTime, at) },
  { title: "COUNT", isWide: true, cell: ({ count, series }) => String(series?.count ?? count ?? 1) },
  { title: "NAME", isWide: true, cell: ({ metadata }) => metadata.name },
];

export function lastSeen({ lastTimestamp, firstTimestamp, eventTime, series }: ApiEvent): string | null {
  return series?.lastObservedTime ?? lastTimestamp ?? firstTimestamp ?? eventTime;
}

function sourceOf({ source, reportingComponent, reportingInstance }: ApiEvent): string {
  const component = source.component ?? reportingComponent;
  const host = source.host ?? reportingInstance;
  return host === "" ? component : `${component}, ${host}`;
}

const tables: { readonly [P in Plural]: readonly Column<ItemOf<P>>[] } = {
  ...workloadTables,
  pods,
  replicasets: replicaSetColumns,
  deployments,
  horizontalpodautoscalers,
  services,
  endpoints,
  endpointslices,
  nodes,
  namespaces,
  events,
};
