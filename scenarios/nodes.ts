/** `nodes`: groups of equal nodes → one template per node. */
import type { NodeTemplate } from "../engine/kubernetes/objects/node.ts";
import { parseThresholds } from "../engine/kubernetes/kubelet/eviction-thresholds.ts";
import { defaultKubeletConfiguration, type KubeletConfiguration } from "../engine/kubernetes/objects/kubelet-configuration.ts";
import {
  nodeGroupSchema,
  type WrittenKubelet,
  type WrittenNodeAutoscaling,
  type WrittenNodeGroup,
} from "../engine/kubernetes/objects/node.schema.ts";
import { isName, validateLabels } from "../engine/kubernetes/objects/names.ts";
import type { NodeGroup } from "../engine/kubernetes/objects/node-group.ts";
import { MINUTE, SECOND } from "../engine/kernel/time.ts";
import { describe, Issues } from "../engine/values/issue.ts";
import type { ScenarioSections } from "./section.ts";
import { readShare } from "./share.ts";

/** As large as ten of the largest clusters that Kubernetes supports, forty times over. */
const nodesMax = 200_000;
/** An ordinary small cluster. */
const defaultGroups: readonly WrittenNodeGroup[] = [{ count: 3 }];
const defaultCapacity = { cpu: "8", memory: "32Gi" } as const;

export function readNodes(
  written: readonly unknown[] | undefined,
  podsPerNode: number,
  sections: ScenarioSections,
  path: string,
): readonly NodeTemplate[] {
  const nodes: NodeTemplate[] = [];
  const counters = new Map<string, number>();
  if (written?.length === 0) sections.report(path, describe(written), "at least one node");
  (written ?? defaultGroups).forEach((value, index) => {
    const at = `${path}[${index}]`;
    const group = sections.shaped(nodeGroupSchema, value, at);
    if (group === null) return;
    const most = Math.max(group.count, group.autoscaling?.max ?? 0);
    if (nodes.length + most > nodesMax) return sections.report(`${at}.count`, String(group.count), `at most ${nodesMax} nodes together`);
    addGroup(group, at, podsPerNode, counters, nodes, sections);
  });
  return nodes;
}

function addGroup(
  group: WrittenNodeGroup,
  path: string,
  podsPerNode: number,
  counters: Map<string, number>,
  nodes: NodeTemplate[],
  sections: ScenarioSections,
): void {
  const { namePrefix = "node", zone, zones, capacity = {} } = group;
  if (!isName(`${namePrefix}-0`, "subdomain"))
    sections.report(`${path}.namePrefix`, describe(namePrefix), "lower case letters, digits, '-' and '.'");
  if (zone !== undefined && zones !== undefined) sections.report(`${path}.zones`, String(zones), "zone or zones, not both");
  const issues = new Issues();
  validateLabels(group.labels, `${path}.labels`, issues);
  for (const issue of issues.list) sections.add(issue);
  const cpu = sections.quantity(capacity.cpu ?? defaultCapacity.cpu, `${path}.capacity.cpu`).milli;
  const memory = sections.quantity(capacity.memory ?? defaultCapacity.memory, `${path}.capacity.memory`).units;
  const storage = capacity["ephemeral-storage"];
  const limits = {
    ...(storage === undefined ? {} : { storage: sections.quantity(storage, `${path}.capacity.ephemeral-storage`).units }),
    ...(capacity.pid === undefined ? {} : { pids: capacity.pid }),
    ...(capacity.inodes === undefined ? {} : { inodes: sections.quantity(capacity.inodes, `${path}.capacity.inodes`).units }),
    ...(capacity.probeConnections === undefined ? {} : { probeConnections: capacity.probeConnections }),
    ...(capacity.imagefs === undefined ? {} : { imageDisk: readImageDisk(capacity.imagefs, sections, `${path}.capacity.imagefs`) }),
    ...(group.kubelet === undefined ? {} : { kubelet: readKubelet(group.kubelet, sections, `${path}.kubelet`) }),
  };
  const taints = (group.taints ?? []).map(({ key, value = "", effect }) => ({ key, value, effect }));
  const growing =
    group.autoscaling === undefined ? null : readAutoscaling(group.autoscaling, namePrefix, group.count, sections, `${path}.autoscaling`);
  if (growing !== null && nodes.some((node) => node.group?.name === growing.name))
    sections.report(`${path}.namePrefix`, describe(namePrefix), "a name of its own: another group that grows has this one");
  for (let index = 0; index < Math.max(group.count, growing?.max ?? 0); index++) {
    const ordinal = counters.get(namePrefix) ?? 0;
    counters.set(namePrefix, ordinal + 1);
    const name = `${namePrefix}-${ordinal}`;
    const zoneName = zone ?? zoneLetters(index % (zones ?? 1));
    const labels = { "kubernetes.io/hostname": name, "topology.kubernetes.io/zone": zoneName, ...group.labels };
    nodes.push({
      name,
      zone: labels["topology.kubernetes.io/zone"],
      labels,
      cpu,
      memory,
      pods: capacity.pods ?? podsPerNode,
      taints,
      ...limits,
      ...(growing === null ? {} : { group: growing }),
      ...(index < group.count ? {} : { isAbsent: true as const }),
    });
  }
}

