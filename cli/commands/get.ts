/** `podstorm get`: objects of a finished run at any of its instants, in kubectl's words and columns. */
import type { ApiObject } from "../../engine/kubernetes/views/api-object.ts";
import { allKinds, qualifiedName, type KindNames } from "../../reports/kubectl/kinds.ts";
import { matchesLabels, parseSelector, type Requirement } from "../../reports/kubectl/selector.ts";
import { formatTable } from "../../reports/kubectl/tables.ts";
import { apiJson, apiYaml } from "../api-text.ts";
import { ExitCode } from "../exit-code.ts";
import {
  allNamespacesOption,
  answering,
  atOption,
  kindOf,
  namespaceOption,
  notFound,
  objectsOf,
  openView,
  runOption,
  ViewError,
  type View,
} from "../view.ts";
import type { Call, Command } from "./command.ts";

const outputs = ["wide", "json", "yaml", "name"];

export const get: Command = {
  parameters: [
    ["<kind>", "any kind that is modelled (pods, deploy, sts, ds, jobs, cj, pdb, hpa, events, nodes, ...) or all; KIND/NAME"],
    ["[name...]", "names of objects, and the folder of the run"],
  ],
  description:
    "Shows objects of a finished run as kubectl would have at that instant: repeats the run up to there, without the scenario's file.",
  options: [
    atOption,
    namespaceOption,
    allNamespacesOption,
    {
      flags: "-l, --selector <labels>",
      meaning: "objects with these labels, as in app=web,tier!=db",
      parse: (text) => {
        const value = parseSelector(text);
        return value === null ? { problem: "expected a label selector, such as app=web" } : { value };
      },
    },
    {
      flags: "-o, --output <format>",
      meaning: "wide, json, yaml or name",
      usual: "a table",
      parse: (text) => (outputs.includes(text) ? { value: text } : { problem: `expected ${outputs.join(", ")}` }),
    },
    runOption,
  ],
  examples: [
    ["podstorm get pods --at 93s", "Pods as they were 93 s into the newest run"],
    ["podstorm get events -n shop -o wide podstorm-out/rolling-update", "Event objects of a namespace at the end of a run"],
    ["podstorm get deployment/web -o yaml --at 2m", "one object as the API serves it"],
  ],
  run: (call) => answering<ExitCode>(call, ExitCode.badInput, () => show(call)),
};

interface Wanted {
  readonly kind: KindNames;
  /** None: all. */
  readonly names: readonly string[];
}

async function show(call: Call): Promise<ExitCode> {
  let wanted: readonly Wanted[] = [];
  const view = await openView(call, (words) => {
    wanted = wantedBy(words);
  });
  const selector = call.options["selector"] as readonly Requirement[] | undefined;
  if (selector !== undefined && wanted.some(({ names }) => names.length > 0))
    throw new ViewError("error: name cannot be provided when a selector is specified");
  const found = wanted.map((one) => ({ ...one, objects: find(view, one, selector ?? []) }));
  print(found, view, call);
  return ExitCode.passed;
}

/** `pods`, `pods,services`, `all`, `pod web`, `pod/web service/web`. */
function wantedBy(words: readonly string[]): readonly Wanted[] {
  const [first = "", ...names] = words;
  if (!first.includes("/")) {
    const kinds = first === "all" ? [...allKinds] : first.split(",");
    return kinds.map((kind) => ({ kind: kindOf(kind), names }));
  }
  return words.map((word) => {
    const [kind = "", name = "", ...rest] = word.split("/");
    if (name === "" || rest.length > 0) throw new ViewError(`error: found ${word}, expected KIND/NAME`);
    return { kind: kindOf(kind), names: [name] };
  });
}

function find(view: View, { kind, names }: Wanted, selector: readonly Requirement[]): readonly ApiObject[] {
  const objects = objectsOf(view, kind);
  if (names.length === 0) return objects.filter(({ metadata }) => matchesLabels(selector, metadata.labels ?? {}));
  return names.map((name) => {
    const object = objects.find(({ metadata }) => metadata.name === name);
    if (object === undefined) throw notFound(kind, name);
    return object;
  });
}

type Found = Wanted & { readonly objects: readonly ApiObject[] };

function print(found: readonly Found[], view: View, { options, terminal }: Call): void {
  const output = (options["output"] as string | undefined) ?? "table";
  const objects = found.flatMap((one) => one.objects);
  const isList = found.length > 1 || found.some(({ names }) => names.length !== 1);
  if (output === "json" || output === "yaml") {
    terminal.out(output === "json" ? apiJson(objects, isList) : apiYaml(objects, isList));
    return;
  }
  if (output === "name") {
    terminal.out(
      found.flatMap(({ kind, objects: list }) => list.map(({ metadata }) => `${qualifiedName(kind, metadata.name)}\n`)).join(""),
    );
    return;
  }
  if (objects.length === 0) {
    const isNamespaced = found.some(({ kind }) => kind.isNamespaced) && view.namespace !== null;
    terminal.error(isNamespaced ? `No resources found in ${view.namespace} namespace.\n` : "No resources found\n");
    return;
  }
  const shape = { isWide: output === "wide", hasNamespaces: view.namespace === null, hasKinds: found.length > 1 };
  const tables = found
    .filter((one) => one.objects.length > 0)
    .map(({ kind, objects: list }) => formatTable(kind, list, view.snapshot, shape));
  terminal.out(tables.join("\n"));
}
