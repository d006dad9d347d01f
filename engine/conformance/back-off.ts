/** Vectors of back-off: container restarts, image pulls, the bare entry, answered by the functions that the kubelet uses. */
import { SECOND } from "../kernel/time.ts";
import { advanced, waitUntil, type BackOffEntry, type BackOffRule } from "../kubernetes/kubelet/back-off.ts";
import { imageDecision } from "../kubernetes/kubelet/image-manager.ts";

function ruleOf(input: { readonly baseSeconds: number; readonly maxSeconds: number }, resetSeconds: number): BackOffRule {
  return { initial: input.baseSeconds * SECOND, max: input.maxSeconds * SECOND, reset: resetSeconds * SECOND };
}

/** Housekeeping, which drops idle entries, isn't part of these runs. */
export function crashLoop(input: {
  readonly baseSeconds: number;
  readonly maxSeconds: number;
  readonly syncPeriodSeconds: number;
  readonly runSeconds: readonly number[];
}): unknown {
  const rule = ruleOf(input, 2 * input.maxSeconds);
  const period = input.syncPeriodSeconds * SECOND;
  let entry: BackOffEntry | null = null;
  let startedAt = 0;
  const events = input.runSeconds.map((run) => {
    const exitedAt = startedAt + run * SECOND;
    const over = waitUntil(entry, exitedAt, rule);
    // The kubelet syncs at the exit and then at every multiple of its period.
    let restartedAt = exitedAt;
    while (restartedAt < over) restartedAt = (Math.floor(restartedAt / period) + 1) * period;
    entry = advanced(entry, exitedAt, restartedAt, rule);
    startedAt = restartedAt;
    return { exitedAt: exitedAt / SECOND, backoffSeconds: entry.delay / SECOND, restartedAt: restartedAt / SECOND };
  });
  return { events };
}

interface EntryInput {
  readonly baseSeconds: number;
  readonly maxSeconds: number;
  /** Asked at each instant; advanced unless in back-off. */
  readonly atSeconds?: readonly number[];
  /** Advanced at each instant. */
  readonly advanceAtSeconds?: readonly number[];
}

export function backOffEntry(input: EntryInput): unknown {
  const rule = ruleOf(input, 2 * input.maxSeconds);
  let entry: BackOffEntry | null = null;
  const isInBackOff = (now: number): boolean =>
    entry !== null && now < waitUntil(entry, entry.lastUpdate, rule) && now - entry.lastUpdate <= rule.reset;
  const advance = (now: number): void => {
    entry = advanced(entry, now, now, rule);
  };
  const delay = (): number => (entry === null ? 0 : entry.delay / SECOND);
  if (input.advanceAtSeconds !== undefined) {
    const before = input.advanceAtSeconds.map((at) => {
      const value = delay();
      advance(at * SECOND);
      return value;
    });
    return { backoffSecondsBeforeAdvance: before };
  }
  const inBackOff: boolean[] = [];
  const whileIn: (number | null)[] = [];
  for (const at of input.atSeconds ?? []) {
    const isIn = isInBackOff(at * SECOND);
    inBackOff.push(isIn);
    whileIn.push(isIn ? delay() : null);
    if (!isIn) advance(at * SECOND);
  }
  return { inBackOff, backoffSecondsWhileIn: whileIn };
}

export interface PullInput {
  readonly imagePullPolicy: "Always" | "IfNotPresent" | "Never";
  readonly imagePresentAtStart: boolean;
  readonly inspectFails: boolean;
  readonly registryWorks: readonly boolean[];
  readonly atSeconds: readonly number[];
  readonly baseSeconds: number;
  readonly maxSeconds: number;
}

/** Entries of 1.20: forgotten after twice the maximum. */
export function imagePull(input: PullInput): unknown {
  const rule = ruleOf(input, 2 * input.maxSeconds);
  let entry: BackOffEntry | null = null;
  let isPresent = input.imagePresentAtStart;
  const steps = input.atSeconds.map((at, index) => {
    const now = at * SECOND;
    const until = entry === null ? -Infinity : waitUntil(entry, entry.lastUpdate, rule);
    const decision = imageDecision(input.imagePullPolicy, input.inspectFails ? null : isPresent, until, now);
    if (decision.type === "ready") return { pullAttempted: false, error: "" };
    if (decision.type === "failed") return { pullAttempted: false, error: decision.reason };
    const works = input.registryWorks[index] === true;
    if (works) isPresent = true;
    else entry = advanced(entry, now, now, rule);
    return { pullAttempted: true, error: works ? "" : "ErrImagePull" };
  });
  return { steps };
}
