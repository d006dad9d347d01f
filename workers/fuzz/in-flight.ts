/**
 * Which cases are on the threads, on disk, for the case that ends the whole process (V8 does so when a thread asks for more
 * memory at once than it may ever have). The next process runs what was under way one by one; a case that has ended two
 * processes while it was alone is the guilty one, and isn't run again.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Failure } from "../../scenarios/fuzz/verdict.ts";

interface Written {
  readonly places: readonly number[];
  /** Runs alone, for the so-many-th time; left out: several ran side by side. */
  readonly alone?: number;
}

/** A person may end a process once, or twice by chance at the same case. */
const DEATHS_MIN = 2;

export const processEnded: Failure = {
  kind: "died",
  bucket: "process ended",
  message: `the whole process ended while it ran this case alone, ${DEATHS_MIN} times`,
};

export class InFlight {
  private readonly path: string;
  private readonly places = new Set<number>();
  private before: Written;

  constructor(path: string) {
    this.path = path;
    this.before = readWritten(path);
  }

  /** What was under way when the process before this one ended: places, in order. */
  get suspects(): readonly number[] {
    return this.before.places.toSorted((a, b) => a - b);
  }

  /** The suspect runs alone now; true: it has ended enough processes and must not. */
  suspect(place: number): boolean {
    const { places, alone = 0 } = this.before;
    const times = places[0] === place ? alone : 0;
    if (times >= DEATHS_MIN) return true;
    // The others stay suspects of the next process.
    this.write({ places: [place, ...places.filter((other) => other !== place)], alone: times + 1 });
    return false;
  }

  cleared(place: number): void {
    this.before = { places: this.before.places.filter((other) => other !== place) };
    this.write(this.before);
  }

  begin(places: readonly number[]): void {
    for (const place of places) this.places.add(place);
    this.write({ places: [...this.places] });
  }

  end(places: readonly number[]): void {
    for (const place of places) this.places.delete(place);
    this.write({ places: [...this.places] });
  }

  remove(): void {
    rmSync(this.path, { force: true });
  }

  private write(written: Written): void {
    mkdirSync(dirname(this.path), { recursive: true });
    writeFileSync(`${this.path}.part`, JSON.stringify(written));
    renameSync(`${this.path}.part`, this.path);
  }
}

function readWritten(path: string): Written {
  if (!existsSync(path)) return { places: [] };
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Written;
  } catch {
    return { places: [] };
  }
}
