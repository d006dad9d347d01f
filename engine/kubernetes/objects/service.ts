/** Service, defaulted. */
import type { ObjectMeta } from "./meta.ts";

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
    readonly externalTrafficPolicy: "Cluster" | "Local";
    readonly internalTrafficPolicy: "Cluster" | "Local";
  };
}
