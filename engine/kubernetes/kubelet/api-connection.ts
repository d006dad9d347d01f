/**
 * A kubelet's connection to the API server, and what it does without one: containers, probes and local restarts go on,
 * writes fail and are tried again, no new Pods come.
 *
 *   connected ─cutOff─▶ cut: writes fail, the latest notice of each Pod is kept
 *       ▲                 │ reconnect, of the last fault that held it
 *       └─watch is back── mending: writes go again (lease ≤ 7 s, node status ≤ 10 s, Pods at the status manager's next pass)
 *
 * The watch comes back with client-go's reflector, which tries again after 0.8 s, twice as long each time up to 30 s, and
 * up to as much again by chance (wait.NewExponentialBackoffManager). Where packets are dropped, the connection stands until
 * its health check gives it up after 45 s (ReadIdleTimeout 30 s, PingTimeout 15 s); before, TCP sends again what was not
 * acknowledged, after 0.2 s and twice as long each time.
 */
import { CauseKind } from "../../cause-kinds.ts";
import { NO_CAUSE, type CauseId } from "../../kernel/causes.ts";
import { streamKey, uniform, type StreamKey } from "../../kernel/random.ts";
import { MILLISECOND, SECOND, type Duration, type VirtualTime } from "../../kernel/time.ts";
import type { KubeletNotice, KubeletRequest } from "../api-server/node-messages.ts";
import type { PodId } from "../api-server/pod-record.ts";
import { Holders } from "./holders.ts";
import type { NodeContext } from "./node-context.ts";
import { NodeTimer } from "./timers.ts";

/** Longest pause between two tries to renew a lease. Source: component-helpers lease/controller.go maxBackoff. */
const LEASE_RETRY = 7 * SECOND;
const HEALTH_CHECK = 45 * SECOND;

export class ApiConnection {
  private readonly node: NodeContext;
  private readonly deliver: (now: VirtualTime, notice: KubeletNotice) => void;
  private readonly key: StreamKey;
  private readonly holders = new Holders();
  private draws = 0;
  private cutAt: VirtualTime = 0;
  private isSilent = false;
  /** The watch isn't there: notices wait. */
  private isDeaf = false;
  /** In the order of each Pod's first notice, with the cause of its last. */
  private missed = new Map<PodId, { readonly notice: KubeletNotice; readonly cause: CauseId }>();
  /** Pods whose writes failed, with the cause of the last, and what else has to be said again. */
  private unsaid = new Map<PodId, CauseId>();
  private unsent: KubeletRequest[] = [];

  constructor(node: NodeContext, deliver: (now: VirtualTime, notice: KubeletNotice) => void) {
    this.node = node;
    this.deliver = deliver;
    this.key = streamKey(node.seed, "reconnection", node.name);
  }

  /** `isSilent`: packets are dropped; else connections are refused. */
  cut(now: VirtualTime, fault: number, isSilent: boolean): void {
    const { node } = this;
    const { current } = node.causes;
    this.holders.hold(fault, current, node.isCutOff ? NO_CAUSE : node.causes.note(node.lp, CauseKind.nodeCutOff, node.node, now));
    if (node.isCutOff) return;
    node.isCutOff = true;
    this.cutAt = now;
    this.isSilent = isSilent;
    this.isDeaf = true;
    node.cancelNodeTimer(NodeTimer.watch);
  }

  mend(now: VirtualTime, fault: number): void {
    const { node } = this;
    const blamed = this.holders.release(fault);
    if (blamed?.row === NO_CAUSE) blamed.row = node.causes.note(node.lp, CauseKind.nodeCutOff, node.node, now, blamed.cause);
    if (!node.isCutOff || this.holders.first !== null) return;
    node.isCutOff = false;
    node.causes.note(node.lp, CauseKind.nodeReconnected, node.node, now);
    node.armNode(NodeTimer.watch, now + this.watchDelay(now - this.cutAt));
    if (!node.isStopped) this.sayAgain(now);
  }

  /** True: the kubelet can't hear it now. */
  misses(pod: PodId, notice: KubeletNotice): boolean {
    if (!this.isDeaf) return false;
    const known = this.missed.get(pod)?.notice;
    // A kubelet that starts brings along what it hadn't heard while it was stopped: that may be older.
    if (known !== undefined && versionOf(known) > versionOf(notice)) return true;
    this.missed.set(pod, { notice, cause: this.node.causes.current });
    return true;
  }

  /** A write that fails. */
  failed(request: KubeletRequest): void {
    switch (request.kind) {
      case "patchPodStatus":
      case "deletePod":
        this.unsaid.set(request.pod, this.node.causes.current);
        return;
      case "createMirrorPod":
      case "registerNode":
        this.unsent.push(request);
        return;
      // The next one comes when it is mended.
      case "renewLease":
      case "patchNodeStatus":
      case "podKeptUnready":
      case "reportUsage":
    }
  }

  /** The watch is there again: it lists what has changed. */
  onTimer(now: VirtualTime): void {
    const { missed, node } = this;
    if (node.isCutOff) return;
    this.isDeaf = false;
    this.missed = new Map();
    for (const { notice, cause } of missed.values()) {
      node.causes.current = cause;
      this.deliver(now, notice);
    }
  }

  private sayAgain(now: VirtualTime): void {
    const { node } = this;
    const outage = now - this.cutAt;
    node.armNode(NodeTimer.lease, now + 1 + Math.floor(this.draw() * Math.min(outage, LEASE_RETRY)));
    node.heartbeat.reconnected(now);
    const { unsent, unsaid } = this;
    this.unsent = [];
    this.unsaid = new Map();
    for (const request of unsent) node.send(request, now + Math.ceil(node.write.next() / 2));
    for (const [pod, cause] of unsaid) {
      const row = node.table.rowOf(pod);
      if (row !== -1) node.status.retry(now, row, cause);
    }
  }

  private watchDelay(outage: Duration): Duration {
    const isDropped = this.isSilent && outage < HEALTH_CHECK;
    let pause = isDropped ? 200 * MILLISECOND : 800 * MILLISECOND;
    const longest = isDropped ? 120 * SECOND : 30 * SECOND;
    let tried = this.isSilent && !isDropped ? HEALTH_CHECK : 0;
    while (tried <= outage) {
      tried += Math.round(isDropped ? pause : pause * (1 + this.draw()));
      pause = Math.min(longest, pause * 2);
    }
    return Math.max(1, tried - outage);
  }

  private draw(): number {
    return uniform(this.key.hi, this.key.lo, this.draws++);
  }
}

/** Nothing comes after a removal. */
function versionOf(notice: KubeletNotice): number {
  return "record" in notice ? notice.record.resourceVersion : Infinity;
}
