/** What Events say of creations that the API server refuses: its own texts, and another name each time. */
import { expect, test } from "vitest";
import { MINUTE, SECOND } from "../../kernel/time.ts";
import type { ActionSpec } from "../../actions/action.ts";
import { barePod, deployment, Harness, meta } from "../control-plane.exam.ts";
import type { EventRecorder } from "../events/event-recorder.ts";
import type { CronJob } from "../objects/cron-job.ts";
import type { KubernetesObject } from "../objects/index.ts";
import { jobSpec, statefulSet } from "../workloads.exam.ts";

/** Texts of FailedCreate in the order of their telling. */
function failures(objects: readonly KubernetesObject[], until: number, actions: readonly ActionSpec[] = []): string[] {
  const told: string[] = [];
  const tell = (reason: string, message: string): void => void (reason === "FailedCreate" && told.push(message));
  const events: EventRecorder = {
    record: (_now, _source, _object, _type, reason, message) => tell(reason, message),
    recordPod: (_now, _source, _pod, _path, _type, reason, message) => tell(reason, message),
    podName: () => "",
    podNamespace: () => "",
    podUid: () => "",
  };
  new Harness({ objects, start: "empty", actions, events }).runUntil(until);
  return told;
}

test("a Pod that has a StatefulSet's name already", () => {
  const set = statefulSet("app:v1", { replicas: 1 });
  // It takes what an earlier one left behind, unless that is going away.
  const held = { ...set, spec: { ...set.spec, selector: { matchLabels: { app: "other" }, matchExpressions: [] } } };
  const orphan: ActionSpec = {
    type: "delete",
    at: 20 * SECOND,
    namespace: "default",
    kind: "StatefulSet",
    name: "db",
    gracePeriodSeconds: null,
    force: false,
    cascade: "orphan",
  };
  const told = failures([set], 45 * SECOND, [orphan, { type: "apply", at: 40 * SECOND, objects: [held] }]);
  expect(told[0]).toBe('create Pod db-0 in StatefulSet db failed error: pods "db-0" already exists');
});

test("Pods that a quota refuses have another name each time", () => {
  const quota: KubernetesObject = { kind: "ResourceQuota", metadata: meta("q"), spec: { hard: { pods: 1 }, scopes: [] } };
  const told = failures([quota, barePod("first"), deployment("web", { replicas: 1 })], MINUTE);
  expect(told.length).toBeGreaterThan(3);
  expect(new Set(told).size).toBe(told.length);
  for (const text of told) expect(text).toMatch(/^Error creating: pods "web-[a-z0-9]+-[a-z0-9]{5}" is forbidden: exceeded quota: q, /);
});

test("a CronJob says nothing of a Job that is there already", () => {
  const spec = jobSpec();
  const cron: CronJob = {
    kind: "CronJob",
    metadata: meta("tick"),
    spec: {
      schedule: "*/2 * * * *",
      timeZone: null,
      startingDeadlineSeconds: null,
      concurrencyPolicy: "Allow",
      suspend: false,
      successfulJobsHistoryLimit: 2,
      failedJobsHistoryLimit: 1,
      job: spec,
    },
  };
  // 1 January 2000 is minute 15,778,080 of the Unix clock.
  const taken: KubernetesObject = { kind: "Job", metadata: meta("tick-15778082"), spec };
  expect(failures([taken, cron], 3 * MINUTE)).toEqual([]);
});
