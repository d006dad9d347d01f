/** A share of what leaves the targets is lost and sent again by TCP; all of it: nobody reaches them. Probes over the network meet it too. */
import { disturbPods } from "./disturb-pods.ts";
import type { NetworkLoss } from "./fault.ts";
import type { Fault } from "./fault-control.ts";

export const networkLoss: Fault<NetworkLoss> = {
  targets: "pods",
  liveSupport: "none",
  apply: (spec, control, until) => disturbPods(spec, control, until, { container: null, effect: "losePackets", amount: spec.rate }),
  // The lever was given its end.
  end() {},
};
