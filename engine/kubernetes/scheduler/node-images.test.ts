/** Images that nodes have already: the score, and what it does to a placement. */
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { clusterSpec, runCluster } from "../../testdata/cluster.ts";
import { node, podSpec, replicaSet, template } from "../control-plane.exam.ts";
import { Definitions } from "../objects/definitions.ts";
import { Workloads } from "../objects/workloads.ts";
import { newestVersions, versionsOfMinor } from "../versions.ts";
import { NodeImages } from "./node-images.ts";
import { Placement } from "./placement.ts";
import { imageLocalityScore, normalizedImageName, scaledImageSize } from "./plugins/index.ts";
import { PodClasses } from "./pod-classes.ts";

const MIB = 1024 * 1024;

test.each([
  // Of plugins/imagelocality/image_locality_test.go: 40 and 300 MiB on one of two nodes, 2000 and 250 MiB on the other.
  { sum: (40 + 300) * MIB * 0.5, containers: 2, score: 7 },
  { sum: 250 * MIB * 0.5, containers: 2, score: 5 },
  { sum: 23 * MIB, containers: 1, score: 0 },
  { sum: 10 * MIB, containers: 1, score: 0 },
  { sum: 5000 * MIB, containers: 1, score: 100 },
])("$sum bytes for $containers containers score $score", ({ sum, containers, score }) => {
  expect(imageLocalityScore(sum, containers)).toBe(score);
});

test("an image counts by the share of nodes that have it", () => {
  expect(scaledImageSize(300, 1, 3)).toBe(100);
  expect(scaledImageSize(100, 1, 3)).toBe(33);
});

test.each([
  ["app", "app:latest"],
  ["app:v1", "app:v1"],
  ["host:5000/app", "host:5000/app:latest"],
  ["host:5000/app:v1", "host:5000/app:v1"],
])("%s is %s", (name, normalized) => {
  expect(normalizedImageName(name)).toBe(normalized);
});

describe("images of nodes", () => {
  const written = template("app:v1");
  const sidekick = podSpec({
    containers: [{ ...written.spec.containers[0]!, image: "app:v1" }],
    initContainers: [{ ...written.spec.containers[0]!, name: "init", image: "tool:v1" }],
  });
  const withInit = { ...written, spec: sidekick };
  const definitions = new Definitions();
  const [plain, initialized] = [definitions.intern(written), definitions.intern(withInit)];
  const classes = new PodClasses(definitions, new Workloads(), () => {});

  function images(facts: Record<string, number>, present: readonly string[] = [], countsInit = true): NodeImages {
    const made = new NodeImages(3, countsInit);
    made.know(new Map(Object.entries(facts).map(([name, size]) => [name, { size: size * MIB, isPresent: present.includes(name) }])));
    return made;
  }
  const scores = (of: NodeImages, template: number): number[] | null => {
    const list = of.scoresOf(classes.classOf(0, template), 3);
    return list === null ? null : Array.from(list.having, (having) => list.scores[having]!);
  };

  it("say nothing while no node has them, or all do", () => {
    const some = images({ "app:v1": 600 });
    expect(scores(some, plain)).toBeNull();
    for (const at of [0, 1, 2]) some.put(at, ["app:v1"]);
    expect(scores(some, plain)).toBeNull();
    expect(scores(images({ "app:v1": 600 }, ["app:v1"]), plain)).toBeNull();
  });

  it("favour the nodes that have them, and no longer when they are gone", () => {
    const some = images({ "app:v1": 600 });
    some.put(1, ["app:v1"]);
    expect(scores(some, plain)).toEqual([0, 18, 0]);
    some.put(2, ["app:v1"]);
    expect(scores(some, plain)).toEqual([0, 38, 38]);
    some.put(1, []);
    expect(scores(some, plain)).toEqual([0, 0, 18]);
  });

  it("are too small to matter below 23 MiB in all", () => {
    const some = images({ "app:v1": 60 });
    some.put(1, ["app:v1"]);
    expect(scores(some, plain)).toBeNull();
  });

  it("of init containers count as well, in newer releases", () => {
    const old = images({ "app:v1": 600, "tool:v1": 900 }, [], false);
    const now = images({ "app:v1": 600, "tool:v1": 900 });
    for (const each of [old, now]) each.put(0, ["tool:v1"]);
    expect(scores(old, initialized)).toBeNull();
    expect(scores(now, initialized)).toEqual([14, 0, 0]);
    expect(newestVersions.imageScoreCountsInit).toBe(true);
    expect(versionsOfMinor(20).imageScoreCountsInit).toBe(false);
  });

  it("are listed up to 50, the largest ones", () => {
    const names = Array.from({ length: 50 }, (_, index) => `big:${index}`);
    const some = images({ "app:v1": 600, ...Object.fromEntries(names.map((name) => [name, 700])) });
    some.put(0, ["app:v1", ...names]);
    expect(scores(some, plain)).toBeNull();
    some.put(0, ["app:v1", ...names.slice(1)]);
    expect(scores(some, plain)).toEqual([18, 0, 0]);
  });

  it("decide between nodes that are alike", () => {
    const nodes = ["a", "b", "c"].map((name) => ({ name, zone: "", labels: {}, cpu: 8000, memory: 16_000 * MIB, pods: 110, taints: [] }));
    const workloads = new Workloads();
    const chosen = (has: number): number => {
      const placement = new Placement(nodes, definitions, workloads, 1);
      placement.knowImages(new Map([["app:v1", { size: 900 * MIB, isPresent: false }]]));
      placement.putImages(has, ["app:v1"]);
      return placement.place(0, 0, plain, 0);
    };
    // A workload that the tables don't know: no spread by default.
    expect([0, 1, 2].map(chosen)).toEqual([0, 1, 2]);
  });
});

