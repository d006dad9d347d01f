/** Service: the defaulted form that the model uses, and the way there from what is written. */
import type { Issues } from "../../values/issue.ts";
import { duplicate, forbidden, invalid, required, unsupported } from "./field-errors.ts";
import type { ObjectMeta } from "./meta.ts";
import { readMeta, validateMeta } from "./metadata.ts";
import { validateLabels, validateName, validatePort, validatePortNumber } from "./names.ts";
import { readProtocol } from "./pod-reading.ts";
import type { HintVersions } from "./traffic-hints.ts";
import type { WrittenService, WrittenServicePort, WrittenServiceSpec } from "./written.ts";

export interface ServicePort {
  readonly name: string;
  readonly port: number;
  readonly targetPort: number | string;
  readonly protocol: "TCP" | "UDP" | "SCTP";
  /** As written; left out: the API server picks one where the type wants one. */
  readonly nodePort?: number;
}

export interface Service {
  readonly kind: "Service";
  readonly metadata: ObjectMeta;
  readonly spec: {
    readonly type: "ClusterIP" | "NodePort" | "LoadBalancer" | "ExternalName";
    /** Null: no selector, endpoints are nobody's business. */
    readonly selector: Readonly<Record<string, string>> | null;
    readonly ports: readonly ServicePort[];
    readonly clusterIp: string;
    /** Of the type ExternalName. */
    readonly externalName?: string;
    /** As written. */
    readonly healthCheckNodePort?: number;
    /** spec.allocateLoadBalancerNodePorts: false. */
    readonly isWithoutNodePorts?: true;
    readonly publishNotReadyAddresses: boolean;
    readonly sessionAffinity: "None" | "ClientIP";
    /** sessionAffinityConfig.clientIP.timeoutSeconds; left out: no affinity. */
    readonly sessionAffinitySeconds?: number;
    /** As written; left out: none. */
    readonly trafficDistribution?: string;
    readonly externalTrafficPolicy: "Cluster" | "Local";
    readonly internalTrafficPolicy: "Cluster" | "Local";
  };
}

/** pkg/apis/core/v1/defaults.go SetDefaults_Service. */
export function defaultService(written: WrittenService): WrittenService {
  const spec = written.spec ?? {};
  return {
    ...written,
    spec: {
      ...spec,
      type: orDefault(spec.type, "ClusterIP"),
      sessionAffinity: orDefault(spec.sessionAffinity, "None"),
      ...(isExternal(spec) ? { externalTrafficPolicy: orDefault(spec.externalTrafficPolicy, "Cluster") } : {}),
      internalTrafficPolicy: orDefault(spec.internalTrafficPolicy, "Cluster"),
      ...(spec.sessionAffinity === "ClientIP"
        ? {
            sessionAffinityConfig: {
              clientIP: { timeoutSeconds: spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? AFFINITY_SECONDS },
            },
          }
        : {}),
      ...(spec.ports === undefined ? {} : { ports: spec.ports.map(defaultPort) }),
    },
  };
}

/** Reachable from outside the cluster. Source: pkg/apis/core/v1/helper ExternallyAccessible. */
function isExternal({ type, externalIPs }: WrittenServiceSpec): boolean {
  return (
    type === "NodePort" || type === "LoadBalancer" || (type !== "ExternalName" && Array.isArray(externalIPs) && externalIPs.length > 0)
  );
}

function defaultPort(port: WrittenServicePort): WrittenServicePort {
  const targetPort = port.targetPort === 0 || port.targetPort === "" ? undefined : port.targetPort;
  return { ...port, protocol: orDefault(port.protocol, "TCP"), targetPort: targetPort ?? port.port };
}

function orDefault(value: string | undefined, fallback: string): string {
  return value === undefined || value === "" ? fallback : value;
}

/** Source: pkg/apis/core/types.go DefaultClientIPServiceAffinitySeconds, MaxClientIPServiceAffinitySeconds. */
const AFFINITY_SECONDS = 10_800;
const AFFINITY_SECONDS_MAX = 86_400;

const serviceTypes = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];

