/** Commits of Pods, held against the rules about their lives, their names, their nodes and their owners. */
import { BudgetRespected } from "../invariants/budget-respected.ts";
import { boundOnce, boundOnceDefinition } from "../invariants/bound-once.ts";
import { daemonsOnTheirNodes, daemonsOnTheirNodesDefinition } from "../invariants/daemons-on-their-nodes.ts";
import { deletionsOnlyAdvance, deletionsOnlyAdvanceDefinition } from "../invariants/deletions-only-advance.ts";
import { EndpointsFollowPods } from "../invariants/endpoints-follow-pods.ts";
import { finalizersRespected, finalizersRespectedDefinition } from "../invariants/finalizers-respected.ts";
import { HostPortsFree, hostPortsFreeDefinition } from "../invariants/host-ports-free.ts";
import { OnePodPerName, onePodPerNameDefinition } from "../invariants/one-pod-per-name.ts";
import { OnlyReadyEndpoints } from "../invariants/only-ready-endpoints.ts";
import { phasesEndOnce, phasesEndOnceDefinition } from "../invariants/phases-end-once.ts";
import { PreemptsLowerOnly, preemptsLowerOnlyDefinition } from "../invariants/preempts-lower-only.ts";
import { RequestsFitNode, requestsFitNodeDefinition, type Amounts } from "../invariants/requests-fit-node.ts";
import { writesChangeSomethingDefinition } from "../invariants/writes-change-something.ts";
import type { VirtualTime } from "../kernel/time.ts";
import { isActive, isDeleting, isReady, isSameStatus, isTerminal } from "../kubernetes/api-server/pod-facts.ts";
import type { PodRecord } from "../kubernetes/api-server/pod-record.ts";
import type { TemplateId } from "../kubernetes/objects/definitions.ts";
import { allocatableOf, podRequest } from "../kubernetes/objects/pod-request.ts";
import type { RuleContext } from "./control-rules.ts";
import type { NodeRules } from "./node-rules.ts";
import type { ObjectRules } from "./object-rules.ts";

/** What the rules need of a Pod template, once for all its Pods. */
interface TemplateFacts {
  readonly request: Amounts;
  readonly ports: readonly string[];
  readonly priority: number;
}

export interface PodKind {
  readonly key: string;
  readonly workload: number;
  readonly template: TemplateId;
  /** Of one Pod: what selectors ask for is the same in all. */
  readonly traits: NonNullable<PodRecord["traits"]> | null;
}

export class PodRules {
  readonly budgets: BudgetRespected;
  readonly endpoints: OnlyReadyEndpoints;
  readonly following: EndpointsFollowPods;
  /** By workload, template and labels given to all: what budgets select. */
  readonly kinds: Map<string, PodKind> = new Map();
  private readonly context: RuleContext;
  private readonly objects: ObjectRules;
  private readonly nodes: NodeRules;
  private readonly names = new OnePodPerName();
  private readonly room = new RequestsFitNode();
  private readonly ports = new HostPortsFree();
  private readonly preemption: PreemptsLowerOnly;
  private readonly facts: (TemplateFacts | undefined)[] = [];
  private readonly resources: string[] = ["millicores", "bytes of memory", "Pods"];
  private readonly allocatable: (Amounts | undefined)[] = [];
  /** Pods that nobody scheduled: they came with their nodes. */
  private readonly direct = new Set<number>();

  constructor(context: RuleContext, objects: ObjectRules, nodes: NodeRules) {
    this.context = context;
    this.objects = objects;
    this.nodes = nodes;
    this.budgets = new BudgetRespected(context.lags.budgets);
    this.endpoints = new OnlyReadyEndpoints(context.lags.endpoints);
    this.following = new EndpointsFollowPods(context.lags.endpoints);
    this.preemption = new PreemptsLowerOnly(context.lags.scheduling);
    for (const pod of context.control.view.pods()) this.adopt(pod);
  }

  changed(before: PodRecord | undefined, after: PodRecord | null, now: VirtualTime): void {
    if (before !== undefined && after !== null) this.judgeUpdate(before, after, now);
    else if (after !== null) this.judgeCreation(after, now);
    else if (before !== undefined) this.judgeRemoval(before, now);
    this.follow(before, after, now);
    this.objects.podChanged(before, after, now);
  }

  /** `workload/template`, and what a controller gave to all its Pods. */
  kindOf({ workload, template, traits }: PodRecord): string {
    const given = traits?.given ?? null;
    const key = given === null ? `${workload}/${template}` : `${workload}/${template}/${Object.values(given.labels).join("/")}`;
    if (!this.kinds.has(key)) this.kinds.set(key, { key, workload, template, traits: traits ?? null });
    return key;
  }

  private adopt(pod: PodRecord): void {
    this.follow(undefined, pod, 0);
    this.objects.podAdopted(pod);
    const name = this.ownName(pod);
    if (name !== null) this.names.created(name, pod.id);
  }

  private judgeUpdate(before: PodRecord, after: PodRecord, now: VirtualTime): void {
    const { hold } = this.context;
    const { status } = before;
    if (isTerminal(before)) hold(phasesEndOnceDefinition.name, now, phasesEndOnce(`Pod ${after.id}`, status.phase, after.status.phase));
    if (before.deletionTimestamp >= 0)
      hold(deletionsOnlyAdvanceDefinition.name, now, deletionsOnlyAdvance(`Pod ${after.id}`, before, after));
    if (before.node !== after.node) {
      hold(boundOnceDefinition.name, now, boundOnce(`Pod ${after.id}`, before.node, after.node, isDeleting(before)));
      const wanted = after.traits?.targetNode ?? -1;
      hold(daemonsOnTheirNodesDefinition.name, now, daemonsOnTheirNodes(`Pod ${after.id}`, wanted, after.node));
      if (this.context.spec.placement === undefined) this.nodes.bound(after, now);
    }
    if (isSame(before, after)) hold(writesChangeSomethingDefinition.name, now, `Pod ${after.id}: a write that changes nothing`);
    const { disruption } = after.status;
    if (disruption?.reason === "PreemptionByScheduler" && status.disruption?.reason !== disruption.reason) {
      const { priority } = this.factsOf(after);
      this.context.holdTimely(preemptsLowerOnlyDefinition.name, now, this.preemption.preempted(`Pod ${after.id}`, priority, now));
    }
  }

