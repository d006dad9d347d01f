/** The registry is slow for some nodes: transfers begun while it lasts take so many times as long. */
import type { ImagePullSlow } from "./fault.ts";
import type { Fault } from "./fault-control.ts";
import { chooseNodes } from "./targets.ts";

export const imagePullSlow: Fault<ImagePullSlow> = {
  targets: "nodes",
  liveSupport: "none",
  apply(spec, control, until) {
    const nodes = chooseNodes(spec, control);
    for (const node of nodes) control.disturbPulls(node, spec.image, 0, spec.slowdown, until);
    return nodes;
  },
  // The lever was given its end.
  end() {},
};
