/**
 * Every request, accounted for: sent = answered + lost + in flight, per load, summed over all shards. A
 * request counts as a whole by its intended send time, so one sent during the warm-up is counted nowhere;
 * the time series show all. Hot: `begin` and `answer`, bench/traffic.bench.ts.
 */
import type { CauseId } from "../kernel/causes.ts";
import type { VirtualTime } from "../kernel/time.ts";
import { seriesName } from "../metrics/catalogue.ts";
import type { Recorder } from "../metrics/recorder.ts";
import { outcomeNames, situationNames, type EndpointSituation, type Outcome } from "./outcome.ts";

/** Requests of one load lost with one outcome, in one situation, for one cause. */
export interface LossTally {
  readonly load: number;
  readonly outcome: number;
  readonly state: (typeof situationNames)[number];
  readonly cause: CauseId;
  count: number;
  first: VirtualTime;
  last: VirtualTime;
}

/** Totals of one load in one shard, warm-up left out. In flight may be negative here: messages travel between shards. */
export interface LoadTotals {
  readonly sent: number;
  readonly answered: number;
  readonly lost: number;
  readonly inFlight: number;
}

const SITUATIONS = situationNames.length;
const OUTCOMES = outcomeNames.length;

export class Accounting {
  /** Requests lost so far, for progress. */
  lostSoFar = 0;
  private readonly recorder: Recorder;
  private readonly warmup: VirtualTime;
  private readonly sent: number[];
  private readonly answered: number[];
  private readonly lost: number[];
  private readonly inFlight: number[];
  private readonly attempts: number[];
  private readonly duration: number[];
  private readonly sentSeries: number[];
  private readonly answeredSeries: number[];
  private readonly lostSeries: number[];
  private readonly staleRouting: number[];
  private readonly labels: readonly string[];
  /** Messages posted minus messages received, by load. */
  private readonly travelling: Float64Array;
  private readonly tallies: Map<CauseId, LossTally>[];

  /** `labels` names each load in the metrics. */
  constructor(recorder: Recorder, labels: readonly string[], warmup: VirtualTime) {
    this.recorder = recorder;
    this.warmup = warmup;
    this.sent = labels.map((label) => recorder.counter(seriesName("requests_sent", label)));
    this.answered = labels.map((label) => recorder.counter(seriesName("requests_answered", label)));
    this.lost = labels.map((label) => recorder.counter(seriesName("requests_lost", label)));
    this.inFlight = labels.map((label) => recorder.counter(seriesName("requests_in_flight", label)));
    this.duration = labels.map((label) => recorder.histogram(seriesName("request_duration", label)));
    this.sentSeries = labels.map((label) => recorder.timeSeries(seriesName("sent", label)));
    this.answeredSeries = labels.map((label) => recorder.timeSeries(seriesName("answered", label)));
    this.attempts = labels.flatMap((label) => outcomeNames.map((outcome) => recorder.counter(seriesName("attempts", label, outcome))));
    // The series of losses are named at the first loss: most loads have one or two outcomes.
    this.lostSeries = labels.flatMap(() => outcomeNames.map(() => -1));
    this.staleRouting = labels.map((label) => recorder.histogram(seriesName("stale_routing", label)));
    this.labels = labels;
    this.travelling = new Float64Array(labels.length);
    this.tallies = labels.flatMap(() => Array.from({ length: OUTCOMES * SITUATIONS }, () => new Map<CauseId, LossTally>()));
  }

  begin(load: number, intendedAt: VirtualTime): void {
    this.recorder.count(this.sent[load]!, intendedAt);
    this.recorder.mark(this.sentSeries[load]!, intendedAt);
  }

  answer(load: number, intendedAt: VirtualTime, at: VirtualTime): void {
    const recorder = this.recorder;
    recorder.count(this.attempts[load * OUTCOMES]!, intendedAt);
    recorder.count(this.answered[load]!, intendedAt);
    recorder.observe(this.duration[load]!, intendedAt, at - intendedAt);
    recorder.mark(this.answeredSeries[load]!, at);
  }

  /** An attempt ended other than answered. */
  failAttempt(load: number, intendedAt: VirtualTime, outcome: Outcome): void {
    this.recorder.count(this.attempts[load * OUTCOMES + outcome]!, intendedAt);
  }

  /** The whole request ended so. */
  lose(load: number, intendedAt: VirtualTime, at: VirtualTime, outcome: Outcome, situation: EndpointSituation, cause: CauseId): void {
    this.recorder.count(this.lost[load]!, intendedAt);
    this.recorder.mark(this.lossSeriesOf(load, outcome), at);
    if (intendedAt < this.warmup) return;
    this.lostSoFar++;
    const tallies = this.tallies[(load * OUTCOMES + outcome) * SITUATIONS + situation]!;
    const tally = tallies.get(cause);
    if (tally === undefined) {
      tallies.set(cause, { load, outcome, state: situationNames[situation]!, cause, count: 1, first: at, last: at });
      return;
    }
    tally.count++;
    // What ends is sometimes noticed late, so ends don't come in order.
    if (at < tally.first) tally.first = at;
    if (at > tally.last) tally.last = at;
  }

  /** An attempt went to an endpoint whose removal was valid `stale` µs before. */
  routeLate(load: number, intendedAt: VirtualTime, stale: VirtualTime): void {
    this.recorder.observe(this.staleRouting[load]!, intendedAt, stale);
  }

  /** An attempt leaves as a message to the endpoint's LP, which may be on another shard. */
  depart(load: number, intendedAt: VirtualTime): void {
    if (intendedAt >= this.warmup) this.travelling[load]!++;
  }

  arrive(load: number, intendedAt: VirtualTime): void {
    if (intendedAt >= this.warmup) this.travelling[load]!--;
  }

  /** At the horizon: a request that is neither answered nor lost. */
  keepInFlight(load: number, intendedAt: VirtualTime): void {
    this.recorder.count(this.inFlight[load]!, intendedAt);
  }

  /** Adds what travels to what is in flight; to be called once. */
  finish(): void {
    this.travelling.forEach((count, load) => this.recorder.count(this.inFlight[load]!, this.warmup, count));
    this.travelling.fill(0);
  }

  totals(): LoadTotals[] {
    return this.labels.map((_, load) => ({
      sent: this.recorder.counterValue(this.sent[load]!),
      answered: this.recorder.counterValue(this.answered[load]!),
      lost: this.recorder.counterValue(this.lost[load]!),
      inFlight: this.recorder.counterValue(this.inFlight[load]!) + this.travelling[load]!,
    }));
  }

  /** By load, outcome, situation, cause. */
  losses(): LossTally[] {
    return this.tallies.flatMap((tallies) => [...tallies.values()].sort((a, b) => a.cause - b.cause));
  }

  private lossSeriesOf(load: number, outcome: Outcome): number {
    const index = load * OUTCOMES + outcome;
    if (this.lostSeries[index] === -1) {
      this.lostSeries[index] = this.recorder.timeSeries(seriesName("lost", this.labels[load]!, outcomeNames[outcome]!));
    }
    return this.lostSeries[index]!;
  }
}
