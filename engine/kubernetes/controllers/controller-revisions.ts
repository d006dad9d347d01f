/**
 * ControllerRevisions of StatefulSets and DaemonSets: one for each template that the owner has had, numbered
 * upwards, the oldest unused ones deleted. Source: pkg/controller/history, daemon/update.go, statefulset.
 */
import { ofKind, templateHash, type ApiRequest, type InformerCache, type ObjectRecord } from "../api-server/client.ts";
import type { PodRecord } from "../api-server/pod-record.ts";
import type { Definitions, TemplateId } from "../objects/definitions.ts";
import { REVISION_HASH } from "../objects/given-labels.ts";
import type { PodTemplate } from "../objects/pod.ts";
import { call, type Sync } from "./controller.ts";

type Revision = ObjectRecord<"ControllerRevision">;

export class ControllerRevisions {
  private readonly cache: InformerCache;
  private readonly definitions: Definitions;
  private readonly ids = new WeakMap<PodTemplate, TemplateId>();
  private readonly hashes = new Map<TemplateId, string>();
  /** Template by the revision's name, of those asked for. */
  private readonly byName = new Map<string, TemplateId>();

  constructor(cache: InformerCache, definitions: Definitions) {
    this.cache = cache;
    this.definitions = definitions;
  }

  idOf(template: PodTemplate): TemplateId {
    let id = this.ids.get(template);
    if (id === undefined) this.ids.set(template, (id = this.definitions.idOf(template)));
    return id;
  }

  hashOf(template: TemplateId): string {
    let hash = this.hashes.get(template);
    if (hash === undefined) this.hashes.set(template, (hash = templateHash(this.definitions.template(template))));
    return hash;
  }

  /** By its label; one that an operator took the label from, by its template. */
  hashOfPod({ traits, template }: PodRecord): string {
    return traits?.given?.labels[REVISION_HASH] ?? this.hashOf(template);
  }

  labelsOf(template: TemplateId): Readonly<Record<string, string>> {
    return this.definitions.template(template).labels;
  }

  /** Which revision the present template is, as `ensure` sees to it, from 1. */
  numberOf(owner: ObjectRecord, template: TemplateId): number {
    const revisions = this.of(owner);
    const newest = revisions.reduce((most, { spec }) => Math.max(most, spec.revision), 0);
    return revisions.some(({ spec }) => spec.template === template && spec.revision === newest) ? newest : newest + 1;
  }

  nameOf(owner: ObjectRecord, template: TemplateId): string {
    const name = `${owner.name}-${this.hashOf(template)}`;
    this.byName.set(`${owner.namespace}/${name}`, template);
    return name;
  }

  /** The template of a revision that this controller has come across; undefined: of none. */
  templateOf(owner: ObjectRecord, name: string): TemplateId | undefined {
    return this.byName.get(`${owner.namespace}/${name}`) ?? this.of(owner).find((revision) => revision.name === name)?.spec.template;
  }

  /** Sees to it that the present template's revision is there and the newest. False: try again. */
  *ensure(owner: ObjectRecord<"StatefulSet" | "DaemonSet">, template: TemplateId): Sync<boolean> {
    const own = this.of(owner);
    const revisions = own.length > 0 ? own : yield* this.adopt(owner);
    const newest = revisions.reduce((most, { spec }) => Math.max(most, spec.revision), 0);
    const known = revisions.find(({ spec }) => spec.template === template);
    if (known !== undefined) {
      if (known.spec.revision === newest) return true;
      const spec = { template, revision: newest + 1 };
      const response = yield* call({ kind: "updateObject", object: known.id, resourceVersion: known.resourceVersion, change: { spec } });
      return response.status !== "conflict";
    }
    const { kind, id, namespace } = owner;
    const response = yield* call({
      kind: "createObject",
      object: {
        kind: "ControllerRevision",
        namespace,
        name: this.nameOf(owner, template),
        spec: { template, revision: newest + 1 },
        ownerReferences: [{ kind, id, isController: true, blocksDeletion: true }],
      },
    });
    return response.status !== "forbidden";
  }

  /** Those that an earlier owner of this name left behind. */
  private *adopt({ kind, id, namespace, name }: ObjectRecord<"StatefulSet" | "DaemonSet">): Sync<Revision[]> {
    const orphans = this.cache
      .objectsOfKind("ControllerRevision")
      .filter(
        (one) =>
          one.namespace === namespace && one.ownerReferences.length === 0 && one.name === `${name}-${this.hashOf(one.spec.template)}`,
      );
    if (orphans.length === 0) return [];
    const ownerReferences = [{ kind, id, isController: true, blocksDeletion: true }];
    const responses = yield orphans.map((one): ApiRequest => ({
      kind: "updateObject",
      object: one.id,
      resourceVersion: one.resourceVersion,
      change: { ownerReferences },
    }));
    return responses.flatMap(({ object }) => ofKind(object, "ControllerRevision") ?? []);
  }

  /** Deletes the oldest that no Pod has, beyond the limit. */
  *cleanUp(owner: ObjectRecord, inUse: ReadonlySet<TemplateId>, limit: number): Sync<void> {
    const unused = this.of(owner).filter(({ spec }) => !inUse.has(spec.template));
    if (unused.length <= limit) return;
    const oldest = unused.sort((a, b) => a.spec.revision - b.spec.revision).slice(0, unused.length - limit);
    yield oldest.map(({ id }): ApiRequest => ({ kind: "deleteObject", object: id }));
  }

  private of(owner: ObjectRecord): Revision[] {
    return this.cache
      .objectsOf(owner.id)
      .map((record) => ofKind(record, "ControllerRevision"))
      .filter((revision) => revision !== undefined);
  }
}
