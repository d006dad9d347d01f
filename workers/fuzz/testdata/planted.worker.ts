/** The thread entry of a campaign's worker with plants: a case's name says what goes wrong with it. An alarm never heard is not an alarm. */
import type { CaseOutcome } from "../../../scenarios/fuzz/campaign.ts";
import type { PlainDocument } from "../../../scenarios/fuzz/fuzz-case.ts";
import type { ChunkTask } from "../fuzz.worker.ts";

export default function checkPlanted({ cases }: ChunkTask): readonly CaseOutcome[] {
  if ("draws" in cases) throw new Error("nothing is drawn here");
  return cases.map(({ found }) => {
    const name = String((found.scenario["metadata"] as PlainDocument)["name"]);
    plant(name);
    const failure = name.startsWith("broken") ? ({ kind: "invariant", bucket: "invariant planted", message: name } as const) : null;
    return { failure, coverage: [`${name.length}`], value: null, events: 1 };
  });
}

function plant(name: string): void {
  switch (name) {
    case "exit":
      return process.exit(3);
    case "kill":
      process.kill(process.pid, "SIGKILL");
      for (;;);
    case "memory": {
      // In small pieces: one that the limit has no room for at all would end the process.
      const kept: object[] = [];
      for (;;) kept.push({ index: kept.length });
    }
    case "endless":
      for (;;);
    case "throw":
      throw new Error("planted");
    default:
  }
}
