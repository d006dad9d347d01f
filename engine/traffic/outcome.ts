/** How an attempt ended: a closed list. A request is lost when it ends other than answered, after the client's retries. */
export const Outcome = { answered: 0, refused: 1, reset: 2, timedOut: 3, noEndpoint: 4, unreachable: 5, serverError: 6 } as const;
export type Outcome = (typeof Outcome)[keyof typeof Outcome];

export const outcomeNames: readonly string[] = ["answered", "refused", "reset", "timed out", "no endpoint", "unreachable", "server error"];
