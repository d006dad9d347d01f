/** `nodes`: groups of equal nodes → one template per node. */
import type { NodeTemplate } from "../engine/kubernetes/objects/node.ts";
import { parseThresholds } from "../engine/kubernetes/kubelet/eviction-thresholds.ts";
import { defaultKubeletConfiguration, type KubeletConfiguration } from "../engine/kubernetes/objects/kubelet-configuration.ts";
import { nodeGroupSchema, type WrittenKubelet, type WrittenNodeGroup } from "../engine/kubernetes/objects/node.schema.ts";
import { isName, validateLabels } from "../engine/kubernetes/objects/names.ts";
import { SECOND } from "../engine/kernel/time.ts";
import { describe, Issues } from "../engine/values/issue.ts";
import type { ScenarioSections } from "./section.ts";

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
    if (nodes.length + group.count > nodesMax)
      return sections.report(`${at}.count`, String(group.count), `at most ${nodesMax} nodes together`);
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
    ...(group.kubelet === undefined ? {} : { kubelet: readKubelet(group.kubelet, sections, `${path}.kubelet`) }),
  };
  const taints = (group.taints ?? []).map(({ key, value = "", effect }) => ({ key, value, effect }));
  for (let index = 0; index < group.count; index++) {
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
    });
  }
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
