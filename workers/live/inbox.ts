/**
 * Answers from outside, on their way to the kubelets. Callbacks of processes, sockets and timers only
 * append here, which wakes the host; the host runs every timer due before an answer's instant and then
 * delivers it as a message of the logical process *outside*.
 */
import type { VirtualTime } from "../../engine/kernel/time.ts";
import type { KubeletInput } from "../../engine/kubernetes/kubelet/inputs.ts";
import type { LiveClock } from "./wall-clock.ts";

export interface Answer {
  /** When it came, or is to come (a modelled delay). */
  readonly at: VirtualTime;
  /** Node index: whose kubelet it is for. */
  readonly node: number;
  readonly input: KubeletInput;
  /** Asked at delivery: false once the kubelet has forgotten the Pod, whose row may be another's by then. */
  readonly isWanted: () => boolean;
}

export class Inbox {
  /** By instant, then arrival. */
  private readonly answers: Answer[] = [];
  private readonly clock: LiveClock;

  constructor(clock: LiveClock) {
    this.clock = clock;
  }

  /** An answer that is there now. */
  append(node: number, input: KubeletInput, isWanted: () => boolean): void {
    this.appendAt(this.clock.now(), node, input, isWanted);
  }

  /** An answer that the model gives after a delay (image pulls, sleeps). */
  appendAt(at: VirtualTime, node: number, input: KubeletInput, isWanted: () => boolean): void {
    let position = this.answers.length;
    while (position > 0 && this.answers[position - 1]!.at > at) position--;
    this.answers.splice(position, 0, { at, node, input, isWanted });
    this.clock.wake();
  }

  /** Instant of the first answer; Infinity when there is none. */
  nextTime(): VirtualTime {
    return this.answers[0]?.at ?? Infinity;
  }

  /** The first answer, if its instant has come. */
  takeDue(now: VirtualTime): Answer | null {
    const first = this.answers[0];
    if (first === undefined || first.at > now) return null;
    this.answers.shift();
    return first;
  }
}
