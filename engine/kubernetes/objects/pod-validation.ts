/** What the API server rejects in a Pod or Pod template (pkg/apis/core/validation/validation.go ValidatePodSpec). Defaulted written form in. */
import { describe, type Issues } from "../../values/issue.ts";
import { firstWith, versionsOfMinor } from "../versions.ts";
import { duplicate, forbidden, invalid, required, unsupported } from "./field-errors.ts";
import {
  validateAnnotations,
  validateLabelKey,
  validateLabels,
  validateLabelValue,
  validateName,
  validatePortName,
  validatePortNumber,
} from "./names.ts";
import { hookRoles, probeRoles, validateHook, validateProbes, type Minor } from "./probe-validation.ts";
import { GATES_MAX } from "./readiness-gates.ts";
import { readQuantity, validateResources } from "./resources.ts";
import { validateScheduling } from "./scheduling.ts";
import type {
  WrittenContainer,
  WrittenContainerPort,
  WrittenEnvVar,
  WrittenPodSpec,
  WrittenPodTemplate,
  WrittenToleration,
} from "./written.ts";

/** int32, what the API stores these numbers in. */
const INT32_MAX = 2_147_483_647;

export function validatePodTemplate(template: WrittenPodTemplate | undefined, path: string, minor: Minor, issues: Issues): void {
  validateLabels(template?.metadata?.labels, `${path}.metadata.labels`, issues);
  validateAnnotations(template?.metadata?.annotations, `${path}.metadata.annotations`, issues);
  validatePodSpec(template?.spec, `${path}.spec`, minor, issues);
}

export function validatePodSpec(spec: WrittenPodSpec | undefined, path: string, minor: Minor, issues: Issues): void {
  if (spec === undefined) return required(issues, path, "the spec of a Pod");
  validateContainers(spec, path, minor, issues);
  if (spec.ephemeralContainers !== undefined)
    forbidden(issues, `${path}.ephemeralContainers`, spec.ephemeralContainers, "cannot be set on create");
  // A negative terminationGracePeriodSeconds is accepted, with a warning; it counts as 1 s (pkg/api/pod/warnings.go).
  const { restartPolicy, activeDeadlineSeconds: deadline } = spec;
  if (restartPolicy !== undefined && !isRestartPolicy(restartPolicy))
    unsupported(issues, `${path}.restartPolicy`, restartPolicy, ["Always", "OnFailure", "Never"]);
  if (deadline !== undefined && (deadline < 1 || deadline > INT32_MAX))
    invalid(issues, `${path}.activeDeadlineSeconds`, deadline, `1 to ${INT32_MAX}`, `must be between 1 and ${INT32_MAX}, inclusive`);
  if (spec.nodeName !== undefined && spec.nodeName !== "") validateName(spec.nodeName, "subdomain", `${path}.nodeName`, issues);
  validateLabels(spec.nodeSelector, `${path}.nodeSelector`, issues);
  (spec.tolerations ?? []).forEach((toleration, index) => validateToleration(toleration, `${path}.tolerations[${index}]`, issues));
  validateReadinessGates(spec, `${path}.readinessGates`, issues);
  validateScheduling(spec, path, issues);
  (spec.volumes ?? []).forEach(({ emptyDir }, index) => {
    if (emptyDir?.sizeLimit !== undefined) readQuantity(emptyDir.sizeLimit, `${path}.volumes[${index}].emptyDir.sizeLimit`, issues);
  });
  for (const [name, text] of Object.entries(spec.overhead ?? {})) readQuantity(text, `${path}.overhead[${name}]`, issues);
}

function validateReadinessGates({ readinessGates = [] }: WrittenPodSpec, path: string, issues: Issues): void {
  readinessGates.forEach(({ conditionType }, index) => {
    if (conditionType === undefined) required(issues, `${path}[${index}].conditionType`, "the type of a condition");
    else validateLabelKey(conditionType, `${path}[${index}].conditionType`, issues);
  });
  if (readinessGates.length > GATES_MAX)
    issues.add(path, `${readinessGates.length} gates`, `at most ${GATES_MAX}`, "Kubernetes takes any number; the model has room for these");
}

export function isRestartPolicy(policy: string): policy is "Always" | "OnFailure" | "Never" {
  return policy === "Always" || policy === "OnFailure" || policy === "Never";
}

function validateContainers(spec: WrittenPodSpec, path: string, minor: Minor, issues: Issues): void {
  const context = { spec, minor, names: new Set<string>() };
  if (spec.containers === undefined || spec.containers.length === 0) required(issues, `${path}.containers`, "at least one container");
  (spec.containers ?? []).forEach((container, index) => {
    const at = `${path}.containers[${index}]`;
    validateContainer(container, at, context, issues);
    validateLifecycle(container, at, context, issues);
    validateProbes(container, at, minor, issues);
    validateRestartPolicy(container, at, minor, issues);
    validateRestartRules(container, at, minor, issues);
  });
  (spec.initContainers ?? []).forEach((container, index) => {
    const at = `${path}.initContainers[${index}]`;
    validateContainer(container, at, context, issues);
    validateInitContainer(container, at, context, issues);
    validateRestartRules(container, at, minor, issues);
  });
}