function readImageDisk(
  { storage, inodes }: NonNullable<NonNullable<WrittenNodeGroup["capacity"]>["imagefs"]>,
  sections: ScenarioSections,
  path: string,
): NonNullable<NodeTemplate["imageDisk"]> {
  return {
    storage: sections.quantity(storage, `${path}.storage`).units,
    ...(inodes === undefined ? {} : { inodes: sections.quantity(inodes, `${path}.inodes`).units }),
  };
}

function readAutoscaling(
  { min, max, scaleUpDelay, scaleDownDelay, unneededTime, scaleDownUtilization }: WrittenNodeAutoscaling,
  name: string,
  count: number,
  sections: ScenarioSections,
  path: string,
): NodeGroup {
  if (max < count) sections.report(`${path}.max`, String(max), `at least count, ${count}`);
  if (min !== undefined && min > count) sections.report(`${path}.min`, String(min), `at most count, ${count}`);
  const time = (field: string, value: WrittenNodeAutoscaling["scaleUpDelay"], usual: number): number =>
    value === undefined ? usual : sections.duration(value, `${path}.${field}`);
  return {
    name,
    min: min ?? count,
    max,
    scaleUpDelay: time("scaleUpDelay", scaleUpDelay, MINUTE),
    scaleDownDelay: time("scaleDownDelay", scaleDownDelay, 10 * MINUTE),
    unneededTime: time("unneededTime", unneededTime, 10 * MINUTE),
    scaleDownUtilization:
      scaleDownUtilization === undefined ? 0.5 : readShare(scaleDownUtilization, sections, `${path}.scaleDownUtilization`),
  };
}

function readKubelet(written: WrittenKubelet, sections: ScenarioSections, path: string): KubeletConfiguration {
  const { evictionMaxPodGracePeriod, evictionHard, evictionSoft, evictionSoftGracePeriod, evictionMinimumReclaim } = written;
  const defaults = defaultKubeletConfiguration;
  const time = (field: "shutdownGracePeriod" | "shutdownGracePeriodCriticalPods"): number =>
    written[field] === undefined ? defaults[field] : sections.duration(written[field], `${path}.${field}`);
  const configuration: KubeletConfiguration = {
    evictionHard: evictionHard ?? defaults.evictionHard,
    evictionSoft: evictionSoft ?? defaults.evictionSoft,
    evictionSoftGracePeriod: evictionSoftGracePeriod ?? defaults.evictionSoftGracePeriod,
    evictionMinimumReclaim: evictionMinimumReclaim ?? defaults.evictionMinimumReclaim,
    evictionMaxPodGracePeriod: evictionMaxPodGracePeriod ?? defaults.evictionMaxPodGracePeriod,
    shutdownGracePeriod: time("shutdownGracePeriod"),
    shutdownGracePeriodCriticalPods: time("shutdownGracePeriodCriticalPods"),
  };
  for (const { field, signal, text } of parseThresholds({ enforceNodeAllocatable: ["pods"], ...configuration }).problems)
    sections.add({
      path: `${path}.${field}`,
      found: describe(`${signal}: ${configuration[field][signal] ?? ""}`),
      expected: "what the kubelet accepts",
      kubernetes: text,
    });
  const { shutdownGracePeriod, shutdownGracePeriodCriticalPods } = configuration;
  // Source: pkg/kubelet/apis/config/validation/validation.go.
  if (shutdownGracePeriodCriticalPods > shutdownGracePeriod)
    sections.report(
      `${path}.shutdownGracePeriodCriticalPods`,
      describe(written.shutdownGracePeriodCriticalPods),
      "at most shutdownGracePeriod",
    );
  for (const field of ["shutdownGracePeriod", "shutdownGracePeriodCriticalPods"] as const)
    if (configuration[field] % SECOND !== 0) sections.report(`${path}.${field}`, describe(written[field]), "whole seconds");
  return configuration;
}

/** a … z, aa, ab, … */
export function zoneLetters(index: number): string {
  const letter = String.fromCharCode(97 + (index % 26));
  return index < 26 ? letter : zoneLetters(Math.floor(index / 26) - 1) + letter;
}
