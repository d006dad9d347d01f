/**
 * The cluster of a live run or its replay: the model's control plane and kubelets on one shard, with the
 * world outside as one more logical process that only sends. Everything that live mode needs of
 * engine/cluster.ts stands here.
 */
import type { Bulletin } from "../../engine/kernel/bulletin.ts";
import { NO_CAUSE } from "../../engine/kernel/causes.ts";
import { EventClass, classAndOrigin } from "../../engine/kernel/event.ts";
import type { Duration, VirtualTime } from "../../engine/kernel/time.ts";
import { buildShard } from "../../engine/cluster.ts";
import type { PodId } from "../../engine/kubernetes/api-server/pod-record.ts";
import type { KubeletInput } from "../../engine/kubernetes/kubelet/inputs.ts";
import type { KubeletPort } from "../../engine/kubernetes/kubelet/ports.ts";
import type { EndpointEntry } from "../../engine/kubernetes/network/endpoint-log.ts";
import type { PodStatus, PodTemplate } from "../../engine/kubernetes/objects/pod.ts";
import { lpLayout } from "../../engine/lp-layout.ts";
import type { RunResult, ShardResult } from "../../engine/result.ts";
import type { ScenarioSpec } from "../../engine/scenario-spec.ts";
import type { ShardHost } from "../../engine/shard-host.ts";
import type { SpecTables } from "../../engine/spec-tables.ts";
import type { ProcessRuntimeOptions } from "./process-runtime.ts";

export interface LiveCluster {
  readonly host: ShardHost;
  readonly tables: SpecTables;
  readonly endpointLog: Bulletin<EndpointEntry>;
  readonly bucketWidth: Duration;
  templateOf(pod: PodId): PodTemplate;
  /** A message of the LP *outside* to a node's kubelet. */
  deliver(at: VirtualTime, number: number, node: number, input: KubeletInput): void;
  readonly onStatus: ((pod: string, status: PodStatus, now: VirtualTime) => void) | null;
}
