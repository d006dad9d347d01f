/** Nothing is left behind: not after a good end, not after Ctrl-C, not after podstorm was killed. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { markedProcesses } from "./process-group.ts";
import { Safety } from "./safety.ts";
import { startProcess } from "./start-process.ts";

const shell = (script: string): Parameters<typeof startProcess>[0] => ({
  file: "sh",
  arguments: ["-c", script],
  environment: { PATH: process.env["PATH"] ?? "" },
  directory: "/",
});
const silent = { failed: () => undefined, exited: () => undefined };

function isAlive(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch {
    return false;
  }
}

async function doomedHost(): Promise<{ readonly host: ChildProcess; readonly mark: string; readonly guardian: number }> {
  const host = spawn(process.execPath, [fileURLToPath(new URL("./testdata/doomed-host.ts", import.meta.url))], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(host.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
  const { mark, guardian } = JSON.parse(line.toString("utf8")) as { mark: string; guardian: number };
  return { host, mark, guardian };
}

/** The guardian is the last to go; where /proc exists, nothing that carries the mark is left then. */
async function expectNothingLeft(mark: string, guardian: number): Promise<void> {
  await expect.poll(() => isAlive(guardian), { timeout: 10_000, interval: 20 }).toBe(false);
  expect(markedProcesses(mark)).toEqual([]);
}

describe("safety", () => {
  it.skipIf(!existsSync("/proc/self/environ"))("finds marked processes, also those that left their group", async () => {
    const { host, mark, guardian } = await doomedHost();
    expect(markedProcesses(mark).length).toBeGreaterThanOrEqual(6);
    host.kill("SIGKILL");
    await expectNothingLeft(mark, guardian);
  });

  it("leaves nothing behind when podstorm is killed", async () => {
    const { host, mark, guardian } = await doomedHost();
    host.kill("SIGKILL");
    await expectNothingLeft(mark, guardian);
  });

  it("leaves nothing behind after Ctrl-C", async () => {
    const { host, mark, guardian } = await doomedHost();
    host.kill("SIGINT");
    const [code] = (await once(host, "exit")) as [number];
    expect(code).toBe(130);
    await expectNothingLeft(mark, guardian);
  });

  it("ends a container's children with it", async () => {
    const safety = new Safety(() => undefined);
    const exitCode = await new Promise<number>((resolve) => {
      startProcess(shell("sleep 300 & exit 7"), safety, null, { ...silent, started: () => undefined, exited: resolve });
    });
    expect(exitCode).toBe(7);
    await expect.poll(() => markedProcesses(safety.mark), { timeout: 5000, interval: 10 }).toEqual([]);
    await safety.close(0);
  });

  it("reports a signal as 128 + its number and a missing program as a failure", async () => {
    const safety = new Safety(() => undefined);
    const ended = (script: string): Promise<number> =>
      new Promise((resolve) => startProcess(shell(script), safety, null, { ...silent, started: () => undefined, exited: resolve }));
    expect(await ended("kill -9 $$")).toBe(137);
    expect(await ended("kill -15 $$")).toBe(143);
    const reason = await new Promise<string>((resolve) => {
      startProcess({ ...shell(""), file: "/no/such/program" }, safety, null, { ...silent, started: () => undefined, failed: resolve });
    });
    expect(reason).toMatch(/ENOENT/);
    await safety.close(0);
  });

  it("starts no more processes than its limit", async () => {
    const safety = new Safety(() => undefined, 2);
    const failures: string[] = [];
    for (let count = 0; count < 3; count++) {
      startProcess(shell("sleep 300"), safety, null, { ...silent, started: () => undefined, failed: (reason) => failures.push(reason) });
    }
    expect(failures).toEqual(["the limit of processes is reached"]);
    await safety.close(0);
    expect(markedProcesses(safety.mark)).toEqual([]);
  });

  it("tells when its guardian dies", async () => {
    let guardian = 0;
    await new Promise<void>((resolve) => {
      const safety = new Safety(resolve);
      guardian = safety.guardianId ?? 0;
      process.kill(guardian, "SIGKILL");
    });
    await expect.poll(() => isAlive(guardian), { timeout: 5000 }).toBe(false);
  });
});
