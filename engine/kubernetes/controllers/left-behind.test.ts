/** What an owner left behind as orphans is taken up by another of its name. */
import { expect, test } from "vitest";
import { MINUTE, SECOND } from "../../kernel/time.ts";
import type { ActionSpec } from "../../actions/action.ts";
import { container, deployment, Harness, template } from "../control-plane.exam.ts";
import type { KubernetesObject } from "../objects/index.ts";
import { statefulSet } from "../workloads.exam.ts";

const leave = (kind: "Deployment" | "StatefulSet", name: string): ActionSpec => ({
  type: "delete",
  at: 20 * SECOND,
  namespace: "default",
  kind,
  name,
  gracePeriodSeconds: null,
  force: false,
  cascade: "orphan",
});

function run(kind: "Deployment" | "StatefulSet", before: KubernetesObject, after: KubernetesObject): Harness {
  const actions: ActionSpec[] = [leave(kind, before.metadata.name), { type: "apply", at: 40 * SECOND, objects: [after] }];
  return new Harness({ objects: [before], start: "empty", actions });
}

test("a Deployment takes its ReplicaSet and Pods up again", () => {
  const web = deployment("web", { replicas: 3 });
  const harness = run("Deployment", web, web).runUntil(30 * SECOND);
  const before = harness.pods().map(({ id }) => id);
  const { store } = harness.control;
  expect([...store.replicaSets.values()].map(({ owner }) => owner)).toEqual([-1]);
  harness.runUntil(2 * MINUTE);
  const [record] = store.deployments.values();
  expect([...store.replicaSets.values()].map(({ owner }) => owner)).toEqual([record!.id]);
  expect(harness.pods().map(({ id }) => id)).toEqual(before);
  expect(record).toMatchObject({ revision: 1, status: { replicas: 3, readyReplicas: 3, updatedReplicas: 3 } });
});

test("with another template the old ReplicaSet goes down as that of an old revision", () => {
  const other = deployment("web", { replicas: 3, template: template("web", { containers: [container({ image: "web:2" })] }) });
  const harness = run("Deployment", deployment("web", { replicas: 3 }), other).runUntil(2 * MINUTE);
  expect(harness.sizes()).toEqual([0, 3]);
  expect([...harness.control.store.deployments.values()][0]).toMatchObject({ revision: 2, status: { replicas: 3, updatedReplicas: 3 } });
});

test.each([
  ["the same template: they stay", "x:1", [0, 1, 2], 1],
  ["another one: they are replaced", "x:2", [3, 4, 5], 2],
])("a StatefulSet takes its Pods and revisions up again; %s", (_, image, ids, revisions) => {
  const harness = run("StatefulSet", statefulSet("x:1"), statefulSet(image)).runUntil(30 * SECOND);
  expect(harness.pods().map(({ owner }) => owner)).toEqual([-1, -1, -1]);
  harness.runUntil(3 * MINUTE);
  const objects = [...harness.control.store.objects.values()];
  const set = objects.find(({ kind }) => kind === "StatefulSet")!;
  expect(
    harness
      .pods()
      .map(({ id }) => id)
      .sort((a, b) => a - b),
  ).toEqual(ids);
  expect(set.status).toMatchObject({ replicas: 3, readyReplicas: 3, updatedReplicas: 3 });
  const owners = objects
    .filter(({ kind }) => kind === "ControllerRevision")
    .map(({ ownerReferences }) => ownerReferences.map(({ id }) => id));
  expect(owners).toEqual(Array.from({ length: revisions }, () => [set.id]));
});
