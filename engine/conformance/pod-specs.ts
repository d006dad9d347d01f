/** Pod specs as vectors write them, with no more than what a decision needs, as the model's own. */
import { blankContainer } from "../kubernetes/objects/blank-pod.ts";
import type { Container, ContainerPort, PodSpec, Probe, ResourceList } from "../kubernetes/objects/pod.ts";
import type { Taint, Toleration } from "../kubernetes/objects/meta.ts";
import { parseQuantity, quantityMilli, quantityUnits } from "../values/quantity.ts";

export interface WrittenResources {
  readonly [name: string]: string;
}

export interface WrittenContainer {
  readonly name?: string;
  readonly restartPolicy?: "Always";
  readonly ports?: readonly ContainerPort[];
  readonly livenessProbe?: Probe;
  readonly resources?: { readonly requests?: WrittenResources; readonly limits?: WrittenResources };
}

export interface WrittenPodSpec {
  readonly nodeName?: string;
  readonly containers?: readonly WrittenContainer[];
  readonly initContainers?: readonly WrittenContainer[];
  readonly overhead?: WrittenResources;
  readonly tolerations?: readonly Partial<Toleration>[];
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly priority?: number;
  readonly priorityClassName?: string;
}

const containerFields = "name image restartPolicy resources{requests* limits*}";
/** For Adapter.fields. */
export const podSpecFields: string = `nodeName priority priorityClassName restartPolicy containers{${containerFields}} initContainers{${containerFields}} overhead* tolerations{key operator value effect tolerationSeconds}`;

export function resourcesOf(written: WrittenResources = {}): ResourceList {
  const list: { cpu?: number; memory?: number; other: Record<string, number> } = { other: {} };
  for (const [name, text] of Object.entries(written)) {
    const quantity = parseQuantity(text);
    if (quantity === null) throw new Error(`no quantity: ${text}`);
    if (name === "cpu") list.cpu = quantityMilli(quantity);
    else if (name === "memory") list.memory = quantityUnits(quantity);
    else if (name !== "pods") list.other[name] = quantityUnits(quantity);
  }
  return list;
}

export function containerOf({ name = "", restartPolicy, resources }: WrittenContainer): Container {
  return blankContainer(name, {
    image: "",
    resources: { requests: resourcesOf(resources?.requests), limits: resourcesOf(resources?.limits) },
    imagePullPolicy: "Always",
    restartPolicy: restartPolicy ?? null,
  });
}

export function podSpecOf(spec: WrittenPodSpec): Pick<PodSpec, "containers" | "initContainers" | "overhead" | "priority"> {
  return {
    containers: (spec.containers ?? []).map(containerOf),
    initContainers: (spec.initContainers ?? []).map(containerOf),
    overhead: resourcesOf(spec.overhead),
    priority: spec.priority ?? 0,
  };
}

export function tolerationsOf(written: readonly Partial<Toleration>[] = []): Toleration[] {
  return written.map(({ key = "", operator = "Equal", value = "", effect = "", tolerationSeconds = null }) => ({
    key,
    operator,
    value,
    effect,
    tolerationSeconds,
  }));
}

export function taintsOf(written: readonly Partial<Taint>[] = []): Taint[] {
  return written.map(({ key = "", value = "", effect = "NoSchedule" }) => ({ key, value, effect }));
}
