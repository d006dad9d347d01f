/**
 * The labels of a Pod: those of its template, those that its controller gave to all Pods of a revision or a Job, and those
 * that name this one Pod. Selectors are matched once for all Pods that have the same labels; only where a selector names
 * one of the last kind are Pods looked at one by one.
 *
 *   template ─┐
 *   given ────┴▶ shared (one object for all) ──byName, byIndex──▶ of (one Pod's)
 */
import type { Definitions, TemplateId } from "../objects/definitions.ts";
import { TEMPLATE_HASH } from "../objects/scheduling.ts";
import type { Workloads } from "../objects/workloads.ts";
import { templateHash } from "./names.ts";
import type { GivenLabels, PodRecord } from "./pod-record.ts";

export type Labels = Readonly<Record<string, string>>;
export type LabelledPod = Pick<PodRecord, "workload" | "template" | "traits">;

export class PodLabels {
  private readonly definitions: Definitions;
  private readonly workloads: Workloads;
  private readonly hashed = new Map<TemplateId, Labels>();
  private readonly given = new WeakMap<GivenLabels, Map<TemplateId, Labels>>();

  constructor(definitions: Definitions, workloads: Workloads) {
    this.definitions = definitions;
    this.workloads = workloads;
  }

  /** Without those that name the Pod: the same object for all Pods that a selector without such labels can't tell apart, but by namespace. */
  shared({ workload, template, traits }: LabelledPod): Labels {
    const given = traits?.given ?? null;
    if (given === null) return this.ofTemplate(workload, template);
    let byTemplate = this.given.get(given);
    if (byTemplate === undefined) this.given.set(given, (byTemplate = new Map()));
    let labels = byTemplate.get(template);
    if (labels === undefined) byTemplate.set(template, (labels = { ...this.ofTemplate(workload, template), ...given.labels }));
    return labels;
  }

  /** Those of `shared`, and those that name the Pod. */
  of(pod: LabelledPod): Labels {
    return namesPods(pod) ? { ...this.shared(pod), ...ownLabels(pod) } : this.shared(pod);
  }

  annotations({ template, traits }: LabelledPod): Labels {
    const { annotations } = this.definitions.template(template);
    const keys = traits?.given?.annotationsByIndex ?? [];
    return keys.length === 0 ? annotations : { ...annotations, ...Object.fromEntries(keys.map((key) => [key, String(traits!.index)])) };
  }

  /** A Deployment's Pods have the hash of their template; it stands in the template only of those that were changed by themselves. */
  private ofTemplate(workload: number, template: TemplateId): Labels {
    const written = this.definitions.template(template);
    // Tests of single decisions have templates alone.
    const isHashed = workload < this.workloads.size && this.workloads.workload(workload).kind === "Deployment";
    if (!isHashed || written.labels[TEMPLATE_HASH] !== undefined) return written.labels;
    let labels = this.hashed.get(template);
    if (labels === undefined) this.hashed.set(template, (labels = { ...written.labels, [TEMPLATE_HASH]: templateHash(written) }));
    return labels;
  }
}

/** Whether it has labels that no other Pod of its owner has. */
export function namesPods({ traits }: Pick<LabelledPod, "traits">): boolean {
  const given = traits?.given ?? null;
  return given !== null && given.byName.length + given.byIndex.length > 0;
}

/** Those that name the Pod. */
export function ownLabels({ traits }: Pick<LabelledPod, "traits">): Labels {
  const labels: Record<string, string> = {};
  if (traits === null || traits === undefined || traits.given === null) return labels;
  for (const key of traits.given.byName) labels[key] = traits.name;
  for (const key of traits.given.byIndex) labels[key] = String(traits.index);
  return labels;
}

/** An operator's labels of these keys count, not the controller's any more. The same object: none of them was the controller's. */
export function withoutLabels(given: GivenLabels, keys: readonly string[]): GivenLabels {
  const isGiven = (key: string): boolean => Object.hasOwn(given.labels, key) || given.byName.includes(key) || given.byIndex.includes(key);
  if (!keys.some(isGiven)) return given;
  const stays = (key: string): boolean => !keys.includes(key);
  return {
    ...given,
    labels: Object.fromEntries(Object.entries(given.labels).filter(([key]) => stays(key))),
    byName: given.byName.filter(stays),
    byIndex: given.byIndex.filter(stays),
  };
}

/** Two versions of one Pod. */
export function haveSameLabels(a: LabelledPod, b: LabelledPod): boolean {
  return a.template === b.template && (a.traits?.given ?? null) === (b.traits?.given ?? null);
}
