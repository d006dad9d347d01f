/** Which controllers a cluster runs, on one LP with one cache, each with a client of its own. */
import type { LpId } from "../../kernel/event.ts";
import type { LogicalProcess } from "../../kernel/logical-process.ts";
import { assert } from "../../kernel/assert.ts";
import type { VirtualTime } from "../../kernel/time.ts";
import {
  AGENDA_SLOT,
  Client,
  type ApiResponseMessage,
  type CacheListener,
  type ClientHost,
  type InformerCache,
  type WatchMessage,
  type WatchStateMessage,
} from "../api-server/client.ts";
import type { Definitions } from "../objects/definitions.ts";
import type { NodeTemplate } from "../objects/node.ts";
import type { Workloads } from "../objects/workloads.ts";
import { ClusterAutoscaler, type MachineSwitch } from "./cluster-autoscaler/cluster-autoscaler.ts";
import { CronJobController } from "./cron-job.ts";
import { DaemonSetController } from "./daemon-set.ts";
import { DeploymentController } from "./deployment.ts";
import { DisruptionController } from "./disruption.ts";
import { EndpointsController } from "./endpoints.ts";
import { EndpointSliceController } from "./endpoint-slice.ts";
import { GarbageCollector } from "./garbage-collector.ts";
import { HorizontalPodAutoscalerController } from "./horizontal-pod-autoscaler/horizontal-pod-autoscaler.ts";
import { NamespaceController } from "./namespace.ts";
import { JobController } from "./job.ts";
import { JobExpiryController } from "./job-expiry.ts";
import { NodeLifecycleController } from "./node-lifecycle.ts";
import { PodGarbageCollector } from "./pod-gc.ts";
import { ResourceQuotaController } from "./resource-quota.ts";
import { ReplicaSetController } from "./replica-set.ts";
import { replicaSetSource, replicationControllerSource } from "./replica-source.ts";
import { StatefulSetController } from "./stateful-set.ts";
import { TaintEvictionController } from "./taint-eviction.ts";

export interface ControllersOptions {
  readonly host: ClientHost;
  readonly cache: InformerCache;
  readonly mailbox: { take(slot: number): { readonly kind: string } };
  readonly definitions: Definitions;
  readonly workloads: Workloads;
  readonly nodes: readonly NodeTemplate[];
  /** For groups of nodes that grow. */
  readonly machine: MachineSwitch;
}

export class Controllers implements LogicalProcess {
  readonly id: LpId;
  readonly deployment: DeploymentController;
  readonly replicaSet: ReplicaSetController;
  readonly replicationController: ReplicaSetController;
  /** Of the ReplicaSet controller; whoever replays a recorded cluster lets its other users ask through it as well. */
  readonly replicaSetClient: Client;
  readonly statefulSet: StatefulSetController;
  readonly daemonSet: DaemonSetController;
  readonly job: JobController;
  readonly jobExpiry: JobExpiryController;
  readonly cronJob: CronJobController;
  readonly podGarbageCollector: PodGarbageCollector;
  readonly endpointSlice: EndpointSliceController;
  readonly endpoints: EndpointsController;
  readonly nodeLifecycle: NodeLifecycleController;
  readonly taintEviction: TaintEvictionController;
  readonly garbageCollector: GarbageCollector;
  readonly namespace: NamespaceController;
  readonly resourceQuota: ResourceQuotaController;
  readonly disruption: DisruptionController;
  readonly horizontalPodAutoscaler: HorizontalPodAutoscalerController;
  readonly clusterAutoscaler: ClusterAutoscaler;
  private readonly host: ClientHost;
  private readonly cache: InformerCache;
  private readonly mailbox: ControllersOptions["mailbox"];

