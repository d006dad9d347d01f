/** What `get` and `describe` share: which run, which instant, which objects; then the run once more up to there. */
import { formatTime } from "../engine/kernel/time.ts";
import type { ApiObject, ApiSnapshot } from "../engine/kubernetes/views/api-object.ts";
import { parseDuration } from "../engine/values/duration.ts";
import { closest } from "../engine/values/issue.ts";
import { findKind, kindNames, resourceOf, type KindNames } from "../reports/kubectl/kinds.ts";
import { commandLine } from "./arguments.ts";
import type { Call, OptionDefinition } from "./commands/command.ts";
import { isRunFolder, latestRunFolder, readRun } from "./run-folder.ts";

/** Bad input: what was found, what was expected. */
export class ViewError extends Error {}

export const runOption: OptionDefinition = {
  flags: "--run <folder>",
  meaning: "folder of the finished run; a path after the kind means the same",
  usual: "the newest under podstorm-out",
};
export const atOption: OptionDefinition = {
  flags: "--at <time>",
  meaning: "instant of the run, as in 93s or 2m10s",
  usual: "its end",
  parse: (text) => {
    const at = parseDuration(text);
    return at === null ? { problem: "expected a duration, such as 93s" } : { value: at };
  },
};
export const namespaceOption: OptionDefinition = { flags: "-n, --namespace <name>", meaning: "of the objects", usual: "default" };
export const allNamespacesOption: OptionDefinition = { flags: "-A, --all-namespaces", meaning: "objects of all namespaces" };

export interface View {
  readonly snapshot: ApiSnapshot;
  /** Words of the call that are no folder. */
  readonly words: readonly string[];
  /** Null: all. */
  readonly namespace: string | null;
}

/** Throws ViewError. Reads the words first: nothing is repeated for a call that can't be answered. */
export async function openView(call: Call, check: (words: readonly string[]) => void): Promise<View> {
  const { options } = call;
  const given = options["run"] as string | undefined;
  const folders = given === undefined ? call.parameters.slice(1).filter(isFolder) : [];
  if (folders.length > 1) throw new ViewError(`found two folders, ${folders.join(" and ")}, expected one run`);
  const words = call.parameters.filter((word, index) => index === 0 || !folders.includes(word));
  check(words);
  const folder = given ?? folders[0] ?? latestRunFolder();
  if (folder === null)
    throw new ViewError("podstorm-out: found no finished run, expected one (hint: podstorm run SCENARIO, or --run FOLDER)");
  const kept = readRun(folder);
  if ("problem" in kept) throw new ViewError(kept.problem);
  const at = (options["at"] as number | undefined) ?? kept.end;
  if (at > kept.end) throw new ViewError(`--at: found ${formatTime(at)}, expected at most ${formatTime(kept.end)}, the end of ${folder}`);
  const { repeatRun } = await import("../workers/repeat.ts");
  const { snapshot, fingerprint } = repeatRun(kept.spec, at, kept.end);
  if (fingerprint !== kept.fingerprint)
    throw new ViewError(
      `${folder}: found fingerprint ${fingerprint} when repeating it, expected ${kept.fingerprint}: another build of podstorm wrote it, run the scenario again`,
    );
  const namespace = options["allNamespaces"] === true ? null : ((options["namespace"] as string | undefined) ?? "default");
  return { snapshot, words, namespace };
}

/** A path, or a folder with a run: names of objects have no slash before a dot or at their beginning. */
function isFolder(word: string): boolean {
  if (isRunFolder(word)) return true;
  return word.includes("/") && findKind(word.split("/")[0]!) === null;
}

/** Throws ViewError with the kind that was probably meant. */
export function kindOf(word: string): KindNames {
  const kind = findKind(word);
  if (kind !== null) return kind;
  const known = closest(
    word,
    kindNames.flatMap(({ plural, singular, short }) => [plural, singular, ...short]),
  );
  const hint = known === null ? `known are ${kindNames.map(({ plural }) => plural).join(", ")}` : `did you mean ${known}?`;
  throw new ViewError(`error: the server doesn't have a resource type "${word}" (hint: ${hint})`);
}

export function notFound(kind: KindNames, name: string): ViewError {
  return new ViewError(`Error from server (NotFound): ${resourceOf(kind)} "${name}" not found`);
}

/** Of one kind, in the namespace that was asked for. */
export function objectsOf({ snapshot, namespace }: View, kind: KindNames): readonly ApiObject[] {
  const all: readonly ApiObject[] = snapshot[kind.plural];
  return kind.isNamespaced && namespace !== null ? all.filter(({ metadata }) => metadata.namespace === namespace) : all;
}

/** Runs `work`; a ViewError becomes its text and the line that repeats the call. */
export async function answering<Code>(call: Call, badInput: Code, work: () => Promise<Code>): Promise<Code> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ViewError)) throw error;
    call.terminal.error(`${error.message}\nRun again: ${commandLine(call.typed)}\n`);
    return badInput;
  }
}
