/** Memory of the targets grows, in processes that start meanwhile too; what leaked stays until they end. */
import { disturbPods } from "./disturb-pods.ts";
import type { MemoryLeak } from "./fault.ts";
import type { Fault } from "./fault-control.ts";

export const memoryLeak: Fault<MemoryLeak> = {
  targets: "pods",
  liveSupport: "none",
  apply: (spec, control, until) => disturbPods(spec, control, until, { container: spec.container, effect: "leak", amount: spec.growth }),
  // The lever was given its end.
  end() {},
};
