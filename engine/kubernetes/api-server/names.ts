/** Names that the API server and the controllers make up: hashes of templates, suffixes of Pods. */
import { childKey, streamKey, word, type StreamKey } from "../../kernel/random.ts";
import { templateContent } from "../objects/definitions.ts";
import type { PodTemplate } from "../objects/pod.ts";
import { TEMPLATE_HASH } from "../objects/scheduling.ts";
import type { Workload } from "../objects/workloads.ts";

/** No vowels, no look-alikes. Source: apimachinery pkg/util/rand. */
const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";
const SUFFIX_LENGTH = 5;
/** 27⁵ */
const SUFFIXES = 14_348_907;

/**
 * pod-template-hash: fnv32a, written in the safe alphabet. Source: pkg/controller ComputeHash.
 * Differs: template hash of our own dump
 */
export function templateHash(template: PodTemplate): string {
  const known = hashes.get(template);
  if (known !== undefined) return known;
  const text = templateContent(template);
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  let encoded = "";
  for (const digit of String(hash)) encoded += ALPHABET.charAt(digit.charCodeAt(0) % ALPHABET.length);
  hashes.set(template, encoded);
  return encoded;
}

const hashes = new WeakMap<PodTemplate, string>();

/**
 * The template of a Pod that is about to be changed by itself. Of a Deployment's Pod the label pod-template-hash stands in
 * no template, since it follows from one; once the Pod's own template is another, the label has to be written there.
 */
export function ownTemplate(kind: Workload["kind"], template: PodTemplate): PodTemplate {
  if (kind !== "Deployment" || template.labels[TEMPLATE_HASH] !== undefined) return template;
  return { ...template, labels: { ...template.labels, [TEMPLATE_HASH]: templateHash(template) } };
}

/** Five characters for the Pod `ordinal` of a workload: distinct for all ordinals below 27⁵, as the server's retries make them. */
export function podSuffix(seed: number, workloadLabel: string, ordinal: number): string {
  const key = streamKey(seed, "pod name", workloadLabel);
  // Multiplying by a number without the factor 3 permutes the residues of 27⁵ = 3¹⁵.
  const step = (word(key.hi, key.lo, 0) % 4_000_000) * 3 + 1;
  let rest = multiplyModulo(step, ordinal % SUFFIXES) + (word(key.hi, key.lo, 1) % SUFFIXES);
  let suffix = "";
  for (let place = 0; place < SUFFIX_LENGTH; place++) {
    suffix += ALPHABET.charAt(rest % ALPHABET.length);
    rest = Math.floor(rest / ALPHABET.length);
  }
  return suffix;
}

/** Exact: both factors lie below 2²⁴, so their product is below 2⁴⁸. */
function multiplyModulo(a: number, b: number): number {
  return (a * b) % SUFFIXES;
}

export function podNameOf(workload: Workload, replicaSetName: string | null, suffix: string): string {
  return workload.kind === "Pod" ? workload.name : `${replicaSetName ?? workload.name}-${suffix}`;
}

/** A stand-in for the order of two Pods' UIDs: random, but stable for (workload, ordinal). */
export function uidOrder(seed: number, workloadLabel: string, ordinal: number): number {
  return childKey(streamKey(seed, "uid", workloadLabel), ordinal).hi;
}

/** Of an object that is no Pod; one that is deleted and made anew has its old UID. */
export function objectUid(seed: number, kind: string, namespace: string, name: string): string {
  return uuid(streamKey(seed, "object uid", `${kind}/${namespace}/${name}`));
}

/** A version 4 UUID of four words of a stream. */
export function uuid({ hi, lo }: StreamKey): string {
  const digits = [0, 1, 2, 3].map((index) => word(hi, lo, index).toString(16).padStart(8, "0")).join("");
  const variant = "89ab".charAt(Number.parseInt(digits.charAt(16), 16) % 4);
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `4${digits.slice(13, 16)}`,
    `${variant}${digits.slice(17, 20)}`,
    digits.slice(20, 32),
  ].join("-");
}
