/** Whole zones go away: all their nodes stop at once, and come back rebooted. */
import type { ZoneLoss } from "./fault.ts";
import type { Fault } from "./fault-control.ts";
import { chooseNodes } from "./targets.ts";

export const zoneLoss: Fault<ZoneLoss> = {
  targets: "nodes",
  liveSupport: "none",
  apply(spec, control) {
    const nodes = control.selectNodes(spec.selector);
    // A zone is known by its first node, whose draw is the zone's.
    const zones = [...new Set(nodes.map((node) => control.zoneOf(node)))];
    const firsts = zones.map((zone) => nodes.find((node) => control.zoneOf(node) === zone)!);
    const chosen = chooseNodes(spec, control, firsts).map((node) => control.zoneOf(node));
    const lost = nodes.filter((node) => chosen.includes(control.zoneOf(node)));
    for (const node of lost) control.loseNode(node);
    return lost;
  },
  end(_spec, targets, control) {
    for (const node of targets) control.returnNode(node, true);
  },
};
