/**
 * Creates and deletes the Pods of Jobs and DaemonSets: slow start, expectations and Events are the same for
 * both. Source: pkg/controller/controller_utils.go RealPodControl.
 *
 * Differs: adoption by other controllers
 */
import type { ApiRequest, ApiResponse, Client, ObjectRecord } from "../api-server/client.ts";
import type { PodId, PodRecord } from "../api-server/pod-record.ts";
import type { EventType } from "../events/event-recorder.ts";
import type { Sync } from "./controller.ts";
import { Expectations } from "./expectations.ts";
import { slowStartBatches } from "./replica-set.ts";

export interface Created {
  readonly count: number;
  /** Some request was refused; those after it didn't go out. */
  readonly hasFailed: boolean;
  /** Refused because the namespace goes away: there is no use in trying again. */
  readonly isHopeless: boolean;
}

export class PodControl {
  readonly expectations: Expectations;
  private readonly client: Client;
  private readonly component: string;

  /** `component`: as Events name it. */
  constructor(client: Client, component: string) {
    this.client = client;
    this.component = component;
    this.expectations = new Expectations(client.host.settings.expectationsTimeout);
  }

  /** What the cache has just taken in, for the owner's expectations. */
  observe(before: PodRecord | undefined, after: PodRecord | undefined): void {
    const pod = after ?? before;
    if (pod === undefined || pod.owner < 0) return;
    if (after === undefined || after.deletionTimestamp >= 0) this.expectations.deletionObserved(pod.owner, pod.id);
    else if (before === undefined) this.expectations.creationObserved(pod.owner);
  }

  /** At least one request. The caller has set expectations for all of them. */
  *create(owner: ObjectRecord, requests: readonly ApiRequest[]): Sync<Created> {
    let sent = 0;
    let count = 0;
    for (const size of slowStartBatches(requests.length, this.client.host.settings.slowStartInitial)) {
      const responses = yield requests.slice(sent, sent + size);
      sent += size;
      const succeeded = responses.filter(({ status }) => status === "ok").length;
      count += succeeded;
      for (const response of responses) this.tellCreation(owner, response);
      if (succeeded === size) continue;
      for (let missing = count; missing < requests.length; missing++) this.expectations.creationObserved(owner.id);
      return { count, hasFailed: true, isHopeless: responses.some(({ isNamespaceTerminating }) => isNamespaceTerminating === true) };
    }
    return { count, hasFailed: false, isHopeless: false };
  }

  /** The number that failed; a Pod that is gone already isn't one of them. At least one Pod. */
  *remove(owner: ObjectRecord, pods: readonly PodRecord[]): Sync<number> {
    const responses = yield pods.map(({ id }): ApiRequest => ({ kind: "deletePod", pod: id, gracePeriodSeconds: null }));
    let failures = 0;
    responses.forEach(({ status }, index) => {
      const pod = pods[index]!;
      if (status === "ok") {
        this.record(owner, "Normal", "SuccessfulDelete", () => `Deleted pod: ${this.client.events!.podName(pod)}`);
        return;
      }
      this.expectations.deletionObserved(owner.id, pod.id);
      if (status !== "notFound") failures++;
    });
    return failures;
  }

  /** One Event about the owner; its text is made only for those who listen. */
  record({ kind, namespace, name, id }: ObjectRecord, type: EventType, reason: string, message: () => string): void {
    this.client.recordEvent(`object/${id}`);
    const { events, now } = this.client;
    if (events !== null) events.record(now, { component: this.component, host: "" }, { kind, namespace, name }, type, reason, message());
  }

  private tellCreation(owner: ObjectRecord, { pod, status, message = status }: ApiResponse): void {
    if (pod !== undefined) this.record(owner, "Normal", "SuccessfulCreate", () => `Created pod: ${this.client.events!.podName(pod)}`);
    else this.record(owner, "Warning", "FailedCreate", () => `Error creating: ${message}`);
  }
}

export function idsOf(pods: readonly PodRecord[]): PodId[] {
  return pods.map(({ id }) => id);
}
