/** `podstorm validate`: the files alone; all problems at once, and what the model will not look at. */
import { formatCount, formatInstant, plural } from "../../reports/figures.ts";
import type { ScenarioSpec } from "../../engine/scenario-spec.ts";
import { fieldsWithoutEffect } from "../../engine/spec/notes.ts";
import { manifestsOption, setOption } from "../arguments.ts";
import { ExitCode } from "../exit-code.ts";
import { loadFiles } from "../load-files.ts";
import type { Command } from "./command.ts";

export const validate: Command = {
  parameters: [["<file...>", "scenario files"]],
  description: "Checks scenarios and their manifests as the API server would, with file, line and column. Runs and writes nothing.",
  options: [manifestsOption, setOption],
  examples: [
    ["podstorm validate scenario.yaml", "says what it holds, or every problem at once (exit code 2)"],
    ["podstorm validate scenario.yaml --manifests shop.yaml", "the scenario with other manifests"],
  ],
  async run(call) {
    const files = await loadFiles(call);
    if (files === null) return ExitCode.badInput;
    for (const { path, spec } of files) call.terminal.out(`${path}: ${describe(spec)}`);
    return ExitCode.passed;
  },
};

function describe(spec: ScenarioSpec): string {
  const { notModelled } = spec.notes;
  const noEffect = fieldsWithoutEffect(spec.notes);
  const lines = [
    [
      `valid: ${spec.name}, ${formatInstant(spec.duration)}`,
      plural(spec.objects.length, "object"),
      plural(spec.nodes.length, "node"),
      plural(spec.load.length, "load"),
      plural(spec.actions.length, "action"),
      plural(spec.faults.length, "fault"),
    ].join(", "),
    ...(notModelled.length > 0 ? [`  not modelled: ${notModelled.join(", ")}`] : []),
    ...(noEffect.length > 0
      ? ["  fields without effect on a virtual run:", ...noEffect.map(({ field, count }) => `    ${field} (${formatCount(count)})`)]
      : []),
  ];
  return `${lines.join("\n")}\n`;
}
