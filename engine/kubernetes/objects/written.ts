/**
 * Objects as people write them: the fields that the model uses, all optional, before defaulting and
 * validation. Nulls are gone (Kubernetes reads them as absent); quantities are still text.
 */
import type { WrittenScheduling } from "./scheduling.ts";

type Labels = Readonly<Record<string, string>>;
type Resources = Readonly<Record<string, string | number>>;

export interface WrittenMeta {
  readonly name?: string | undefined;
  readonly generateName?: string | undefined;
  readonly namespace?: string | undefined;
  readonly labels?: Labels | undefined;
  readonly annotations?: Labels | undefined;
  readonly finalizers?: readonly string[] | undefined;
}

export interface WrittenLabelSelector {
  readonly matchLabels?: Labels | undefined;
  readonly matchExpressions?: readonly WrittenRequirement[] | undefined;
}

export interface WrittenRequirement {
  readonly key?: string | undefined;
  readonly operator?: string | undefined;
  readonly values?: readonly string[] | undefined;
}

export interface WrittenExec {
  readonly command?: readonly string[] | undefined;
}

export interface WrittenHttpGet {
  readonly path?: string | undefined;
  readonly port?: number | string | undefined;
  readonly host?: string | undefined;
  readonly scheme?: string | undefined;
  readonly httpHeaders?: readonly { readonly name?: string | undefined; readonly value?: string | undefined }[] | undefined;
}

export interface WrittenTcpSocket {
  readonly port?: number | string | undefined;
  readonly host?: string | undefined;
}

export interface WrittenProbe {
  readonly exec?: WrittenExec | undefined;
  readonly httpGet?: WrittenHttpGet | undefined;
  readonly tcpSocket?: WrittenTcpSocket | undefined;
  readonly grpc?: { readonly port?: number | undefined; readonly service?: string | undefined } | undefined;
  readonly initialDelaySeconds?: number | undefined;
  readonly timeoutSeconds?: number | undefined;
  readonly periodSeconds?: number | undefined;
  readonly successThreshold?: number | undefined;
  readonly failureThreshold?: number | undefined;
  readonly terminationGracePeriodSeconds?: number | undefined;
}

export interface WrittenHook {
  readonly exec?: WrittenExec | undefined;
  readonly httpGet?: WrittenHttpGet | undefined;
  readonly tcpSocket?: WrittenTcpSocket | undefined;
  readonly sleep?: { readonly seconds?: number | undefined } | undefined;
}

export interface WrittenEnvVar {
  readonly name?: string | undefined;
  readonly value?: string | undefined;
  readonly valueFrom?:
    | {
        readonly fieldRef?: { readonly apiVersion?: string | undefined; readonly fieldPath?: string | undefined } | undefined;
        readonly configMapKeyRef?: unknown;
        readonly secretKeyRef?: unknown;
        readonly resourceFieldRef?: unknown;
        readonly fileKeyRef?: unknown;
      }
    | undefined;
}

export interface WrittenContainerPort {
  readonly name?: string | undefined;
  readonly containerPort?: number | undefined;
  readonly protocol?: string | undefined;
  readonly hostPort?: number | undefined;
}

export interface WrittenRestartRule {
  readonly action?: string | undefined;
  readonly exitCodes?: { readonly operator?: string | undefined; readonly values?: readonly number[] | undefined } | undefined;
}

export interface WrittenContainer {
  readonly name?: string | undefined;
  readonly image?: string | undefined;
  readonly command?: readonly string[] | undefined;
  readonly args?: readonly string[] | undefined;
  readonly workingDir?: string | undefined;
  readonly env?: readonly WrittenEnvVar[] | undefined;
  readonly ports?: readonly WrittenContainerPort[] | undefined;
  readonly resources?: { readonly requests?: Resources | undefined; readonly limits?: Resources | undefined } | undefined;
  readonly imagePullPolicy?: string | undefined;
  readonly livenessProbe?: WrittenProbe | undefined;
  readonly readinessProbe?: WrittenProbe | undefined;
  readonly startupProbe?: WrittenProbe | undefined;
  readonly lifecycle?: { readonly postStart?: WrittenHook | undefined; readonly preStop?: WrittenHook | undefined } | undefined;
  readonly restartPolicy?: string | undefined;
  readonly restartPolicyRules?: readonly WrittenRestartRule[] | undefined;
  readonly terminationMessagePath?: unknown;
  readonly terminationMessagePolicy?: unknown;
}

export interface WrittenToleration {
  readonly key?: string | undefined;
  readonly operator?: string | undefined;
  readonly value?: string | undefined;
  readonly effect?: string | undefined;
  readonly tolerationSeconds?: number | undefined;
}

