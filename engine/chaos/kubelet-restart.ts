/** Kubelets stop and start again; the containers of their nodes run on. */
import type { KubeletRestart } from "./fault.ts";
import type { Fault } from "./fault-control.ts";
import { chooseTargets } from "./targets.ts";

export const kubeletRestart: Fault<KubeletRestart> = {
  targets: "nodes",
  liveSupport: "none",
  apply(spec, control) {
    const nodes = chooseTargets(
      control.selectNodes(spec.selector),
      spec.mode,
      spec.value,
      (node) => control.drawForNode(node),
      () => control.drawForFault(),
    );
    for (const node of nodes) control.stopKubelet(node);
    return nodes;
  },
  end(_spec, targets, control) {
    for (const node of targets) control.startKubelet(node);
  },
};
