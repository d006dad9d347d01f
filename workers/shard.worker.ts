/** Thread entry: one shard for a whole run, window after window, meeting the others in shared memory. */
import { Rendezvous } from "./rendezvous.ts";
import type { ShardOutcome, ShardTask } from "./shard-task.ts";
import { buildStepper, type Stepper } from "./stepper.ts";

/** How often a shard shows where it is. */
const SHOW_MS = 50;

export default async function runShard(task: ShardTask): Promise<ShardOutcome> {
  const rendezvous = new Rendezvous(task.rendezvous, task.shards, task.spin);
  let stepper: Stepper | null = null;
  const showNow = (): void => rendezvous.showNow(task.shard, stepper?.host.simulator.now ?? 0);
  // Whoever calls process.exit in here leaves no result behind, but the time.
  process.once("exit", showNow);
  try {
    stepper = await buildStepper(task, rendezvous);
    return runWindows(stepper, rendezvous);
  } catch (error) {
    showNow();
    rendezvous.fail(task.shard);
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    return { type: "failed", message, stack: stack ?? "" };
  } finally {
    process.off("exit", showNow);
  }
}

function runWindows(stepper: Stepper, rendezvous: Rendezvous): ShardOutcome {
  // Threads start and build one after the other: the clock runs from the moment all are there.
  if (!rendezvous.arrive()) return { type: "stopped" };
  const from = performance.now();
  const waitedBefore = rendezvous.waitedMs;
  let shown = from;
  for (;;) {
    stepper.offer();
    if (!rendezvous.arrive()) return { type: "stopped" };
    if (!stepper.accept()) continue;
    if (!stepper.advance()) break;
    const now = performance.now();
    if (now - shown < SHOW_MS) continue;
    shown = now;
    stepper.show();
  }
  return stepper.finished(performance.now() - from, rendezvous.waitedMs - waitedBefore);
}
