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

/** The annotation comes first. */
export function hintKindOf(service: Service, { topologyHints, trafficDistribution, sameNodeHints }: HintVersions): HintKind {
  const { annotations } = service.metadata;
  const mode = annotations["service.kubernetes.io/topology-mode"] ?? annotations["service.kubernetes.io/topology-aware-hints"] ?? "";
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
