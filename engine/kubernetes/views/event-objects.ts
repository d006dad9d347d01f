/** Event objects in the API's shape (core/v1, whichever recorder wrote them). */
import { microTimestamp, timestamp } from "../../values/calendar.ts";
import type { EventRecord } from "../objects/event-record.ts";
import type { ApiEvent } from "./api-object.ts";
import { unlessZero, type ViewSource } from "./view-source.ts";

export function apiEvent(source: ViewSource, event: EventRecord): ApiEvent {
  const { namespace, name, object, type, reason, message, component, host, count, eventTime, seriesLast, action } = event;
  const isSeries = eventTime !== null;
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name, namespace, uid: source.names.uid("Event", namespace, name), creationTimestamp: timestamp(event.createdAt) },
    involvedObject: {
      kind: object.kind,
      apiVersion: object.apiVersion,
      ...unlessZero("namespace", object.namespace),
      name: object.name,
      uid: object.uid,
      ...unlessZero("fieldPath", object.fieldPath),
      ...(object.resourceVersion === 0 ? {} : { resourceVersion: String(object.resourceVersion) }),
    },
    type,
    reason,
    message,
    source: isSeries ? {} : { component, ...unlessZero("host", host) },
    firstTimestamp: isSeries ? null : timestamp(event.firstTimestamp),
    lastTimestamp: isSeries ? null : timestamp(event.lastTimestamp),
    ...(isSeries ? {} : { count }),
    eventTime: eventTime === null ? null : microTimestamp(eventTime),
    ...(seriesLast === null ? {} : { series: { count, lastObservedTime: microTimestamp(seriesLast) } }),
    ...unlessZero("action", action),
    reportingComponent: component,
    reportingInstance: host,
  };
}
