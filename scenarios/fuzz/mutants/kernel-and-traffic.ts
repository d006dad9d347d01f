/** Mutants of kernel, requests and applications. */
import type { Mutant } from "./mutant.ts";

export const kernelAndTrafficMutants: readonly Mutant[] = [
  {
    name: "tie-order",
    file: "engine/kernel/event-queue.ts",
    from: "return first !== other ? first < other : this.runWords[at * 6 + 3]! < this.heap.headNumber;",
    to: "return first !== other ? first > other : this.runWords[at * 6 + 3]! < this.heap.headNumber;",
    breaks: "of events at one instant, the wrong one goes first",
    alarm: "engine/kernel/event-queue.test.ts",
  },
  {
    name: "stale-timer-fires",
    file: "engine/kernel/simulator.ts",
    from: "if (deadline !== NEVER) this.enqueue(timer, deadline);\n      return;",
    to: "if (deadline !== NEVER) {\n        this.enqueue(timer, deadline);\n        return;\n      }",
    breaks: "a timer that was cancelled fires",
    alarm: "engine/kernel/simulator.test.ts",
  },
  {
    name: "cause-of-the-message-before",
    file: "engine/kernel/mailbox.ts",
    from: "this.causes.current = this.causeOf[slot]!;",
    to: "",
    breaks: "what a message brings about is blamed on the one before it",
    alarm: "engine/kernel/mailbox.test.ts",
  },
  {
    name: "window-too-wide",
    file: "engine/kernel/lookahead.ts",
    from: "least + Math.max(1, lookahead)",
    to: "least + Math.max(1, 2 * lookahead)",
    breaks: "a shard runs past messages that are still on their way",
    alarm: "workers/exchange.test.ts",
  },
  {
    name: "one-stream-for-all",
    file: "engine/kernel/random.ts",
    from: "return { hi: word(key.hi, key.lo, ordinal), lo: word(key.lo, key.hi ^ 0xa511e9b3, ordinal) };",
    to: "return { hi: word(key.hi, key.lo, ordinal * 0), lo: word(key.lo, key.hi ^ 0xa511e9b3, ordinal * 0) };",
    breaks: "all Pods of a workload draw the same numbers",
    alarm: "engine/kernel/random.test.ts",
  },
  {
    name: "answer-not-counted",
    file: "engine/traffic/accounting.ts",
    from: "if (intendedAt >= this.warmup) recent[base + ANSWERED]!++;",
    to: "if (intendedAt >= this.warmup && intendedAt % 97 !== 0) recent[base + ANSWERED]!++;",
    breaks: "one answered request in a hundred is in no account",
    alarm: "scenarios",
  },
  {
    name: "in-flight-forgotten",
    file: "engine/traffic/request.ts",
    from: "this.accounting.keepInFlight(pool.integers[word * INTEGERS + LOAD]!, pool.floats[word * FLOATS + INTENDED_AT]!);",
    to: "",
    breaks: "requests under way at the end are in no account",
    alarm: "scenarios",
  },
  {
    name: "timeout-answer-counts",
    file: "engine/traffic/request.ts",
    from: "if (answeredAt <= deadline) this.accounting.answer(load, intendedAt, answeredAt);",
    to: "if (answeredAt <= deadline + 1e9) this.accounting.answer(load, intendedAt, answeredAt);",
    breaks: "answers that come after the client gave up count as answered",
    alarm: "engine/traffic/traffic.test.ts",
  },
];
