/**
 * The cluster of a live run or its replay: the model's control plane and kubelets on one shard, with the
 * world outside as one more logical process, which only sends. Everything that live mode needs of
 * engine/cluster.ts stands here.
 */
import { buildShard, type ClusterShard } from "../../engine/cluster.ts";
import type { Bulletin } from "../../engine/kernel/bulletin.ts";
import { NO_CAUSE } from "../../engine/kernel/causes.ts";
import { EventClass, classAndOrigin } from "../../engine/kernel/event.ts";
import { combinedFingerprint } from "../../engine/kernel/fingerprint.ts";
import { SECOND, type VirtualTime } from "../../engine/kernel/time.ts";
import type { ControlPlane } from "../../engine/kubernetes/control-plane.ts";
import type { PodId, PodRecord } from "../../engine/kubernetes/api-server/pod-record.ts";
import type { KubeletInput } from "../../engine/kubernetes/kubelet/inputs.ts";
import type { Kubelet } from "../../engine/kubernetes/kubelet/kubelet.ts";
import type { KubeletPort } from "../../engine/kubernetes/kubelet/ports.ts";
import type { EndpointEntry } from "../../engine/kubernetes/network/endpoint-log.ts";
import type { PodStatus, PodTemplate } from "../../engine/kubernetes/objects/pod.ts";
import { lpLayout } from "../../engine/lp-layout.ts";
import type { RunResult, ShardResult } from "../../engine/result.ts";
import type { ScenarioSpec } from "../../engine/scenario-spec.ts";
import type { SpecTables } from "../../engine/spec/tables.ts";
import { mergeMetrics, mergeShards } from "../merge.ts";
import { runResult } from "../run-result.ts";
import { digestOf } from "../run.ts";
import type { ProcessRuntimeOptions } from "./process-runtime.ts";
import type { RecordedLoad } from "./recording.ts";

/** What the process runtime of one node needs of the cluster. */
export type RuntimeFacts = Pick<ProcessRuntimeOptions, "now" | "factsOf" | "hasImage" | "pullDelay" | "seed">;

export type CreateLivePort = (node: number, facts: RuntimeFacts) => KubeletPort;

/** Told each status that a kubelet writes, under the Pod's name. */
export type OnStatus = (pod: string, status: PodStatus, now: VirtualTime) => void;

export class LiveCluster {
  readonly shard: ClusterShard;
  private readonly control: ControlPlane;
  private readonly spec: ScenarioSpec;

  /** `createPort` null: a replay, where every answer comes from the recording. */
  constructor(spec: ScenarioSpec, createPort: CreateLivePort | null, onStatus: OnStatus | null) {
    this.spec = spec;
    this.shard = buildShard(spec, {
      shard: 0,
      shardOf: new Uint8Array(clusterSize(spec)),
      outbox: null,
      broadcast: null,
      adapters: {
        createPort: (kubelet, node) => {
          const facts = this.factsFor(kubelet, node);
          return createPort === null ? new SilentPort(facts) : createPort(node, facts);
        },
      },
      ...(onStatus === null
        ? {}
        : {
            onKubeletRequest: (request, now) => {
              if (request.kind === "patchPodStatus") onStatus(this.podName(this.recordOf(request.pod)), request.status, now);
            },
          }),
    });
    if (this.shard.control === null) throw new Error("podstorm bug: a live cluster without a control plane");
    this.control = this.shard.control;
  }

  get tables(): SpecTables {
    return this.shard.tables;
  }

  get endpointLog(): Bulletin<EndpointEntry> {
    return this.shard.endpointLog;
  }

  templateOf(pod: PodId): PodTemplate {
    return this.tables.definitions.template(this.recordOf(pod).template);
  }

  /** A message of the LP *outside* to a node's kubelet. */
  deliver(at: VirtualTime, number: number, node: number, input: KubeletInput): void {
    const { simulator, layout, mailbox, outside } = this.shard;
    simulator.receiveRemote(
      at,
      classAndOrigin(EventClass.message, outside),
      number,
      layout.firstNode + node,
      mailbox.put({ kind: "kubeletInput", input }, NO_CAUSE),
    );
  }

  private factsFor(kubelet: Kubelet, node: number): RuntimeFacts {
    const behaviourOf = (row: number, container: number): ReturnType<SpecTables["behaviourOf"]> => {
      const { workload, template } = kubelet.recordOf(row);
      return this.tables.behaviourOf(workload, template, container);
    };
    const { imagePullLatency, imagePullRate } = this.spec.settings;
    return {
      seed: this.spec.seed,
      now: () => this.shard.simulator.now,
      factsOf: (row) => {
        const record = kubelet.recordOf(row);
        return {
          pod: record.id,
          name: this.podName(record),
          namespace: this.tables.workloads.workload(record.workload).namespace,
          nodeName: this.spec.nodes[node]?.name ?? "",
          template: this.tables.definitions.template(record.template),
        };
      },
      hasImage: (row, container) => behaviourOf(row, container).image.present,
      pullDelay: (row, container) => imagePullLatency + Math.round((behaviourOf(row, container).image.size / imagePullRate) * SECOND),
    };
  }

  private podName(record: PodRecord): string {
    return this.control.store.podName(record);
  }

  /** Also of a Pod whose object is gone: its processes may still end. */
  private recordOf(pod: PodId): PodRecord {
    const { pods, removedPods } = this.control.store;
    const record = pods[pod] ?? removedPods.find((removed) => removed.id === pod);
    if (record === undefined) throw new Error(`podstorm bug: nobody knows Pod ${pod}`);
    return record;
  }
}

function clusterSize(spec: ScenarioSpec): number {
  return lpLayout(spec.load.length, spec.nodes.length).count;
}

/** The port of a replay: it asks for nothing, since the recording has all answers. */
class SilentPort implements KubeletPort {
  private readonly facts: RuntimeFacts;

  constructor(facts: RuntimeFacts) {
    this.facts = facts;
  }

  hasImage(row: number, container: number): boolean {
    return this.facts.hasImage(row, container);
  }

  createSandbox(): void {}
  stopSandbox(): void {}
  pullImage(): void {}
  startContainer(): void {}
  signalContainer(): void {}
  runHook(): void {}
  startProbe(): void {}
  forget(): void {}
}

/** One shard's measures and what the load counted → the result, as a virtual run has it. */
export function liveResult(
  spec: ScenarioSpec,
  shard: ShardResult,
  load: RecordedLoad,
  outline: { readonly end: VirtualTime; readonly isPartial: boolean },
): RunResult {
  const merged = mergeShards([{ ...shard, metrics: mergeMetrics(shard.metrics, load.metrics), losses: [...shard.losses, ...load.losses] }]);
  // What a live application does is nobody's assumption, and its processes are started as the manifest says.
  const real: ScenarioSpec = { ...spec, applications: [], notes: { ...spec.notes, liveOnly: [] } };
  return runResult(real, merged, {
    ...outline,
    specDigest: digestOf(spec),
    fingerprint: combinedFingerprint(merged.fingerprints),
    mode: "live",
  });
}
