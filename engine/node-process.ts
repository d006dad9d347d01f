/**
 * The logical process of one node: its kubelet with its Pods, and the arrivals at their endpoints. Routing
 * only. Slots below 2³¹ are the kubelet's, the rest is traffic's.
 */
import type { FaultMessage } from "./chaos/fault-messages.ts";
import { FrozenNode } from "./frozen-node.ts";
import type { LpId } from "./kernel/event.ts";
import type { LogicalProcess } from "./kernel/logical-process.ts";
import type { VirtualTime } from "./kernel/time.ts";
import type { KubeletNotice } from "./kubernetes/api-server/node-messages.ts";
import type { KubeletInput } from "./kubernetes/kubelet/inputs.ts";
import type { Kubelet } from "./kubernetes/kubelet/kubelet.ts";
import type { EndpointNotice } from "./kubernetes/network/endpoint-log.ts";
import type { AttemptEnded, AttemptMessage } from "./traffic/attempt.ts";
import { FIRST_TRAFFIC_SLOT, type EndpointArrivals } from "./traffic/endpoint-arrivals.ts";

/** An answer of the world outside (live runs and their replays). */
export interface OutsideMessage {
  readonly kind: "kubeletInput";
  readonly input: KubeletInput;
}

export type NodeMessage = KubeletNotice | FaultMessage | EndpointNotice | AttemptMessage | AttemptEnded | OutsideMessage;

export class NodeProcess implements LogicalProcess {
  readonly id: LpId;
  readonly kubelet: Kubelet;
  private readonly arrivals: EndpointArrivals | null;
  private readonly frozen: FrozenNode;
  private readonly take: (payload: number) => NodeMessage;

  /** `arrivals` is null where the load is real (live). */
  constructor(id: LpId, kubelet: Kubelet, arrivals: EndpointArrivals | null, take: (payload: number) => NodeMessage) {
    this.id = id;
    this.kubelet = kubelet;
    this.arrivals = arrivals;
    this.take = take;
    if (arrivals !== null) kubelet.node.onOutOfReach = (now) => arrivals.review(now);
    this.frozen = new FrozenNode({ id, kubelet, arrivals, take, running: this });
  }

  onMessage(now: VirtualTime, _origin: LpId, payload: number): void {
    this.deliver(now, this.take(payload));
  }

  deliver(now: VirtualTime, message: NodeMessage): void {
    switch (message.kind) {
      case "attempt":
        this.arrivals?.attempt(now, message);
        return;
      case "attemptEnded":
        this.arrivals?.attemptEnded(now, message);
        return;
      case "endpointsChanged":
        this.arrivals?.notice(now, message.position);
        return;
      case "nodeChanged":
      case "podAdded":
      case "podUpdated":
      case "podRemoved":
        this.kubelet.notice(now, message);
        return;
      case "kubeletInput":
        this.answer(now, message.input);
        return;
      case "freezeNode":
        this.frozen.freeze(now, message.fault);
        return;
      case "thawNode":
        return;
      default:
        this.kubelet.fault(now, message);
    }
  }

  /** The world outside knows no causes: its answer continues what the Pod is in, as the model's own timers do. */
  private answer(now: VirtualTime, input: KubeletInput): void {
    const { node, table } = this.kubelet;
    if (table.records[input.row] !== undefined) node.causes.current = table.cause(input.row);
    this.kubelet.input(now, input);
  }

  onTimer(now: VirtualTime, slot: number, tag: number): void {
    if (slot < FIRST_TRAFFIC_SLOT) this.kubelet.onTimer(now, slot, tag);
    else this.arrivals?.onTimer(now, slot, tag);
  }
}
