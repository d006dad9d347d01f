/** What the readers of a scenario's sections share: reporting problems, and values with units. */
import { durationMax, formatDuration, parseDuration, parseRate } from "../engine/values/duration.ts";
import { describe, type Issue } from "../engine/values/issue.ts";
import { parseQuantity } from "../engine/values/quantity.ts";
import type { Schema } from "../engine/values/shape.schema.ts";
import type { WrittenDistribution, WrittenDuration, WrittenQuantity } from "../engine/values/values.schema.ts";
import type { Distribution } from "../engine/kernel/distribution.ts";
import { locateIssue, type LocatedIssue } from "./issues.ts";
import { checkShape } from "./shape.ts";
import type { YamlDocument } from "./yaml.ts";

/** A value of the document that the command line replaced. */
export interface Override {
  readonly path: string;
  /** As given: `--set duration=5m`. */
  readonly text: string;
}

export class ScenarioSections {
  readonly issues: LocatedIssue[] = [];
  private readonly document: YamlDocument;
  private readonly overrides: readonly Override[];
  /** Where the shape is wrong already: what was cut out there isn't missed a second time. */
  private readonly misshapen = new Set<string>();

  constructor(document: YamlDocument, overrides: readonly Override[]) {
    this.document = document;
    this.overrides = overrides;
  }

  report(path: string, found: string, expected: string, hint?: string): void {
    if (this.misshapen.has(path)) return;
    this.add(hint === undefined ? { path, found, expected } : { path, found, expected, hint });
  }

  add(issue: Issue, aim: "value" | "key" = "value"): void {
    const override = this.overrides.find(
      ({ path }) => issue.path === path || issue.path.startsWith(`${path}.`) || issue.path.startsWith(`${path}[`),
    );
    this.issues.push(
      override === undefined ? locateIssue(issue, this.document, aim) : { file: override.text, line: null, column: null, ...issue },
    );
  }

  /** The value if its shape is right, or mended; null if it can't be used. */
  shaped<Value>(schema: Schema<Value>, value: unknown, path: string, hints?: Readonly<Record<string, string>>): Value | null {
    const check = checkShape(schema, value, hints === undefined ? { basePath: path } : { basePath: path, hints });
    for (const issue of check.issues) {
      this.misshapen.add(issue.path);
      this.add(issue, check.unknownKeys.has(issue.path) ? "key" : "value");
    }
    return check.value;
  }

  /** µs. */
  duration(written: WrittenDuration, path: string): number {
    if (written === 0) return 0;
    const micros = parseDuration(written);
    if (micros === null) this.report(path, describe(written), `at most ${formatDuration(durationMax)}`);
    return micros ?? durationMax;
  }

  /** Per second. */
  rate(written: string, max: number, path: string): number {
    const rate = parseRate(written);
    if (rate === null || rate <= 0 || rate > max) this.report(path, describe(written), `more than 0/s and at most ${max}/s`);
    return rate ?? 0;
  }

  /** In the quantity's own unit, as a number; whole and exact for what fits one. */
  quantity(written: WrittenQuantity, path: string): { readonly units: number; readonly milli: number } {
    const quantity = parseQuantity(String(written));
    const units = quantity === null ? Infinity : Number(quantity.nano) / 1e9;
    if (units >= 0 && units <= Number.MAX_SAFE_INTEGER / 1000) return { units: Math.ceil(units), milli: Math.ceil(units * 1000 - 1e-6) };
    this.report(path, describe(written), units < 0 ? "0 or more" : "a quantity below 9 P");
    return { units: 0, milli: 0 };
  }

  distribution(written: WrittenDuration | WrittenDistribution, path: string): Distribution {
    if (typeof written !== "object") return { type: "constant", value: this.duration(written, path) };
    const names = Object.keys(written);
    if (names.length !== 1) {
      // A misspelt name was cut out of the mapping and is reported already.
      const isReported = this.issues.some((issue) => issue.path.startsWith(`${path}.`));
      if (!isReported)
        this.report(
          path,
          names.length === 0 ? "an empty mapping" : names.join(" and "),
          "one distribution",
          "logNormal: { median: 20ms, p99: 250ms } fits most measured times",
        );
      return { type: "constant", value: 0 };
    }
    return this.namedDistribution(written, path);
  }

  private namedDistribution(written: WrittenDistribution, path: string): Distribution {
    const at = (field: string): string => `${path}.${field}`;
    const { constant, uniform, exponential, normal, logNormal, pareto, weibull, empirical } = written;
    if (constant !== undefined) return { type: "constant", value: this.duration(constant, at("constant")) };
    if (uniform !== undefined) {
      const [min, max] = [this.duration(uniform.min, at("uniform.min")), this.duration(uniform.max, at("uniform.max"))];
      if (min > max) this.report(at("uniform.max"), describe(uniform.max), `at least min, ${describe(uniform.min)}`);
      return { type: "uniform", min, max };
    }
    if (exponential !== undefined) return { type: "exponential", mean: this.positive(exponential.mean, at("exponential.mean")) };
    if (normal !== undefined)
      return {
        type: "normal",
        mean: this.duration(normal.mean, at("normal.mean")),
        deviation: this.duration(normal.deviation, at("normal.deviation")),
      };
    if (logNormal !== undefined) {
      const [median, p99] = [this.positive(logNormal.median, at("logNormal.median")), this.duration(logNormal.p99, at("logNormal.p99"))];
      if (p99 < median) this.report(at("logNormal.p99"), describe(logNormal.p99), `at least the median, ${describe(logNormal.median)}`);
      return { type: "logNormal", median, p99 };
    }
    if (pareto !== undefined) return { type: "pareto", scale: this.positive(pareto.scale, at("pareto.scale")), shape: pareto.shape };
    if (weibull !== undefined) return { type: "weibull", scale: this.positive(weibull.scale, at("weibull.scale")), shape: weibull.shape };
    return { type: "empirical", values: (empirical ?? []).map((value, index) => this.duration(value, at(`empirical[${index}]`))) };
  }

  private positive(written: WrittenDuration, path: string): number {
    const micros = this.duration(written, path);
    if (micros === 0) this.report(path, describe(written), "more than 0");
    return micros;
  }
}
