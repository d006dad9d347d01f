/** The API server is slow: each request waits before it is served, in the order of arrival. */
import type { ApiServerSlow } from "./fault.ts";
import type { Fault } from "./fault-control.ts";

export const apiServerSlow: Fault<ApiServerSlow> = {
  targets: "nodes",
  liveSupport: "none",
  apply(spec, control) {
    control.delayApiServer("request", spec.delay);
    return [];
  },
  end(_spec, _targets, control) {
    control.delayApiServer("request", 0);
  },
};
