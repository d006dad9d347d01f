/**
 * What a campaign has learned so far, line by line, so that it goes on after Ctrl-C, kill -9 or a power cut. A line is
 * a few outcomes in the order of cases; a last line without its end was cut short and doesn't count, nor does anything
 * from a damaged line on: those cases are run again. Cases themselves aren't written: they are drawn again.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Campaign, CaseOutcome, News } from "../../scenarios/fuzz/campaign.ts";
import type { Failure } from "../../scenarios/fuzz/verdict.ts";

/** What must be the same for a journal to go on: version, seed, source, shard … */
export type JournalHead = Readonly<Record<string, string | number | null>>;

/** Outcomes that said nothing new are counted only; `at`: which of the line's. */
interface Line {
  readonly runs: number;
  readonly events: number;
  readonly noted: readonly NotedOutcome[];
}

interface NotedOutcome {
  readonly at: number;
  readonly reached?: readonly string[];
  readonly value?: number;
  readonly failure?: Failure;
}

export class Journal {
  private readonly path: string;
  private runs = 0;
  private events = 0;
  private noted: NotedOutcome[] = [];

  private constructor(path: string) {
    this.path = path;
  }

  /** Tells the campaign what an earlier process had learned; a journal of anything else begins anew. */
  static open(path: string, head: JournalHead, campaign: Campaign): Journal {
    const journal = new Journal(path);
    const headLine = `${JSON.stringify(head)}\n`;
    const text = existsSync(path) ? readFileSync(path, "utf8") : "";
    if (text.startsWith(headLine)) {
      let end = headLine.length;
      for (let next = text.indexOf("\n", end); next !== -1; next = text.indexOf("\n", end)) {
        const line = readLine(text.slice(end, next));
        if (line === null) break;
        restore(line, campaign);
        end = next + 1;
      }
      truncateSync(path, Buffer.byteLength(text.slice(0, end)));
    } else {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, headLine);
    }
    return journal;
  }

  note({ failure, value, events }: CaseOutcome, { reached, isWorst, isNewFailure }: News): void {
    const at = this.runs++;
    this.events += events;
    if (reached.length === 0 && !isWorst && failure === null) return;
    this.noted.push({
      at,
      ...(reached.length === 0 ? {} : { reached }),
      ...(isWorst ? { value: value! } : {}),
      // Of one bucket the first tells enough.
      ...(failure === null ? {} : { failure: isNewFailure ? failure : { ...failure, message: "" } }),
    });
  }

  /** To disk. */
  write(): void {
    const { runs, events, noted } = this;
    if (runs === 0) return;
    appendFileSync(this.path, `${JSON.stringify({ runs, events, noted } satisfies Line)}\n`);
    this.runs = 0;
    this.events = 0;
    this.noted = [];
  }

  /** The campaign is over: the next one begins anew. */
  remove(): void {
    rmSync(this.path, { force: true });
  }
}

/** Null: a power cut or a person has damaged it. */
function readLine(text: string): Line | null {
  try {
    const { runs, events, noted } = JSON.parse(text) as Partial<Line>;
    const isWhole = Number.isSafeInteger(runs) && Number.isSafeInteger(events) && Array.isArray(noted);
    return isWhole ? { runs: runs!, events: events!, noted: noted! } : null;
  } catch {
    return null;
  }
}

function restore({ runs, events, noted }: Line, campaign: Campaign): void {
  const byPlace = new Map(noted.map((each) => [each.at, each]));
  for (let at = 0; at < runs && campaign.runs < campaign.total; at++) {
    const { reached = [], value = null, failure = null } = byPlace.get(at) ?? {};
    campaign.merge({ coverage: reached, value, failure, events: at === 0 ? events : 0 });
  }
}
