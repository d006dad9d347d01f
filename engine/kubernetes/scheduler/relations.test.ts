/** Filters and scores that look at Pods of other nodes: spread, affinity, host ports; and what is counted for them. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { barePod, container, node, replicaSet } from "../control-plane.exam.ts";
import { Definitions } from "../objects/definitions.ts";
import type { NodeTemplate } from "../objects/node.ts";
import type { PodSpec, PodTemplate } from "../objects/pod.ts";
import { readScheduling, type WrittenScheduling } from "../objects/scheduling.ts";
import { Workloads } from "../objects/workloads.ts";
import { versionsOfMinor } from "../versions.ts";
import { Placement } from "./placement.ts";
import { PodClasses, selectClasses } from "./pod-classes.ts";

interface Group {
  readonly labels?: Readonly<Record<string, string>>;
  readonly spec?: Partial<PodSpec>;
  readonly scheduling?: WrittenScheduling;
}

/** Groups of like Pods, each a workload of its own with the number of its place in the list. */
class Cluster {
  readonly placement: Placement;
  private readonly templates: readonly number[];

  constructor(nodes: readonly NodeTemplate[], groups: readonly Group[], minor = 36) {
    const definitions = new Definitions();
    const workloads = new Workloads();
    this.templates = groups.map(({ labels = { app: "web" }, spec = {}, scheduling = {} }, index) => {
      const pod = barePod(`pod-${index}`, { ...spec, ...readScheduling(scheduling, labels) });
      const template: PodTemplate = { ...pod.template, labels };
      workloads.add({ ...pod, template });
      return definitions.intern(template);
    });
    this.placement = new Placement(nodes, definitions, workloads, 1, 0, versionsOfMinor(minor));
  }

  add(node: number, group: number): this {
    this.placement.add(node, group, this.templates[group]!);
    return this;
  }

  remove(node: number, group: number): this {
    this.placement.remove(node, group, this.templates[group]!);
    return this;
  }

  leave(node: number, group: number): this {
    this.placement.leave(node, group, this.templates[group]!);
    return this;
  }

  /** The node for one more Pod of a group, over several Pods if nodes are equal. */
  places(group: number): readonly number[] {
    const chosen = Array.from({ length: 20 }, (_, ordinal) => this.placement.place(group, ordinal, this.templates[group]!, 0));
    return [...new Set(chosen)].sort((a, b) => a - b);
  }

  /** Nodes that pass all filters. */
  admitting(group: number): readonly number[] {
    const podClass = this.placement.classOf(group, this.templates[group]!);
    return Array.from({ length: this.placement.nodeCount }, (_, at) => at).filter((at) => this.placement.fits(at, podClass, -1));
  }

  explain(group: number): string {
    return this.placement.explain(group, this.templates[group]!);
  }
}

const zoned = (name: string, zone: string, change: Partial<NodeTemplate> = {}): NodeTemplate =>
  node(name, { zone, ...change, labels: { "kubernetes.io/hostname": name, "topology.kubernetes.io/zone": zone, ...change.labels } });
const zones = [zoned("a0", "a"), zoned("a1", "a"), zoned("b0", "b"), zoned("c0", "c")];
const web = { matchLabels: { app: "web" } };
const zoneKey = "topology.kubernetes.io/zone";
const hostKey = "kubernetes.io/hostname";

test("a constraint that must hold keeps Pods from domains that have too many more than the emptiest", () => {
  const spread = {
    topologySpreadConstraints: [{ maxSkew: 1, topologyKey: zoneKey, whenUnsatisfiable: "DoNotSchedule", labelSelector: web }],
  };
  const cluster = new Cluster(zones, [{ scheduling: spread }]).add(0, 0).add(2, 0);
  expect(cluster.admitting(0)).toEqual([3]);
  expect(cluster.places(0)).toEqual([3]);
  expect(cluster.add(3, 0).admitting(0)).toEqual([0, 1, 2, 3]);
  // Zone b has 2, the others 1.
  expect(cluster.add(2, 0).admitting(0)).toEqual([0, 1, 3]);
  expect(cluster.leave(2, 0).admitting(0)).toEqual([0, 1, 2, 3]);
});

test("domains are counted over nodes that the Pod may go to, with all keys; fewer than asked for count as empty", () => {
  const constraint = { maxSkew: 1, topologyKey: zoneKey, whenUnsatisfiable: "DoNotSchedule", labelSelector: web };
  const nodes = [...zones.slice(0, 3).map((each) => ({ ...each, labels: { ...each.labels, disk: "ssd" } })), zones[3]!, node("bare")];
  const confined = new Cluster(nodes, [
    { spec: { nodeSelector: { disk: "ssd" } }, scheduling: { topologySpreadConstraints: [constraint] } },
  ]);
  expect(confined.add(0, 0).add(2, 0).places(0)).toEqual([1]);
  const open = new Cluster(nodes, [{ scheduling: { topologySpreadConstraints: [{ ...constraint, minDomains: 4 }] } }]);
  open.add(0, 0).add(2, 0).add(3, 0);
  expect(open.explain(0)).toBe(
    "0/5 nodes are available: 1 node(s) didn't match pod topology spread constraints (missing required label), 4 node(s) didn't match pod topology spread constraints.",
  );
});