interface Context {
  readonly spec: WrittenPodSpec;
  readonly minor: Minor;
  readonly names: Set<string>;
}

function validateContainer(container: WrittenContainer, path: string, context: Context, issues: Issues): void {
  const { name, image, imagePullPolicy } = container;
  validateName(name, "label", `${path}.name`, issues);
  if (name !== undefined && context.names.has(name))
    duplicate(issues, `${path}.name`, name, "a name that no other container of the Pod has");
  if (name !== undefined) context.names.add(name);
  if (image === undefined || image === "") required(issues, `${path}.image`, "an image");
  else if (image !== image.trim())
    invalid(issues, `${path}.image`, image, "an image without blanks around it", "must not have leading or trailing whitespace");
  const policies = ["Always", "IfNotPresent", "Never"];
  if (imagePullPolicy !== undefined && !policies.includes(imagePullPolicy))
    unsupported(issues, `${path}.imagePullPolicy`, imagePullPolicy, policies);
  validatePorts(container.ports ?? [], path, context.spec.hostNetwork === true, issues);
  (container.env ?? []).forEach((variable, index) => validateEnvVar(variable, `${path}.env[${index}]`, issues));
  validateResources(container.resources, `${path}.resources`, issues);
}

function validatePorts(ports: readonly WrittenContainerPort[], path: string, isHostNetwork: boolean, issues: Issues): void {
  const names = new Set<string>();
  ports.forEach(({ name, containerPort, hostPort, protocol }, index) => {
    const at = `${path}.ports[${index}]`;
    if (name !== undefined && name !== "") {
      validatePortName(name, `${at}.name`, issues);
      if (names.has(name)) duplicate(issues, `${at}.name`, name, "a name that no other port of the container has");
      names.add(name);
    }
    if (containerPort === undefined || containerPort === 0) required(issues, `${at}.containerPort`, "a port from 1 to 65535");
    else validatePortNumber(containerPort, `${at}.containerPort`, issues);
    if (hostPort !== undefined && hostPort !== 0) validatePortNumber(hostPort, `${at}.hostPort`, issues);
    if (isHostNetwork && hostPort !== undefined && hostPort !== containerPort)
      invalid(
        issues,
        `${at}.hostPort`,
        hostPort,
        `containerPort, ${describe(containerPort)}`,
        "must match `containerPort` when `hostNetwork` is true",
      );
    const protocols = ["TCP", "UDP", "SCTP"];
    if (protocol !== undefined && !protocols.includes(protocol)) unsupported(issues, `${at}.protocol`, protocol, protocols);
  });
}

function validateEnvVar({ name, value, valueFrom }: WrittenEnvVar, path: string, issues: Issues): void {
  if (name === undefined || name === "") required(issues, `${path}.name`, "a name");
  else if (!/^[\x20-\x3c\x3e-\x7e]+$/.test(name))
    invalid(
      issues,
      `${path}.name`,
      name,
      "printable ASCII without '='",
      "a valid environment variable name must consist only of printable ASCII characters other than '='",
    );
  if (valueFrom === undefined) return;
  const sources = Object.keys(valueFrom);
  if (sources.length !== 1)
    issues.list.push({
      path: `${path}.valueFrom`,
      found: sources.length === 0 ? "no source" : sources.join(" and "),
      expected: "one source",
      kubernetes: `Invalid value: "": ${sources.length === 0 ? "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`" : "may not have more than one field specified at a time"}`,
    });
  if (value !== undefined && value !== "")
    invalid(issues, `${path}.valueFrom`, valueFrom, "either value or valueFrom", "may not be specified when `value` is not empty");
}

function validateLifecycle(container: WrittenContainer, path: string, context: Context, issues: Issues): void {
  for (const role of hookRoles) {
    const hook = container.lifecycle?.[role];
    if (hook !== undefined)
      validateHook(hook, `${path}.lifecycle.${role}`, context.spec.terminationGracePeriodSeconds ?? 30, context.minor, issues);
  }
}

/** Regular containers: a policy of their own where restart rules are known. */
function validateRestartPolicy({ restartPolicy }: WrittenContainer, path: string, minor: Minor, issues: Issues): void {
  if (restartPolicy === undefined) return;
  if (!versionsOfMinor(minor).containerRestartRules)
    forbidden(
      issues,
      `${path}.restartPolicy`,
      restartPolicy,
      "may not be set for non-init containers",
      `Kubernetes 1.${minor} knows it for init containers only (since ${firstWith("containerRestartRules")} for all)`,
    );
  else if (!isRestartPolicy(restartPolicy)) unsupported(issues, `${path}.restartPolicy`, restartPolicy, ["Always", "OnFailure", "Never"]);
}

