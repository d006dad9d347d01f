/** Which of the known deviations from Kubernetes touch a run: each names a condition, judged here by the spec and by what became of its Pods. Pure. */
import { callsOf } from "../engine/spec/calls.ts";
import { deviations, type Touch } from "../engine/kubernetes/deviations.ts";
import { isWorkload, podTemplateOf, replicasOf, type KubernetesObject, type WorkloadObject } from "../engine/kubernetes/objects/index.ts";
import type { PodTemplate } from "../engine/kubernetes/objects/pod.ts";
import { isCriticalPod } from "../engine/kubernetes/kubelet/oom-score.ts";
import { isStaticPod } from "../engine/kubernetes/objects/static-pods.ts";
import type { Service } from "../engine/kubernetes/objects/service.ts";
import { defaultProxyMode, routeOf } from "../engine/kubernetes/network/service-route.ts";
import { hintKindOf, isHeadless } from "../engine/kubernetes/objects/traffic-hints.ts";
import { newestVersions, versionsOf } from "../engine/kubernetes/versions.ts";
import type { ControlResult } from "../engine/result.ts";
import type { ScenarioSpec } from "../engine/scenario-spec.ts";

export type Mode = "virtual" | "live";

/** What the conditions look at. */
interface Subject {
  readonly mode: Mode;
  readonly spec: ScenarioSpec;
  readonly control: ControlResult;
  /** Of the manifests and of what actions apply. */
  readonly objects: readonly KubernetesObject[];
  readonly workloads: readonly Workload[];
  readonly services: readonly Service[];
}

interface Workload {
  readonly kind: WorkloadObject["kind"];
  readonly namespace: string;
  readonly replicas: number;
  readonly template: PodTemplate;
}

/** In the order of the list, as the report says them. */
export function touchingDeviations(spec: ScenarioSpec, control: ControlResult, mode: Mode): readonly string[] {
  const objects = [...spec.objects, ...spec.actions.flatMap((action) => (action.type === "apply" ? action.objects : []))];
  const services = objects.filter((object) => object.kind === "Service");
  const subject: Subject = { mode, spec, control, objects, workloads: objects.flatMap(workloadOf), services };
  return deviations
    .filter(({ touches }) => (touches === undefined ? true : conditions[touches](subject)))
    .map(({ name, text, effect }) => `${name}: ${text} ${effect}`);
}

function isSameObject({ metadata: a }: Service, { metadata: b }: Service): boolean {
  return a.name === b.name && a.namespace === b.namespace;
}

/** By whichever way in. */
function hasOtherRoute(former: Service, service: Service): boolean {
  return (["cluster-ip", "load-balancer"] as const).some((wayIn) => {
    const [a, b] = [former, service].map((one) => JSON.stringify(routeOf(one, wayIn, defaultProxyMode, newestVersions)));
    return a !== b;
  });
}

/** Faults that take a node away. */
const powerFaults: ReadonlySet<string> = new Set(["node-loss", "node-reboot", "node-shutdown"]);

