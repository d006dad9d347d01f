/** Commits of nodes, held against the rules about taints; and which nodes are closed to new Pods. */
import { AllDownSparesNodes, allDownSparesNodesDefinition } from "../invariants/all-down-spares-nodes.ts";
import { BoundToOpenNode, boundToOpenNodeDefinition } from "../invariants/bound-to-open-node.ts";
import { EvictionRateRespected, evictionRateRespectedDefinition } from "../invariants/eviction-rate-respected.ts";
import { TaintAfterCondition, taintAfterConditionDefinition } from "../invariants/taint-after-condition.ts";
import { writesChangeSomething, writesChangeSomethingDefinition } from "../invariants/writes-change-something.ts";
import { SECOND, type VirtualTime } from "../kernel/time.ts";
import type { PodRecord } from "../kubernetes/api-server/pod-record.ts";
import type { Taint } from "../kubernetes/objects/meta.ts";
import { NodeReady, type NodeRecord } from "../kubernetes/objects/node.ts";
import { NOT_READY_TAINT, UNREACHABLE_TAINT, toleratesAny } from "../kubernetes/objects/toleration.ts";
import type { RuleContext } from "./control-rules.ts";

const cordon: Taint = { key: "node.kubernetes.io/unschedulable", value: "", effect: "NoSchedule" };
const ABSENT = "there is no such node";

export class NodeRules {
  private readonly context: RuleContext;
  private readonly known: NodeRecord[];
  private readonly condition: TaintAfterCondition;
  private readonly rate: EvictionRateRespected;
  private readonly allDown: AllDownSparesNodes;
  private readonly open: BoundToOpenNode;
  private readonly taints = new Map<string, Taint>();

  constructor(context: RuleContext) {
    this.context = context;
    const { control, spec, lags } = context;
    const { nodeEvictionRate, nodeEvictionRateSecondary, nodeMonitorPeriod } = spec.settings;
    this.condition = new TaintAfterCondition(lags.nodes);
    this.rate = new EvictionRateRespected(SECOND / Math.max(nodeEvictionRate, nodeEvictionRateSecondary));
    this.allDown = new AllDownSparesNodes(2 * nodeMonitorPeriod + SECOND, lags.nodes);
    this.open = new BoundToOpenNode(lags.scheduling);
    this.known = [...control.store.nodes];
    for (const node of this.known) this.note(node, 0);
  }

  changed(after: NodeRecord, now: VirtualTime): void {
    const { hold, holdTimely, control } = this.context;
    const { index } = after;
    const before = this.known[index]!;
    const { name, zone } = control.store.nodeTemplates[index]!;
    hold(writesChangeSomethingDefinition.name, now, writesChangeSomething(`Node ${name}`, before, after));
    this.known[index] = after;
    this.note(after, now);
    const gone = lossTaints(before);
    const came = after.isAbsent === true ? [] : lossTaints(after).filter((key) => !gone.includes(key));
    for (const key of came) {
      holdTimely(taintAfterConditionDefinition.name, now, this.condition.tainted(`Node ${name}`, index, key, now));
      holdTimely(allDownSparesNodesDefinition.name, now, this.allDown.tainted(`Node ${name}`, now));
      if (gone.length === 0) holdTimely(evictionRateRespectedDefinition.name, now, this.rate.tainted(`Node ${name}`, zone, now));
    }
  }

  /** A Pod was bound by the scheduler. */
  bound(pod: PodRecord, now: VirtualTime): void {
    const { holdTimely, control } = this.context;
    // The controller of a DaemonSet adds tolerations.
    if ((pod.traits?.targetNode ?? -1) >= 0) return;
    const { tolerations } = control.store.definitions.template(pod.template).spec;
    const isBorne = (reason: string): boolean => {
      const taint = this.taints.get(reason);
      return taint !== undefined && toleratesAny(tolerations, taint);
    };
    const breach = this.open.bound(`Pod ${pod.id}`, pod.node, pod.createdAt * SECOND, isBorne);
    holdTimely(boundToOpenNodeDefinition.name, now, breach);
  }

  private note(node: NodeRecord, now: VirtualTime): void {
    const isReady = node.isAbsent !== true && node.ready === NodeReady.True;
    this.condition.readyChanged(node.index, isReady, now);
    this.allDown.readyChanged(node.index, isReady, now);
    const closing = [...node.taints.filter(({ effect }) => effect !== "PreferNoSchedule"), ...(node.unschedulable ? [cordon] : [])];
    const reasons = closing.map((taint) => `${taint.key}=${taint.value}:${taint.effect}`);
    closing.forEach((taint, index) => this.taints.set(reasons[index]!, taint));
    this.open.nodeChanged(node.index, node.isAbsent === true ? [ABSENT] : reasons, now);
  }
}

/** Keys of the NoExecute taints of a node that isn't ready. */
function lossTaints({ taints }: NodeRecord): string[] {
  return taints
    .filter(({ key, effect }) => effect === "NoExecute" && (key === NOT_READY_TAINT || key === UNREACHABLE_TAINT))
    .map(({ key }) => key);
}
