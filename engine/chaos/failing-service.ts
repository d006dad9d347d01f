/** A share of the requests to the targets is answered at once with a server error: a failing dependency. */
import { disturbPods } from "./disturb-pods.ts";
import type { FailingService } from "./fault.ts";
import type { Fault } from "./fault-control.ts";

export const failingService: Fault<FailingService> = {
  targets: "pods",
  liveSupport: "none",
  apply: (spec, control, until) => disturbPods(spec, control, until, { container: spec.container, effect: "fail", amount: spec.rate }),
  // The lever was given its end.
  end() {},
};
