/**
 * What Service proxies are told of a Service are the endpoints that its slices call ready; where none is, those that serve while they
 * terminate (not of headless Services, and not in old releases). Held against each endpoint that a write has just taken `ready` from.
 */
import type { InvariantDefinition } from "./invariant.ts";

export const onlyReadyPublishedDefinition: InvariantDefinition = {
  name: "only-ready-published",
  scope: "control",
  meaning:
    "Service proxies are told of no endpoint that isn't ready, unless none is ready and it serves while it terminates (where proxies fall back on such)",
};

/** What the slices say of an endpoint now, and of its Service. */
export interface SlicesSay {
  readonly isReady: boolean;
  /** It serves while it terminates. */
  readonly isLeaving: boolean;
  readonly anyReady: boolean;
  readonly fallsBack: boolean;
}

export function onlyReadyPublished(label: string, pod: number, { isReady, isLeaving, anyReady, fallsBack }: SlicesSay): string | null {
  if (isReady || (isLeaving && !anyReady && fallsBack)) return null;
  const why = anyReady ? "others are ready" : fallsBack ? "it doesn't serve while it terminates" : "nothing falls back on it";
  return `${label}: proxies are told of Pod ${pod}, which no slice calls ready: ${why}`;
}
