/** The main process of the targets ends with an exit code, once or at a rate. */
import { disturbPods } from "./disturb-pods.ts";
import type { ContainerCrash } from "./fault.ts";
import type { Fault } from "./fault-control.ts";

export const containerCrash: Fault<ContainerCrash> = {
  targets: "pods",
  liveSupport: "none",
  apply: (spec, control, until) =>
    disturbPods(spec, control, until, { container: spec.container, effect: "crash", amount: spec.code, rate: spec.rate }),
  // The lever was given its end.
  end() {},
};
