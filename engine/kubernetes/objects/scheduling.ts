/** What a Pod says about where it wants to go: affinity, topology spread, gates. Types of the API, reading and validation of them. */
import type { Issues } from "../../values/issue.ts";
import { invalid, required, unsupported } from "./field-errors.ts";
import { isGivenKey } from "./given-labels.ts";
import { readLabelSelector, validateLabelSelector } from "./label-selector.ts";
import type { LabelSelector } from "./meta.ts";
import { validateLabelKey } from "./names.ts";
import type { WrittenLabelSelector, WrittenRequirement } from "./written.ts";

type Labels = Readonly<Record<string, string>>;

export interface NodeRequirement {
  readonly key: string;
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt";
  readonly values: readonly string[];
}

export interface NodeTerm {
  readonly matchExpressions: readonly NodeRequirement[];
  /** By field of the node; there is only metadata.name. */
  readonly matchFields: readonly NodeRequirement[];
}

export interface WeightedNodeTerm {
  /** 1..100. */
  readonly weight: number;
  readonly term: NodeTerm;
}

export interface PodTerm {
  readonly topologyKey: string;
  /** null: no Pod. */
  readonly labelSelector: LabelSelector | null;
  /** Empty, without a selector of namespaces: the Pod's own. */
  readonly namespaces: readonly string[];
  /** By labels of the namespace; an empty selector is every namespace. */
  readonly namespaceSelector: LabelSelector | null;
}

export interface WeightedPodTerm {
  readonly weight: number;
  readonly term: PodTerm;
}

/** Terms as they bind while a Pod is scheduled. */
export interface Affinity {
  /** Alternatives; null: none asked for. */
  readonly nodeRequired: readonly NodeTerm[] | null;
  readonly nodePreferred: readonly WeightedNodeTerm[];
  readonly podRequired: readonly PodTerm[];
  readonly podPreferred: readonly WeightedPodTerm[];
  readonly antiRequired: readonly PodTerm[];
  readonly antiPreferred: readonly WeightedPodTerm[];
}

export interface TopologySpreadConstraint {
  readonly maxSkew: number;
  readonly topologyKey: string;
  readonly whenUnsatisfiable: "DoNotSchedule" | "ScheduleAnyway";
  /** null: no Pod. */
  readonly labelSelector: LabelSelector | null;
  /** null: 1. */
  readonly minDomains: number | null;
  /** Nodes that the Pod's own selector and affinity rule out: not counted (true), or counted. */
  readonly honorsAffinity: boolean;
  /** Nodes with taints that the Pod doesn't tolerate: not counted, or counted (false). */
  readonly honorsTaints: boolean;
}

// ── as written ──

interface WrittenNodeTerm {
  readonly matchExpressions?: readonly WrittenRequirement[] | undefined;
  readonly matchFields?: readonly WrittenRequirement[] | undefined;
}

export interface WrittenPodTerm {
  readonly topologyKey?: string | undefined;
  readonly labelSelector?: WrittenLabelSelector | undefined;
  readonly namespaceSelector?: WrittenLabelSelector | undefined;
  readonly namespaces?: readonly string[] | undefined;
  readonly matchLabelKeys?: readonly string[] | undefined;
  readonly mismatchLabelKeys?: readonly string[] | undefined;
}

interface WrittenPodTerms {
  readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly WrittenPodTerm[] | undefined;
  readonly preferredDuringSchedulingIgnoredDuringExecution?:
    | readonly { readonly weight?: number | undefined; readonly podAffinityTerm?: WrittenPodTerm | undefined }[]
    | undefined;
}

export interface WrittenAffinity {
  readonly nodeAffinity?:
    | {
        readonly requiredDuringSchedulingIgnoredDuringExecution?:
          | { readonly nodeSelectorTerms?: readonly WrittenNodeTerm[] | undefined }
          | undefined;
        readonly preferredDuringSchedulingIgnoredDuringExecution?:
          | readonly { readonly weight?: number | undefined; readonly preference?: WrittenNodeTerm | undefined }[]
          | undefined;
      }
    | undefined;
  readonly podAffinity?: WrittenPodTerms | undefined;
  readonly podAntiAffinity?: WrittenPodTerms | undefined;
}

export interface WrittenSpreadConstraint {
  readonly maxSkew?: number | undefined;
  readonly topologyKey?: string | undefined;
  readonly whenUnsatisfiable?: string | undefined;
  readonly labelSelector?: WrittenLabelSelector | undefined;
  readonly minDomains?: number | undefined;
  readonly nodeAffinityPolicy?: string | undefined;
  readonly nodeTaintsPolicy?: string | undefined;
  readonly matchLabelKeys?: readonly string[] | undefined;
}

