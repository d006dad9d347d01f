/**
 * Pod, its spec and its status, with the API's field names. A PodTemplate is frozen, defaulted and
 * validated once; every Pod made from it refers to it by number (definitions.ts).
 */
import type { ObjectMeta, Toleration } from "./meta.ts";
import type { Scheduling } from "./scheduling.ts";

export type RestartPolicy = "Always" | "OnFailure" | "Never";

/** CPU in millicores, memory in bytes; absent = not set. */
export interface ResourceList {
  readonly cpu?: number;
  readonly memory?: number;
  /** ephemeral-storage, bytes. */
  readonly storage?: number;
  /** Any other resource name, in its own unit. */
  readonly other?: Readonly<Record<string, number>>;
}

export interface ResourceRequirements {
  readonly requests: ResourceList;
  readonly limits: ResourceList;
}

export interface ContainerPort {
  readonly name: string;
  readonly containerPort: number;
  readonly protocol: "TCP" | "UDP" | "SCTP";
  readonly hostPort: number | null;
}

export interface HttpHeader {
  readonly name: string;
  readonly value: string;
}

/** Exactly one of these is set: `type` says which. */
export type ProbeHandler =
  | {
      readonly type: "httpGet";
      readonly path: string;
      readonly port: number | string;
      readonly host: string;
      readonly scheme: "HTTP" | "HTTPS";
      readonly httpHeaders: readonly HttpHeader[];
    }
  | { readonly type: "tcpSocket"; readonly port: number | string; readonly host: string }
  | { readonly type: "grpc"; readonly port: number; readonly service: string }
  | { readonly type: "exec"; readonly command: readonly string[] };

export interface Probe {
  readonly handler: ProbeHandler;
  readonly initialDelaySeconds: number;
  readonly timeoutSeconds: number;
  readonly periodSeconds: number;
  readonly successThreshold: number;
  readonly failureThreshold: number;
  readonly terminationGracePeriodSeconds: number | null;
}

export type LifecycleHandler =
  | { readonly type: "exec"; readonly command: readonly string[] }
  | {
      readonly type: "httpGet";
      readonly path: string;
      readonly port: number | string;
      readonly host: string;
      readonly scheme: "HTTP" | "HTTPS";
      readonly httpHeaders: readonly HttpHeader[];
    }
  | { readonly type: "tcpSocket"; readonly port: number | string; readonly host: string }
  | { readonly type: "sleep"; readonly seconds: number };

export interface EnvVar {
  readonly name: string;
  /** Literal text; null when it comes from a reference that the model doesn't follow. */
  readonly value: string | null;
  /** `valueFrom.fieldRef.fieldPath`, if given (live runs fill in status.podIP and metadata.name). */
  readonly fieldPath: string | null;
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly workingDir: string;
  readonly env: readonly EnvVar[];
  readonly ports: readonly ContainerPort[];
  readonly resources: ResourceRequirements;
  readonly imagePullPolicy: "Always" | "IfNotPresent" | "Never";
  readonly livenessProbe: Probe | null;
  readonly readinessProbe: Probe | null;
  readonly startupProbe: Probe | null;
  readonly postStart: LifecycleHandler | null;
  readonly preStop: LifecycleHandler | null;
  /** Of an init container, "Always" makes it a sidecar; null: the Pod's. */
  readonly restartPolicy: RestartPolicy | null;
  /** In the order in which an exit code is looked up; absent: none. */
  readonly restartPolicyRules?: readonly RestartPolicyRule[];
}

export interface RestartPolicyRule {
  readonly action: "Restart" | "RestartAllContainers";
  readonly operator: "In" | "NotIn";
  readonly values: readonly number[];
}

/** A directory of the Pod's own; it goes with the Pod. */
export interface EmptyDir {
  readonly name: string;
  /** Bytes; null: none. */
  readonly sizeLimit: number | null;
  /** Lies in memory, not on the node's disk. */
  readonly isMemory: boolean;
}

export interface PodSpec extends Scheduling {
  readonly containers: readonly Container[];
  readonly initContainers: readonly Container[];
  /** Added to a Pod that runs (kubectl debug); absent: none. */
  readonly ephemeralContainers?: readonly Container[];
  readonly restartPolicy: RestartPolicy;
  readonly terminationGracePeriodSeconds: number;
  readonly nodeName: string;
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly tolerations: readonly Toleration[];
  readonly hostNetwork: boolean;
  readonly priority: number;
  /** Absent: none. */
  readonly priorityClassName?: string;
  readonly overhead: ResourceList;
  readonly activeDeadlineSeconds: number | null;
  /** Types of conditions that others set, and without which the Pod isn't Ready; absent: none. */
  readonly readinessGates?: readonly string[];
  /** In the order in which they are written; absent: none. Other kinds of volumes aren't kept. */
  readonly emptyDirs?: readonly EmptyDir[];
}

