/** Scripts of containers: which run, which answer, and what is wrong with a script. */
import { describe, expect, it } from "vitest";
import { Issues } from "../values/issue.ts";
import { execOf, httpOf, readContainerScript, runOf, type ContainerScript } from "./container-script.ts";

function script(written: unknown): ContainerScript {
  const issues = new Issues();
  const read = readContainerScript(written, "", issues);
  expect(issues.list).toEqual([]);
  return read;
}

describe("runs of a script", () => {
  const crashesTwice = script({ runs: [{ exitAfterMs: 8000, code: 2 }, { exitAfterMs: 5000, reason: "OOMKilled" }, {}] });
  it.each([
    [0, { exitAfter: 8_000_000, code: 2, oomKilled: false }],
    [1, { exitAfter: 5_000_000, code: 137, oomKilled: true }],
    [2, { exitAfter: null, code: 0, oomKilled: false }],
    [7, { exitAfter: null, code: 0, oomKilled: false }],
  ])("after %i restarts", (restarts, run) => expect(runOf(crashesTwice, restarts)).toEqual(run));

  it("go on for ever where none is given", () => expect(runOf(script({}), 3).exitAfter).toBeNull());
});

describe("SIGTERM", () => {
  it.each([
    [{}, { after: 0, code: 143 }],
    [{ stop: { afterMs: 3000, code: 0 } }, { after: 3_000_000, code: 0 }],
    [{ stop: { ignore: true } }, null],
  ])("under %j", (written, stop) => expect(script(written).stop).toEqual(stop));
});

describe("answers", () => {
  const windows = [
    { fromMs: 0, rc: 1 },
    { fromMs: 5000, rc: 0, durMs: 200 },
    { fromMs: 9000, rc: 7, attempts: [1, 2], out: "late" },
  ];
  const given = script({
    exec: { ready: windows, "sh -c x": [{ rc: 3 }] },
    http: { port: 8080, paths: { "/live": [{ fromMs: 1000, rc: 500 }] } },
  });

  it.each([
    [0, 0, 1],
    [4.9, 0, 1],
    [5, 0, 0],
    [9, 0, 0],
    [9, 1, 7],
    [9, 3, 0],
  ])("of a command at %f s after %i restarts: exit code %i", (seconds, restarts, code) =>
    expect(execOf(given, ["ready"], seconds * 1e6, restarts).result).toBe(code),
  );

  it("are by the whole command line or its first word; what isn't given succeeds at once", () => {
    expect(execOf(given, ["sh", "-c", "x"], 0, 0).result).toBe(3);
    expect(execOf(given, ["ready", "now"], 0, 0).result).toBe(1);
    expect(execOf(given, ["other"], 0, 0)).toMatchObject({ result: 0, duration: 0 });
    expect(execOf(given, ["constructor"], 0, 0).result).toBe(0);
  });

  it("of HTTP are by port and path", () => {
    expect(httpOf(given, 8080, "/live?x", 2e6, 0)?.result).toBe(500);
    expect(httpOf(given, 8080, "/live", 0, 0)?.result).toBe(200);
    expect(httpOf(given, 9090, "/live", 0, 0)).toBeNull();
    expect(httpOf(script({}), 8080, "/live", 0, 0)).toBeNull();
  });
});

describe("a wrong script", () => {
  it.each([
    [[], ""],
    [{ run: [] }, "run"],
    [{ runs: {} }, "runs"],
    [{ runs: [{ exitAfterMs: -1 }] }, "runs[0].exitAfterMs"],
    [{ runs: [{ exitAfterMs: 1, code: 256 }] }, "runs[0].code"],
    [{ runs: [{ reason: "Evicted" }] }, "runs[0].reason"],
    [{ stop: { afterMs: "3s" } }, "stop.afterMs"],
    [{ stop: { ignore: 1 } }, "stop.ignore"],
    [{ exec: { ready: [{ fromMs: 0, attempts: [1] }] } }, "exec.ready[0].attempts"],
    [{ exec: { ready: [{ out: 1 }] } }, "exec.ready[0].out"],
    [{ http: { port: 70_000 } }, "http.port"],
    [{ http: { paths: { "/x": [{ rc: 600 }] } } }, "http.paths[/x][0].rc"],
  ])("%j is told at %s", (written, path) => {
    const issues = new Issues();
    readContainerScript(written, "", issues);
    expect(issues.list.map((issue) => issue.path)).toEqual([path]);
  });
});
