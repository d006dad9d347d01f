/** Services, their Endpoints and EndpointSlices in the API's shape. */
import { streamKey, word } from "../../kernel/random.ts";
import { EndpointCondition, type EndpointsRecord, type EndpointSliceRecord, type ServiceRecord } from "../api-server/records.ts";
import type { PodRecord } from "../api-server/pod-record.ts";
import { zoneNames } from "../objects/zones.ts";
import { hintKindOf } from "../objects/traffic-hints.ts";
import { containerOfPort } from "../objects/service-port.ts";
import type { ServicePort } from "../objects/service.ts";
import type { PodTemplate } from "../objects/pod.ts";
import { podAddress } from "../objects/pod-address.ts";
import type { ApiEndpointAddress, ApiEndpoints, ApiEndpointSlice, ApiService } from "./api-object.ts";
import type { NodePorts } from "./node-ports.ts";
import { createdAt, metadataOf, ownerOf, serviceAddress, unlessZero, type ViewSource } from "./view-source.ts";

const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

export function apiService(
  source: ViewSource,
  { index, object, resourceVersion, createdAt: seconds }: ServiceRecord,
  nodePorts: NodePorts | undefined,
): ApiService {
  const { metadata, spec } = object;
  const { namespace, name } = metadata;
  const { type } = spec;
  const clusterIP = type === "ExternalName" ? null : spec.clusterIp === "" ? serviceAddress(index) : spec.clusterIp;
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: metadataOf(source, "Service", {
      namespace,
      name,
      resourceVersion,
      createdAt: createdAt(source, "Service", namespace, name, seconds ?? 0),
      labels: metadata.labels,
      annotations: metadata.annotations,
    }),
    spec: {
      type,
      ...(clusterIP === null ? {} : { clusterIP, clusterIPs: [clusterIP], ipFamilies: ["IPv4"], ipFamilyPolicy: "SingleStack" }),
      ...(spec.externalName === undefined ? {} : { externalName: spec.externalName }),
      ...(spec.selector === null ? {} : { selector: spec.selector }),
      ...(spec.ports.length === 0
        ? {}
        : {
            ports: spec.ports.map((port, at) => ({
              ...unlessZero("name", port.name),
              port: port.port,
              targetPort: port.targetPort,
              protocol: port.protocol,
              ...unlessZero("nodePort", nodePorts?.ports[at] ?? 0),
            })),
          }),
      sessionAffinity: spec.sessionAffinity,
      ...(spec.sessionAffinitySeconds === undefined
        ? {}
        : { sessionAffinityConfig: { clientIP: { timeoutSeconds: spec.sessionAffinitySeconds } } }),
      ...(clusterIP === null || !source.versions.serviceInternalPolicy ? {} : { internalTrafficPolicy: spec.internalTrafficPolicy }),
      ...(type === "NodePort" || type === "LoadBalancer" ? { externalTrafficPolicy: spec.externalTrafficPolicy } : {}),
      ...(type === "LoadBalancer" ? { allocateLoadBalancerNodePorts: spec.isWithoutNodePorts !== true } : {}),
      ...unlessZero("healthCheckNodePort", nodePorts?.healthCheck ?? 0),
      ...unlessZero("publishNotReadyAddresses", spec.publishNotReadyAddresses),
      ...(spec.trafficDistribution === undefined || !source.versions.trafficDistribution
        ? {}
        : { trafficDistribution: spec.trafficDistribution }),
    },
  };
}

export function apiEndpointSlice(source: ViewSource, service: ServiceRecord, slice: EndpointSliceRecord): ApiEndpointSlice {
  const { store, versions } = source;
  const { namespace, name } = service.object.metadata;
  const key = streamKey(store.seed, "slice name", `${namespace}/${name}/${slice.number}`);
  let suffix = "";
  for (let place = 0; place < 5; place++) suffix += ALPHABET.charAt(word(key.hi, key.lo, place) % ALPHABET.length);
  const template = templateOf(source, slice.pods);
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    addressType: "IPv4",
    metadata: metadataOf(source, "EndpointSlice", {
      namespace,
      name: `${name}-${suffix}`,
      generateName: `${name}-`,
      resourceVersion: slice.resourceVersion,
      createdAt: createdAt(source, "Service", namespace, name, slice.createdAt ?? 0),
      labels: { "kubernetes.io/service-name": name, "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io" },
      owner: ownerOf(source, "v1", "Service", namespace, name),
    }),
    // A slice without endpoints holds the place of those to come, and no ports.
    ports:
      slice.pods.length === 0
        ? []
        : service.object.spec.ports.map((port) => ({ name: port.name, port: numberOf(port, template), protocol: port.protocol })),
    endpoints: slice.pods.flatMap((id, at) => {
      const pod = podOf(source, id);
      if (pod === undefined) return [];
      const bits = slice.conditions[at] ?? 0;
      const ready = (bits & EndpointCondition.ready) !== 0;
      const { ip, ...address } = addressOf(source, pod);
      const zone = store.nodeTemplates[pod.node]?.zone ?? "";
      return [
        {
          addresses: [ip],
          conditions: versions.endpointsTellTerminating
            ? { ready, serving: (bits & EndpointCondition.serving) !== 0, terminating: (bits & EndpointCondition.terminating) !== 0 }
            : { ready },
          ...address,
          ...unlessZero("zone", zone),
          ...hintsOf(source, service, slice.hints?.[at] ?? -1, address.nodeName),
        },
      ];
    }),
  };
}

