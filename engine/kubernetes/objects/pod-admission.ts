/** A bare Pod of a manifest: the way from what is written to what the model keeps. */
import type { Issues } from "../../values/issue.ts";
import type { AdmissionDefaults } from "./admission-defaults.ts";
import { readMeta, validateMeta } from "./metadata.ts";
import { defaultPodSpec } from "./pod-defaulting.ts";
import { readPodTemplate } from "./pod-reading.ts";
import { validatePodSpec } from "./pod-validation.ts";
import type { Pod } from "./pod.ts";
import type { Minor } from "./probe-validation.ts";
import type { WrittenPod } from "./written.ts";

export function defaultPod(written: WrittenPod, defaults: AdmissionDefaults): WrittenPod {
  return written.spec === undefined ? written : { ...written, spec: defaultPodSpec(written.spec, defaults) };
}

export function validatePod(written: WrittenPod, minor: Minor, issues: Issues): void {
  validateMeta(written.metadata, { name: "subdomain", isNamespaced: true }, issues);
  validatePodSpec(written.spec, "spec", minor, issues);
}

export function readPod(written: WrittenPod, defaults: AdmissionDefaults): Pod {
  return { kind: "Pod", metadata: readMeta(written.metadata, true), template: readPodTemplate(written, defaults) };
}
