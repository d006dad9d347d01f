/**
 * What mutating admission makes of Pod templates, worked in when a scenario is read, since templates are numbered
 * before the run: the value of a PriorityClass (which never changes), and the defaults of the LimitRanges that
 * stand in the namespace from the beginning. Source: plugin/pkg/admission/priority, limitranger.
 * Differs: limit ranges that come later
 */
import type { KubernetesObject } from "./index.ts";
import { podTemplateOf, isWorkload } from "./workload-object.ts";
import type { LimitRangeItem } from "./limit-range.ts";
import type { Container, PodTemplate, ResourceList } from "./pod.ts";
import type { PriorityClass } from "./priority-class.ts";
import type { Amounts } from "./resource-quota.ts";

/** `all`: every object of the manifests and the actions; `base`: what is there when the run begins. */
export function admittedObjects(
  objects: readonly KubernetesObject[],
  all: readonly KubernetesObject[],
  base: readonly KubernetesObject[],
): readonly KubernetesObject[] {
  const classes = all.filter((object) => object.kind === "PriorityClass");
  const ranges = base.filter((object) => object.kind === "LimitRange");
  if (classes.length === 0 && ranges.length === 0) return objects;
  return objects.map((object) => {
    if (!isWorkload(object)) return object;
    const items = ranges.filter(({ metadata }) => metadata.namespace === object.metadata.namespace).flatMap(({ spec }) => spec.limits);
    const template = podTemplateOf(object);
    return withTemplate(object, withLimitDefaults(withPriority(template, classes), items));
  });
}

function withTemplate(object: KubernetesObject, template: PodTemplate): KubernetesObject {
  if (!isWorkload(object)) return object;
  if (object.kind === "Pod") return { ...object, template };
  if (object.kind === "CronJob") return { ...object, spec: { ...object.spec, job: { ...object.spec.job, template } } };
  return { ...object, spec: { ...object.spec, template } } as KubernetesObject;
}

/** The named class, or the default one; a priority that is written out stays. */
function withPriority(template: PodTemplate, classes: readonly PriorityClass[]): PodTemplate {
  const { spec } = template;
  const { priorityClassName = "" } = spec;
  if (priorityClassName.startsWith("system-")) return template;
  const defaults = classes.filter((each) => each.spec.globalDefault).sort((a, b) => a.spec.value - b.spec.value);
  const chosen = priorityClassName === "" ? defaults[0] : classes.find(({ metadata }) => metadata.name === priorityClassName);
  if (chosen === undefined) return template;
  const { value, preemptionPolicy } = chosen.spec;
  const priorityClass = { priorityClassName: chosen.metadata.name, priority: value };
  return { ...template, spec: { ...spec, ...priorityClass, ...(preemptionPolicy === "Never" ? { preemptionPolicy } : {}) } };
}

function withLimitDefaults(template: PodTemplate, items: readonly LimitRangeItem[]): PodTemplate {
  const ofContainers = items.filter(({ type }) => type === "Container");
  if (ofContainers.length === 0) return template;
  const filled = (container: Container): Container =>
    ofContainers.reduce(
      (so, item) => ({
        ...so,
        resources: { limits: filledIn(so.resources.limits, item.default), requests: filledIn(so.resources.requests, item.defaultRequest) },
      }),
      container,
    );
  const { containers, initContainers } = template.spec;
  return { ...template, spec: { ...template.spec, containers: containers.map(filled), initContainers: initContainers.map(filled) } };
}

function filledIn(list: ResourceList, defaults: Amounts): ResourceList {
  const { cpu, memory, ...others } = defaults;
  const other = { ...others, ...list.other };
  return {
    ...(cpu === undefined ? {} : { cpu }),
    ...(memory === undefined ? {} : { memory }),
    ...list,
    ...(Object.keys(other).length === 0 ? {} : { other }),
  };
}
