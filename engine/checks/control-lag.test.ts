import { describe, expect, test } from "vitest";
import { ControlLag } from "./control-lag.ts";
import { SECOND, type VirtualTime } from "../kernel/time.ts";
import { TokenBucket } from "../kubernetes/api-server/token-bucket.ts";
import { defaultSettings } from "../settings.ts";

interface Server {
  knownAt: VirtualTime;
  longestDelay: number;
  faultChangedAt: VirtualTime;
}

/** Looks each second up to `until`; `meet` is what happens in between. */
class Story {
  readonly server: Server = { knownAt: 0, longestDelay: 0, faultChangedAt: -1 };
  readonly tokens = new TokenBucket(20, 30);
  isRetrying = false;
  readonly lag = new ControlLag(this.server, [{ tokens: this.tokens }], defaultSettings, 0, () => this.isRetrying);
  private now = 0;

  until(until: VirtualTime): this {
    for (; this.now < until; this.now += SECOND) this.lag.look(this.now);
    this.lag.look(until);
    return this;
  }

  /** In whole seconds. */
  behind(now: VirtualTime): number {
    return Math.floor((now - this.lag.since(now)) / SECOND);
  }
}

/** A watch, a sync and its writes. */
const usual = 4;

describe("controllers are behind", () => {
  test("by a few seconds where nothing holds them up, and by as much as their settings say", () => {
    expect(new Story().until(100 * SECOND).behind(100 * SECOND)).toBe(usual);
    const slow = new ControlLag(new Story().server, [], { ...defaultSettings, apiWriteLatencyP99: SECOND }, 10 * SECOND);
    slow.look(100 * SECOND);
    expect(100 * SECOND - slow.since(100 * SECOND)).toBeGreaterThan(30 * SECOND);
  });

  test("by all the time that their rate limit has been used up, and for the usual time after it", () => {
    const story = new Story().until(100 * SECOND);
    for (let write = 0; write < 630; write++) story.tokens.reserve(100 * SECOND);
    expect(story.until(120 * SECOND).behind(120 * SECOND)).toBe(20 + usual);
    // 600 writes beyond the burst take 30 s.
    expect(story.until(133 * SECOND).behind(133 * SECOND)).toBe(33 + usual);
    expect(story.until(140 * SECOND).behind(140 * SECOND)).toBe(usual);
  });

  test.each<readonly [string, (story: Story) => void, (story: Story) => void]>([
    ["a watch is late", ({ server }) => void (server.knownAt = 130 * SECOND), () => {}],
    ["the API server is slow", ({ server }) => void (server.longestDelay = SECOND), ({ server }) => void (server.longestDelay = 0)],
    ["a sync is tried again", (story) => void (story.isRetrying = true), (story) => void (story.isRetrying = false)],
  ])("while %s", (_, begins, ends) => {
    const story = new Story().until(100 * SECOND);
    begins(story);
    expect(story.until(120 * SECOND).behind(120 * SECOND)).toBe(20 + usual);
    ends(story);
    expect(story.until(140 * SECOND).behind(140 * SECOND)).toBe(usual);
  });

  test("by an outage during which nobody looked", () => {
    const story = new Story().until(100 * SECOND);
    story.server.faultChangedAt = 160 * SECOND;
    story.lag.look(161 * SECOND);
    expect(story.behind(161 * SECOND)).toBe(61 + usual);
  });

  test("never by more than before: what was known once stays known", () => {
    const story = new Story();
    let last = -Infinity;
    for (let second = 0; second < 300; second++) {
      if (second % 97 === 20) for (let write = 0; write < 200; write++) story.tokens.reserve(second * SECOND);
      const since = story.until(second * SECOND).lag.since(second * SECOND);
      expect(since).toBeGreaterThanOrEqual(last);
      last = since;
    }
  });
});
