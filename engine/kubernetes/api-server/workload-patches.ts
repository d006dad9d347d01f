/** PATCH of a workload of any kind, watches of one object, and lists of revisions: what kubectl's rollout commands ask. */
import type { VirtualTime } from "../../kernel/time.ts";
import type { Commits } from "./commits.ts";
import { notFound } from "./commits.ts";
import type { Deployments } from "./deployments.ts";
import { ofKind } from "./object-record.ts";
import type { Objects } from "./objects.ts";
import type { ReplicaSets } from "./replica-sets.ts";
import type { ApiRequest, ApiResponse, PatchedKind, Revision, WorkloadPart } from "./requests.ts";
import type { Store } from "./store.ts";

type Patch = Extract<ApiRequest, { readonly kind: "patchWorkload" }>;
interface Named {
  readonly type: PatchedKind;
  readonly namespace: string;
  readonly name: string;
}

/** Parts of a table object's spec that a kind may lack. */
interface TableSpec {
  readonly template: WorkloadPart["template"];
  readonly replicas?: number;
}

export class WorkloadPatches {
  private readonly store: Store;
  private readonly deployments: Deployments;
  private readonly replicaSets: ReplicaSets;
  private readonly objects: Objects;

  constructor({ store }: Commits, deployments: Deployments, replicaSets: ReplicaSets, objects: Objects) {
    this.store = store;
    this.deployments = deployments;
    this.replicaSets = replicaSets;
    this.objects = objects;
  }

  patch({ type, namespace, name, patch }: Patch, now: VirtualTime): ApiResponse {
    const { store } = this;
    switch (type) {
      case "Deployment": {
        const before = store.findDeployment(namespace, name);
        if (before === undefined) return notFound;
        const { spec, labels = {}, annotations = {} } = before;
        const { template, replicas, paused } = spec;
        const { labels: newLabels, annotations: newAnnotations, ...changed } = patch({ template, replicas, paused, labels, annotations });
        const metadata = {
          ...(newLabels === undefined ? {} : { labels: newLabels }),
          ...(newAnnotations === undefined ? {} : { annotations: newAnnotations }),
        };
        return this.deployments.update(before.id, 0, { ...spec, ...changed }, now, metadata);
      }
      case "ReplicaSet": {
        const before = store.findReplicaSet(namespace, name);
        if (before === undefined) return notFound;
        const { labels = {}, annotations = {}, replicas } = before;
        const changed = patch({ template: store.definitions.template(before.template), replicas, paused: false, labels, annotations });
        const change = {
          replicas: changed.replicas ?? replicas,
          template: changed.template === undefined ? before.template : store.definitions.idOf(changed.template),
          ...(changed.labels === undefined ? {} : { labels: changed.labels }),
          ...(changed.annotations === undefined ? {} : { annotations: changed.annotations }),
        };
        return this.replicaSets.update(before.id, 0, change, false, now);
      }
      default: {
        const before = store.findObject(type, namespace, name);
        if (before === undefined) return notFound;
        const { labels, annotations } = before;
        const spec = before.spec as TableSpec;
        const part = { template: spec.template, replicas: spec.replicas ?? 0, paused: false, labels, annotations };
        const changed = patch(part);
        const newSpec = {
          ...before.spec,
          template: changed.template ?? spec.template,
          ...(spec.replicas === undefined ? {} : { replicas: changed.replicas ?? spec.replicas }),
        } as typeof before.spec;
        const metadata = { labels: changed.labels ?? labels, annotations: changed.annotations ?? annotations };
        return this.objects.update(before.id, 0, { spec: newSpec, ...metadata }, now);
      }
    }
  }

  /** As the object is now; its version says whether a watch has anything to tell. */
  find({ type, namespace, name }: Named): ApiResponse {
    const { store } = this;
    const deployment = type === "Deployment" ? store.findDeployment(namespace, name) : undefined;
    if (deployment !== undefined) return { status: "ok", deployment };
    const replicaSet = type === "ReplicaSet" ? store.findReplicaSet(namespace, name) : undefined;
    if (replicaSet !== undefined) return { status: "ok", replicaSet };
    const object = type === "Deployment" || type === "ReplicaSet" ? undefined : store.findObject(type, namespace, name);
    return object === undefined ? notFound : { status: "ok", object };
  }

  revisions(named: Named): ApiResponse {
    const { deployment, object } = this.find(named);
    const found: Revision[] = [];
    for (const { owner, revision, template } of deployment === undefined ? [] : this.store.replicaSets.values())
      if (owner === deployment?.id) found.push({ number: revision, template });
    for (const record of object === undefined ? [] : this.store.objectsIn("ControllerRevision", named.namespace)) {
      const revision = ofKind(record, "ControllerRevision");
      if (revision?.ownerReferences.some(({ kind, id }) => kind === object?.kind && id === object.id) === true)
        found.push({ number: revision.spec.revision, template: revision.spec.template });
    }
    return { status: "ok", revisions: found.sort((a, b) => a.number - b.number) };
  }
}

/** Of whatever the answer carries; -1: nothing. */
export function versionOf({ deployment, replicaSet, object }: ApiResponse): number {
  return (deployment ?? replicaSet ?? object)?.resourceVersion ?? -1;
}
