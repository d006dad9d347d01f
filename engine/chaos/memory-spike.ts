/** Processes of the targets need more memory while it lasts, as under a stress test. It ends with the process. */
import { disturbPods } from "./disturb-pods.ts";
import type { MemorySpike } from "./fault.ts";
import type { Fault } from "./fault-control.ts";

export const memorySpike: Fault<MemorySpike> = {
  targets: "pods",
  liveSupport: "none",
  apply: (spec, control, until) => disturbPods(spec, control, until, { container: spec.container, effect: "spike", amount: spec.size }),
  // The lever was given its end.
  end() {},
};
