/** Service: the defaulted form that the model uses, and the way there from what is written. */
import type { Issues } from "../../values/issue.ts";
import { duplicate, forbidden, invalid, required, unsupported } from "./field-errors.ts";
import type { ObjectMeta } from "./meta.ts";
import { readMeta, validateMeta } from "./metadata.ts";
import { validateLabels, validateName, validatePort, validatePortNumber } from "./names.ts";
import { readProtocol } from "./pod-reading.ts";
import type { WrittenService, WrittenServicePort, WrittenServiceSpec } from "./written.ts";

export interface ServicePort {
  readonly name: string;
  readonly port: number;
  readonly targetPort: number | string;
  readonly protocol: "TCP" | "UDP" | "SCTP";
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
      externalTrafficPolicy: orDefault(spec.externalTrafficPolicy, "Cluster"),
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
export function validateService(written: WrittenService, issues: Issues): void {
  validateMeta(written.metadata, { name: "serviceLabel", isNamespaced: true }, issues);
  const spec = written.spec ?? {};
  const { type = "ClusterIP", clusterIP = "" } = spec;
  const isHeadless = clusterIP === "None";
  if (!serviceTypes.includes(type)) unsupported(issues, "spec.type", type, serviceTypes);
  if (isHeadless && (type === "NodePort" || type === "LoadBalancer"))
    invalid(issues, "spec.clusterIP", clusterIP, `an address, or type ClusterIP`, `may not be set to 'None' for ${type} services`);
  if (type === "ExternalName" && (spec.externalName ?? "") === "") required(issues, "spec.externalName", "a host name");
  if ((spec.ports ?? []).length === 0 && !isHeadless && type !== "ExternalName") required(issues, "spec.ports", "at least one port");
  validatePorts(spec.ports ?? [], issues);
  validateLabels(spec.selector, "spec.selector", issues);
  validateChoices(spec, issues);
  validateAffinity(spec, issues);
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

function validateChoices(spec: WrittenServiceSpec, issues: Issues): void {
  const choices = {
    sessionAffinity: ["ClientIP", "None"],
    externalTrafficPolicy: ["Cluster", "Local"],
    internalTrafficPolicy: ["Cluster", "Local"],
    trafficDistribution: ["PreferClose", "PreferSameNode", "PreferSameZone"],
  } as const;
  for (const field of ["sessionAffinity", "externalTrafficPolicy", "internalTrafficPolicy", "trafficDistribution"] as const) {
    const value = spec[field];
    if (value !== undefined && !choices[field].some((choice) => choice === value))
      unsupported(issues, `spec.${field}`, value, choices[field]);
  }
}

/** --service-node-port-range as it is by default. */
const NODE_PORT_MIN = 30_000;
const NODE_PORT_MAX = 32_767;

function validatePorts(ports: readonly WrittenServicePort[], issues: Issues): void {
  const names = new Set<string>();
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
    if (typeof nodePort === "number" && nodePort !== 0 && (nodePort < NODE_PORT_MIN || nodePort > NODE_PORT_MAX))
      invalid(
        issues,
        `${path}.nodePort`,
        nodePort,
        `a port from ${NODE_PORT_MIN} to ${NODE_PORT_MAX}`,
        `provided port is not in the valid range. The range of valid ports is ${NODE_PORT_MIN}-${NODE_PORT_MAX}`,
      );
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

function readPort({ name = "", port = 0, targetPort, protocol }: WrittenServicePort): ServicePort {
  return { name, port, targetPort: targetPort ?? port, protocol: readProtocol(protocol) };
}
