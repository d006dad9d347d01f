/** Who dies for memory: at a container's limit, and when a whole node is out of it. */
import { describe, expect, test } from "vitest";
import type { ApplicationBehaviour } from "../../application/application.ts";
import { VirtualServer } from "../../application/server.ts";
import { CauseKind } from "../../cause-kinds.ts";
import { NO_CAUSE } from "../../kernel/causes.ts";
import { MINUTE, SECOND } from "../../kernel/time.ts";
import { defaultKubeletConfiguration } from "../objects/kubelet-configuration.ts";
import type { ResourceList } from "../objects/pod.ts";
import { newestVersions, versionsOfMinor } from "../versions.ts";
import { oomScoreAdjustment, oomVictim } from "./oom-score.ts";
import { qosClassOf } from "./qos.ts";
import { TestNodes, instantBehaviour, testContainer, testTemplate } from "./test-node.ts";

const MEBI = 1024 * 1024;
const GIBI = 1024 * MEBI;

const growing = (growth: number, change: Partial<ApplicationBehaviour["memory"]> = {}): ApplicationBehaviour => ({
  ...instantBehaviour,
  memory: { base: 0, perRequest: 0, growth, ...change },
});

const withResources = (requests: ResourceList, limits: ResourceList = {}) => testContainer("web", { resources: { requests, limits } });

describe("QoS classes", () => {
  const full: ResourceList = { cpu: 100, memory: GIBI };
  test.each([
    ["nothing asked for", [withResources({})], "BestEffort"],
    ["zeroes", [withResources({ cpu: 0, memory: 0 })], "BestEffort"],
    ["requests that equal limits", [withResources(full, full)], "Guaranteed"],
    ["one container without limits", [withResources(full, full), withResources({})], "Burstable"],
    ["a limit of memory alone", [withResources({ memory: GIBI }, { memory: GIBI })], "Burstable"],
    ["requests below limits", [withResources({ cpu: 50, memory: GIBI }, full)], "Burstable"],
  ] as const)("%s", (_, containers, expected) => {
    expect(qosClassOf({ containers, initContainers: [] })).toBe(expected);
  });
});

describe("oom_score_adj", () => {
  const spec = (container: ReturnType<typeof withResources>, priority = 0) => ({ containers: [container], initContainers: [], priority });
  const score = (container: ReturnType<typeof withResources>, priority = 0, isStatic = false, version = newestVersions) =>
    oomScoreAdjustment(spec(container, priority), container, 4 * GIBI, isStatic, version);

  test.each([
    [withResources({}), 1000],
    [withResources({ cpu: 1 }), 999],
    [withResources({ memory: GIBI }), 750],
    [withResources({ memory: 100 * GIBI }), 3],
    [withResources({ cpu: 1, memory: GIBI }, { cpu: 1, memory: GIBI }), -997],
  ])("follows class and request %#", (container, expected) => {
    expect(score(container)).toBe(expected);
  });

  test("protects node-critical Pods, in 1.20 all critical ones", () => {
    expect(score(withResources({}), 2_000_001_000)).toBe(-997);
    expect(score(withResources({}), 2_000_000_000)).toBe(1000);
    expect(score(withResources({}), 2_000_000_000, false, versionsOfMinor(20))).toBe(-997);
    expect(score(withResources({}), 0, true, versionsOfMinor(20))).toBe(-997);
  });

  test("of a sidecar is at most that of the container it serves", () => {
    const sidecar = testContainer("proxy", { restartPolicy: "Always", resources: { requests: { memory: MEBI }, limits: {} } });
    const main = withResources({ memory: 2 * GIBI });
    expect(
      oomScoreAdjustment({ containers: [main], initContainers: [sidecar], priority: 0 }, sidecar, 4 * GIBI, false, newestVersions),
    ).toBe(500);
  });

  test("of a container that isn't one is its own, whatever its policy or place", () => {
    const small = { resources: { requests: { memory: MEBI }, limits: {} } };
    const again = testContainer("again", { restartPolicy: "Always", ...small });
    const init = testContainer("init", { restartPolicy: "OnFailure", ...small });
    const pod = { containers: [withResources({ memory: 2 * GIBI }), again], initContainers: [init], priority: 0 };
    for (const container of [again, init]) expect(oomScoreAdjustment(pod, container, 4 * GIBI, false, newestVersions)).toBe(999);
  });

  test.each([
    ["nobody", [], -1],
    ["the only one, however protected", [[MEBI, -997]], 0],
    [
      "the less protected of two",
      [
        [MEBI, -997],
        [MEBI, -900],
      ],
      1,
    ],
    [
      "the less protected of two, if it comes first",
      [
        [MEBI, -900],
        [MEBI, -997],
      ],
      0,
    ],
    [
      "the one that uses more, of equally protected ones",
      [
        [3 * MEBI, -997],
        [2 * MEBI, -997],
        [4 * MEBI, -997],
      ],
      2,
    ],
    [
      "the first of equal ones",
      [
        [MEBI, 10],
        [MEBI, 10],
      ],
      0,
    ],
    [
      "the next one, where the first uses nothing",
      [
        [0, 1000],
        [MEBI, -997],
      ],
      1,
    ],
    [
      "whom a thousandth of the memory makes worse",
      [
        [500 * MEBI, 0],
        [499 * MEBI, 1],
      ],
      1,
    ],
    [
      "whom more than that doesn't",
      [
        [500 * MEBI, 0],
        [498 * MEBI, 1],
      ],
      0,
    ],
  ] as const)("names as its victim %s", (_, candidates, victim) => {
    const processes = candidates.map(([usage, scoreAdjustment]) => ({ usage, scoreAdjustment }));
    expect(oomVictim(processes, GIBI)).toBe(victim);
  });

  test("decides who dies together with what is used", () => {
    const capacity = GIBI;
    expect(
      oomVictim(
        [
          { usage: 700 * MEBI, scoreAdjustment: -997 },
          { usage: MEBI, scoreAdjustment: 1000 },
        ],
        capacity,
      ),
    ).toBe(1);
    expect(
      oomVictim(
        [
          { usage: 200 * MEBI, scoreAdjustment: 900 },
          { usage: 400 * MEBI, scoreAdjustment: 900 },
        ],
        capacity,
      ),
    ).toBe(1);
    expect(oomVictim([{ usage: 0, scoreAdjustment: 1000 }], capacity)).toBe(-1);
  });
});

