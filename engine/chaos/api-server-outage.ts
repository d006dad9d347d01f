/** The API server is gone: it refuses every request, and watches break. Clients try again as client-go does. */
import type { ApiServerOutage } from "./fault.ts";
import type { Fault } from "./fault-control.ts";

export const apiServerOutage: Fault<ApiServerOutage> = {
  targets: "nodes",
  liveSupport: "none",
  apply(_spec, control) {
    control.stopApiServer();
    return [];
  },
  end(_spec, _targets, control) {
    control.startApiServer();
  },
};