test("a constraint that needn't hold only ranks nodes", () => {
  const spread = {
    topologySpreadConstraints: [{ maxSkew: 1, topologyKey: zoneKey, whenUnsatisfiable: "ScheduleAnyway", labelSelector: web }],
  };
  const tiny = { containers: [container({ resources: { requests: { cpu: 1, memory: 1 }, limits: {} } })] };
  const cluster = new Cluster(zones, [{ spec: tiny, scheduling: spread }]).add(0, 0).add(1, 0).add(2, 0);
  expect(cluster.places(0)).toEqual([3]);
});

test("replicas are spread over hosts and zones without being told to, bare Pods aren't", () => {
  const definitions = new Definitions();
  const workloads = new Workloads();
  const tiny = { containers: [container({ resources: { requests: { cpu: 1, memory: 1 }, limits: {} } })] };
  const set = replicaSet("web", 3, tiny);
  workloads.add(set);
  workloads.add(barePod("bare", tiny));
  const template = definitions.intern(set.spec.template);
  const places = (minor: number, workload: number, nodes: readonly NodeTemplate[] = zones): readonly number[] => {
    const placement = new Placement(nodes, definitions, workloads, 1, 0, versionsOfMinor(minor));
    placement.add(0, workload, template);
    placement.add(2, workload, template);
    return [...new Set(Array.from({ length: 20 }, (_, ordinal) => placement.place(workload, ordinal, template, 0)))].sort((a, b) => a - b);
  };
  expect(places(36, 0)).toEqual([3]);
  expect(places(20, 0)).toEqual([3]);
  const withoutZones = zones.map(({ labels: { [zoneKey]: _, ...labels }, ...each }) => ({ ...each, labels }));
  expect(places(36, 0, withoutZones)).toEqual([1, 3]);
});

test("Pods that want to be together follow the first, who may go anywhere; Pods of other namespaces don't count", () => {
  const together = {
    affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: zoneKey, labelSelector: web }] } },
  };
  const cluster = new Cluster(zones, [{ scheduling: together }, { labels: { app: "api" }, scheduling: together }]);
  expect(cluster.places(0)).toEqual([0, 1, 2, 3]);
  expect(cluster.explain(1)).toBe("0/4 nodes are available: 4 node(s) didn't match pod affinity rules.");
  cluster.add(0, 0);
  expect(cluster.places(0).every((each) => each < 2)).toBe(true);
  expect(cluster.places(1).every((each) => each < 2)).toBe(true);
});

test("Pods that want to be apart stay apart, whoever of the two says so, and until the other is gone", () => {
  const apart = {
    affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: zoneKey, labelSelector: web }] } },
  };
  const cluster = new Cluster(zones, [{ scheduling: apart }, {}]).add(0, 0).add(2, 1);
  expect(cluster.places(0)).toEqual([3]);
  expect(cluster.places(1).every((each) => each === 2 || each === 3)).toBe(true);
  cluster.add(3, 0);
  expect(cluster.explain(0)).toBe("0/4 nodes are available: 4 node(s) didn't match pod anti-affinity rules.");
  cluster.leave(3, 0);
  expect(cluster.explain(0)).toBe("0/4 nodes are available: 4 node(s) didn't match pod anti-affinity rules.");
  cluster.placement.remove(3, 0, 0, true);
  expect(cluster.places(0)).toEqual([3]);
});

test("1.20 says twice that affinity is why", () => {
  const apart = {
    affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: hostKey, labelSelector: web }] } },
  };
  const nodes = zones.slice(0, 1);
  expect(new Cluster(nodes, [{ scheduling: apart }, {}], 20).add(0, 0).explain(1)).toBe(
    "0/1 nodes are available: 1 node(s) didn't match pod affinity/anti-affinity, 1 node(s) didn't satisfy existing pods anti-affinity rules.",
  );
});

test("preferences rank nodes: of nodes, to be together, to be apart", () => {
  const tiny = { containers: [container({ resources: { requests: { cpu: 1, memory: 1 }, limits: {} } })] };
  const term = { weight: 50, podAffinityTerm: { topologyKey: zoneKey, labelSelector: web } };
  const cluster = new Cluster(zones, [
    { spec: tiny },
    {
      spec: tiny,
      labels: { app: "friend" },
      scheduling: { affinity: { podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [term] } } },
    },
    {
      spec: tiny,
      labels: { app: "foe" },
      scheduling: { affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [term] } } },
    },
    {
      spec: tiny,
      labels: { app: "choosy" },
      scheduling: {
        affinity: {
          nodeAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 10, preference: { matchExpressions: [{ key: zoneKey, operator: "In", values: ["b", "c"] }] } },
              { weight: 5, preference: { matchFields: [{ key: "metadata.name", operator: "In", values: ["c0"] }] } },
            ],
          },
        },
      },
    },
  ]);
  cluster.add(2, 0);
  expect(cluster.places(1)).toEqual([2]);
  expect(cluster.places(2)).toEqual([0, 1, 3]);
  expect(cluster.places(3)).toEqual([3]);
});