/** Of a Service that has none yet, empty ones. */
export function apiEndpoints(source: ViewSource, service: ServiceRecord, record: EndpointsRecord | undefined): ApiEndpoints {
  const { metadata, spec } = service.object;
  const { namespace, name, labels } = metadata;
  const addressesOf = (pods: readonly number[]): ApiEndpointAddress[] =>
    pods.flatMap((id) => {
      const pod = podOf(source, id);
      return pod === undefined ? [] : [addressOf(source, pod)];
    });
  const addresses = addressesOf(record?.ready ?? []);
  const notReadyAddresses = addressesOf(record?.notReady ?? []);
  const template = templateOf(source, [...(record?.ready ?? []), ...(record?.notReady ?? [])]);
  const ports = spec.ports.map((port) => ({ ...unlessZero("name", port.name), port: numberOf(port, template), protocol: port.protocol }));
  return {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: metadataOf(source, "Endpoints", {
      namespace,
      name,
      createdAt: createdAt(source, "Service", namespace, name, record?.createdAt ?? service.createdAt ?? 0),
      labels,
    }),
    ...(addresses.length + notReadyAddresses.length === 0
      ? {}
      : {
          subsets: [
            {
              ...(addresses.length === 0 ? {} : { addresses }),
              ...(notReadyAddresses.length === 0 ? {} : { notReadyAddresses }),
              ports,
            },
          ],
        }),
  };
}

/** Source: endpointslice/trafficdist preferSameNode, which hints for the zone, too. */
function hintsOf(
  { store, versions }: ViewSource,
  { object }: ServiceRecord,
  zone: number,
  nodeName: string | undefined,
): Pick<ApiEndpointSlice["endpoints"][number], "hints"> {
  const name = zoneNames(store.nodeTemplates)[zone];
  const forZones = name === undefined || name === "" ? {} : { forZones: [{ name }] };
  if (zone < 0) return {};
  const isForNodes = nodeName !== undefined && hintKindOf(object, versions) === "node";
  const hints = isForNodes ? { forNodes: [{ name: nodeName }], ...forZones } : forZones;
  return Object.keys(hints).length === 0 ? {} : { hints };
}

/** The number behind a named port, as the first endpoint's container has it. */
function numberOf(port: ServicePort, template: PodTemplate | undefined): number {
  const { targetPort } = port;
  if (typeof targetPort === "number" || template === undefined) return typeof targetPort === "number" ? targetPort : port.port;
  const { initContainers, containers } = template.spec;
  const container = [...initContainers, ...containers][containerOfPort(template, port)];
  return container?.ports.find(({ name, protocol }) => name === targetPort && protocol === port.protocol)?.containerPort ?? port.port;
}

function templateOf(source: ViewSource, pods: readonly number[]): PodTemplate | undefined {
  const pod = podOf(source, pods[0] ?? -1);
  return pod === undefined ? undefined : source.store.definitions.template(pod.template);
}

/** A slice may still name a Pod that is gone. */
function podOf({ store }: ViewSource, id: number): PodRecord | undefined {
  return store.pods[id] ?? store.removedPods.find((pod) => pod.id === id);
}

function addressOf({ store, names }: ViewSource, pod: PodRecord): ApiEndpointAddress {
  const nodeName = store.nodeTemplates[pod.node]?.name ?? "";
  return {
    ip: podAddress(pod.id),
    ...unlessZero("nodeName", nodeName),
    targetRef: { kind: "Pod", namespace: names.podNamespace(pod), name: names.pod(pod), uid: names.podUid(pod) },
  };
}