test.each([22, 36])("Pods spread by default go to the same nodes as by the search with every score: 1.%i", (minor) => {
  const written = replicaSet("web", 1);
  const image = written.spec.template.spec.containers[0]!.image;
  /** A taint that some node might be avoided for asks for every score; here its node is closed to all. */
  const placementOf = (zones: readonly string[], isAvoided: boolean): Placement => {
    const definitions = new Definitions();
    const workloads = new Workloads();
    workloads.add(written);
    definitions.intern(written.spec.template);
    const taints = isAvoided ? [{ key: "k", value: "", effect: "PreferNoSchedule" } as const] : [];
    const nodes = zones.map((zone, index) => {
      const labels = { "kubernetes.io/hostname": `node-${index}`, "topology.kubernetes.io/zone": zone };
      return node(`node-${index}`, { zone, labels, ...(index === 0 ? { taints } : {}) });
    });
    const placement = new Placement(nodes, definitions, workloads, 1, 50, versionsOfMinor(minor));
    placement.updateNode(0, taints, true);
    placement.knowImages(new Map([[image, { size: 200_000 * MIB, isPresent: false }]]));
    placement.putImages(1, [image]);
    return placement;
  };
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("a", "b", "c"), { minLength: 3, maxLength: 120 }),
      fc.array(fc.nat(119), { maxLength: 20 }),
      (zones, pulled) => {
        const [quick, whole] = [placementOf(zones, false), placementOf(zones, true)];
        for (let ordinal = 0; ordinal < 20; ordinal++) {
          const at = pulled[ordinal] ?? zones.length;
          const chosen = quick.place(0, ordinal, 0, 0);
          expect(whole.place(0, ordinal, 0, 0)).toBe(chosen);
          for (const placement of [quick, whole]) {
            placement.add(chosen, 0, 0);
            // One node stays without: an image that all have tells none apart, and ties would be counted in another order.
            if (at < zones.length - 1) placement.putImages(at, [image]);
          }
        }
      },
    ),
    { numRuns: 30 },
  );
});

describe.each(["settled", "empty"] as const)("a Pod that comes to a cluster where one node pulled its image, start %s", (start) => {
  const bare = (name: string): object => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: { containers: [{ name: "app", image: "big:v1" }] },
  });
  const nodesOf = (image: object): number[] => {
    const spec = clusterSpec(
      {
        duration: "3m",
        start,
        nodes: [{ count: 3, capacity: { cpu: "8", memory: "16Gi", pods: 110 } }],
        applications: [{ image }],
        actions: [{ at: "2m", apply: "more" }],
      },
      [bare("first")],
      { more: [bare("second")] },
    );
    return runCluster(spec).control!.store.pods.flatMap((pod) => (pod === undefined ? [] : [pod.node]));
  };

  it("goes where it is, if it is large", () => {
    const [first, second] = nodesOf({ size: "900M" });
    expect(second).toBe(first);
  });

  it("goes where most is free, if it is small or on all nodes", () => {
    for (const image of [{ size: "60M" }, { size: "900M", present: true }]) {
      const [first, second] = nodesOf(image);
      expect(second).not.toBe(first);
    }
  });
});
