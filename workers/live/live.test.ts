/**
 * The scenario live-hello on both clocks: the same sequence of container states and restarts, every request
 * accounted for, a recording that replays to its own fingerprint; and podstorm interrupted and killed in the
 * middle of it.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildShard } from "../../engine/cluster.ts";
import { PodCondition } from "../../engine/kubernetes/objects/pod.ts";
import { lpLayout } from "../../engine/lp-layout.ts";
import type { ScenarioSpec } from "../../engine/scenario-spec.ts";
import { loadScenario } from "../../scenarios/load.ts";
import { replayLive, runLive } from "./live.ts";
import { markedProcesses } from "./process-group.ts";
import { StatusSequences } from "./testdata/status-sequence.ts";

const SCENARIO = fileURLToPath(new URL("../../scenarios/library/live-hello/scenario.yaml", import.meta.url));
const PODSTORM = fileURLToPath(new URL("../../cli/main.ts", import.meta.url));

let folder = "";
let spec: ScenarioSpec;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "podstorm-live-"));
  const loaded = loadScenario(SCENARIO);
  if (loaded.spec === null) throw new Error(JSON.stringify(loaded.issues));
  spec = loaded.spec;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The same scenario in virtual time. */
function virtualSequences(): StatusSequences {
  const sequences = new StatusSequences();
  const shard = buildShard(spec, {
    shard: 0,
    shardOf: new Uint8Array(lpLayout(spec.load.length, spec.nodes.length).count),
    outbox: null,
    broadcast: null,
    onKubeletRequest: (request) => {
      if (request.kind !== "patchPodStatus") return;
      const record = shard.control?.store.pods[request.pod];
      if (record !== undefined) sequences.note(shard.control?.store.podName(record) ?? "", request.status);
    },
  });
  shard.simulator.runUntil(spec.duration);
  return sequences;
}

describe("live-hello", () => {
  it("goes through the same container states and restarts on both clocks, and replays to its fingerprint", async () => {
    const live = new StatusSequences();
    const { result, run, recording } = await runLive(spec, {
      out: join(folder, "both"),
      scenarioPath: SCENARIO,
      onStatus: (pod, status) => live.note(pod, status),
    });

    expect(live.all()).toEqual({
      "hello-a/0": ["waiting ContainerCreating ×0", "running ×0", "terminated Completed 0 ×0"],
      "hello-b/0": ["waiting ContainerCreating ×0", "running ×0", "terminated Completed 0 ×0"],
      "hello-c/0": [
        "waiting ContainerCreating ×0",
        "running ×0",
        "running ×1",
        "running ×2",
        "waiting CrashLoopBackOff ×2",
        "running ×3",
        "terminated Completed 0 ×3",
      ],
    });
    expect(virtualSequences().all()).toEqual(live.all());

    const { counters } = result.metrics;
    const sent = counters["requests_sent{load=steady}"] ?? 0;
    expect(sent).toBeGreaterThan(500);
    expect(sent).toBe((counters["requests_answered{load=steady}"] ?? 0) + (counters["requests_lost{load=steady}"] ?? 0));
    expect(result.losses.reduce((sum, loss) => sum + loss.count, 0)).toBe(counters["requests_lost{load=steady}"]);
    expect(result.restarts.map(({ pod }) => result.control.pods.find(({ id }) => id === pod)?.name)).toEqual([
      "hello-c",
      "hello-c",
      "hello-c",
    ]);
    expect(result.control.pods.every((pod) => pod.isGone)).toBe(true);
    expect(run.live.hostLag.count).toBeGreaterThan(0);

    const seen = new StatusSequences();
    const replay = await replayLive(recording, (pod, status) => seen.note(pod, status));
    expect(replay).toMatchObject({ isSame: true, result: { fingerprint: result.fingerprint } });
    expect(seen.all()).toEqual(live.all());
    expect(replay.result).toEqual(result);
  });

  it("stops half-way when interrupted, with a partial result that replays too", async () => {
    const controller = new AbortController();
    const out = join(folder, "partial");
    let ready = 0;
    const { result, recording } = await runLive(spec, {
      out,
      scenarioPath: SCENARIO,
      signal: controller.signal,
      onStatus: (_pod, status) => {
        if ((status.conditions & PodCondition.Ready) !== 0 && ++ready === 3) controller.abort();
      },
    });
    expect(result.isPartial).toBe(true);
    expect(result.end).toBeLessThan(spec.duration);
    expect((await replayLive(recording)).isSame).toBe(true);
    expect(readFileSync(join(out, "logs", "hello-a-server-0.log"), "utf8")).toContain("SIGTERM");
  });

  it("says what can't be done live before it starts anything", async () => {
    const objects = spec.objects.map((object) =>
      object.kind === "Pod"
        ? {
            ...object,
            template: {
              ...object.template,
              spec: {
                ...object.template.spec,
                containers: object.template.spec.containers.map((container) => ({ ...container, command: [] })),
              },
            },
          }
        : object,
    );
    const out = join(folder, "never");
    await expect(runLive({ ...spec, objects }, { out, scenarioPath: SCENARIO })).rejects.toThrow(
      /Pod\/hello-a: container server: command: found none, expected a command/,
    );
    expect(existsSync(out)).toBe(false);
  });
});

/** podstorm itself, live, with its three servers up. */
async function podstormRunning(name: string): Promise<{ readonly podstorm: ChildProcess; readonly mark: string; readonly out: string }> {
  const out = join(folder, name);
  const podstorm = spawn(process.execPath, [PODSTORM, "live", SCENARIO, "--out", out], { stdio: ["ignore", "ignore", "pipe"] });
  const isListening = (): boolean =>
    ["a", "b", "c"].every((pod) => {
      const log = join(out, "logs", `hello-${pod}-server-0.log`);
      return existsSync(log) && readFileSync(log, "utf8").includes("listening");
    });
  await expect.poll(isListening, { timeout: 30_000, interval: 50 }).toBe(true);
  return { podstorm, mark: markOf(podstorm.pid ?? 0), out };
}

/** The mark of the run that this process leads: its guardian has it as an argument. */
function markOf(podstorm: number): string {
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    const status = existsSync(`/proc/${name}/status`) ? readFileSync(`/proc/${name}/status`, "utf8") : "";
    const words = status.includes(`\nPPid:\t${podstorm}\n`) ? readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0") : [];
    const at = words.findIndex((word) => word.includes("guardian"));
    if (at >= 0) return words[at + 1] ?? "";
  }
  throw new Error("no guardian found");
}

describe.skipIf(!existsSync("/proc/self/environ"))("podstorm live", () => {
  it("leaves no process behind after Ctrl-C, and says 130", async () => {
    const { podstorm, mark, out } = await podstormRunning("ctrl-c");
    expect(markedProcesses(mark)).toHaveLength(3);
    podstorm.kill("SIGINT");
    const [code] = (await once(podstorm, "exit")) as [number];
    expect(code).toBe(130);
    expect(markedProcesses(mark)).toEqual([]);
    expect(existsSync(join(out, "live-run.ndjson"))).toBe(true);
  });

  it("leaves no process behind when it is killed, and what it recorded can be replayed", async () => {
    const { podstorm, mark, out } = await podstormRunning("killed");
    podstorm.kill("SIGKILL");
    await expect.poll(() => markedProcesses(mark), { timeout: 10_000, interval: 20 }).toEqual([]);
    const { isSame, text, result } = await replayLive(join(out, "live-run.ndjson"));
    expect(isSame).toBe(false);
    expect(text).toContain("cut off");
    expect(result.isPartial).toBe(true);
  });
});
