/**
 * How an attempt ended: a closed list. A request is lost when it ends other than answered, after the client's retries.
 * Abandoned: another attempt of its request was answered first; no request ends so.
 */
export const Outcome = {
  answered: 0,
  refused: 1,
  reset: 2,
  timedOut: 3,
  noEndpoint: 4,
  unreachable: 5,
  serverError: 6,
  abandoned: 7,
} as const;
export type Outcome = (typeof Outcome)[keyof typeof Outcome];

export const outcomeNames: readonly string[] = [
  "answered",
  "refused",
  "reset",
  "timed out",
  "no endpoint",
  "unreachable",
  "server error",
  "abandoned",
];

/** What the chosen endpoint was doing when a request was lost, by number: the words that results use. */
export const EndpointSituation = {
  routedAfterRemoval: 0,
  listenerClosed: 1,
  killedWhileServing: 2,
  notListeningYet: 3,
  outOfMemory: 4,
  nodeLost: 5,
  overload: 6,
  slowAnswer: 7,
  noEndpoint: 8,
  addressGone: 9,
  noLocalEndpoint: 10,
  failing: 11,
  dependencyFailed: 12,
} as const;
export type EndpointSituation = (typeof EndpointSituation)[keyof typeof EndpointSituation];

export const situationNames = [
  "routed after removal",
  "listener closed before removal",
  "killed while serving",
  "not listening yet",
  "out of memory",
  "node lost",
  "overload",
  "slow answer",
  "no endpoint",
  "address gone",
  "no endpoint on the node",
  "failing service",
  "dependency failed",
] as const;