describe("a container that grows over its limit", () => {
  const template = testTemplate([withResources({}, { memory: 100 * MEBI })]);

  test("is killed, and the chain of causes begins at the limit", () => {
    const nodes = new TestNodes({ behaviour: growing(10 * MEBI) });
    nodes.addPod(template);
    nodes.run(15 * SECOND);
    const rows = nodes.causes.rows();
    const limit = rows.find(({ kind }) => kind === CauseKind.memoryLimit)!;
    expect(limit).toMatchObject({ parent: NO_CAUSE, subject: 0, detail: 0 });
    expect(rows.find(({ kind }) => kind === CauseKind.oomKilled)!.parent).toBe(limit.id);
    expect(nodes.status(0).containers[0]).toMatchObject({ restartCount: 1, lastState: { reason: "OOMKilled", exitCode: 137 } });
  });

  test("through its children lives on before 1.28, and dies as a group since", () => {
    const behaviour = growing(10 * MEBI, { growsIn: "children" });
    const killsOf = (minor: number): number => {
      const nodes = new TestNodes({ behaviour, versions: versionsOfMinor(minor) });
      nodes.addPod(template);
      nodes.run(35 * SECOND);
      return nodes.times(CauseKind.oomKilled).length;
    };
    expect(killsOf(27)).toBe(0);
    expect(killsOf(28)).toBeGreaterThan(0);
  });

  test("through a child that nobody replaces stays ready, and its requests fail", () => {
    const behaviour = growing(10 * MEBI, { growsIn: "children", missesKilledChild: true });
    const server = new VirtualServer(behaviour, { served: () => undefined, reset: () => undefined });
    const nodes = new TestNodes({ behaviour, versions: versionsOfMinor(27), createServer: () => server });
    const pod = nodes.addPod(template).id;
    nodes.run(5 * SECOND);
    expect(server.failing).toBe(0);
    nodes.run(60 * SECOND);
    expect(server.failing).toBe(1);
    expect(nodes.status(pod).containers[0]).toMatchObject({ restartCount: 0, ready: true });
    expect(nodes.causes.rows().find(({ id }) => id === server.failBlame)!.kind).toBe(CauseKind.memoryLimit);
    expect(nodes.runtimes[0]!.usageOf(60 * SECOND, nodes.table.rowOf(pod), 0)!.memoryRate).toBe(0);
  });
});

describe("a node out of memory", () => {
  const cluster = () =>
    new TestNodes({
      behaviourOf: (id) => growing(id === 0 ? 10 * MEBI : 0, id === 0 ? {} : { base: 400 * MEBI }),
      template: { memory: 1000 * MEBI, kubelet: { ...defaultKubeletConfiguration, evictionHard: {} } },
    });

  test("kills by oom_score_adj, not who grew, and tells of it", () => {
    const nodes = cluster();
    // It grows, and has asked for nearly everything.
    const grows = nodes.addPod(testTemplate([withResources({ memory: 900 * MEBI })])).id;
    const other = nodes.addPod(testTemplate([testContainer("besteffort")])).id;
    nodes.run(60 * SECOND + 50_000);
    expect(nodes.times(CauseKind.oomKilled, other)).toEqual([60]);
    expect(nodes.times(CauseKind.oomKilled, grows)).toEqual([]);
    expect(nodes.status(other).containers[0]).toMatchObject({ restartCount: 1, lastState: { reason: "OOMKilled", exitCode: 137 } });
    expect(nodes.events.filter(({ reason }) => reason === "SystemOOM").map(({ type, message }) => [type, message])).toEqual([
      ["Warning", "System OOM encountered, victim process: besteffort, pid: 1016"],
    ]);
    expect(nodes.causes.rows().find(({ kind }) => kind === CauseKind.nodeOutOfMemory)!.parent).toBe(NO_CAUSE);
  });

  test("isn't looked for where all limits together fit", () => {
    const nodes = new TestNodes({ behaviour: growing(MEBI), template: { memory: 10 * GIBI } });
    nodes.addPod(testTemplate([withResources({}, { memory: GIBI })]));
    nodes.run(MINUTE);
    const before = nodes.simulator.events;
    nodes.run(2 * MINUTE);
    expect(nodes.simulator.events - before).toBeLessThan(20);
  });
});
