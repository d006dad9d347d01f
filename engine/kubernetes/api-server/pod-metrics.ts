/**
 * What metrics-server keeps: of each measured Pod the last two readings of its containers, from which the resource
 * metrics API answers. A container's CPU is its mean between the two, so it takes two readings, or one of a container
 * that is young. Source: kubernetes-sigs/metrics-server pkg/storage/pod.go.
 */
import type { Duration, VirtualTime } from "../../kernel/time.ts";
import { NUMBERS_PER_READING } from "./node-messages.ts";
import type { PodId } from "./pod-record.ts";

interface ContainerMetrics {
  /** Its place among the regular containers. */
  readonly container: number;
  /** Millicores, rounded up. */
  readonly cpu: number;
  /** Bytes. */
  readonly memory: number;
}

export interface PodMetrics {
  readonly pod: PodId;
  /** End and length of the window of the CPU. */
  readonly at: VirtualTime;
  readonly window: Duration;
  readonly containers: readonly ContainerMetrics[];
}

interface Point {
  readonly startedAt: VirtualTime;
  readonly at: VirtualTime;
  readonly cpuTime: Duration;
  readonly memory: number;
}

interface Readings {
  readonly last: ReadonlyMap<number, Point>;
  readonly before: ReadonlyMap<number, Point>;
}

export interface PodMetricsOptions {
  /** Between two readings of a node. */
  readonly resolution: Duration;
  /** A container at least this old, and younger than the resolution, is measured from its start on. */
  readonly freshMin: Duration;
}

export class PodMetricsStore {
  private readonly options: PodMetricsOptions;
  private readonly readings = new Map<PodId, Readings>();
  /** Pods of each node in its last report: those that aren't in the next one are forgotten. */
  private readonly onNode = new Map<number, readonly PodId[]>();

  constructor(options: PodMetricsOptions) {
    this.options = options;
  }

  /** Everything measured on one node at one instant; containers of a Pod stand side by side. */
  report(node: number, at: VirtualTime, usage: readonly number[]): void {
    const pods = new Map<PodId, Map<number, Point>>();
    for (let index = 0; index + NUMBERS_PER_READING <= usage.length; index += NUMBERS_PER_READING) {
      const pod = usage[index]!;
      let points = pods.get(pod);
      if (points === undefined) pods.set(pod, (points = new Map()));
      points.set(usage[index + 1]!, { startedAt: usage[index + 2]!, at, cpuTime: usage[index + 3]!, memory: usage[index + 4]! });
    }
    for (const pod of this.onNode.get(node) ?? []) if (!pods.has(pod)) this.readings.delete(pod);
    for (const [pod, points] of pods) this.readings.set(pod, this.take(this.readings.get(pod), points));
    this.onNode.set(node, [...pods.keys()]);
  }

  /** Those of the Pods that have been measured, in the order given: not those whose node wasn't read in the last pass. */
  of(pods: readonly PodId[], now: VirtualTime): readonly PodMetrics[] {
    return pods.flatMap((pod) => {
      const readings = this.readings.get(pod);
      const metrics = readings === undefined ? null : metricsOf(pod, readings);
      return metrics === null || metrics.at <= now - 2 * this.options.resolution ? [] : [metrics];
    });
  }

  private take(known: Readings | undefined, points: ReadonlyMap<number, Point>): Readings {
    const { resolution, freshMin } = this.options;
    const before = new Map<number, Point>();
    for (const [container, point] of points) {
      const age = point.at - point.startedAt;
      const last = known?.last.get(container);
      if (age < resolution && age >= freshMin)
        before.set(container, { startedAt: point.startedAt, at: point.startedAt, cpuTime: 0, memory: 0 });
      // A restart begins anew.
      else if (last !== undefined && point.startedAt < last.at && point.at > last.at) before.set(container, last);
    }
    return { last: points, before };
  }
}

/** Null: some container has no usage yet. */
function metricsOf(pod: PodId, { last, before }: Readings): PodMetrics | null {
  const containers: ContainerMetrics[] = [];
  let at = Infinity;
  let window = 0;
  for (const [container, point] of last) {
    const earlier = before.get(container);
    if (earlier === undefined) return null;
    const span = point.at - earlier.at;
    containers.push({ container, cpu: Math.ceil((1000 * Math.max(0, point.cpuTime - earlier.cpuTime)) / span), memory: point.memory });
    if (point.at >= at) continue;
    at = point.at;
    window = span;
  }
  return containers.length === 0 ? null : { pod, at, window, containers };
}