export interface WrittenPodSpec extends WrittenScheduling {
  readonly containers?: readonly WrittenContainer[] | undefined;
  readonly initContainers?: readonly WrittenContainer[] | undefined;
  readonly ephemeralContainers?: unknown;
  readonly restartPolicy?: string | undefined;
  readonly terminationGracePeriodSeconds?: number | undefined;
  readonly nodeName?: string | undefined;
  readonly nodeSelector?: Labels | undefined;
  readonly tolerations?: readonly WrittenToleration[] | undefined;
  readonly hostNetwork?: boolean | undefined;
  readonly priority?: number | undefined;
  readonly priorityClassName?: string | undefined;
  readonly overhead?: Resources | undefined;
  readonly activeDeadlineSeconds?: number | undefined;
  readonly readinessGates?: readonly WrittenReadinessGate[] | undefined;
  readonly volumes?: readonly WrittenVolume[] | undefined;
  readonly dnsPolicy?: unknown;
  readonly schedulerName?: unknown;
  readonly securityContext?: unknown;
}

/** Of any kind; what other kinds than emptyDir hold, nobody reads. */
export interface WrittenVolume {
  readonly name?: string | undefined;
  readonly emptyDir?: WrittenEmptyDir | null | undefined;
}

export interface WrittenEmptyDir {
  readonly medium?: string | undefined;
  readonly sizeLimit?: string | number | undefined;
}

export interface WrittenReadinessGate {
  readonly conditionType?: string | undefined;
}

export interface WrittenPodTemplate {
  /** Only these two reach the Pods. */
  readonly metadata?: Pick<WrittenMeta, "labels" | "annotations"> | undefined;
  readonly spec?: WrittenPodSpec | undefined;
}

export interface WrittenPod {
  readonly metadata?: WrittenMeta | undefined;
  readonly spec?: WrittenPodSpec | undefined;
}

export interface WrittenReplicaSet {
  readonly metadata?: WrittenMeta | undefined;
  readonly spec?:
    | {
        readonly replicas?: number | undefined;
        readonly selector?: WrittenLabelSelector | undefined;
        readonly template?: WrittenPodTemplate | undefined;
        readonly minReadySeconds?: number | undefined;
      }
    | undefined;
}

export interface WrittenStrategy {
  readonly type?: string | undefined;
  readonly rollingUpdate?:
    | { readonly maxSurge?: number | string | undefined; readonly maxUnavailable?: number | string | undefined }
    | undefined;
}

export interface WrittenDeploymentSpec {
  readonly replicas?: number | undefined;
  readonly selector?: WrittenLabelSelector | undefined;
  readonly template?: WrittenPodTemplate | undefined;
  readonly strategy?: WrittenStrategy | undefined;
  readonly minReadySeconds?: number | undefined;
  readonly progressDeadlineSeconds?: number | undefined;
  readonly revisionHistoryLimit?: number | undefined;
  readonly paused?: boolean | undefined;
}

export interface WrittenDeployment {
  readonly metadata?: WrittenMeta | undefined;
  readonly spec?: WrittenDeploymentSpec | undefined;
}

export interface WrittenServicePort {
  readonly name?: string | undefined;
  readonly port?: number | undefined;
  readonly targetPort?: number | string | undefined;
  readonly nodePort?: number | undefined;
  readonly protocol?: string | undefined;
}

export interface WrittenServiceSpec {
  readonly type?: string | undefined;
  readonly selector?: Labels | undefined;
  readonly ports?: readonly WrittenServicePort[] | undefined;
  readonly clusterIP?: string | undefined;
  readonly externalName?: string | undefined;
  readonly publishNotReadyAddresses?: boolean | undefined;
  readonly sessionAffinity?: string | undefined;
  readonly sessionAffinityConfig?: { readonly clientIP?: { readonly timeoutSeconds?: number | undefined } | undefined } | undefined;
  readonly trafficDistribution?: string | undefined;
  readonly externalTrafficPolicy?: string | undefined;
  readonly internalTrafficPolicy?: string | undefined;
  readonly healthCheckNodePort?: number | undefined;
  readonly allocateLoadBalancerNodePorts?: boolean | undefined;
  /** Without effect; only its place is checked. */
  readonly loadBalancerSourceRanges?: unknown;
  readonly loadBalancerClass?: unknown;
  readonly externalIPs?: unknown;
}

export interface WrittenService {
  readonly metadata?: WrittenMeta | undefined;
  readonly spec?: WrittenServiceSpec | undefined;
}

export interface WrittenNamespace {
  readonly metadata?: WrittenMeta | undefined;
}
