/** What a Service says of near and far endpoints. Source: pkg/controller/util/endpointslice, trafficdist. */
import type { Service } from "./service.ts";

/** What of it depends on the release. */
export interface HintVersions {
  readonly topologyHints: boolean;
  readonly trafficDistribution: boolean;
  readonly sameNodeHints: boolean;
}

/** What the EndpointSlice controller hints for. */
export type HintKind = "none" | "zone" | "node" | "auto";

/** The later one counts first. */
const hintAnnotations: readonly string[] = ["service.kubernetes.io/topology-mode", "service.kubernetes.io/topology-aware-hints"];

export function isHintAnnotation(key: string): boolean {
  return hintAnnotations.includes(key);
}

/** The annotation comes first. */
export function hintKindOf(service: Service, { topologyHints, trafficDistribution, sameNodeHints }: HintVersions): HintKind {
  const { annotations } = service.metadata;
  const mode = hintAnnotations.map((key) => annotations[key]).find((value) => value !== undefined);
  if (topologyHints && (mode === "Auto" || mode === "auto")) return "auto";
  if (!trafficDistribution) return "none";
  switch (service.spec.trafficDistribution) {
    case "PreferClose":
      return "zone";
    case "PreferSameZone":
      return sameNodeHints ? "zone" : "none";
    case "PreferSameNode":
      return sameNodeHints ? "node" : "none";
    default:
      return "none";
  }
}

/** It has no address of its own: its name stands for its Pods' addresses. */
export function isHeadless({ spec }: Service): boolean {
  return spec.clusterIp === "None";
}