export interface PodTemplate {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: PodSpec;
}

/** A bare Pod of a manifest. */
export interface Pod {
  readonly kind: "Pod";
  readonly metadata: ObjectMeta;
  readonly template: PodTemplate;
}

export const PodPhase = { Pending: 0, Running: 1, Succeeded: 2, Failed: 3, Unknown: 4 } as const;
export type PodPhase = (typeof PodPhase)[keyof typeof PodPhase];
export const podPhaseNames: readonly string[] = ["Pending", "Running", "Succeeded", "Failed", "Unknown"];

export type WaitingReason =
  | "ContainerCreating"
  | "PodInitializing"
  | "CrashLoopBackOff"
  | "ErrImagePull"
  | "ImagePullBackOff"
  | "ErrImageNeverPull"
  | "InvalidImageName"
  | "ImageInspectError"
  | "CreateContainerError"
  | "CreateContainerConfigError"
  | "RunContainerError"
  | "PostStartHookError"
  /** Until 1.24 with the hook's error. */
  | `PostStartHookError: ${string}`
  | "RestartingAllContainers";
export type TerminatedReason = "Completed" | "Error" | "OOMKilled" | "ContainerStatusUnknown" | "StartError" | "Unknown";

/** Stands in a waiting container's message for its Pod's name (format.Pod), which views write: kubelets know Pods by number. */
export const POD_HERE = "\0";

export interface WaitingState {
  readonly type: "waiting";
  readonly reason: WaitingReason;
  /** Absent: none. */
  readonly message?: string;
}

export type ContainerState =
  | WaitingState
  | { readonly type: "running"; /** seconds */ readonly startedAt: number }
  | {
      readonly type: "terminated";
      readonly reason: TerminatedReason;
      readonly exitCode: number;
      readonly startedAt: number;
      readonly finishedAt: number;
    };

export interface ContainerStatus {
  readonly state: ContainerState;
  /** The instance before, once it has ended. */
  readonly lastState: ContainerState | null;
  readonly restartCount: number;
  readonly ready: boolean;
  readonly started: boolean;
  /** Of the instance that it shows; absent: the template's. */
  readonly image?: string;
}

/** Bits of PodStatus.conditions: set = True. */
export const PodCondition = {
  PodScheduled: 1,
  PodReadyToStartContainers: 2,
  Initialized: 4,
  ContainersReady: 8,
  Ready: 16,
  DisruptionTarget: 32,
  /** Only of Pods with a rule that asks for it. */
  AllContainersRestarting: 64,
} as const;

/** Condition DisruptionTarget: who ends the Pod, and why. */
export interface Disruption {
  readonly reason: DisruptionReason;
  readonly message: string;
  /** Whole seconds. */
  readonly since: number;
}

export type DisruptionReason =
  | "TerminationByKubelet"
  | "DeletionByTaintManager"
  | "PreemptionByScheduler"
  | "EvictionByEvictionAPI"
  | "DeletionByPodGC";

/** Why a Pod has no node, as the scheduler wrote it. */
export interface Unscheduled {
  readonly reason: "Unschedulable" | "SchedulingGated";
  readonly message: string;
  /** Index of the node on which others make room for it, -1: none. */
  readonly nominatedNode: number;
}

/** What the kubelet (and the node controller for Ready) writes. Immutable; a change is a new object. */
export interface PodStatus {
  readonly phase: PodPhase;
  readonly reason: string;
  /** Of a Pod that its kubelet refused or ended; left out: none. */
  readonly message?: string;
  readonly conditions: number;
  /** The phase that the conditions' words follow from, where another one is shown: a kubelet holds a terminal phase back, or writes one later than them. */
  readonly conditionPhase?: PodPhase;
  /** Whole seconds of the last change of Ready; -1 while it was never set. */
  readonly readySince: number;
  /** Of the other conditions (condition-times.ts); absent: as `readySince` and `startTime` say. */
  readonly conditionTimes?: readonly number[] | undefined;
  /** First kubelet status, whole seconds; -1 before. */
  readonly startTime: number;
  readonly hasPodIp: boolean;
  /** Regular containers in the order of the spec; empty before the first kubelet status. */
  readonly containers: readonly ContainerStatus[];
  readonly initContainers: readonly ContainerStatus[];
  /** Absent: the Pod has none. */
  readonly ephemeralContainers?: readonly ContainerStatus[];
  /** With PodCondition.DisruptionTarget. */
  readonly disruption?: Disruption | undefined;
  /** PodScheduled is False; absent: it isn't. */
  readonly unscheduled?: Unscheduled | undefined;
}

export const pendingPodStatus: PodStatus = Object.freeze({
  phase: PodPhase.Pending,
  reason: "",
  conditions: 0,
  readySince: -1,
  startTime: -1,
  hasPodIp: false,
  containers: Object.freeze([]),
  initContainers: Object.freeze([]),
});
