/** Every request is accounted for: sent = answered + lost + in flight at the horizon, and each loss has a cause. */
import type { InvariantDefinition } from "./invariant.ts";

export const everyRequestAccountedDefinition: InvariantDefinition = {
  name: "every-request-accounted",
  scope: "merged",
  meaning: "sent = answered + lost + in flight for each load, and each loss has a cause",
};

export interface LoadAccount {
  readonly name: string;
  readonly sent: number;
  readonly answered: number;
  readonly lost: number;
  readonly inFlight: number;
  /** Sum over the loss classes, and how many of those have no cause. */
  readonly lossesExplained: number;
  readonly lossesWithoutCause: number;
}

export function everyRequestAccounted(account: LoadAccount): string | null {
  const { name, sent, answered, lost, inFlight, lossesExplained, lossesWithoutCause } = account;
  if (sent !== answered + lost + inFlight)
    return `${name}: ${sent} sent, but ${answered} answered + ${lost} lost + ${inFlight} in flight = ${answered + lost + inFlight}`;
  if (lossesExplained !== lost) return `${name}: ${lost} lost, but ${lossesExplained} in the classes of losses`;
  if (lossesWithoutCause > 0) return `${name}: ${lossesWithoutCause} losses without a cause`;
  return null;
}
