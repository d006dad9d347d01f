/**
 * What holds an autoscaler back: stabilisation windows and scaling policies. Source:
 * pkg/controller/podautoscaler/horizontal.go (stabilizeRecommendation*, convertDesiredReplicas*).
 */
import { unreachable } from "../../../kernel/assert.ts";
import { MINUTE, SECOND, type Duration, type VirtualTime } from "../../../kernel/time.ts";

export interface ScalingPolicy {
  readonly type: "Pods" | "Percent";
  readonly value: number;
  readonly period: Duration;
}

export interface ScalingRules {
  readonly stabilizationWindow: Duration;
  readonly selectPolicy: "Max" | "Min" | "Disabled";
  readonly policies: readonly ScalingPolicy[];
}

export interface ScalingBehavior {
  readonly scaleUp: ScalingRules;
  readonly scaleDown: ScalingRules;
}

/** Of autoscaling/v2. Source: pkg/apis/autoscaling/v2/defaults.go. */
export const defaultScaleUp: ScalingRules = {
  stabilizationWindow: 0,
  selectPolicy: "Max",
  policies: [
    { type: "Pods", value: 4, period: 15 * SECOND },
    { type: "Percent", value: 100, period: 15 * SECOND },
  ],
};
export const defaultScaleDown: ScalingRules = {
  stabilizationWindow: 5 * MINUTE,
  selectPolicy: "Max",
  policies: [{ type: "Percent", value: 100, period: 15 * SECOND }],
};

export interface Recommendation {
  readonly replicas: number;
  readonly at: VirtualTime;
}

/** A change that was made: how many replicas came or went. */
export interface ScaleEvent {
  readonly replicas: number;
  readonly at: VirtualTime;
}

export type LimitReason = "DesiredWithinRange" | "TooFewReplicas" | "TooManyReplicas" | "ScaleUpLimit" | "ScaleDownLimit";

export interface LimitedReplicas {
  readonly replicas: number;
  readonly reason: LimitReason;
}

/** Without `behavior`: the highest recommendation of the window. */
export function stabilizeDown(desired: number, recommendations: readonly Recommendation[], window: Duration, now: VirtualTime): number {
  return recommendations.reduce((most, { replicas, at }) => (at > now - window ? Math.max(most, replicas) : most), desired);
}

/**
 * With `behavior`: up to the least and down to the largest recommendation of the windows, seen from where
 * it stands. `looksBothWays` false is v1.20: only the window of the direction asked for.
 */
export function stabilize(
  current: number,
  desired: number,
  recommendations: readonly Recommendation[],
  { scaleUp, scaleDown }: ScalingBehavior,
  now: VirtualTime,
  looksBothWays = true,
): number {
  let up = desired;
  let down = desired;
  for (const { replicas, at } of recommendations) {
    if (at > now - scaleUp.stabilizationWindow) up = Math.min(up, replicas);
    if (at > now - scaleDown.stabilizationWindow) down = Math.max(down, replicas);
  }
  if (!looksBothWays) return desired >= current ? up : down;
  return Math.max(Math.min(current, down), up);
}

/** Bounds without `behavior`: at most double, or 4. */
export function limitWithoutBehavior(current: number, desired: number, min: number, max: number): LimitedReplicas {
  const scaleUpLimit = Math.max(2 * current, 4);
  if (desired < min) return { replicas: min, reason: "TooFewReplicas" };
  if (desired > Math.min(scaleUpLimit, max)) {
    return max > scaleUpLimit ? { replicas: scaleUpLimit, reason: "ScaleUpLimit" } : { replicas: max, reason: "TooManyReplicas" };
  }
  return { replicas: desired, reason: "DesiredWithinRange" };
}

/** Bounds of the scaling policies: what was changed within a policy's period counts against it. */
export function limitByBehavior(
  current: number,
  desired: number,
  min: number,
  max: number,
  { scaleUp, scaleDown }: ScalingBehavior,
  added: readonly ScaleEvent[],
  removed: readonly ScaleEvent[],
  now: VirtualTime,
): LimitedReplicas {
  if (desired > current) {
    const limit = Math.max(current, policyLimit(scaleUp, current, added, removed, now, "up"));
    if (desired > Math.min(limit, max)) {
      return max > limit ? { replicas: limit, reason: "ScaleUpLimit" } : { replicas: max, reason: "TooManyReplicas" };
    }
  } else if (desired < current) {
    const limit = Math.min(current, policyLimit(scaleDown, current, added, removed, now, "down"));
    if (desired < Math.max(limit, min)) {
      return min < limit ? { replicas: limit, reason: "ScaleDownLimit" } : { replicas: min, reason: "TooFewReplicas" };
    }
  }
  return { replicas: desired, reason: "DesiredWithinRange" };
}

function policyLimit(
  { selectPolicy, policies }: ScalingRules,
  current: number,
  added: readonly ScaleEvent[],
  removed: readonly ScaleEvent[],
  now: VirtualTime,
  direction: "up" | "down",
): number {
  if (selectPolicy === "Disabled") return current;
  const limits = policies.map((policy) => {
    const start = current - changedSince(added, now - policy.period) + changedSince(removed, now - policy.period);
    return direction === "up" ? limitUp(policy, start) : limitDown(policy, start);
  });
  // "Max" is the policy that allows the greatest change.
  const wantsGreatest = (selectPolicy === "Max") === (direction === "up");
  return limits.reduce((one, other) => (wantsGreatest ? Math.max(one, other) : Math.min(one, other)));
}

function limitUp({ type, value }: ScalingPolicy, start: number): number {
  switch (type) {
    case "Pods":
      return start + value;
    case "Percent":
      return Math.ceil(start * (1 + value / 100));
    default:
      return unreachable(type);
  }
}

function limitDown({ type, value }: ScalingPolicy, start: number): number {
  switch (type) {
    case "Pods":
      return start - value;
    case "Percent":
      return Math.trunc(start * (1 - value / 100));
    default:
      return unreachable(type);
  }
}

function changedSince(events: readonly ScaleEvent[], since: VirtualTime): number {
  return events.reduce((sum, { replicas, at }) => (at > since ? sum + replicas : sum), 0);
}