export interface WrittenSchedulingGate {
  readonly name?: string | undefined;
}

/** The fields of a Pod spec that speak of its node. */
export interface WrittenScheduling {
  readonly affinity?: WrittenAffinity | undefined;
  readonly topologySpreadConstraints?: readonly WrittenSpreadConstraint[] | undefined;
  readonly schedulingGates?: readonly WrittenSchedulingGate[] | undefined;
  readonly preemptionPolicy?: string | undefined;
}

/** Absent unless given, so that Pods without them stay what they were. */
export interface Scheduling {
  readonly affinity?: Affinity;
  readonly topologySpreadConstraints?: readonly TopologySpreadConstraint[];
  readonly schedulingGates?: readonly string[];
  readonly preemptionPolicy?: "Never";
}

// ── reading ──

/** `labels`: the Pod's own, which keys of labels to match refer to. */
export function readScheduling(written: WrittenScheduling, labels: Labels): Scheduling {
  const { affinity, topologySpreadConstraints = [], schedulingGates = [], preemptionPolicy } = written;
  return {
    ...(affinity === undefined ? {} : { affinity: readAffinity(affinity, labels) }),
    ...(topologySpreadConstraints.length === 0
      ? {}
      : { topologySpreadConstraints: topologySpreadConstraints.map((constraint) => readConstraint(constraint, labels)) }),
    ...(schedulingGates.length === 0 ? {} : { schedulingGates: schedulingGates.map(({ name = "" }) => name) }),
    ...(preemptionPolicy === "Never" ? { preemptionPolicy } : {}),
  };
}

function readAffinity({ nodeAffinity = {}, podAffinity = {}, podAntiAffinity = {} }: WrittenAffinity, labels: Labels): Affinity {
  const required = nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution;
  const requiredTerms = (terms: WrittenPodTerms): PodTerm[] =>
    (terms.requiredDuringSchedulingIgnoredDuringExecution ?? []).map((term) => readPodTerm(term, labels));
  const preferredTerms = (terms: WrittenPodTerms): WeightedPodTerm[] =>
    (terms.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ weight = 0, podAffinityTerm = {} }) => ({
      weight,
      term: readPodTerm(podAffinityTerm, labels),
    }));
  return {
    nodeRequired: required === undefined ? null : (required.nodeSelectorTerms ?? []).map(readNodeTerm),
    nodePreferred: (nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ weight = 0, preference = {} }) => ({
      weight,
      term: readNodeTerm(preference),
    })),
    podRequired: requiredTerms(podAffinity),
    podPreferred: preferredTerms(podAffinity),
    antiRequired: requiredTerms(podAntiAffinity),
    antiPreferred: preferredTerms(podAntiAffinity),
  };
}

function readNodeTerm({ matchExpressions = [], matchFields = [] }: WrittenNodeTerm): NodeTerm {
  return { matchExpressions: matchExpressions.map(readNodeRequirement), matchFields: matchFields.map(readNodeRequirement) };
}

function readNodeRequirement({ key = "", operator, values = [] }: WrittenRequirement): NodeRequirement {
  return { key, operator: isNodeOperator(operator) ? operator : "In", values: [...values] };
}

function readPodTerm(term: WrittenPodTerm, labels: Labels): PodTerm {
  const { topologyKey = "", labelSelector, namespaceSelector, namespaces = [], matchLabelKeys = [], mismatchLabelKeys = [] } = term;
  const selector = withKeys(withKeys(readOrNull(labelSelector), matchLabelKeys, "In", labels), mismatchLabelKeys, "NotIn", labels);
  return { topologyKey, labelSelector: selector, namespaces: [...namespaces], namespaceSelector: readOrNull(namespaceSelector) };
}

function readConstraint(written: WrittenSpreadConstraint, labels: Labels): TopologySpreadConstraint {
  const { maxSkew = 1, topologyKey = "", whenUnsatisfiable, labelSelector, minDomains, matchLabelKeys = [] } = written;
  return {
    maxSkew,
    topologyKey,
    whenUnsatisfiable: whenUnsatisfiable === "ScheduleAnyway" ? "ScheduleAnyway" : "DoNotSchedule",
    labelSelector: withKeys(readOrNull(labelSelector), matchLabelKeys, "In", labels),
    minDomains: minDomains ?? null,
    honorsAffinity: written.nodeAffinityPolicy !== "Ignore",
    honorsTaints: written.nodeTaintsPolicy === "Honor",
  };
}

function readOrNull(selector: WrittenLabelSelector | undefined): LabelSelector | null {
  return selector === undefined ? null : readLabelSelector(selector);
}

