/** A scenario file with further values set, again and again: what a search or a sweep varies. */
import type { ScenarioSpec } from "../engine/scenario-spec.ts";
import { formatIssues } from "../scenarios/issues.ts";
import { loadScenario } from "../scenarios/load.ts";
import { commandLine } from "./arguments.ts";
import type { Call } from "./commands/command.ts";

export class ValuedScenario {
  private readonly path: string;
  private readonly call: Call;
  private readonly known = new Map<string, ScenarioSpec>();
  private hasFailed = false;

  constructor(path: string, call: Call) {
    this.path = path;
    this.call = call;
  }

  /** Null if it isn't valid with these values, on top of those of `--set`; the first time that is told. */
  with(values: readonly string[]): ScenarioSpec | null {
    const key = values.join("\n");
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const { set, seed, manifests } = this.call.options as { set?: string[]; seed?: number; manifests?: string[] };
    const { spec, issues } = loadScenario(this.path, {
      set: [...(set ?? []), ...values],
      ...(seed === undefined ? {} : { seed }),
      ...(manifests === undefined ? {} : { manifests }),
    });
    if (spec !== null) this.known.set(key, spec);
    else if (!this.hasFailed) {
      this.hasFailed = true;
      this.call.terminal.error(`${formatIssues(issues).trimEnd()}\nRun again: ${commandLine(this.call.typed)}\n`);
    }
    return spec;
  }
}