const conditions: Readonly<Record<Touch, (subject: Subject) => boolean>> = {
  "live runs": ({ mode }) => mode === "live",
  "virtual load": ({ mode, spec }) => mode === "virtual" && spec.load.length > 0,
  "clients that abandon attempts": ({ mode, spec }) =>
    mode === "virtual" && (spec.load.some(({ hedging }) => hedging !== undefined) || callsOf(spec).length > 0),
  "calls between Services": ({ mode, spec }) => mode === "virtual" && callsOf(spec).length > 0,
  "connections that are kept": ({ mode, spec }) => mode === "virtual" && spec.load.some(({ connections }) => connections !== undefined),
  "client-side discovery": ({ mode, spec }) => mode === "virtual" && spec.load.some(({ discovery }) => discovery !== undefined),
  "a bare Pod that another controller would take": ({ workloads }) =>
    workloads.some((pod) => pod.kind === "Pod" && workloads.some((owner) => adoptsNobody(owner) && wouldTake(owner, pod))),
  "nodes whose zone changes": ({ spec }) =>
    spec.actions.some((action) => action.type === "labelNode" && action.change["topology.kubernetes.io/zone"] !== undefined),
  "replicas on several nodes": ({ spec, workloads }) => spec.nodes.length > 1 && workloads.some(({ replicas }) => replicas > 1),
  "autoscaled workloads": ({ objects }) => objects.some(({ kind }) => kind === "HorizontalPodAutoscaler"),
  "metrics of one's own": ({ objects }) =>
    objects.some(
      (object) =>
        object.kind === "HorizontalPodAutoscaler" &&
        object.spec.metrics.some(({ type }) => type === "Pods" || type === "Object" || type === "External"),
    ),
  "groups of nodes that grow": ({ spec }) => spec.nodes.some(({ group }) => group !== undefined),
  "more than 100 nodes": ({ spec }) => spec.nodes.length > 100,
  "terms about namespaces": ({ workloads }) => workloads.some(({ template }) => asksForNamespaces(template)),
  Deployments: ({ workloads }) => workloads.some(({ kind }) => kind === "Deployment"),
  // kubectl's burst.
  "hundreds of actions": ({ spec }) =>
    spec.actions.reduce((sum, action) => sum + (action.type === "apply" ? action.objects.length : 1), 0) > 300,
  drains: ({ spec }) => spec.actions.some(({ type }) => type === "drain"),
  "volumes in memory": ({ mode, workloads }) =>
    mode === "virtual" && workloads.some(({ template }) => template.spec.emptyDirs?.some(({ isMemory }) => isMemory) === true),
  "namespaces without a manifest": ({ objects, workloads }) =>
    workloads.some(
      ({ namespace }) =>
        namespace !== "default" && !objects.some(({ kind, metadata }) => kind === "Namespace" && metadata.name === namespace),
    ),
  CronJobs: ({ objects }) => objects.some(({ kind }) => kind === "CronJob"),
  "limit ranges": ({ spec }) =>
    spec.actions.some((action) => action.type === "apply" && action.objects.some(({ kind }) => kind === "LimitRange")),
  "Services that change": ({ mode, services }) =>
    mode === "virtual" &&
    services.some((service, index) =>
      services.slice(0, index).some((former) => isSameObject(former, service) && hasOtherRoute(former, service)),
    ),
  "headless Services": ({ mode, services }) => mode === "virtual" && services.some(isHeadless),
  "topology hints": ({ spec, services }) => {
    const versions = versionsOf(spec.kubernetesVersion) ?? newestVersions;
    return services.some((service) => hintKindOf(service, versions) === "auto");
  },
  "exec hooks": ({ mode, workloads }) =>
    mode === "virtual" && containersOf(workloads).some(({ preStop, postStart }) => preStop?.type === "exec" || postStart?.type === "exec"),
  "init containers": ({ mode, workloads }) =>
    mode === "virtual" &&
    workloads.some(({ template }) => template.spec.initContainers.some(({ restartPolicy }) => restartPolicy !== "Always")),
  "awaited Services": ({ mode, spec }) => mode === "virtual" && spec.applications.some(({ behaviour }) => behaviour.awaits !== undefined),
  "nodes that may run out of memory": ({ mode, spec }) =>
    mode === "virtual" && spec.applications.some(({ behaviour: { memory } }) => memory.growth > 0 || memory.perRequest > 0),
  "disks with a size": ({ spec }) => spec.nodes.some(({ storage }) => storage !== undefined),
  "static Pods": ({ workloads }) => workloads.some(({ template }) => isStaticPod(template.annotations)),
  "critical Pods": ({ mode, workloads }) =>
    mode === "virtual" && workloads.some(({ template }) => isCriticalPod(template.spec, isStaticPod(template.annotations))),
  "a node that returns": ({ spec }) =>
    spec.faults.some((fault) => powerFaults.has(fault.type) && fault.at + fault.duration < spec.duration),
  "a frozen node": ({ spec }) => spec.faults.some(({ type }) => type === "node-freeze"),
  "a network partition": ({ spec }) => spec.faults.some(({ type }) => type === "network-partition"),
  "a network delay or loss": ({ spec }) => spec.faults.some(({ type }) => type === "network-delay" || type === "network-loss"),
  "an API server outage": ({ spec }) => spec.faults.some(({ type }) => type === "api-server-outage"),
  "ports that nobody declares": ({ mode, workloads, services }) =>
    mode === "virtual" && workloads.some((workload) => undeclaredPorts(workload, services)),
  "Services with several ports": ({ spec, services }) => spec.load.length > 0 && services.some((service) => service.spec.ports.length > 1),
};

function workloadOf(object: KubernetesObject): readonly Workload[] {
  if (!isWorkload(object)) return [];
  const { namespace } = object.metadata;
  return [{ kind: object.kind, namespace, replicas: replicasOf(object, 1), template: podTemplateOf(object) }];
}

function containersOf(workloads: readonly Workload[]): readonly PodTemplate["spec"]["containers"][number][] {
  return workloads.flatMap(({ template }) => [...template.spec.initContainers, ...template.spec.containers]);
}

/** A field that was accepted without effect, by the note about it. */
/** Others adopt, or leave it to what they own. */
function adoptsNobody({ kind }: Workload): boolean {
  return kind === "StatefulSet" || kind === "DaemonSet" || kind === "Job";
}

/** An owner's selector matches its own template's labels; which of them it names is not known any more. */
function wouldTake(owner: Workload, pod: Workload): boolean {
  return (
    owner.namespace === pod.namespace && Object.entries(owner.template.labels).every(([name, value]) => pod.template.labels[name] === value)
  );
}

function undeclaredPorts({ namespace, template }: Workload, services: readonly Service[]): boolean {
  const declared = new Set(template.spec.containers.flatMap(({ ports }) => ports.map(({ containerPort }) => containerPort)));
  const probed = template.spec.containers
    .flatMap(({ livenessProbe, readinessProbe, startupProbe }) => [livenessProbe, readinessProbe, startupProbe])
    .map((probe) => (probe === null || probe.handler.type === "exec" ? null : probe.handler.port));
  const served = services
    .filter(({ metadata, spec: { selector } }) => metadata.namespace === namespace && selector !== null && selects(selector, template))
    .flatMap(({ spec }) => spec.ports.map(({ targetPort }) => targetPort));
  return [...probed, ...served].some((port) => typeof port === "number" && !declared.has(port));
}

function selects(selector: Readonly<Record<string, string>>, { labels }: PodTemplate): boolean {
  return Object.entries(selector).every(([name, value]) => labels[name] === value);
}

function asksForNamespaces({ spec: { affinity } }: PodTemplate): boolean {
  if (affinity === undefined) return false;
  const preferred = [...affinity.podPreferred, ...affinity.antiPreferred].map(({ term }) => term);
  return [...affinity.podRequired, ...affinity.antiRequired, ...preferred].some(({ namespaceSelector }) => namespaceSelector !== null);
}
