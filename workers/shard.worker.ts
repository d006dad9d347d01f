/** Thread entry: some shards for a whole run, window after window, meeting the others in shared memory. */
import type { CrewOutcome, CrewTask } from "./crew-task.ts";
import { Crew } from "./crew.ts";
import { Rendezvous } from "./rendezvous.ts";

/** How often a thread shows where it is. */
const SHOW_MS = 50;

export default async function runCrew(task: CrewTask): Promise<CrewOutcome> {
  const rendezvous = new Rendezvous(task.rendezvous, task.shards, task.threads, task.spin);
  const crew = new Crew(task, rendezvous);
  const showNow = (): void => crew.showNow();
  // Whoever calls process.exit in here leaves no result behind, but the time.
  process.once("exit", showNow);
  try {
    await crew.build();
    return runWindows(crew, rendezvous);
  } catch (error) {
    showNow();
    rendezvous.fail(crew.shard);
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    return { type: "failed", message, stack: stack ?? "" };
  } finally {
    process.off("exit", showNow);
  }
}

function runWindows(crew: Crew, rendezvous: Rendezvous): CrewOutcome {
  // Threads start and build one after the other: the clock runs from the moment all are there.
  if (!rendezvous.arrive()) return { type: "stopped" };
  const from = performance.now();
  const waitedBefore = rendezvous.waitedMs;
  let shown = from;
  for (;;) {
    crew.offer();
    if (!rendezvous.arrive()) return { type: "stopped" };
    if (!crew.accept()) continue;
    if (!crew.advance()) break;
    const now = performance.now();
    if (now - shown < SHOW_MS) continue;
    shown = now;
    crew.show();
  }
  return { type: "finished", shards: crew.finished(performance.now() - from, rendezvous.waitedMs - waitedBefore) };
}
