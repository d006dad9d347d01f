/** Annotations `script/<container>` of Pods: JSON that says what a container does, checked where the manifest is read. */
import { readContainerScript, scriptAnnotationPrefix } from "../engine/application/container-script.ts";
import type { KubernetesObject } from "../engine/kubernetes/objects/index.ts";
import type { PodTemplate } from "../engine/kubernetes/objects/pod.ts";
import { closest, describe, Issues } from "../engine/values/issue.ts";

export function checkScripts(object: KubernetesObject, issues: Issues): void {
  if (object.kind === "Pod") return checkTemplate(object.template, "metadata.annotations", issues);
  if ("spec" in object && "template" in object.spec) checkTemplate(object.spec.template, "spec.template.metadata.annotations", issues);
}

function checkTemplate({ annotations, spec }: PodTemplate, path: string, issues: Issues): void {
  for (const [key, text] of Object.entries(annotations)) {
    if (!key.startsWith(scriptAnnotationPrefix)) continue;
    const at = `${path}[${key}]`;
    const container = key.slice(scriptAnnotationPrefix.length);
    const names = [...spec.initContainers, ...spec.containers].map(({ name }) => name);
    if (!names.includes(container)) {
      const meant = closest(container, names);
      issues.add(at, describe(container), "a container of this Pod", meant === null ? undefined : `did you mean ${meant}?`);
    }
    checkScript(text, at, issues);
  }
}

function checkScript(text: string, path: string, issues: Issues): void {
  let written: unknown;
  try {
    written = JSON.parse(text);
  } catch {
    return issues.add(path, describe(text), "a script as JSON (docs/traces.md)");
  }
  // Places inside the text aren't places of the file: the annotation is.
  const inside = new Issues();
  readContainerScript(written, "", inside);
  for (const { path: field, found, expected, hint } of inside.list) issues.add(path, `${field}: ${found}`, expected, hint);
}
