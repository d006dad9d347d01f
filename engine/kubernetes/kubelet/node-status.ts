/**
 * The node's heartbeat (component-helpers lease/controller.go) and its Ready condition. The lease is renewed
 * every Jitter(leaseRenew), counted from the end of the renewal before. The node's status is written only
 * when it changes: here that is the return of a lost node.
 */
import { streamKey, uniform, type StreamKey } from "../../kernel/random.ts";
import type { VirtualTime } from "../../kernel/time.ts";
import { NodeReady } from "../objects/node.ts";
import type { NodeContext } from "./node-context.ts";
import { NodeTimer } from "./timers.ts";

export class NodeStatus {
  private readonly node: NodeContext;
  private readonly key: StreamKey;
  private renewals = 0;

  constructor(node: NodeContext) {
    this.node = node;
    this.key = streamKey(node.seed, "lease", node.name);
  }

  /** A kubelet that has been up for long: its next renewal is somewhere within the period. */
  start(now: VirtualTime): void {
    this.node.armNode(NodeTimer.lease, now + 1 + Math.floor(this.period * this.draw()));
  }

  /** A kubelet that starts now registers and reports at once. */
  restart(now: VirtualTime): void {
    const { node, write, send } = this.node;
    send({ kind: "patchNodeStatus", node, ready: NodeReady.True }, now + Math.ceil(write.next() / 2));
    this.renew(now);
  }

  renew(now: VirtualTime): void {
    const { node, write, send, settings } = this.node;
    const latency = write.next();
    send({ kind: "renewLease", node }, now + Math.ceil(latency / 2));
    const jitter = Math.round(this.period * settings.leaseRenewJitter * this.draw());
    this.node.armNode(NodeTimer.lease, now + latency + this.period + jitter);
  }

  private draw(): number {
    return uniform(this.key.hi, this.key.lo, this.renewals++);
  }

  private get period(): number {
    return Math.max(1, this.node.settings.leaseRenew);
  }
}
