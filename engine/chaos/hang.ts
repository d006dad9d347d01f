/** Processes are alive and answer nothing: requests wait, HTTP and gRPC probes time out. The kernel still shakes hands (TCP), and commands run on. A restart heals it. */
import { disturbPods } from "./disturb-pods.ts";
import type { Hang } from "./fault.ts";
import type { Fault } from "./fault-control.ts";

export const hang: Fault<Hang> = {
  targets: "pods",
  liveSupport: "none",
  apply: (spec, control, until) => disturbPods(spec, control, until, { container: spec.container, effect: "hang", amount: 0 }),
  // The lever was given its end.
  end() {},
};
