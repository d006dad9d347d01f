/** The Events of one object, as `describe` ends. Source: kubectl/pkg/describe/describe.go DescribeEvents. */
import type { ApiEvent, ApiSnapshot } from "../../engine/kubernetes/views/api-object.ts";
import { parseTimestamp } from "../../engine/values/calendar.ts";
import type { Description } from "./description.ts";
import { ageOf } from "./human-duration.ts";

export function eventsOf(snapshot: ApiSnapshot, kind: string, namespace: string | undefined, name: string): readonly ApiEvent[] {
  return snapshot.events.filter(
    ({ involvedObject }) =>
      involvedObject.kind === kind && involvedObject.name === name && (involvedObject.namespace ?? "") === (namespace ?? ""),
  );
}

export function describeEvents(out: Description, events: readonly ApiEvent[], at: number): void {
  if (events.length === 0) {
    out.line(0, "Events:\t<none>");
    return;
  }
  out.flush();
  out.line(0, "Events:").line(1, "Type\tReason\tAge\tFrom\tMessage").line(1, "----\t------\t----\t----\t-------");
  for (const event of [...events].sort((a, b) => lastMicros(a) - lastMicros(b))) {
    const from = event.source.component ?? event.reportingComponent;
    out.line(1, `${event.type}\t${event.reason}\t${interval(event, at)}\t${from}\t${event.message.trim()}`);
  }
}

/** By the older recorder's field alone: Events of the newer one have none and come first. Source: SortableEvents. */
function lastMicros({ lastTimestamp }: ApiEvent): number {
  return lastTimestamp === null ? -Infinity : parseTimestamp(lastTimestamp);
}

/** "12s", or "12s (x4 over 108s)". */
function interval({ eventTime, firstTimestamp, lastTimestamp, count = 1, series }: ApiEvent, at: number): string {
  const first = ageOf(eventTime ?? firstTimestamp, at);
  if (series !== undefined) return `${ageOf(series.lastObservedTime, at)} (x${series.count} over ${first})`;
  return count > 1 ? `${ageOf(lastTimestamp, at)} (x${count} over ${first})` : first;
}