test("a port of the host is one Pod's", () => {
  const port = (hostPort: number): Partial<PodSpec> => ({
    containers: [container({ ports: [{ name: "", containerPort: 80, protocol: "TCP", hostPort }] })],
  });
  const cluster = new Cluster(zones.slice(0, 1), [{ spec: port(80) }, { spec: port(81) }]).add(0, 0);
  expect(cluster.explain(0)).toBe("0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports.");
  expect(cluster.places(1)).toEqual([0]);
  expect(cluster.remove(0, 0).places(0)).toEqual([0]);
});

test("a resource of another name is asked for where there is some, and used up", () => {
  const gpu = { containers: [container({ resources: { requests: { other: { "example.com/gpu": 1 } }, limits: {} } })] };
  const cluster = new Cluster([zones[0]!, { ...zones[1]!, other: { "example.com/gpu": 1 } }], [{ spec: gpu }]);
  expect(cluster.places(0)).toEqual([1]);
  expect(cluster.add(1, 0).explain(0)).toBe("0/2 nodes are available: 2 Insufficient example.com/gpu.");
});

test("local disk is asked for where it is counted, and used up", () => {
  const disk = { containers: [container({ resources: { requests: { storage: 600 }, limits: {} } })] };
  const counted = zones.slice(0, 2).map((zone) => ({ ...zone, storage: 1000 }));
  const cluster = new Cluster(counted, [{ spec: disk }]).add(0, 0);
  expect(cluster.places(0)).toEqual([1]);
  expect(cluster.add(1, 0).explain(0)).toBe("0/2 nodes are available: 2 Insufficient ephemeral-storage.");
  expect(new Cluster(zones.slice(0, 1), [{ spec: disk }]).add(0, 0).places(0)).toEqual([0]);
});

test("sums that follow Pods are those of counting anew", () => {
  const definitions = new Definitions();
  const workloads = new Workloads();
  const templates = ["web", "web", "api"].map((app, index) => {
    const pod = barePod(`pod-${index}`);
    workloads.add(pod);
    return definitions.intern({ ...pod.template, labels: { app, index: String(index) } });
  });
  const domains = Int32Array.from([0, 0, 1, -1]);
  const step = fc.tuple(fc.nat(2), fc.nat(3), fc.boolean());
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), fc.array(step, { maxLength: 30 }), (before, after) => {
      const classes = new PodClasses(definitions, workloads, () => {});
      const add = ([group, at, isLeaving]: readonly [number, number, boolean]): void =>
        classes.add(classes.classOf(group, templates[group]!), at, 1, isLeaving);
      before.forEach(add);
      const asking = classes.classOf(0, templates[0]!);
      const selector = selectClasses({ matchLabels: { app: "web" }, matchExpressions: [] }, ["default"], asking);
      const staying = classes.tally(selector, 2, domains, false);
      const all = classes.tally(selector, 4, null, true);
      after.forEach(add);
      const counted = [...before, ...after].filter(([group]) => group < 2);
      expect([...staying.counts]).toEqual(
        [0, 1].map((domain) => counted.filter(([, at, isLeaving]) => !isLeaving && domains[at] === domain).length),
      );
      expect([...all.counts]).toEqual([0, 1, 2, 3].map((at) => counted.filter(([, where]) => where === at).length));
      classes.drop([all]);
      add([0, 0, false]);
      expect(all.counts[0]).toBe(counted.filter(([, at]) => at === 0).length);
    }),
  );
});

test("the short way to spread by default finds the nodes of the long way", () => {
  const nodes = [...zones, zoned("a2", "a"), node("bare")];
  const avoided = { key: "k", value: "", effect: "PreferNoSchedule" } as const;
  const tolerations = [{ key: "k", operator: "Exists", value: "", effect: "", tolerationSeconds: null }] as const;
  const definitions = new Definitions();
  const workloads = new Workloads();
  const set = replicaSet("web", 3, { tolerations });
  workloads.add(set);
  const template = definitions.intern(set.spec.template);
  const places = (all: readonly NodeTemplate[], taken: readonly number[]): readonly number[] => {
    const placement = new Placement(all, definitions, workloads, 1);
    for (const at of taken) placement.add(at, 0, template);
    return [...new Set(Array.from({ length: 60 }, (_, ordinal) => placement.place(0, ordinal, template, 0)))].sort((a, b) => a - b);
  };
  // A taint that the Pods tolerate changes no score, but every node's is worked out one by one.
  const tainted = nodes.map((each, index) => (index === 0 ? { ...each, taints: [avoided] } : each));
  fc.assert(
    fc.property(fc.array(fc.nat(5), { maxLength: 30 }), (taken) => {
      expect(places(nodes, taken)).toEqual(places(tainted, taken));
    }),
    { numRuns: 50 },
  );
});
