/** The registry fails for some nodes: pulls begun while it lasts end with an error. */
import type { ImagePullFailure } from "./fault.ts";
import type { Fault } from "./fault-control.ts";
import { chooseNodes } from "./targets.ts";

export const imagePullFailure: Fault<ImagePullFailure> = {
  targets: "nodes",
  liveSupport: "none",
  apply(spec, control, until) {
    const nodes = chooseNodes(spec, control);
    for (const node of nodes) control.disturbPulls(node, spec.image, spec.rate, 1, until);
    return nodes;
  },
  // The lever was given its end.
  end() {},
};
