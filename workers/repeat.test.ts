/** Event objects cost a run nothing, are the same for any number of shards, and a repetition ends as the run did. */
import { describe, expect, test } from "vitest";
import { defaultBehaviour } from "../engine/application/defaults.ts";
import { combinedFingerprint } from "../engine/kernel/fingerprint.ts";
import { MINUTE, SECOND } from "../engine/kernel/time.ts";
import type { EventRecord } from "../engine/kubernetes/objects/event-record.ts";
import type { ShardResult } from "../engine/result.ts";
import type { ScenarioSpec } from "../engine/scenario-spec.ts";
import { runModel } from "./coordinator.ts";
import { mergeShards } from "./merge.ts";
import { repeatRun } from "./repeat.ts";
import { deployment, nodes, spec } from "./testdata/specs.ts";

/** A rollout, then a node that is lost for good. */
const scenario: ScenarioSpec = spec({
  duration: 7 * MINUTE,
  objects: [deployment(6)],
  nodes: nodes(4),
  applications: [{ selector: {}, image: null, container: null, behaviour: defaultBehaviour, defaulted: [] }],
  actions: [{ type: "setImage", at: 10 * SECOND, namespace: "default", kind: "Deployment", name: "web", container: null, image: "web:v2" }],
  faults: [{ type: "node-loss", name: "loss", at: 60 * SECOND, selector: { node: "node-1" }, mode: "all", value: 0, duration: Infinity }],
});

async function resultOf(
  shards: number,
  events: boolean,
): Promise<{ readonly fingerprint: string; readonly events: readonly EventRecord[] | undefined }> {
  const { results } = await runModel({ type: "cluster", spec: scenario, events }, { shards, threads: 0 });
  const merged = mergeShards(results as readonly ShardResult[]);
  return { fingerprint: combinedFingerprint(merged.fingerprints), events: merged.eventObjects };
}

describe("Event objects", () => {
  test("change no fingerprint, and are the same on one shard and on three", async () => {
    const without = await resultOf(1, false);
    const alone = await resultOf(1, true);
    const shared = await resultOf(3, true);
    expect(without.events).toBeUndefined();
    expect([alone.fingerprint, shared.fingerprint]).toEqual([without.fingerprint, without.fingerprint]);
    expect(alone.events).toEqual(shared.events);
    const said = new Set(alone.events?.map(({ component, reason }) => `${component} ${reason}`));
    for (const one of [
      "default-scheduler Scheduled",
      "deployment-controller ScalingReplicaSet",
      "replicaset-controller SuccessfulCreate",
      "replicaset-controller SuccessfulDelete",
      "node-controller NodeNotReady",
      "taint-eviction-controller TaintManagerEviction",
    ])
      expect(said).toContain(one);
  });

  test("name Pods as the API server does, gone ones too", () => {
    const { snapshot } = repeatRun(scenario, 40 * SECOND, 40 * SECOND);
    const created = snapshot.events
      .filter(({ reason, message }) => reason === "SuccessfulCreate" && !message.startsWith("(combined"))
      .map(({ message }) => message.replace("Created pod: ", ""));
    expect(created).not.toEqual([]);
    const names = snapshot.pods.map(({ metadata }) => metadata.name);
    expect(created.filter((name) => !names.includes(name))).toEqual([]);
    const deleted = snapshot.events.filter(({ reason }) => reason === "SuccessfulDelete");
    const killed = snapshot.events.filter(({ reason }) => reason === "Killing").map(({ involvedObject }) => involvedObject.name);
    for (const { message } of deleted) expect(killed).toContain(message.replace("Deleted pod: ", ""));
  });
});

test("texts are those of the scenario's release", async () => {
  // Silence, the next pass and the tolerated time take up to 7 min 2 s there.
  const older = { ...scenario, kubernetesVersion: "1.20", duration: 8 * MINUTE };
  const { events } = repeatRun(older, older.duration, older.duration).snapshot;
  const messagesOf = (reason: string): readonly string[] => events.filter((event) => event.reason === reason).map(({ message }) => message);
  expect(messagesOf("ScalingReplicaSet").some((message) => / to \d+$/.test(message))).toBe(true);
  expect(messagesOf("ScalingReplicaSet").filter((message) => /from \d/.test(message))).toEqual([]);
  expect(events.filter(({ reason }) => reason === "TaintManagerEviction").map(({ source }) => source.component)).toContain(
    "taint-controller",
  );
});

test("a Pod that is deleted while it waits for a node is skipped once", () => {
  const waiting: ScenarioSpec = {
    ...scenario,
    nodes: nodes(1).map((node) => ({ ...node, taints: [{ key: "closed", value: "", effect: "NoSchedule" }] })),
    start: "empty",
    actions: [{ type: "scale", at: 10 * SECOND, kind: "Deployment", namespace: "default", name: "web", replicas: 0 }],
    faults: [],
  };
  const { events } = repeatRun(waiting, MINUTE, MINUTE).snapshot;
  const skipped = events.filter(({ message }) => message.startsWith("skip schedule deleting pod: default/web-"));
  expect(new Set(skipped.map(({ involvedObject }) => involvedObject.name)).size).toBe(6);
  expect(skipped.map(({ series }) => series)).toEqual(skipped.map(() => undefined));
});

test("a repetition that stops on the way ends with the fingerprint of the run", async () => {
  const { fingerprint } = await resultOf(2, false);
  const repeated = repeatRun(scenario, 30 * SECOND, scenario.duration);
  expect(repeated.fingerprint).toBe(fingerprint);
  expect(repeated.snapshot.at).toBe(30 * SECOND);
});
