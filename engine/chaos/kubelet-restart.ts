/** Kubelets stop and start again; the containers of their nodes run on. */
import type { KubeletRestart } from "./fault.ts";
import type { Fault } from "./fault-control.ts";
import { chooseNodes } from "./targets.ts";

export const kubeletRestart: Fault<KubeletRestart> = {
  targets: "nodes",
  liveSupport: "none",
  apply(spec, control) {
    const nodes = chooseNodes(spec, control);
    for (const node of nodes) control.stopKubelet(node);
    return nodes;
  },
  end(_spec, targets, control) {
    for (const node of targets) control.startKubelet(node);
  },
};
