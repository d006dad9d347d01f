/**
 * Who learns of a committed change, and when: one ordered stream per watcher, each change delivered at
 * max(delivery before + 1 µs, commit + a drawn latency), so in the order of resourceVersions.
 */
import type { LpId } from "../../kernel/event.ts";
import { Latency } from "../../kernel/latency.ts";
import { streamKey } from "../../kernel/random.ts";
import type { VirtualTime } from "../../kernel/time.ts";
import type { Settings } from "../../settings.ts";
import type { ServerFaults } from "./server-faults.ts";
import type { KubeletNotice } from "./node-messages.ts";
import type {
  ApiRequestMessage,
  ApiResponseMessage,
  WaitingRequestMessage,
  WatchChange,
  WatchMessage,
  WatchStateMessage,
} from "./requests.ts";

/** What the control plane posts; the run's mailbox carries more kinds. */
export interface ControlSender {
  post(
    receiver: LpId,
    at: VirtualTime,
    body: WatchMessage | WatchStateMessage | ApiRequestMessage | ApiResponseMessage | WaitingRequestMessage | KubeletNotice,
  ): void;
}

/** For whoever writes down what a watching client would have seen: called in the order of commits, it changes nothing. */
export type WatchListener = (change: WatchChange, now: VirtualTime) => void;

export class Watcher {
  /** When the last change reaches it; renewed leases, which go on for ever, don't count. */
  lastChange: VirtualTime = 0;
  /** Sees each change as it is committed; null: nobody asked. */
  listener: WatchListener | null = null;
  /** Faults that make watches late; null: none can. */
  faults: ServerFaults | null = null;
  /** When what was committed last reaches it. */
  lastDelivery: VirtualTime = 0;
  private readonly lp: LpId;
  private readonly latency: Latency;
  private readonly sender: ControlSender;

  /** `name` names the stream of its latencies. */
  constructor(lp: LpId, name: string, sender: ControlSender, settings: Settings, seed: number) {
    this.lp = lp;
    this.sender = sender;
    this.latency = new Latency(
      settings.watchLatencyFloor,
      settings.watchLatency,
      settings.watchLatencyP99,
      streamKey(seed, "watch latency", name),
    );
  }

  deliver(change: WatchChange, now: VirtualTime): void {
    this.listener?.(change, now);
    const at = this.deliveryAfter(now);
    if (change.type !== "lease") this.lastChange = at;
    this.sender.post(this.lp, at, { kind: "watch", change });
  }

  deliverNotice(notice: KubeletNotice, now: VirtualTime): void {
    this.lastChange = this.deliveryAfter(now);
    this.sender.post(this.lp, this.lastChange, notice);
  }

  /** The watch broke, and is there again at `at`: it lists what has changed meanwhile. */
  resumeAt(at: VirtualTime): void {
    this.lastDelivery = Math.max(this.lastDelivery + 1, at);
  }

  /** The watcher learns that its watch is broken, or there again. */
  tell(isBroken: boolean, now: VirtualTime): void {
    this.lastDelivery = Math.max(this.lastDelivery + 1, now + 1);
    this.sender.post(this.lp, this.lastDelivery, { kind: "watchState", isBroken });
  }

  private deliveryAfter(now: VirtualTime): VirtualTime {
    const lag = this.faults === null ? 0 : this.faults.delayOf("watch", now);
    this.lastDelivery = Math.max(this.lastDelivery + 1, now + lag + this.latency.next());
    return this.lastDelivery;
  }
}