/** Keys whose value is taken from the Pod itself; one that it hasn't got is left out. pod-template-hash and what other controllers give come later: they stay keys. */
function withKeys(selector: LabelSelector | null, keys: readonly string[], operator: "In" | "NotIn", labels: Labels): LabelSelector | null {
  if (selector === null || keys.length === 0) return selector;
  const own = keys
    .filter((key) => Object.hasOwn(labels, key) || key === TEMPLATE_HASH || isGivenKey(key))
    .map((key) => ({ key, operator, values: [labels[key] ?? OWN_TEMPLATE_HASH] }));
  return { ...selector, matchExpressions: [...selector.matchExpressions, ...own] };
}

export const TEMPLATE_HASH = "pod-template-hash";
/** Stands for the hash of the template in which it is written. */
export const OWN_TEMPLATE_HASH = "<own>";

// ── validation (pkg/apis/core/validation: validateAffinity, validateTopologySpreadConstraints, validateSchedulingGates) ──

const nodeOperators = ["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"] as const;

function isNodeOperator(operator: string | undefined): operator is NodeRequirement["operator"] {
  return nodeOperators.some((known) => known === operator);
}

export function validateScheduling(written: WrittenScheduling, path: string, issues: Issues): void {
  const { affinity, topologySpreadConstraints = [], schedulingGates = [], preemptionPolicy } = written;
  if (affinity !== undefined) validateAffinity(affinity, `${path}.affinity`, issues);
  topologySpreadConstraints.forEach((constraint, index) =>
    validateConstraint(constraint, `${path}.topologySpreadConstraints[${index}]`, issues),
  );
  validateConstraintPairs(topologySpreadConstraints, `${path}.topologySpreadConstraints`, issues);
  const names = new Set<string>();
  schedulingGates.forEach(({ name }, index) => {
    const at = `${path}.schedulingGates[${index}]`;
    if (name === undefined) required(issues, `${at}.name`, "the name of a gate");
    else validateLabelKey(name, `${at}.name`, issues);
    if (name !== undefined && names.has(name))
      issues.list.push({ path: at, found: `${name} again`, expected: "each gate once", kubernetes: `Duplicate value: "${name}"` });
    names.add(name ?? "");
  });
  const policies = ["PreemptLowerPriority", "Never"];
  if (preemptionPolicy !== undefined && preemptionPolicy !== "" && !policies.includes(preemptionPolicy))
    unsupported(issues, `${path}.preemptionPolicy`, preemptionPolicy, policies);
}

function validateAffinity(
  { nodeAffinity = {}, podAffinity = {}, podAntiAffinity = {} }: WrittenAffinity,
  path: string,
  issues: Issues,
): void {
  const requiredField = "requiredDuringSchedulingIgnoredDuringExecution";
  const preferredField = "preferredDuringSchedulingIgnoredDuringExecution";
  const terms = nodeAffinity[requiredField];
  if (terms !== undefined) {
    const at = `${path}.nodeAffinity.${requiredField}.nodeSelectorTerms`;
    if ((terms.nodeSelectorTerms ?? []).length === 0) required(issues, at, "a term", "must have at least one node selector term");
    (terms.nodeSelectorTerms ?? []).forEach((term, index) => validateNodeTerm(term, `${at}[${index}]`, issues));
  }
  (nodeAffinity[preferredField] ?? []).forEach(({ weight, preference = {} }, index) => {
    const at = `${path}.nodeAffinity.${preferredField}[${index}]`;
    validateWeight(weight, at, issues);
    validateNodeTerm(preference, `${at}.preference`, issues);
  });
  for (const [field, written] of [
    ["podAffinity", podAffinity],
    ["podAntiAffinity", podAntiAffinity],
  ] as const) {
    (written[requiredField] ?? []).forEach((term, index) => validatePodTerm(term, `${path}.${field}.${requiredField}[${index}]`, issues));
    (written[preferredField] ?? []).forEach(({ weight, podAffinityTerm = {} }, index) => {
      const at = `${path}.${field}.${preferredField}[${index}]`;
      validateWeight(weight, at, issues);
      validatePodTerm(podAffinityTerm, `${at}.podAffinityTerm`, issues);
    });
  }
}

function validateWeight(weight: number | undefined, path: string, issues: Issues): void {
  if (weight === undefined || weight < 1 || weight > 100)
    invalid(issues, `${path}.weight`, weight ?? 0, "1 to 100", "must be in the range 1-100");
}

