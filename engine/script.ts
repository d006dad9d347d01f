/**
 * The script: the logical process that carries out the scenario's actions and faults at their instants.
 * One timer per entry; what it does reaches others as messages, faults in the class that comes first at an instant.
 */
import type { ActionSpec } from "./actions/action.ts";
import { CauseKind } from "./cause-kinds.ts";
import { applyFault, endFault, faults } from "./chaos/index.ts";
import { apiServerWasDown, asksServer, needsTargets, noTarget, takesNone, withoutEffect } from "./chaos/without-effect.ts";
import type { FaultSpec } from "./chaos/fault.ts";
import type { CauseId, CauseTable } from "./kernel/causes.ts";
import type { LpId } from "./kernel/event.ts";
import type { LogicalProcess } from "./kernel/logical-process.ts";
import type { Simulator } from "./kernel/simulator.ts";
import type { Duration, VirtualTime } from "./kernel/time.ts";
import type { FaultCondition } from "./scenario-spec.ts";
import type { FaultRecord } from "./result.ts";
import type { VirtualControl } from "./virtual-control.ts";

export interface ScriptOptions {
  readonly id: LpId;
  readonly simulator: Simulator;
  readonly causes: CauseTable;
  /** What isn't there yet when the run begins, as an action before all others; null: everything is there. */
  readonly beginning: ActionSpec | null;
  readonly actions: readonly ActionSpec[];
  readonly faults: readonly FaultSpec[];
  /** Indexes of those that begin when they are told to. */
  readonly waiting: ReadonlySet<number>;
  readonly control: VirtualControl;
  /** Carries an action out through the API, under the current cause. */
  readonly act: (action: ActionSpec, now: VirtualTime) => void;
  /** Answers of the API to what the script wrote. */
  readonly onAnswer: (now: VirtualTime, payload: number) => void;
  /** The timer of the operator's client fired. */
  readonly onAgenda: (now: VirtualTime) => void;
}

/** Slots: the operator's agenda, the beginning, then the actions, the beginnings of faults, their ends. */
const AGENDA_SLOT = 0;
const BEGINNING_SLOT = 1;
const FIRST_SLOT = 2;

export class ScriptProcess implements LogicalProcess {
  readonly id: LpId;
  /** Cause of each action and fault, by number; 0 until it happened. */
  readonly actionCauses: CauseId[];
  readonly faultCauses: CauseId[];
  private readonly beganAt: VirtualTime[];
  private readonly options: ScriptOptions;
  private readonly targets: (readonly number[])[];
  private readonly targetNames: (readonly string[])[];
  /** What each fault comes to if nothing shows its effect. */
  private readonly reasons: string[];

  constructor(options: ScriptOptions) {
    this.id = options.id;
    this.options = options;
    this.actionCauses = options.actions.map(() => 0);
    this.faultCauses = options.faults.map(() => 0);
    this.beganAt = options.faults.map(({ at }) => at);
    this.targets = options.faults.map(() => []);
    this.targetNames = options.faults.map(() => []);
    this.reasons = options.faults.map(({ type }) => withoutEffect[type]);
  }

  /** Arms everything; called before the run. */
  start(): void {
    const { beginning, actions, faults: specs } = this.options;
    if (beginning !== null) this.arm(BEGINNING_SLOT, beginning.at);
    actions.forEach((action, index) => this.arm(FIRST_SLOT + index, action.at));
    specs.forEach((_, index) => {
      if (!this.options.waiting.has(index)) this.armFault(index, 0);
    });
  }

  /** Its faults begin as late behind `at` as they are written behind the condition's own beginning. */
  conditionHolds({ faults: waiting, from }: FaultCondition, at: VirtualTime): void {
    for (const index of waiting) this.armFault(index, at - from);
  }

  onMessage(now: VirtualTime, _origin: LpId, payload: number): void {
    this.options.onAnswer(now, payload);
  }

  onTimer(now: VirtualTime, slot: number): void {
    const { actions, faults: specs } = this.options;
    const entry = slot - FIRST_SLOT;
    if (slot === AGENDA_SLOT) this.options.onAgenda(now);
    else if (slot === BEGINNING_SLOT) this.applyBeginning(now);
    else if (entry < actions.length) this.act(entry, now);
    else if (entry < actions.length + specs.length) this.begin(entry - actions.length, now);
    else this.end(entry - actions.length - specs.length, now);
  }

  /** Faults for the result; those that were to begin later are left out. */
  records(horizon: VirtualTime): FaultRecord[] {
    const records: FaultRecord[] = [];
    this.options.faults.forEach((fault, index) => {
      const cause = this.faultCauses[index]!;
      if (cause === 0) {
        if (this.options.waiting.has(index)) records.push(neverBegun(fault, horizon));
        return;
      }
      records.push({
        name: fault.name,
        type: fault.type,
        from: this.beganAt[index]!,
        until: Math.min(this.beganAt[index]! + fault.duration, horizon),
        cause,
        targets: this.targetNames[index]!,
        withoutEffect: this.reasons[index]!,
      });
    });
    return records;
  }

  /** Asked as it begins. */
  private reasonOf({ type }: FaultSpec, index: number): string {
    const { control } = this.options;
    if (needsTargets(type) && this.targets[index]!.length === 0) return control.matched === 0 ? noTarget : takesNone(control.matched);
    return asksServer(type) && control.isServerDown ? apiServerWasDown : withoutEffect[type];
  }

  private applyBeginning(now: VirtualTime): void {
    const { causes, beginning, act } = this.options;
    causes.current = causes.beginning;
    act(beginning!, now);
  }

  private act(index: number, now: VirtualTime): void {
    const { causes, actions } = this.options;
    this.actionCauses[index] = causes.note(this.id, CauseKind.action, index, now, 0);
    this.options.act(actions[index]!, now);
  }

  private begin(index: number, now: VirtualTime): void {
    const { causes, control } = this.options;
    const fault = this.options.faults[index]!;
    this.faultCauses[index] = causes.note(this.id, CauseKind.fault, index, now, 0);
    this.beganAt[index] = now;
    control.begin(index, fault.drawnAs ?? fault.name, now);
    this.targets[index] = applyFault(fault, control, now + fault.duration);
    this.targetNames[index] = this.targets[index]!.map((target) => control.targetName(faults[fault.type].targets, target));
    this.reasons[index] = this.reasonOf(fault, index);
  }

  private end(index: number, now: VirtualTime): void {
    const { causes, control } = this.options;
    const fault = this.options.faults[index]!;
    causes.note(this.id, CauseKind.faultEnded, index, now, this.faultCauses[index]!);
    control.begin(index, fault.drawnAs ?? fault.name, now);
    endFault(fault, this.targets[index]!, control);
  }

  private armFault(index: number, later: Duration): void {
    const { actions, faults: specs } = this.options;
    const { at, duration } = specs[index]!;
    this.arm(FIRST_SLOT + actions.length + index, at + later);
    if (Number.isFinite(duration) && duration > 0) this.arm(FIRST_SLOT + actions.length + specs.length + index, at + later + duration);
  }

  private arm(slot: number, at: VirtualTime): void {
    const { simulator } = this.options;
    simulator.arm(simulator.timers.create(this.id, slot, 0), at);
  }
}

function neverBegun({ name, type }: FaultSpec, horizon: VirtualTime): FaultRecord {
  return { name, type, from: horizon, until: horizon, cause: 0, targets: [], withoutEffect: "its condition never held" };
}