  private judgeCreation(pod: PodRecord, now: VirtualTime): void {
    const name = this.ownName(pod);
    if (name !== null) this.context.hold(onePodPerNameDefinition.name, now, this.names.created(name, pod.id));
    if (pod.node >= 0) this.direct.add(pod.id);
  }

  private judgeRemoval(pod: PodRecord, now: VirtualTime): void {
    this.context.hold(finalizersRespectedDefinition.name, now, finalizersRespected(`Pod ${pod.id}`, pod.traits?.finalizers ?? []));
    const name = this.ownName(pod);
    if (name !== null) this.names.removed(name, pod.id);
  }

  /** What other rules count. */
  private follow(before: PodRecord | undefined, after: PodRecord | null, now: VirtualTime): void {
    const pod = (after ?? before)!;
    const [was, is] = [before !== undefined && this.takesRoom(before), after !== null && this.takesRoom(after)];
    const isOther = was && is && before!.template !== after!.template;
    if (was && (!is || isOther)) this.leave(before!);
    if (is && (!was || isOther)) this.enter(after!, now);
    if (after === null) this.direct.delete(pod.id);

    const [waited, waits] = [before !== undefined && isWaiting(before), after !== null && isWaiting(after)];
    if (waits && !waited) this.preemption.podWaits(this.factsOf(pod).priority);
    if (waited && !waits) this.preemption.podServed(this.factsOf(pod).priority, now);

    const [wasHealthy, isHealthy] = [before !== undefined && isServing(before), after !== null && isServing(after)];
    if (wasHealthy !== isHealthy) {
      this.budgets.podChanged(pod.id, this.kindOf(pod), wasHealthy, isHealthy, now);
      if (wasHealthy) {
        this.endpoints.podLost(pod.id, now);
        this.following.podLost(pod.id, now);
      } else this.following.podBack(pod.id);
    }
    if (after === null) this.budgets.podRemoved(pod.id);
  }

  private takesRoom(pod: PodRecord): boolean {
    return pod.node >= 0 && !isTerminal(pod) && !this.direct.has(pod.id);
  }

  private enter(pod: PodRecord, now: VirtualTime): void {
    const { request, ports } = this.factsOf(pod);
    const { hold, spec } = this.context;
    const label = `Pod ${pod.id}`;
    const breach = this.room.bound(label, pod.node, request, this.allocatableOf(pod.node), this.resources);
    const clash = ports.length === 0 ? null : this.ports.bound(label, pod.node, ports);
    // Given nodes are given.
    if (spec.placement !== undefined) return;
    hold(requestsFitNodeDefinition.name, now, breach);
    hold(hostPortsFreeDefinition.name, now, clash);
  }

  private leave(pod: PodRecord): void {
    const { request, ports } = this.factsOf(pod);
    this.room.gone(pod.node, request);
    if (ports.length > 0) this.ports.gone(pod.node, ports);
  }

  /** Of one whose name isn't made up. */
  private ownName({ traits, workload }: PodRecord): string | null {
    if (traits === null || traits === undefined || traits.name === "") return null;
    return `${this.context.control.store.workloads.workload(workload).namespace}/${traits.name}`;
  }

  private factsOf({ template }: PodRecord): TemplateFacts {
    return (this.facts[template] ??= this.readFacts(template));
  }

  private readFacts(template: TemplateId): TemplateFacts {
    const { spec } = this.context.control.store.definitions.template(template);
    const { cpu, memory, other } = podRequest(spec);
    for (const name of Object.keys(other))
      if (!this.resources.includes(name)) {
        this.resources.push(name);
        this.allocatable.length = 0;
      }
    const request = this.resources.map((name, index) => [cpu, memory, 1][index] ?? other[name] ?? 0);
    const ports = spec.containers.flatMap((container) =>
      container.ports.flatMap(({ hostPort, protocol }) => (hostPort === null || hostPort === 0 ? [] : [`${hostPort}/${protocol}`])),
    );
    return { request, ports, priority: spec.priority };
  }

  private allocatableOf(node: number): Amounts {
    return (this.allocatable[node] ??= this.readAllocatable(node));
  }

  private readAllocatable(node: number): Amounts {
    const template = this.context.control.store.nodeTemplates[node]!;
    const { cpu, memory, pods } = template;
    return this.resources.map((name, index) => [cpu, memory, pods][index] ?? allocatableOf(template, name));
  }
}

function isWaiting(pod: PodRecord): boolean {
  return pod.node < 0 && isActive(pod);
}

/** Ready, and not on its way out. */
export function isServing(pod: PodRecord): boolean {
  return isReady(pod) && !isDeleting(pod) && !isTerminal(pod);
}

function isSame(a: PodRecord, b: PodRecord): boolean {
  return (
    a.node === b.node &&
    a.template === b.template &&
    a.owner === b.owner &&
    a.deletionTimestamp === b.deletionTimestamp &&
    a.deletionGracePeriodSeconds === b.deletionGracePeriodSeconds &&
    a.traits === b.traits &&
    isSameStatus(a.status, b.status)
  );
}
