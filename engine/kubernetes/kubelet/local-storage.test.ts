/** Pods that use more local disk than they may, and disks that run out of files or of room for images. */
import { describe, expect, test } from "vitest";
import type { ApplicationBehaviour } from "../../application/application.ts";
import { SECOND } from "../../kernel/time.ts";
import { NodePressure } from "../objects/node.ts";
import { PodPhase, type Container, type ResourceList } from "../objects/pod.ts";
import type { NodeTemplate } from "../objects/node.ts";
import { hasStorageLimit, storageExcess } from "./local-storage.ts";
import { TestNodes, instantBehaviour, testContainer, testTemplate } from "./test-node.ts";

const MEBI = 1024 * 1024;
const mebi = (bytes: number): string => `${bytes / MEBI}Mi`;

function limited(name: string, storage: number | null, change: Partial<Container> = {}): Container {
  const limits: ResourceList = storage === null ? {} : { storage: storage * MEBI };
  return testContainer(name, { resources: { requests: {}, limits }, ...change });
}

describe("a Pod exceeds", () => {
  const spec = (...containers: readonly Container[]) => ({ containers, initContainers: [] });
  const layers = (...mebis: readonly number[]) => mebis.map((size) => ({ layer: size * MEBI, logs: 0 }));

  test.each<[string, Parameters<typeof storageExcess>[0], number[], string | null]>([
    ["nothing where there is no limit", spec(limited("a", null)), [500], null],
    ["nothing at its limit", spec(limited("a", 100)), [100], null],
    [
      "the total of its containers' limits",
      spec(limited("a", 100), limited("b", 50)),
      [100, 51],
      "Pod ephemeral local storage usage exceeds the total limit of containers 150Mi. ",
    ],
    [
      "one container's limit, within the total",
      spec(limited("a", 100), limited("b", 50)),
      [10, 60],
      'Container b exceeded its local ephemeral storage limit "50Mi". ',
    ],
    [
      "the total through a container that has none",
      spec(limited("a", 100), limited("b", null)),
      [50, 60],
      "Pod ephemeral local storage usage exceeds the total limit of containers 100Mi. ",
    ],
  ])("%s", (_, of, used, expected) => expect(storageExcess(of, layers(...used), false, mebi)).toBe(expected));

  test("nothing by its layers where these lie on a disk of their own", () => {
    const of = spec(limited("a", 100));
    expect(storageExcess(of, [{ layer: 900 * MEBI, logs: 100 * MEBI }], true, mebi)).toBeNull();
    expect(storageExcess(of, [{ layer: 0, logs: 101 * MEBI }], true, mebi)).not.toBeNull();
  });

  describe("with volumes", () => {
    const emptyDir = (sizeLimit: number | null, isMemory = false) => ({
      name: "cache",
      sizeLimit: sizeLimit === null ? null : sizeLimit * MEBI,
      isMemory,
    });
    const writing = (...mebis: readonly number[]) =>
      mebis.map((size) => ({ layer: 0, logs: 0, volume: { name: "cache", bytes: size * MEBI } }));

    test.each([
      ["nothing at a volume's size", emptyDir(100), null, [60, 40], null],
      [
        "a volume's size, by what all containers wrote into it",
        emptyDir(100),
        null,
        [60, 41],
        'Usage of EmptyDir volume "cache" exceeds the limit "100Mi". ',
      ],
      ["the size of a volume in memory", emptyDir(100, true), null, [101], 'Usage of EmptyDir volume "cache" exceeds the limit "100Mi". '],
      ["nothing by a volume without a size", emptyDir(null), null, [900], null],
      [
        "its own limit by what is in its volumes",
        emptyDir(null),
        100,
        [101],
        "Pod ephemeral local storage usage exceeds the total limit of containers 100Mi. ",
      ],
      ["not its limit by a volume in memory", emptyDir(null, true), 100, [101], null],
    ])("%s", (_, volume, limit, used, expected) => {
      const of = {
        initContainers: [],
        containers: used.map((_used, index) => limited(`c${index}`, index === 0 ? limit : null)),
        emptyDirs: [volume],
      };
      expect(storageExcess(of, writing(...used), false, mebi)).toBe(expected);
      expect(hasStorageLimit(of)).toBe(volume.sizeLimit !== null || limit !== null);
    });
  });

  test("what an init container may use counts, too", () => {
    const of = { initContainers: [limited("init", 300)], containers: [limited("a", null)] };
    expect(hasStorageLimit(of)).toBe(true);
    expect(storageExcess(of, layers(0, 299), false, mebi)).toBeNull();
  });
});

/** Passes at 10 s, 20 s, …; template 0 writes, all others don't. */
function cluster(disk: NonNullable<ApplicationBehaviour["disk"]>, template: Partial<NodeTemplate>): TestNodes {
  const writing: ApplicationBehaviour = { ...instantBehaviour, disk };
  return new TestNodes({
    behaviourOf: (of) => (of === 0 ? writing : instantBehaviour),
    settings: { evictionMonitoringPhase: 0, nodeStatusUpdatePhase: 0 },
    template,
  });
}

const pressures = (nodes: TestNodes): readonly number[] =>
  nodes.received.flatMap(({ request }) => (request.kind === "patchNodeStatus" ? [request.pressure] : []));

