/**
 * The shards of one thread, which takes them in turns: all offer, all accept, all advance. One shard on one
 * thread is a crew of one; where there are fewer cores than shards, a thread has several, for waiting costs
 * more than working. Knows which shard is at work, for whoever has to say what failed.
 */
import type { VirtualTime } from "../engine/kernel/time.ts";
import type { Rendezvous } from "./rendezvous.ts";
import type { CrewTask, FinishedShard } from "./crew-task.ts";
import { buildStepper, type Stepper } from "./stepper.ts";

export class Crew {
  readonly steppers: Stepper[] = [];
  /** The shard at work. */
  shard: number;
  private readonly task: CrewTask;
  private readonly rendezvous: Rendezvous;

  constructor(task: CrewTask, rendezvous: Rendezvous) {
    this.task = task;
    this.rendezvous = rendezvous;
    this.shard = task.own[0]!;
  }

  async build(): Promise<void> {
    for (const shard of this.task.own) {
      this.enter(shard);
      this.steppers.push(await buildStepper(this.task, shard, this.rendezvous));
    }
  }

  offer(): void {
    for (const stepper of this.steppers) {
      this.enter(stepper.shard);
      stepper.offer();
    }
  }

  accept(): boolean {
    let isComplete = true;
    for (const stepper of this.steppers) {
      this.enter(stepper.shard);
      isComplete = stepper.accept();
    }
    return isComplete;
  }

  advance(): boolean {
    let isRunning = true;
    for (const stepper of this.steppers) {
      this.enter(stepper.shard);
      isRunning = stepper.advance();
    }
    return isRunning;
  }

  show(): void {
    for (const stepper of this.steppers) stepper.show();
  }

  finished(wallMs: number, waitedMs: number): FinishedShard[] {
    return this.steppers.map((stepper) => {
      this.enter(stepper.shard);
      return stepper.finished(wallMs, waitedMs);
    });
  }

  /** Where the shard at work is. */
  get now(): VirtualTime {
    return this.steppers.find((stepper) => stepper.shard === this.shard)?.host.simulator.now ?? 0;
  }

  /** Leaves that for others to read. */
  showNow(): void {
    this.rendezvous.showNow(this.shard, this.now);
  }

  private enter(shard: number): void {
    this.shard = shard;
    this.rendezvous.enter(this.task.thread, shard);
  }
}
