/** A workload of a simpler kind with the same Pods: StatefulSet, Job, … → Deployment → Pod, with what speaks of it. */
import { isMapping, valueAt } from "./document-path.ts";
import type { FuzzCase, PlainDocument } from "./fuzz-case.ts";

/** Where a kind's template of Pods stands. */
const templates: Readonly<Record<string, readonly string[]>> = {
  Deployment: ["spec", "template"],
  ReplicaSet: ["spec", "template"],
  StatefulSet: ["spec", "template"],
  DaemonSet: ["spec", "template"],
  Job: ["spec", "template"],
  CronJob: ["spec", "jobTemplate", "spec", "template"],
};

/** The simplest first; not always valid. */
export function simplerKinds(found: FuzzCase, index: number): readonly FuzzCase[] {
  const manifest = found.manifests[index]!;
  const kind = String(manifest["kind"]);
  const path = templates[kind];
  const template = path === undefined ? undefined : valueAt(manifest, path);
  if (!isMapping(template)) return [];
  const simpler = [podOf(manifest, template), ...(kind === "Deployment" ? [] : [deploymentOf(manifest, template)])];
  return simpler.map((each) => replaced(found, index, each));
}

function podOf({ metadata }: PlainDocument, template: PlainDocument): PlainDocument {
  const labels = valueAt(template, ["metadata", "labels"]);
  const name = valueAt(metadata, ["name"]);
  const namespace = valueAt(metadata, ["namespace"]);
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), ...(labels === undefined ? {} : { labels }) },
    spec: template["spec"],
  };
}

function deploymentOf({ metadata, spec }: PlainDocument, template: PlainDocument): PlainDocument {
  const labels = valueAt(template, ["metadata", "labels"]) ?? { app: "a" };
  const { restartPolicy, ...podSpec } = (template["spec"] ?? {}) as PlainDocument;
  const replicas = valueAt(spec, ["replicas"]) ?? valueAt(spec, ["parallelism"]);
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata,
    spec: {
      ...(replicas === undefined ? {} : { replicas }),
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: restartPolicy === "Always" ? { restartPolicy, ...podSpec } : podSpec },
    },
  };
}

function replaced({ scenario, manifests, ...others }: FuzzCase, index: number, simpler: PlainDocument): FuzzCase {
  const before = manifests[index]!;
  return {
    ...others,
    scenario: renamed(scenario, keyOf(before), keyOf(simpler), valueAt(before, ["metadata", "name"])) as PlainDocument,
    manifests: manifests.with(index, simpler),
  };
}

/** As selectors name a kind: `statefulSet`. */
function keyOf({ kind }: PlainDocument): string {
  const text = String(kind);
  return `${text.slice(0, 1).toLowerCase()}${text.slice(1)}`;
}

/** `{ statefulSet: web }` → `{ deployment: web }`, wherever it stands. */
function renamed(value: unknown, from: string, to: string, name: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => renamed(each, from, to, name));
  if (!isMapping(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key === from && part === name ? to : key, renamed(part, from, to, name)]),
  );
}
