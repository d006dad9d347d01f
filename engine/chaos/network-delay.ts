/** What leaves the targets is late, as with netem at the Pod's interface: answers, and each new connection's handshake. Probes over the network meet it too. */
import { disturbPods } from "./disturb-pods.ts";
import type { NetworkDelay } from "./fault.ts";
import type { Fault } from "./fault-control.ts";

export const networkDelay: Fault<NetworkDelay> = {
  targets: "pods",
  liveSupport: "none",
  apply: (spec, control, until) =>
    disturbPods(spec, control, until, { container: null, effect: "delayPackets", amount: spec.latency, rate: spec.jitter }),
  // The lever was given its end.
  end() {},
};