/** pkg/apis/core/validation/validation.go ValidateService. Defaulted form in. */
export function validateService(written: WrittenService, versions: HintVersions, issues: Issues): void {
  validateMeta(written.metadata, { name: "serviceLabel", isNamespaced: true }, issues);
  const spec = written.spec ?? {};
  const { type = "ClusterIP" } = spec;
  if (!serviceTypes.includes(type)) unsupported(issues, "spec.type", type, serviceTypes);
  validateAddress(spec, issues);
  if ((spec.ports ?? []).length === 0 && spec.clusterIP !== "None" && type !== "ExternalName")
    required(issues, "spec.ports", "at least one port");
  validatePorts(spec, issues);
  validateLabels(spec.selector, "spec.selector", issues);
  validateChoices(spec, versions, issues);
  validateAffinity(spec, issues);
  validateOutside(spec, issues);
}

/** Kubernetes says spec.clusterIPs[0] for what is written as spec.clusterIP. */
function validateAddress({ type = "ClusterIP", clusterIP = "", externalName = "" }: WrittenServiceSpec, issues: Issues): void {
  const path = "spec.clusterIP";
  if (type === "ExternalName") {
    if (clusterIP !== "") forbidden(issues, path, clusterIP, "may not be set for ExternalName services");
    if (externalName === "") required(issues, "spec.externalName", "a host name");
    else validateName(externalName, "subdomain", "spec.externalName", issues);
  } else if (clusterIP === "None") {
    if (type === "NodePort" || type === "LoadBalancer")
      invalid(issues, path, clusterIP, "an address, or type ClusterIP", `may not be set to 'None' for ${type} services`);
  } else if (clusterIP !== "" && !isAddress(clusterIP))
    invalid(issues, path, clusterIP, 'an IP address or "None"', "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
}

function isAddress(text: string): boolean {
  const isNumber = (part: string): boolean => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255;
  const parts = text.split(".");
  return (parts.length === 4 && parts.every(isNumber)) || (text.includes(":") && /^[0-9a-fA-F:.]+$/.test(text));
}

/** What is only for Services that are reached from outside. Source: ValidateService, validateServiceExternalTrafficFieldsValue. */
function validateOutside(spec: WrittenServiceSpec, issues: Issues): void {
  const { type, externalTrafficPolicy, healthCheckNodePort = 0 } = spec;
  if (externalTrafficPolicy !== undefined && externalTrafficPolicy !== "" && !isExternal(spec))
    invalid(
      issues,
      "spec.externalTrafficPolicy",
      externalTrafficPolicy,
      "type NodePort or LoadBalancer beside it",
      "may only be set for externally-accessible services",
    );
  if (healthCheckNodePort !== 0 && !(type === "LoadBalancer" && externalTrafficPolicy === "Local"))
    invalid(
      issues,
      "spec.healthCheckNodePort",
      healthCheckNodePort,
      "type LoadBalancer and externalTrafficPolicy Local beside it",
      "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
    );
  if (type === "LoadBalancer") return;
  for (const field of ["loadBalancerSourceRanges", "allocateLoadBalancerNodePorts", "loadBalancerClass"] as const)
    if (spec[field] !== undefined) forbidden(issues, `spec.${field}`, spec[field], "may only be used when `type` is 'LoadBalancer'");
}

function validateAffinity({ sessionAffinity, sessionAffinityConfig }: WrittenServiceSpec, issues: Issues): void {
  const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds;
  const path = "spec.sessionAffinityConfig";
  if (sessionAffinity !== "ClientIP" && sessionAffinityConfig !== undefined)
    forbidden(issues, path, sessionAffinityConfig, "must not be set when session affinity is None");
  else if (seconds !== undefined && (seconds <= 0 || seconds > AFFINITY_SECONDS_MAX))
    invalid(
      issues,
      `${path}.clientIP.timeoutSeconds`,
      seconds,
      `1 to ${AFFINITY_SECONDS_MAX}`,
      `must be greater than 0 and less than ${AFFINITY_SECONDS_MAX}`,
    );
}

function validateChoices(spec: WrittenServiceSpec, versions: HintVersions, issues: Issues): void {
  const choices = {
    sessionAffinity: ["ClientIP", "None"],
    externalTrafficPolicy: ["Cluster", "Local"],
    internalTrafficPolicy: ["Cluster", "Local"],
    // Dropped without a look where the gate is off.
    trafficDistribution: versions.sameNodeHints ? ["PreferClose", "PreferSameNode", "PreferSameZone"] : ["PreferClose"],
  };
  for (const field of ["sessionAffinity", "externalTrafficPolicy", "internalTrafficPolicy", "trafficDistribution"] as const) {
    const value = field === "trafficDistribution" && !versions.trafficDistribution ? undefined : spec[field];
    if (value !== undefined && !choices[field].some((choice) => choice === value))
      unsupported(issues, `spec.${field}`, value, choices[field]);
  }
}

/** --service-node-port-range as it is by default. */
export const NODE_PORT_MIN = 30_000;
export const NODE_PORT_MAX = 32_767;

function validatePorts({ type, ports = [] }: WrittenServiceSpec, issues: Issues): void {
  const names = new Set<string>();
  const nodePorts = new Set<string>();
  const numbers = new Set<string>();
  ports.forEach(({ name = "", port, targetPort, nodePort = 0, protocol = "TCP" }, index) => {
    const path = `spec.ports[${index}]`;
    if (name === "" && ports.length > 1) required(issues, `${path}.name`, "a name, as there are several ports");
    if (name !== "") validateName(name, "label", `${path}.name`, issues);
    if (name !== "" && names.has(name)) duplicate(issues, `${path}.name`, name, "a name that no other port of the Service has");
    names.add(name);
    if (port === undefined) required(issues, `${path}.port`, "a port from 1 to 65535");
    else validatePortNumber(port, `${path}.port`, issues);
    if (targetPort !== undefined && targetPort !== port) validatePort(targetPort, `${path}.targetPort`, issues);
    if (nodePort !== 0 && type === "ClusterIP")
      forbidden(issues, `${path}.nodePort`, nodePort, "may not be used when `type` is 'ClusterIP'");
    else if (nodePort !== 0 && nodePorts.has(`${nodePort}/${protocol}`))
      duplicate(issues, `${path}.nodePort`, nodePort, "a port that no other port of the Service has");
    else if (nodePort !== 0 && (nodePort < NODE_PORT_MIN || nodePort > NODE_PORT_MAX))
      invalid(
        issues,
        `${path}.nodePort`,
        nodePort,
        `a port from ${NODE_PORT_MIN} to ${NODE_PORT_MAX}`,
        `provided port is not in the valid range. The range of valid ports is ${NODE_PORT_MIN}-${NODE_PORT_MAX}`,
      );
    nodePorts.add(`${nodePort}/${protocol}`);
    const protocols = ["TCP", "UDP", "SCTP"];
    if (!protocols.includes(protocol)) unsupported(issues, `${path}.protocol`, protocol, protocols);
    if (port !== undefined && numbers.has(`${port}/${protocol}`))
      duplicate(issues, path, `${port}/${protocol}`, "each port and protocol once");
    numbers.add(`${port ?? 0}/${protocol}`);
  });
}

export function readService(written: WrittenService): Service {
  const spec = written.spec ?? {};
  const { type } = spec;
  const hasSelector = spec.selector !== undefined && Object.keys(spec.selector).length > 0;
  return {
    kind: "Service",
    metadata: readMeta(written.metadata, true),
    spec: {
      type: type === "NodePort" || type === "LoadBalancer" || type === "ExternalName" ? type : "ClusterIP",
      selector: hasSelector ? { ...spec.selector } : null,
      ports: (spec.ports ?? []).map(readPort),
      clusterIp: spec.clusterIP ?? "",
      ...(spec.externalName === undefined ? {} : { externalName: spec.externalName }),
      ...((spec.healthCheckNodePort ?? 0) === 0 ? {} : { healthCheckNodePort: spec.healthCheckNodePort! }),
      ...(spec.allocateLoadBalancerNodePorts === false ? { isWithoutNodePorts: true } : {}),
      publishNotReadyAddresses: spec.publishNotReadyAddresses ?? false,
      sessionAffinity: spec.sessionAffinity === "ClientIP" ? "ClientIP" : "None",
      ...(spec.sessionAffinity === "ClientIP"
        ? { sessionAffinitySeconds: spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? AFFINITY_SECONDS }
        : {}),
      ...(spec.trafficDistribution === undefined ? {} : { trafficDistribution: spec.trafficDistribution }),
      externalTrafficPolicy: spec.externalTrafficPolicy === "Local" ? "Local" : "Cluster",
      internalTrafficPolicy: spec.internalTrafficPolicy === "Local" ? "Local" : "Cluster",
    },
  };
}

function readPort({ name = "", port = 0, targetPort, protocol, nodePort = 0 }: WrittenServicePort): ServicePort {
  return {
    name,
    port,
    targetPort: targetPort ?? port,
    protocol: readProtocol(protocol),
    ...(nodePort === 0 ? {} : { nodePort }),
  };
}