  constructor(options: ControllersOptions) {
    const { host, cache, definitions, workloads, nodes } = options;
    this.id = host.lp;
    this.host = host;
    this.cache = cache;
    this.mailbox = options.mailbox;
    const client = (name: string): Client => new Client(host, name, host.settings.kcmQps, host.settings.kcmBurst);
    // It deletes collections with one call each. Source: kube-controller-manager startNamespaceController.
    const busyClient = (name: string): Client => new Client(host, name, host.settings.kcmQps * 20, host.settings.kcmBurst * 100);
    this.deployment = new DeploymentController(client("deployment"), cache, definitions);
    this.replicaSetClient = client("replicaset");
    this.replicaSet = new ReplicaSetController(this.replicaSetClient, cache, definitions, workloads, replicaSetSource(cache));
    this.replicationController = new ReplicaSetController(
      client("replicationcontroller"),
      cache,
      definitions,
      workloads,
      replicationControllerSource(cache, definitions),
    );
    this.statefulSet = new StatefulSetController(client("statefulset"), cache, definitions);
    this.daemonSet = new DaemonSetController(client("daemonset"), cache, definitions, workloads, nodes);
    this.job = new JobController(client("job"), cache, definitions, workloads);
    this.jobExpiry = new JobExpiryController(client("ttl-after-finished"), cache);
    this.cronJob = new CronJobController(client("cronjob"), cache);
    this.podGarbageCollector = new PodGarbageCollector(client("pod-garbage-collector"), cache, definitions);
    this.endpointSlice = new EndpointSliceController(client("endpointslice"), cache, definitions, workloads, nodes);
    this.endpoints = new EndpointsController(client("endpoint"), cache, this.endpointSlice);
    this.nodeLifecycle = new NodeLifecycleController(client("node-lifecycle"), cache, nodes);
    this.taintEviction = new TaintEvictionController(client("taint-eviction"), cache, definitions);
    this.garbageCollector = new GarbageCollector(client("garbage-collector"), cache);
    this.namespace = new NamespaceController(busyClient("namespace"), cache, definitions, workloads);
    this.resourceQuota = new ResourceQuotaController(client("resourcequota"), cache, definitions, workloads);
    this.disruption = new DisruptionController(client("disruption"), cache, definitions, workloads);
    this.horizontalPodAutoscaler = new HorizontalPodAutoscalerController(client("horizontalpodautoscaler"), cache, definitions);
    const { machine } = options;
    this.clusterAutoscaler = new ClusterAutoscaler({ client: client("cluster-autoscaler"), cache, definitions, workloads, nodes, machine });
    const listeners: readonly CacheListener[] = [
      this.deployment,
      this.replicaSet,
      this.replicationController,
      this.statefulSet,
      this.daemonSet,
      this.job,
      this.jobExpiry,
      this.cronJob,
      this.podGarbageCollector,
      this.endpointSlice,
      this.endpoints,
      this.nodeLifecycle,
      this.taintEviction,
      this.garbageCollector,
      this.namespace,
      this.resourceQuota,
      this.disruption,
      this.horizontalPodAutoscaler,
    ];
    for (const listener of listeners) cache.listen(listener);
  }

  /** Of the controllers, by name. */
  get clients(): ReadonlyMap<string, Client> {
    return this.host.clients;
  }

  start(): void {
    this.nodeLifecycle.start();
    this.horizontalPodAutoscaler.start();
    this.clusterAutoscaler.start();
  }

  onMessage(_now: VirtualTime, _origin: LpId, payload: number): void {
    const message = this.mailbox.take(payload) as ApiResponseMessage | WatchMessage | WatchStateMessage;
    if (message.kind === "watch") this.cache.take(message.change);
    else if (message.kind === "watchState") this.nodeLifecycle.watchChanged(message.isBroken);
    else this.host.receive(message);
  }

  onTimer(now: VirtualTime, slot: number): void {
    assert(slot === AGENDA_SLOT, `a timer that isn't the agenda's: ${slot}`);
    this.host.agenda.run(now);
  }

  /** No request is open, no key waits; retries and timers to come don't count. */
  get isQuiet(): boolean {
    return (
      this.host.inFlight === 0 &&
      [
        this.deployment.runner,
        this.replicaSet.runner,
        this.replicationController.runner,
        this.statefulSet.runner,
        this.daemonSet.runner,
        this.job.runner,
        this.jobExpiry.runner,
        this.cronJob.runner,
        this.namespace.runner,
        this.resourceQuota.runner,
        this.disruption.runner,
        this.horizontalPodAutoscaler.runner,
        this.endpointSlice.runner,
        this.endpoints.runner,
        this.garbageCollector.runner,
      ].every(({ isQuiet }) => isQuiet) &&
      // They delay keys for a batch, and when an outdated cache lets them write nothing.
      !this.endpointSlice.runner.queue.hasDelayed &&
      !this.endpoints.runner.queue.hasDelayed &&
      this.nodeLifecycle.isQuiet &&
      this.clusterAutoscaler.isQuiet &&
      this.podGarbageCollector.isQuiet &&
      this.taintEviction.isQuiet
    );
  }
}
