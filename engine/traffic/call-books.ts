/**
 * Calls between Services, accounted for apart from the requests of loads: calls = answered + lost + in flight, per edge
 * (who calls, and whom), summed over all shards. A call made before the warm-up was over is counted nowhere.
 */
import type { VirtualTime } from "../kernel/time.ts";
import { seriesName, type MetricName } from "../metrics/catalogue.ts";
import type { Recorder } from "../metrics/recorder.ts";
import { Outcome, outcomeNames } from "./outcome.ts";

/** Who calls, and the Service that is called. */
export interface CallLabel {
  readonly caller: string;
  readonly service: string;
}

export class CallBooks {
  private readonly recorder: Recorder;
  private readonly sent: number[];
  private readonly answered: number[];
  private readonly lost: number[];
  private readonly inFlight: number[];
  private readonly repeated: number[];
  private readonly attempts: number[];
  private readonly duration: number[];

  constructor(recorder: Recorder, labels: readonly CallLabel[]) {
    const counters = (metric: MetricName): number[] =>
      labels.map(({ caller, service }) => recorder.counter(seriesName(metric, caller, service)));
    this.recorder = recorder;
    this.sent = counters("calls_sent");
    this.answered = counters("calls_answered");
    this.lost = counters("calls_lost");
    this.inFlight = counters("calls_in_flight");
    this.repeated = counters("calls_repeated");
    this.attempts = labels.flatMap(({ caller, service }) =>
      outcomeNames.map((outcome) => recorder.counter(seriesName("call_attempts", caller, service, outcome))),
    );
    this.duration = labels.map(({ caller, service }) => recorder.histogram(seriesName("call_duration", caller, service)));
  }

  begin(edge: number, sentAt: VirtualTime): void {
    this.recorder.count(this.sent[edge]!, sentAt);
  }

  repeat(edge: number, sentAt: VirtualTime): void {
    this.recorder.count(this.repeated[edge]!, sentAt);
  }

  endAttempt(edge: number, sentAt: VirtualTime, outcome: Outcome): void {
    this.recorder.count(this.attempts[edge * outcomeNames.length + outcome]!, sentAt);
  }

  answer(edge: number, sentAt: VirtualTime, at: VirtualTime): void {
    this.endAttempt(edge, sentAt, Outcome.answered);
    this.recorder.count(this.answered[edge]!, sentAt);
    this.recorder.observe(this.duration[edge]!, sentAt, at - sentAt);
  }

  lose(edge: number, sentAt: VirtualTime): void {
    this.recorder.count(this.lost[edge]!, sentAt);
  }

  /** At the horizon: neither answered nor lost. */
  keepInFlight(edge: number, sentAt: VirtualTime): void {
    this.recorder.count(this.inFlight[edge]!, sentAt);
  }
}
