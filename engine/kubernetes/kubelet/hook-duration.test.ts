/** Durations of hooks as manifests write them. */
import { describe, expect, it } from "vitest";
import { hookDuration } from "./hook-duration.ts";

describe("the duration of a hook", () => {
  const table: [string[], number | null][] = [
    [["sleep", "15"], 15_000_000],
    [["/bin/sleep", "1m"], 60_000_000],
    [["sh", "-c", "sleep 15"], 15_000_000],
    [["/bin/sh", "-c", "nginx -s quit; sleep 2.5 && sleep 1s"], 3_500_000],
    [["sh", "-c", "sleep   2.75"], 2_750_000],
    [["sh", "-c", "/app/drain --sleep 5"], null],
    [["sh", "-c", "echo asleep 5"], null],
    [["nginx", "-s", "quit"], null],
  ];
  for (const [command, expected] of table) {
    it(`${command.join(" ")} takes ${expected ?? "a process's time"}`, () =>
      expect(hookDuration({ type: "exec", command })).toBe(expected));
  }
  it("a request takes what a probe takes", () => {
    const place = { port: 80, host: "" };
    const request = { type: "httpGet", path: "/", scheme: "HTTP", httpHeaders: [], ...place } as const;
    expect([hookDuration(request), hookDuration({ type: "tcpSocket", ...place })]).toEqual([null, null]);
  });
  it("a sleep handler sleeps", () => expect(hookDuration({ type: "sleep", seconds: 3 })).toBe(3_000_000));
});
