/** Endpoints spread slowly: Service proxies learn of each change that much later, in order. */
import type { EndpointLag } from "./fault.ts";
import type { Fault } from "./fault-control.ts";

export const endpointLag: Fault<EndpointLag> = {
  targets: "nodes",
  liveSupport: "none",
  apply(spec, control) {
    control.delayApiServer("endpoints", spec.delay);
    return [];
  },
  end(_spec, _targets, control) {
    control.delayApiServer("endpoints", 0);
  },
};
