/** The bucket queue beside the plain heap under the hold model, for each distribution of increments. */
import { EventQueue, type FutureEventList } from "../engine/kernel/event-queue.ts";
import { HeapQueue } from "../engine/kernel/heap-queue.ts";
import { PholdDraws, pholdIncrements, usualPhold, type PholdIncrement } from "../engine/kernel/phold.ts";
import { cpuSeconds, type Bench, type Contestant } from "./bench.ts";

export const bench: Bench = {
  summary: "the future event list alone: bucket queue ÷ plain 4-ary heap, for each distribution of increments",
  async run(harness) {
    for (const pending of harness.isQuick ? [16_384] : [1_024, 16_384, 1_048_576]) {
      for (const increment of pholdIncrements) {
        harness.heading(`${pending.toLocaleString("en")} pending, ${increment} increments`);
        const holds = harness.isQuick ? 200_000 : 1_500_000;
        const [own, heap] = await harness.compare("holds/s", [
          holdOn("bucket queue", new EventQueue(), pending, increment, holds),
          holdOn("plain 4-ary heap", new HeapQueue(), pending, increment, holds),
        ]);
        harness.ratio(`bucket queue ÷ heap, ${pending}, ${increment}`, own!, heap!, 1);
      }
    }
  },
};

/** A hold: take the head, push one event an increment later. Increments are drawn before the clock starts. */
function holdOn(name: string, queue: FutureEventList, pending: number, increment: PholdIncrement, holds: number): Contestant {
  const draws = new PholdDraws({ ...usualPhold, lps: 1, increment }, 1);
  const delays = Float64Array.from({ length: 1 << 18 }, () => draws.delay(0));
  const mask = delays.length - 1;
  let number = 0;
  for (let event = 0; event < pending; event++) queue.push(delays[number & mask]!, 0x40000000, number, number++ & 1023, 1);
  return {
    name,
    run: () => ({
      work: holds,
      seconds: cpuSeconds(() => {
        for (let count = 0; count < holds; count++) {
          queue.pop();
          queue.push(queue.time + delays[number & mask]!, 0x40000000, number, number++ & 1023, 1);
        }
      }),
    }),
  };
}
