/** Finalizers that a manifest gives an object: deleted, it stays, and shows since when it should have gone. */
import { describe, expect, test } from "vitest";
import { MINUTE, SECOND } from "../../kernel/time.ts";
import type { ActionSpec } from "../../actions/action.ts";
import { barePod, deployment, Harness, replicaSet } from "../control-plane.exam.ts";
import type { KubernetesObject } from "../objects/index.ts";

const finalizers = ["example.com/hold"];
const held = <T extends KubernetesObject>(object: T): T => ({ ...object, metadata: { ...object.metadata, finalizers } });
const objects = [held(deployment("web", { replicas: 2 })), held(replicaSet("bare", 1)), held(barePod("alone"))];
const deletion = (kind: "Deployment" | "ReplicaSet" | "Pod", name: string): ActionSpec => ({
  type: "delete",
  at: 20 * SECOND,
  namespace: "default",
  kind,
  name,
  gracePeriodSeconds: null,
  force: false,
});
const actions = [deletion("Deployment", "web"), deletion("ReplicaSet", "bare"), deletion("Pod", "alone")];

describe.each(["empty", "settled"] as const)("from a start that is %s", (start) => {
  const harness = new Harness({
    objects: start === "empty" ? objects : objects.slice(0, 2),
    start,
    actions: actions.slice(0, start === "empty" ? 3 : 2),
  });
  harness.runUntil(MINUTE);
  const { store } = harness.control;

  test("Deployments and ReplicaSets stay, and so do the Pods of theirs", () => {
    for (const record of [store.findDeployment("default", "web"), store.findReplicaSet("default", "bare")])
      expect(record).toMatchObject({ finalizers, deletionTimestamp: 20 });
    expect(harness.pods().filter(({ owner }) => owner >= 0 && owner !== undefined)).toHaveLength(3);
  });
});

test("a Pod ends, and its object stays", () => {
  const harness = new Harness({ objects, start: "empty", actions }).runUntil(MINUTE);
  const [alone] = harness.pods().filter(({ owner }) => owner < 0);
  // Its kubelet's own DELETE, a second later, asks for no grace.
  expect(alone).toMatchObject({ traits: { finalizers }, deletionTimestamp: 21, deletionGracePeriodSeconds: 0 });
});
