/** Reactions to SIGTERM. */
import { describe, expect, it } from "vitest";
import { defaultBehaviour } from "./defaults.ts";
import { shutdownOf } from "./shutdown.ts";

describe("on SIGTERM", () => {
  it("the default action ends the process at once with 143", () => {
    expect(shutdownOf({ ...defaultBehaviour, shutdown: { type: "exit" } }, 100, 900)).toEqual({
      stopsListening: false,
      exitAt: 100,
      exitCode: 143,
    });
  });
  it("draining stops listening and ends with 0 when the last request has ended", () => {
    expect(shutdownOf({ ...defaultBehaviour, shutdown: { type: "drain", atMost: 5000 } }, 100, 900)).toEqual({
      stopsListening: true,
      exitAt: 900,
      exitCode: 0,
    });
  });
  it("draining takes no longer than it may", () => {
    expect(shutdownOf({ ...defaultBehaviour, shutdown: { type: "drain", atMost: 500 } }, 100, 900)).toEqual({
      stopsListening: true,
      exitAt: 600,
      exitCode: 0,
    });
  });
  it("ignoring it changes nothing", () => {
    expect(shutdownOf({ ...defaultBehaviour, shutdown: { type: "ignore" } }, 100, 900).exitAt).toBe(Infinity);
  });
});
