/** Causality: within a logical process no event is dispatched after one with a later (or the same) key. */
import type { InvariantDefinition } from "./invariant.ts";

export const keysStrictlyGrowDefinition: InvariantDefinition = {
  name: "keys-strictly-grow",
  scope: "kernel",
  meaning: "the keys (time, class, origin, number) of one logical process's events strictly grow",
};

export class KeysStrictlyGrow {
  private readonly last = new Map<number, { time: number; classAndOrigin: number; number: number }>();

  observe(lp: number, time: number, classAndOrigin: number, number: number): string | null {
    const last = this.last.get(lp);
    this.last.set(lp, { time, classAndOrigin, number });
    if (last === undefined) return null;
    const order = time - last.time || classAndOrigin - last.classAndOrigin || number - last.number;
    if (order > 0) return null;
    return `LP ${lp}: event (${time}, ${classAndOrigin >>> 30}, ${classAndOrigin & 0x3fffffff}, ${number}) after (${last.time}, ${last.classAndOrigin >>> 30}, ${last.classAndOrigin & 0x3fffffff}, ${last.number})`;
  }
}