/** core/v1 validation.go `validateContainerRestartPolicy`. */
function validateRestartRules(container: WrittenContainer, path: string, minor: Minor, issues: Issues): void {
  const { restartPolicy, restartPolicyRules: rules } = container;
  if (rules === undefined) return;
  const at = `${path}.restartPolicyRules`;
  const { containerRestartRules, restartAllContainers } = versionsOfMinor(minor);
  if (!containerRestartRules) {
    const since = firstWith("containerRestartRules");
    return issues.add(at, describe(rules), "nothing", `Kubernetes 1.${minor} has no restart rules of containers (since ${since})`);
  }
  if (restartPolicy === undefined) required(issues, `${path}.restartPolicy`, "a restartPolicy beside restartPolicyRules");
  if (rules.length > RULES_MAX) issues.add(at, `${rules.length} rules`, `at most ${RULES_MAX}`);
  const actions = restartAllContainers ? ["Restart", "RestartAllContainers"] : ["Restart"];
  rules.forEach(({ action = "", exitCodes }, index) => {
    if (!actions.includes(action)) unsupported(issues, `${at}[${index}].action`, action, actions);
    if (exitCodes === undefined) return required(issues, `${at}[${index}].exitCodes`, "the exit codes that it is about");
    const { operator = "", values = [] } = exitCodes;
    if (operator !== "In" && operator !== "NotIn") unsupported(issues, `${at}[${index}].exitCodes.operator`, operator, ["In", "NotIn"]);
    if (values.length > EXIT_CODES_MAX)
      issues.add(`${at}[${index}].exitCodes.values`, `${values.length} values`, `at most ${EXIT_CODES_MAX}`);
    values.forEach((value, place) => {
      if (value < 0 || value > 255) issues.add(`${at}[${index}].exitCodes.values[${place}]`, String(value), "0 to 255");
    });
  });
}

const RULES_MAX = 20;
const EXIT_CODES_MAX = 255;

/** An init container that restarts always is a sidecar and may have what a regular container has. */
function validateInitContainer(container: WrittenContainer, path: string, context: Context, issues: Issues): void {
  const { restartPolicy } = container;
  const { sidecars, containerRestartRules } = versionsOfMinor(context.minor);
  const allowed = containerRestartRules ? ["Always", "OnFailure", "Never"] : ["Always"];
  if (restartPolicy !== undefined && !sidecars)
    issues.add(
      `${path}.restartPolicy`,
      describe(restartPolicy),
      "nothing",
      `Kubernetes 1.${context.minor} has no sidecar containers (since ${firstWith("sidecars")})`,
    );
  else if (restartPolicy !== undefined && !allowed.includes(restartPolicy))
    unsupported(issues, `${path}.restartPolicy`, restartPolicy, allowed);
  if (restartPolicy === "Always") {
    validateLifecycle(container, path, context, issues);
    validateProbes(container, path, context.minor, issues);
    return;
  }
  const hint = sidecars ? "restartPolicy: Always makes it a sidecar, which may have one" : undefined;
  for (const field of ["lifecycle", ...probeRoles] as const) {
    if (container[field] !== undefined)
      forbidden(issues, `${path}.${field}`, container[field], "may not be set for init containers without restartPolicy=Always", hint);
  }
}

function validateToleration({ key, operator, value, effect, tolerationSeconds }: WrittenToleration, path: string, issues: Issues): void {
  if (key !== undefined && key !== "") validateLabelKey(key, `${path}.key`, issues);
  if ((key === undefined || key === "") && operator !== "Exists")
    invalid(
      issues,
      `${path}.operator`,
      operator ?? "",
      "Exists, or a key",
      'operator must be Exists when `key` is empty, which means "match all values and all keys"',
    );
  if (tolerationSeconds !== undefined && effect !== "NoExecute")
    invalid(
      issues,
      `${path}.effect`,
      effect ?? "",
      "NoExecute, or no tolerationSeconds",
      "effect must be 'NoExecute' when `tolerationSeconds` is set",
    );
  switch (operator ?? "") {
    case "":
    case "Equal":
      validateLabelValue(value ?? "", `${path}.value`, issues);
      break;
    case "Exists":
      if (value !== undefined && value !== "")
        invalid(issues, `${path}.value`, value, "no value with Exists", "value must be empty when `operator` is 'Exists'");
      break;
    default:
      unsupported(issues, `${path}.operator`, operator, ["Equal", "Exists"]);
  }
  const effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
  if (effect !== undefined && effect !== "" && !effects.includes(effect)) unsupported(issues, `${path}.effect`, effect, effects);
}
