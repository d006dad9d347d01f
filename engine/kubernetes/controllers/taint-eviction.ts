/**
 * The taint eviction controller: Pods on a node with NoExecute taints go when their tolerations end.
 * Source: pkg/controller/tainteviction/taint_eviction.go.
 */
import { CauseKind } from "../../cause-kinds.ts";
import { SECOND } from "../../kernel/time.ts";
import { isDeleting, type AgendaEntry, type CacheListener, type Client, type InformerCache } from "../api-server/client.ts";
import type { PodId, PodRecord } from "../api-server/pod-record.ts";
import type { Definitions, TemplateId } from "../objects/definitions.ts";
import type { Taint, Toleration } from "../objects/meta.ts";
import type { NodeRecord } from "../objects/node.ts";
import { admittedTolerations } from "../objects/toleration.ts";
import { evictionDelay } from "./toleration-time.ts";

const disruption = { reason: "DeletionByTaintManager", message: "Taint manager: deleting due to NoExecute taint" } as const;

export class TaintEvictionController implements CacheListener {
  readonly name = "taint-eviction";
  private readonly client: Client;
  private readonly cache: InformerCache;
  private readonly definitions: Definitions;
  private readonly tolerations = new Map<TemplateId, readonly Toleration[]>();
  private readonly scheduled = new Map<PodId, AgendaEntry>();

  constructor(client: Client, cache: InformerCache, definitions: Definitions) {
    this.client = client;
    this.cache = cache;
    this.definitions = definitions;
  }

  /** Evictions to come don't count. */
  get isQuiet(): boolean {
    return this.client.isQuiet;
  }

  nodeChanged(before: NodeRecord, after: NodeRecord): void {
    // What was scheduled goes on without its node.
    if (before.taints === after.taints || after.isAbsent === true) return;
    const taints = noExecute(after);
    if (taints.length === 0 && noExecute(before).length === 0) return;
    for (const pod of this.cache.podsOn(after.index)) this.judge(pod, taints);
  }

  podChanged(before: PodRecord | undefined, after: PodRecord | undefined): void {
    if (after === undefined) {
      if (before !== undefined) this.cancel(before.id);
      return;
    }
    if (after.node < 0 || (before !== undefined && before.node === after.node)) return;
    const node = this.cache.nodes[after.node];
    if (node === undefined) return;
    const taints = noExecute(node);
    if (taints.length > 0) this.judge(after, taints);
  }

  private judge(pod: PodRecord, taints: readonly Taint[]): void {
    if (taints.length === 0) {
      this.cancel(pod.id);
      return;
    }
    const delay = evictionDelay(taints, this.tolerationsOf(pod.template));
    if (delay === 0) {
      this.cancel(pod.id);
      this.evict(pod.id);
    } else if (delay === Infinity) this.cancel(pod.id);
    else this.schedule(pod.id, delay * SECOND);
  }

  /** Counted from the first taint seen: a later, longer end doesn't move it. Source: processPodOnNode. */
  private schedule(pod: PodId, delay: number): void {
    const { host } = this.client;
    const at = host.now + delay;
    const pending = this.scheduled.get(pod);
    if (pending !== undefined && pending.time <= at) return;
    if (pending !== undefined) host.agenda.cancel(pending);
    const cause = host.causes.current;
    this.scheduled.set(
      pod,
      host.agenda.at(at, () => {
        this.scheduled.delete(pod);
        host.causes.current = cause;
        this.evict(pod);
      }),
    );
  }

  private cancel(pod: PodId): void {
    const pending = this.scheduled.get(pod);
    if (pending === undefined) return;
    this.client.host.agenda.cancel(pending);
    this.scheduled.delete(pod);
    this.client.recordEvent(`pod/${pod}`);
    const record = this.cache.pods[pod];
    if (record !== undefined) this.record(record, "Cancelling deletion of Pod");
  }

  private evict(id: PodId): void {
    const pod = this.cache.pods[id];
    if (pod === undefined || isDeleting(pod)) return;
    const { host } = this.client;
    const cause = host.causes.note(host.lp, CauseKind.podEvicted, id, host.now);
    this.client.recordEvent(`pod/${id}`);
    this.record(pod, "Marking for deletion Pod");
    const remove = (): void => {
      host.causes.current = cause;
      this.client.call({ kind: "deletePod", pod: id, gracePeriodSeconds: null }, () => {});
    };
    if (host.versions.disruptionTargetCondition) this.client.call({ kind: "markDisruptionTarget", pod: id, ...disruption }, remove);
    else remove();
  }

  private record(pod: PodRecord, what: string): void {
    const { events, now, host } = this.client;
    if (events === null) return;
    const component = host.versions.separateTaintEviction ? "taint-eviction-controller" : "taint-controller";
    const message = `${what} ${events.podNamespace(pod)}/${events.podName(pod)}`;
    events.recordPod(now, { component, host: "" }, pod, "", "Normal", "TaintManagerEviction", message);
  }

  private tolerationsOf(template: TemplateId): readonly Toleration[] {
    let tolerations = this.tolerations.get(template);
    if (tolerations === undefined) {
      tolerations = admittedTolerations(this.definitions.template(template).spec.tolerations, this.client.host.settings);
      this.tolerations.set(template, tolerations);
    }
    return tolerations;
  }
}

function noExecute(node: NodeRecord): Taint[] {
  return node.taints.filter(({ effect }) => effect === "NoExecute");
}
