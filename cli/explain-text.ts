/** What `podstorm explain` prints: a spec in words, and what a run of it will come to. */
import { forecastRollouts, forecastSize, type RolloutForecast } from "../engine/forecast.ts";
import type { ApplicationRule, ScenarioSpec } from "../engine/scenario-spec.ts";
import { fieldsWithoutEffect } from "../engine/spec/notes.ts";
import { callsOf } from "../engine/spec/calls.ts";
import { routesOf } from "../engine/spec/routes.ts";
import { pathOf, type TrafficPath } from "../engine/traffic/path.ts";
import { formatBytes, formatCount, formatInstant, plural } from "../reports/figures.ts";

/** Rollouts shorter than this aren't a matter of client limits. */
const NOTABLE_SECONDS = 5;
const SECOND = 1e6;
const LINES_MAX = 20;

const paths: Readonly<Record<TrafficPath["kind"], string>> = {
  split: "split at the endpoints",
  messages: "as messages",
  conversations: "as messages, with every end told to the load's source",
};

export function explainText(spec: ScenarioSpec): string {
  const sections: readonly (readonly [title: string, lines: readonly string[]])[] = [
    ["Modelled", modelled(spec)],
    ["Accepted without effect", withoutEffect(spec)],
    ["Loads", loads(spec)],
    ["Rollouts, by the limits of their clients", rolloutLines(spec)],
    ["Size", size(spec)],
    ["Assumed", assumed(spec)],
  ];
  const { name, duration, kubernetesVersion, start, seed } = spec;
  const head = `${name}: ${formatInstant(duration)} of Kubernetes ${kubernetesVersion}, start ${start}, seed ${seed}`;
  const told = sections.filter(([, lines]) => lines.length > 0);
  return `${head}\n${told
    .map(
      ([title, lines]) =>
        `\n${title}\n${shortened(lines)
          .map((line) => `  ${line}\n`)
          .join("")}`,
    )
    .join("")}`;
}

/** Before a run: which of its rollouts can't end within it. */
export function rolloutWarnings(spec: ScenarioSpec): readonly string[] {
  return forecastRollouts(spec)
    .filter((rollout) => isTooLong(rollout, spec))
    .map((rollout) => `${spec.name}: warning: ${rolloutText(rollout, spec)}`);
}

function modelled({ objects, nodes, start, probes }: ScenarioSpec): string[] {
  const counts = new Map<string, number>();
  for (const { kind } of objects) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const kinds = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([kind, count]) => `${formatCount(count)} × ${kind}`);
  const zones = new Set(nodes.map(({ zone }) => zone)).size;
  const beginning = start === "settled" ? "rolled out long ago: placed, running and ready at 0s" : "applied at 0s to nodes without Pods";
  const skips =
    probes === "elided" ? ["probes elided: where only chance makes an answer late, a run jumps from one late answer to the next"] : [];
  return [
    `${kinds.length === 0 ? "no object" : kinds.join(", ")}, ${beginning}`,
    `${plural(nodes.length, "node")} in ${plural(zones, "zone")}`,
    ...skips,
  ];
}

function withoutEffect({ notes }: ScenarioSpec): string[] {
  return [
    ...notes.notModelled.map((object) => `${object}: not modelled`),
    ...fieldsWithoutEffect(notes).map(({ field, count }) => `${field} (${formatCount(count)})`),
  ];
}

function loads(spec: ScenarioSpec): string[] {
  const routes = routesOf(spec);
  const own = spec.load.map((load, index) => {
    const { kind, because } = pathOf(load, routes[index]!);
    return `${load.name} (${load.executor}) on ${load.namespace}/${load.service}: ${paths[kind]}, because ${because}`;
  });
  const calls = callsOf(spec).map(
    ({ caller, call }) =>
      `${caller} calls ${call.namespace}/${call.service}, ${call.perRequest} per request: messages from the caller's node`,
  );
  return [...own, ...calls];
}

function rolloutLines(spec: ScenarioSpec): string[] {
  return forecastRollouts(spec)
    .filter(({ most }) => most >= NOTABLE_SECONDS * SECOND)
    .map((rollout) => rolloutText(rollout, spec));
}

function rolloutText(rollout: RolloutForecast, spec: ScenarioSpec): string {
  const { at, kind, workloads, creations, deletions, least, most, limit } = rollout;
  const pods = [
    ...(creations > 0 ? [`${formatCount(creations)} created`] : []),
    ...(deletions > 0 ? [`${formatCount(deletions)} deleted`] : []),
  ].join(", ");
  const left = Math.max(0, spec.duration - at);
  const verdict = isTooLong(rollout, spec) ? `, more than the ${formatInstant(left)} that the run has left` : "";
  const range = `${formatInstant(least)} to ${formatInstant(most)}`;
  return `at ${formatInstant(at)}, ${plural(workloads, kind)} (Pods: ${pods}): ${range} at ${limit} ${spec.settings[limit]}${verdict}`;
}

function isTooLong({ at, least }: RolloutForecast, { duration }: ScenarioSpec): boolean {
  return least > duration - at;
}

function size(spec: ScenarioSpec): string[] {
  const { pods, events, bytes } = forecastSize(spec);
  const limit = spec.probes === "elided" ? "at most" : "about";
  return [`${plural(pods, "Pod")}; ${limit} ${formatCount(rounded(events))} events and ${formatBytes(bytes)} of memory on one shard`];
}

function assumed({ settingsChanged, settings, applications }: ScenarioSpec): string[] {
  const changed = settingsChanged.map((name) => `${name} ${settings[name as keyof typeof settings]}`);
  return [
    changed.length === 0
      ? "every setting as Kubernetes has it"
      : `settings as Kubernetes has them, but ${changed.join(", ")} (durations in µs)`,
    ...applications.filter(({ defaulted }) => defaulted.length > 0).map((rule) => `${whose(rule)}: default ${rule.defaulted.join(", ")}`),
  ];
}

function whose({ selector, image, container }: ApplicationRule): string {
  const { labels = {}, ...names } = selector;
  const fields = [...Object.entries(names), ...Object.entries(labels)].map(([name, value]) => `${name} ${value}`);
  const all = [...fields, ...(image === null ? [] : [`image ${image}`]), ...(container === null ? [] : [`container ${container}`])];
  return all.length === 0 ? "every other container" : all.join(", ");
}

function shortened(lines: readonly string[]): readonly string[] {
  return lines.length <= LINES_MAX ? lines : [...lines.slice(0, LINES_MAX), `and ${formatCount(lines.length - LINES_MAX)} more`];
}

/** Two significant digits: more would be a lie. */
function rounded(value: number): number {
  return Number(value.toPrecision(2));
}
