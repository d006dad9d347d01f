/**
 * Names and UIDs of objects, also of those that are gone: they follow from the run's own tables, so every
 * shard knows them without asking the API server.
 */
import { childKey, streamKey } from "../../kernel/random.ts";
import { objectUid, podNameOf, podSuffix, templateHash, uuid } from "../api-server/names.ts";
import type { PodId, PodRecord } from "../api-server/pod-record.ts";
import type { Definitions, TemplateId } from "../objects/definitions.ts";
import { TEMPLATE_HASH } from "../objects/scheduling.ts";
import type { Workloads } from "../objects/workloads.ts";

export class ObjectNames {
  private readonly seed: number;
  private readonly definitions: Definitions;
  private readonly workloads: Workloads;
  private readonly pods = new Map<PodId, string>();
  private readonly hashes = new Map<TemplateId, string>();

  constructor(seed: number, definitions: Definitions, workloads: Workloads) {
    this.seed = seed;
    this.definitions = definitions;
    this.workloads = workloads;
  }

  pod(pod: PodRecord): string {
    const { traits } = pod;
    if (traits !== null && traits !== undefined && traits.name !== "") return traits.name;
    const known = this.pods.get(pod.id);
    if (known !== undefined) return known;
    const workload = this.workloads.workload(pod.workload);
    const set = workload.kind === "Deployment" ? `${workload.name}-${this.templateHash(pod.template)}` : null;
    const name = podNameOf(workload, set, podSuffix(this.seed, this.workloads.label(pod.workload), pod.ordinal));
    this.pods.set(pod.id, name);
    return name;
  }

  podNamespace(pod: PodRecord): string {
    return this.workloads.workload(pod.workload).namespace;
  }

  podUid(pod: PodRecord): string {
    return uuid(childKey(streamKey(this.seed, "pod uid", this.workloads.label(pod.workload)), pod.ordinal));
  }

  /** Of any other object; one that is deleted and made anew has its old UID here. */
  uid(kind: string, namespace: string, name: string): string {
    return objectUid(this.seed, kind, namespace, name);
  }

  /** The label pod-template-hash; a Pod that was changed by itself has it in its template. */
  templateHash(template: TemplateId): string {
    let hash = this.hashes.get(template);
    if (hash === undefined) {
      const written = this.definitions.template(template);
      hash = written.labels[TEMPLATE_HASH] ?? templateHash(written);
      this.hashes.set(template, hash);
    }
    return hash;
  }
}
