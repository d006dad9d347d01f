/**
 * What an autoscaler remembers between its looks: what it recommended, and what it changed. Old entries are used
 * anew, so it stays small. Source: pkg/controller/podautoscaler/horizontal.go (stabilizeRecommendation*, storeScaleEvent).
 */
import { SECOND, type Duration, type VirtualTime } from "../../../kernel/time.ts";
import type { HorizontalPodAutoscalerSpec } from "../../objects/horizontal-pod-autoscaler.ts";
import {
  limitByBehavior,
  limitWithoutBehavior,
  stabilize,
  stabilizeDown,
  type LimitedReplicas,
  type Recommendation,
  type ScaleEvent,
  type ScalingBehavior,
  type ScalingRules,
} from "./scaling-behavior.ts";

export class ScalingHistory {
  private recommendations: readonly Recommendation[] = [];
  private added: readonly ScaleEvent[] = [];
  private removed: readonly ScaleEvent[] = [];

  /** Its first look counts the size that it finds as recommended. */
  begin(replicas: number, now: VirtualTime): void {
    if (this.recommendations.length === 0) this.recommendations = [{ replicas, at: now }];
  }

  /** What the windows leave of a wish; the wish is remembered. */
  stabilized(
    current: number,
    desired: number,
    behavior: ScalingBehavior | null,
    window: Duration,
    looksBothWays: boolean,
    now: VirtualTime,
  ): number {
    const { recommendations } = this;
    const longest = behavior === null ? window : Math.max(behavior.scaleUp.stabilizationWindow, behavior.scaleDown.stabilizationWindow);
    this.recommendations = [...recommendations.filter(({ at }) => at > now - longest), { replicas: desired, at: now }];
    return behavior === null
      ? stabilizeDown(desired, recommendations, window, now)
      : stabilize(current, desired, recommendations, behavior, now, looksBothWays);
  }

  limited(current: number, desired: number, min: number, max: number, behavior: ScalingBehavior | null, now: VirtualTime): LimitedReplicas {
    return behavior === null
      ? limitWithoutBehavior(current, desired, min, max)
      : limitByBehavior(current, desired, min, max, behavior, this.added, this.removed, now);
  }

  /** A change that was made. Only policies look at them. */
  scaled(before: number, after: number, behavior: ScalingBehavior | null, now: VirtualTime): void {
    if (behavior === null) return;
    this.added = kept(this.added, behavior, now);
    this.removed = kept(this.removed, behavior, now);
    if (after > before) this.added = [...this.added, { replicas: after - before, at: now }];
    else this.removed = [...this.removed, { replicas: before - after, at: now }];
  }
}

/** The rules as the arithmetic wants them; null: there are none. `window`: of the controller, where none is given for scaling down. */
export function behaviorOf({ behavior }: HorizontalPodAutoscalerSpec, window: Duration): ScalingBehavior | null {
  if (behavior === null) return null;
  const rules = ({ stabilizationWindowSeconds, selectPolicy, policies }: (typeof behavior)["scaleUp"]): ScalingRules => ({
    stabilizationWindow: stabilizationWindowSeconds === null ? window : stabilizationWindowSeconds * SECOND,
    selectPolicy,
    policies: policies.map(({ type, value, periodSeconds }) => ({ type, value, period: periodSeconds * SECOND })),
  });
  return { scaleUp: rules(behavior.scaleUp), scaleDown: rules(behavior.scaleDown) };
}

function kept(events: readonly ScaleEvent[], { scaleUp, scaleDown }: ScalingBehavior, now: VirtualTime): readonly ScaleEvent[] {
  const longest = [...scaleUp.policies, ...scaleDown.policies].reduce((most, { period }) => Math.max(most, period), 0);
  return events.filter(({ at }) => at >= now - longest);
}
