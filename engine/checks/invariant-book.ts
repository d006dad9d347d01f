/** Holds the invariants that a run asked for against what happens on one shard, and keeps the breaches. */
import { BackOffRespected, backOffRespectedDefinition } from "../invariants/back-off-respected.ts";
import { controlRules, kubeletRules } from "../invariants/index.ts";
import { violationsKept } from "../invariants/invariant.ts";
import { proxiesKeepUpDefinition } from "../invariants/proxies-keep-up.ts";
import type { Bulletin } from "../kernel/bulletin.ts";
import { NO_CAUSE, type CauseId, type CauseTable } from "../kernel/causes.ts";
import type { VirtualTime } from "../kernel/time.ts";
import { ControlRules } from "./control-rules.ts";
import { KubeletRules } from "./kubelet-rules.ts";
import type { ControlPlane } from "../kubernetes/control-plane.ts";
import { crashBackOffRule } from "../kubernetes/kubelet/back-off.ts";
import type { KubeletObserver } from "../kubernetes/kubelet/node-context.ts";
import type { EndpointEntry } from "../kubernetes/network/endpoint-log.ts";
import type { BeliefObserver } from "../kubernetes/network/service-proxy.ts";
import type { Service } from "../kubernetes/objects/service.ts";
import { newestVersions, versionsOf } from "../kubernetes/versions.ts";
import { ProxyRules } from "./proxy-rules.ts";
import type { Violation } from "../result.ts";
import type { ScenarioSpec } from "../scenario-spec.ts";

export class InvariantBook {
  readonly violations: Violation[] = [];
  readonly kubeletObserver: KubeletObserver | null;
  private readonly kubelets: KubeletRules | null;
  private readonly spec: ScenarioSpec;
  private readonly causes: CauseTable;
  private control: ControlRules | null = null;
  /** Breaches so far, by invariant. */
  private readonly counts = new Map<string, number>();

  constructor(spec: ScenarioSpec, causes: CauseTable) {
    this.spec = spec;
    this.causes = causes;
    this.kubelets = kubeletRules.some(({ name }) => this.isAsked(name)) ? this.rules() : null;
    this.kubeletObserver = this.kubelets ?? (this.isAsked(backOffRespectedDefinition.name) ? this.backOff() : null);
  }

  /** Shard 0: what the API server commits. */
  watch(control: ControlPlane): void {
    if (!controlRules.some(({ name }) => this.isAsked(name))) return;
    this.control = new ControlRules({
      control,
      spec: this.spec,
      ring: (rule, now, message) => {
        if (this.isAsked(rule)) this.note(rule, now, message);
      },
    });
    control.apiServer.observer = this.control;
  }

  /** What the Service proxies of places believe; null: nobody asked. */
  beliefs(log: Bulletin<EndpointEntry>, services: readonly Service[], isOwn: (place: number) => boolean): BeliefObserver | null {
    if (!this.isAsked(proxiesKeepUpDefinition.name)) return null;
    const { kubernetesVersion, seed, settings } = this.spec;
    return new ProxyRules({
      log,
      settings,
      seed,
      versions: versionsOf(kubernetesVersion) ?? newestVersions,
      isOwn,
      serviceName: (service) => `${services[service]!.metadata.namespace}/${services[service]!.metadata.name}`,
      ring: (rule, now, message, cause) => this.note(rule, now, message, cause),
    });
  }

  /** What must hold in the end. */
  atEnd(now: VirtualTime): void {
    this.causes.current = NO_CAUSE;
    this.control?.atEnd(now);
    this.kubelets?.overdueAtEnd(now);
  }

  private rules(): KubeletRules {
    const { settings, kubernetesVersion } = this.spec;
    return new KubeletRules({
      settings,
      versions: versionsOf(kubernetesVersion) ?? newestVersions,
      onlyNew: true,
      ring: (rule, now, message) => {
        if (this.isAsked(rule)) this.note(rule, now, message);
      },
    });
  }

  private backOff(): KubeletObserver {
    const { settings, kubernetesVersion } = this.spec;
    const rule = crashBackOffRule(settings, versionsOf(kubernetesVersion) ?? newestVersions);
    const check = new BackOffRespected({ ...rule, collectAfter: settings.crashBackoffGC });
    const hold = (at: VirtualTime, breach: string | null): void => {
      if (breach !== null) this.note(backOffRespectedDefinition.name, at, breach);
    };
    return {
      containerStarted: ({ pod, container, at, lastExit, requiredDelay }) =>
        hold(at, check.containerStarted(pod, container, at, lastExit, requiredDelay)),
      containerWaits: (pod, container, at, lastExit) => hold(at, check.containerWaits(pod, container, at, lastExit)),
      backOffForgotten: (pod, container) => check.forget(pod, container),
    };
  }

  private isAsked(name: string): boolean {
    return this.spec.invariants.includes(name);
  }

  /** Of one instant all are kept: which of them come first, merging says (workers/merge.ts). */
  private note(invariant: string, time: VirtualTime, message: string, cause: CauseId = this.causes.current): void {
    const known = this.counts.get(invariant) ?? 0;
    if (known >= violationsKept && this.violations.findLast((violation) => violation.invariant === invariant)!.time !== time) return;
    this.counts.set(invariant, known + 1);
    this.violations.push({ invariant, time, message, cause });
  }
}