test("the kubelet evicts a Pod beyond its own limit, on a node without any pressure", () => {
  const nodes = cluster({ base: 0, growth: 10 * MEBI }, {});
  const writer = nodes.addPod(testTemplate([limited("writer", 350)])).id;
  nodes.run(60 * SECOND);
  expect(nodes.status(writer)).toMatchObject({
    phase: PodPhase.Failed,
    reason: "Evicted",
    message: "Pod ephemeral local storage usage exceeds the total limit of containers 350Mi. ",
  });
  expect(nodes.events.find(({ reason }) => reason === "Evicted")!.at).toBe(40 * SECOND);
  expect(pressures(nodes)).toEqual([]);
});

test("the kubelet evicts a Pod whose volume passes its size, on a node without any pressure", () => {
  const nodes = cluster({ base: 0, growth: 10 * MEBI, emptyDir: "cache" }, {});
  const emptyDirs = [{ name: "cache", sizeLimit: 350 * MEBI, isMemory: false }];
  const writer = nodes.addPod(testTemplate([testContainer("writer")], { emptyDirs })).id;
  nodes.run(60 * SECOND);
  const message = 'Usage of EmptyDir volume "cache" exceeds the limit "350Mi". ';
  expect(nodes.status(writer)).toMatchObject({ phase: PodPhase.Failed, reason: "Evicted", message });
  expect(nodes.messages(writer, "Evicted")).toEqual([message]);
  expect(nodes.events.find(({ reason }) => reason === "Evicted")!.at).toBe(40 * SECOND);
  expect(pressures(nodes)).toEqual([]);
});

test.each([
  ["fills the node's own disk", false, "Failed"],
  ["in memory doesn't", true, "Running"],
] as const)("a volume without a size %s", (_, isMemory, phase) => {
  const nodes = cluster(
    { base: 0, growth: 10 * MEBI, emptyDir: "cache" },
    { storage: 1000 * MEBI, imageDisk: { storage: 100_000 * MEBI } },
  );
  const writer = nodes.addPod(testTemplate([testContainer("writer")], { emptyDirs: [{ name: "cache", sizeLimit: null, isMemory }] })).id;
  nodes.run(120 * SECOND);
  expect(nodes.status(writer).phase).toBe(PodPhase[phase]);
});

test("a disk runs out of files: whoever has most of them goes", () => {
  const nodes = cluster({ base: 0, growth: 0, inodes: { base: 0, growth: 100 } }, { inodes: 10_000 });
  const writer = nodes.addPod(testTemplate([testContainer("writer")])).id;
  const other = nodes.addPod(testTemplate([testContainer("other")])).id;
  nodes.run(120 * SECOND);
  expect(nodes.status(writer)).toMatchObject({ phase: PodPhase.Failed, reason: "Evicted" });
  expect(nodes.status(writer).message).toMatch(/^The node was low on resource: inodes\. Threshold quantity: 500, available: \d+\. $/);
  expect(nodes.status(other).phase).toBe(PodPhase.Running);
  expect(pressures(nodes)[0]).toBe(NodePressure.DiskPressure);
});

test.each([
  ["layers fill the disk for images", {}, { storage: 100_000 * MEBI, imageDisk: { storage: 1000 * MEBI } }, "Failed"],
  ["logs don't", { isLogs: true as const }, { storage: 100_000 * MEBI, imageDisk: { storage: 1000 * MEBI } }, "Running"],
  ["logs fill the node's own", { isLogs: true as const }, { storage: 1000 * MEBI, imageDisk: { storage: 100_000 * MEBI } }, "Failed"],
] as const)("%s", (_, writes, template, phase) => {
  const nodes = cluster({ base: 0, growth: 10 * MEBI, ...writes }, template);
  const writer = nodes.addPod(testTemplate([testContainer("writer")])).id;
  nodes.run(120 * SECOND);
  expect(nodes.status(writer).phase).toBe(PodPhase[phase]);
});

describe("several Pods beyond their limits", () => {
  const stubborn: ApplicationBehaviour = {
    ...instantBehaviour,
    disk: { base: 0, growth: 10 * MEBI },
    shutdown: { type: "ignore" },
  };
  const writers = (...limits: readonly number[]): { nodes: TestNodes; ids: readonly number[] } => {
    const nodes = new TestNodes({ behaviour: stubborn, settings: { evictionMonitoringPhase: 0 } });
    return { nodes, ids: limits.map((limit, index) => nodes.addPod(testTemplate([limited(`w${index}`, limit)])).id) };
  };
  const secondOf = (nodes: TestNodes, id: number): number =>
    Math.floor(nodes.events.find((event) => event.pod === id && event.reason === "Evicted")!.at / SECOND);

  test("are evicted one after the other, each when the one before has been killed; the next pass follows their clean-up", () => {
    // The first two are over at 40 s, the third at 43 s: without the wait for the clean-up its pass would be at 50 s.
    const { nodes, ids } = writers(350, 360, 430);
    nodes.run(60 * SECOND);
    expect(ids.map((id) => secondOf(nodes, id))).toEqual([40, 42, 45]);
    expect(ids.map((id) => nodes.status(id).reason)).toEqual(["Evicted", "Evicted", "Evicted"]);
  });

  test("count while they are being deleted, but a kill once begun keeps its grace and its end", () => {
    const { nodes, ids } = writers(350);
    nodes.deletePod(ids[0]!, 30 * SECOND, 60);
    nodes.run(80 * SECOND);
    expect(secondOf(nodes, ids[0]!)).toBe(40);
    expect(nodes.status(ids[0]!).phase).toBe(PodPhase.Running);
    nodes.run(95 * SECOND);
    expect(nodes.patches(ids[0]!).at(-1)!.status).toMatchObject({ phase: PodPhase.Failed, reason: "" });
  });
});
