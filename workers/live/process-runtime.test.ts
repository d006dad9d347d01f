/** The kubelet's port on real processes, driven by hand: orders in, answers out. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Histogram } from "../../engine/metrics/histogram.ts";
import { ProbeResult, type KubeletInput } from "../../engine/kubernetes/kubelet/inputs.ts";
import { ProbeRole } from "../../engine/kubernetes/kubelet/ports.ts";
import type { PodTemplate } from "../../engine/kubernetes/objects/pod.ts";
import { takeAddresses, type Addresses } from "./addresses.ts";
import { Inbox } from "./inbox.ts";
import { Outbox } from "./outbox.ts";
import { ProcessRuntime } from "./process-runtime.ts";
import { markedProcesses } from "./process-group.ts";
import { Safety } from "./safety.ts";
import { testContainer, testProbe, testTemplate } from "./testdata/pods.ts";
import { WallClock } from "./wall-clock.ts";

const SERVER = `
  const server = require("node:http").createServer((request, response) => response.end(process.env.HOSTNAME));
  process.on("SIGTERM", () => server.close(() => process.exit(0)));
  server.listen(Number(process.argv[1]), process.env.POD_IP);
`;

describe("the process runtime", () => {
  let folder = "";
  let safety: Safety;
  let addresses: Addresses;
  let clock: WallClock;
  let inbox: Inbox;
  let outbox: Outbox;
  let run: AbortController;
  let templates: PodTemplate[];
  let runtime: ProcessRuntime;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "podstorm-runtime-"));
    safety = new Safety(() => undefined);
    addresses = await takeAddresses();
    clock = new WallClock();
    inbox = new Inbox(clock);
    outbox = new Outbox(clock, new Histogram());
    run = new AbortController();
    templates = [];
    const probeLag = [new Histogram(), new Histogram(), new Histogram()];
    runtime = new ProcessRuntime({
      node: 0,
      seed: 1,
      now: () => clock.now(),
      hasImage: () => false,
      pullDelay: () => 1000,
      world: {
        clock,
        inbox,
        outbox,
        addresses,
        safety,
        directory: folder,
        logs: folder,
        kubernetesVersion: "1.36",
        probeLag,
        signal: run.signal,
      },
      factsOf: (row) => ({
        pod: 100 + row,
        namespace: "default",
        name: `web-${row}`,
        nodeName: "node-0",
        template: templates[row] ?? testTemplate([]),
      }),
    });
  });

  afterEach(async () => {
    run.abort();
    await safety.close(0);
    addresses.close();
    expect(markedProcesses(safety.mark)).toEqual([]);
    rmSync(folder, { recursive: true });
  });

  /** Carries out what was ordered and takes the next answer that is wanted. */
  async function nextAnswer(): Promise<KubeletInput> {
    outbox.carryOut();
    for (;;) {
      const answer = inbox.takeDue(clock.now());
      if (answer?.isWanted() === true) return answer.input;
      await clock.waitUntil(Math.min(inbox.nextTime(), clock.now() + 20_000));
    }
  }

  function shell(script: string): PodTemplate {
    return testTemplate([testContainer({ command: ["sh", "-c", script] })]);
  }

  it("prepares a Pod and starts its container", async () => {
    templates = [shell("echo $POD_NAME at $POD_IP; exit 5")];
    runtime.createSandbox(0);
    expect(await nextAnswer()).toEqual({ kind: "sandboxReady", row: 0 });
    runtime.pullImage(0, 0);
    expect(await nextAnswer()).toEqual({ kind: "imageReady", row: 0, container: 0 });
    runtime.startContainer(0, 0, 1);
    expect(await nextAnswer()).toEqual({ kind: "containerStarted", row: 0, container: 0, generation: 1 });
    expect(await nextAnswer()).toEqual({ kind: "containerExited", row: 0, container: 0, generation: 1, exitCode: 5, oomKilled: false });
    expect(readFileSync(join(folder, "web-0-web-1.log"), "utf8")).toBe(`web-0 at ${addresses.of(100, false).ip}\n`);
    runtime.stopSandbox(0);
    expect(await nextAnswer()).toEqual({ kind: "sandboxStopped", row: 0 });
  });

  it.each([
    ["no command", testTemplate([testContainer({ args: ["x"] })])],
    ["no such program", testTemplate([testContainer({ command: ["/no/such/program"] })])],
    ["no such directory", testTemplate([testContainer({ command: ["sh"], workingDir: "nowhere" })])],
  ])("answers a start error for %s as an exit with 128 without a start", async (_case, template) => {
    templates = [template];
    runtime.startContainer(0, 0, 1);
    expect(await nextAnswer()).toMatchObject({ kind: "containerExited", exitCode: 128 });
  });

  it("lets two Pods listen on one containerPort and probes each at its own address", async () => {
    const probe = testProbe({ type: "httpGet", path: "/", port: "http", host: "", scheme: "HTTP", httpHeaders: [] });
    const server = testContainer({
      command: ["$(NODE)", "-e", SERVER, "$(POD_PORT)"],
      ports: [{ name: "http", containerPort: 8080, protocol: "TCP", hostPort: null }],
      readinessProbe: probe,
      livenessProbe: testProbe({ type: "tcpSocket", port: 9, host: "" }),
    });
    templates = [testTemplate([server]), testTemplate([server])];
    const rows = [0, 1];
    for (const row of rows) runtime.startContainer(row, 0, 1);
    expect([(await nextAnswer()).kind, (await nextAnswer()).kind]).toEqual(["containerStarted", "containerStarted"]);
    for (const row of rows) {
      let result: number = ProbeResult.failure;
      while (result !== ProbeResult.success) {
        runtime.startProbe(row, 0, 1, ProbeRole.readiness);
        const answer = await nextAnswer();
        if (answer.kind !== "probeFinished") throw new Error(`unexpected ${answer.kind}`);
        expect(answer).toMatchObject({ row, role: ProbeRole.readiness });
        result = answer.result;
      }
      runtime.startProbe(row, 0, 1, ProbeRole.liveness);
      expect(await nextAnswer()).toMatchObject({ kind: "probeFinished", result: ProbeResult.failure, role: ProbeRole.liveness });
    }
    for (const row of rows) runtime.signalContainer(row, 0, 1, "TERM");
    const exits = [await nextAnswer(), await nextAnswer()];
    expect(exits).toEqual(
      expect.arrayContaining(rows.map((row) => expect.objectContaining({ kind: "containerExited", row, exitCode: 0 }))),
    );
  });

  it("signals the process with TERM and the whole group with KILL", async () => {
    templates = [shell("trap 'echo caught' TERM; sleep 300 & while :; do wait; done")];
    runtime.startContainer(0, 0, 1);
    await nextAnswer();
    await expect.poll(() => markedProcesses(safety.mark).length, { timeout: 5000, interval: 5 }).toBe(2);
    await expect
      .poll(
        () => {
          runtime.signalContainer(0, 0, 1, "TERM");
          outbox.carryOut();
          return readFileSync(join(folder, "web-0-web-1.log"), "utf8");
        },
        { timeout: 5000, interval: 20 },
      )
      .toContain("caught");
    runtime.signalContainer(0, 0, 1, "KILL");
    expect(await nextAnswer()).toMatchObject({ kind: "containerExited", exitCode: 137, oomKilled: false });
    await expect.poll(() => markedProcesses(safety.mark), { timeout: 5000, interval: 5 }).toEqual([]);
  });

  it("signals nobody when the instance is another by now", async () => {
    templates = [shell("sleep 300")];
    runtime.startContainer(0, 0, 2);
    await nextAnswer();
    runtime.signalContainer(0, 0, 1, "KILL");
    outbox.carryOut();
    expect(safety.running()).toHaveLength(1);
    runtime.signalContainer(0, 0, 2, "KILL");
    expect(await nextAnswer()).toMatchObject({ generation: 2, exitCode: 137 });
  });

  it.skipIf(!existsSync("/proc/self/statm"))("kills at the memory limit, as out of memory", async () => {
    const hungry = testContainer({
      command: ["$(NODE)", "-e", "const kept = []; setInterval(() => kept.push(Buffer.alloc(8e6, 1)), 20)"],
      resources: { requests: {}, limits: { memory: 150e6 } },
    });
    templates = [testTemplate([hungry])];
    runtime.startContainer(0, 0, 1);
    await nextAnswer();
    expect(await nextAnswer()).toMatchObject({ kind: "containerExited", exitCode: 137, oomKilled: true });
  });

  it("kills for memory when a fault says so, and only what runs", async () => {
    templates = [shell("sleep 300")];
    runtime.killForMemory(0, 0, 0);
    runtime.startContainer(0, 0, 1);
    expect((await nextAnswer()).kind).toBe("containerStarted");
    runtime.killForMemory(0, 0, 0);
    expect(await nextAnswer()).toMatchObject({ kind: "containerExited", exitCode: 137, oomKilled: true });
  });

  it("ends everything without a word when the node is lost", async () => {
    templates = [shell("sleep 300"), shell("sleep 300")];
    for (const row of [0, 1]) runtime.startContainer(row, 0, 1);
    await nextAnswer();
    await nextAnswer();
    runtime.loseNode();
    outbox.carryOut();
    await expect.poll(() => safety.running(), { timeout: 5000, interval: 5 }).toEqual([]);
    templates = [shell("exit 6")];
    runtime.startContainer(0, 0, 2);
    expect(await nextAnswer()).toMatchObject({ kind: "containerStarted", generation: 2 });
    expect(await nextAnswer()).toMatchObject({ kind: "containerExited", generation: 2, exitCode: 6 });
  });

  it("fails probes by a fault, until it ends and only of its role", async () => {
    const probe = testProbe({ type: "exec", command: ["true"] });
    templates = [testTemplate([testContainer({ command: ["sh"], livenessProbe: probe, readinessProbe: probe })])];
    const resultOf = async (role: ProbeRole): Promise<number> => {
      runtime.startProbe(0, 0, 1, role);
      const answer = await nextAnswer();
      return answer.kind === "probeFinished" ? answer.result : -1;
    };
    runtime.failProbes(0, 0, ProbeRole.liveness, 1, clock.now() + 3_600_000_000);
    expect([await resultOf(ProbeRole.liveness), await resultOf(ProbeRole.readiness)]).toEqual([ProbeResult.failure, ProbeResult.success]);
    runtime.failProbes(0, 0, null, 1, clock.now());
    expect(await resultOf(ProbeRole.liveness)).toBe(ProbeResult.success);
  });

  it.each([
    ["an exec hook that succeeds", { type: "exec", command: ["sh", "-c", "exit 0"] }, true],
    ["an exec hook that fails", { type: "exec", command: ["sh", "-c", "exit 1"] }, false],
    ["a pause", { type: "sleep", seconds: 0 }, true],
    ["a request that nobody takes", { type: "httpGet", path: "/", port: 9, host: "", scheme: "HTTP", httpHeaders: [] }, false],
  ] as const)("runs %s", async (_case, preStop, succeeded) => {
    templates = [testTemplate([testContainer({ command: ["sh"], preStop })])];
    runtime.runHook(0, 0, 1, "preStop");
    expect(await nextAnswer()).toEqual({ kind: "hookFinished", row: 0, container: 0, generation: 1, hook: "preStop", succeeded });
  });

  it("forgets a Pod at once: its processes end and their answers reach nobody, even when the row is another's", async () => {
    templates = [shell("sleep 300")];
    runtime.startContainer(0, 0, 1);
    await nextAnswer();
    runtime.forget(0);
    templates = [shell("exit 9")];
    runtime.startContainer(0, 0, 1);
    expect((await nextAnswer()).kind).toBe("containerStarted");
    expect(await nextAnswer()).toMatchObject({ kind: "containerExited", exitCode: 9 });
    await expect.poll(() => safety.running(), { timeout: 5000, interval: 5 }).toEqual([]);
  });

  it("takes files next to the scenario", async () => {
    writeFileSync(join(folder, "task.sh"), "exit 4");
    templates = [testTemplate([testContainer({ command: ["sh", "task.sh"] })])];
    runtime.startContainer(0, 0, 1);
    await nextAnswer();
    expect(await nextAnswer()).toMatchObject({ exitCode: 4 });
  });
});