function validateNodeTerm({ matchExpressions = [], matchFields = [] }: WrittenNodeTerm, path: string, issues: Issues): void {
  matchExpressions.forEach((requirement, index) => {
    const at = `${path}.matchExpressions[${index}]`;
    validateNodeRequirement(requirement, at, issues);
    if (requirement.key === undefined) required(issues, `${at}.key`, "a label key");
    else validateLabelKey(requirement.key, `${at}.key`, issues);
  });
  matchFields.forEach(({ key, operator, values = [] }, index) => {
    const at = `${path}.matchFields[${index}]`;
    if (operator !== "In" && operator !== "NotIn") unsupported(issues, `${at}.operator`, operator, ["In", "NotIn"]);
    else if (values.length !== 1)
      required(issues, `${at}.values`, "one value", "must be only one value when `operator` is 'In' or 'NotIn' for node field selector");
    if (key !== "metadata.name") invalid(issues, `${at}.key`, key ?? "", "metadata.name", "not a valid field selector key");
  });
}

function validateNodeRequirement({ operator, values = [] }: WrittenRequirement, path: string, issues: Issues): void {
  switch (operator) {
    case "In":
    case "NotIn":
      if (values.length === 0)
        required(issues, `${path}.values`, "at least one value", "must be specified when `operator` is 'In' or 'NotIn'");
      return;
    case "Exists":
    case "DoesNotExist":
      if (values.length > 0)
        invalid(
          issues,
          `${path}.values`,
          values,
          `no values with ${operator}`,
          "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
        );
      return;
    case "Gt":
    case "Lt":
      if (values.length !== 1)
        required(issues, `${path}.values`, "one number", "must be specified single value when `operator` is 'Lt' or 'Gt'");
      return;
    default:
      invalid(issues, `${path}.operator`, operator ?? "", `one of ${nodeOperators.join(", ")}`, "not a valid selector operator");
  }
}

function validatePodTerm(term: WrittenPodTerm, path: string, issues: Issues): void {
  const { topologyKey, labelSelector, namespaceSelector } = term;
  if (labelSelector !== undefined) validateLabelSelector(labelSelector, `${path}.labelSelector`, issues);
  if (namespaceSelector !== undefined) validateLabelSelector(namespaceSelector, `${path}.namespaceSelector`, issues);
  if (topologyKey === undefined || topologyKey === "") required(issues, `${path}.topologyKey`, "a label of nodes", "can not be empty");
  else validateLabelKey(topologyKey, `${path}.topologyKey`, issues);
}

function validateConstraint(written: WrittenSpreadConstraint, path: string, issues: Issues): void {
  const { maxSkew, topologyKey, whenUnsatisfiable, labelSelector, minDomains } = written;
  if (maxSkew === undefined || maxSkew <= 0) invalid(issues, `${path}.maxSkew`, maxSkew ?? 0, "1 or more", "must be greater than zero");
  if (topologyKey === undefined || topologyKey === "") required(issues, `${path}.topologyKey`, "a label of nodes", "can not be empty");
  else validateLabelKey(topologyKey, `${path}.topologyKey`, issues);
  const actions = ["DoNotSchedule", "ScheduleAnyway"];
  if (!actions.includes(whenUnsatisfiable ?? "")) unsupported(issues, `${path}.whenUnsatisfiable`, whenUnsatisfiable ?? "", actions);
  if (labelSelector !== undefined) validateLabelSelector(labelSelector, `${path}.labelSelector`, issues);
  if (minDomains !== undefined && minDomains <= 0)
    invalid(issues, `${path}.minDomains`, minDomains, "1 or more", "must be greater than zero");
  else if (minDomains !== undefined && whenUnsatisfiable !== "DoNotSchedule")
    invalid(
      issues,
      `${path}.minDomains`,
      minDomains,
      "none with ScheduleAnyway",
      `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable ?? ""}`,
    );
  for (const field of ["nodeAffinityPolicy", "nodeTaintsPolicy"] as const) {
    const policy = written[field];
    if (policy !== undefined && policy !== "Honor" && policy !== "Ignore")
      unsupported(issues, `${path}.${field}`, policy, ["Honor", "Ignore"]);
  }
}

function validateConstraintPairs(constraints: readonly WrittenSpreadConstraint[], path: string, issues: Issues): void {
  const pairs = new Set<string>();
  constraints.forEach(({ topologyKey = "", whenUnsatisfiable = "" }, index) => {
    const pair = `{${topologyKey}, ${whenUnsatisfiable}}`;
    if (pairs.has(pair))
      issues.list.push({
        path: `${path}[${index}].{topologyKey, whenUnsatisfiable}`,
        found: `${pair} again`,
        expected: "each pair once",
        kubernetes: `Duplicate value: "${pair}"`,
      });
    pairs.add(pair);
  });
}
