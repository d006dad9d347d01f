/** Probes and lifecycle hooks: which handlers, which numbers (pkg/apis/core/validation/validation.go validateProbe, validateHandler). */
import { describe, type Issues } from "../../values/issue.ts";
import { firstWith, versionsOfMinor } from "../versions.ts";
import { forbidden, invalid, required, unsupported } from "./field-errors.ts";
import { validateNonNegative } from "./int-or-string.ts";
import { validatePort, validatePortNumber } from "./names.ts";
import type { WrittenContainer, WrittenExec, WrittenHook, WrittenHttpGet, WrittenProbe } from "./written.ts";

/** Kubernetes 1.<minor>. */
export type Minor = number;

export const probeRoles = ["livenessProbe", "readinessProbe", "startupProbe"] as const;
export type ProbeRole = (typeof probeRoles)[number];
export const hookRoles = ["postStart", "preStop"] as const;

export function validateProbes(container: WrittenContainer, path: string, minor: Minor, issues: Issues): void {
  for (const role of probeRoles) {
    const probe = container[role];
    if (probe === undefined) continue;
    validateProbe(probe, `${path}.${role}`, minor, issues);
    validateRole(probe, role, `${path}.${role}`, minor, issues);
  }
}

/** A probe apart from its role. */
export function validateProbe(probe: WrittenProbe, path: string, minor: Minor, issues: Issues): void {
  validateHandlers(probe, path, "probe", minor, issues);
  for (const field of ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"] as const) {
    validateNonNegative(probe[field], `${path}.${field}`, issues);
  }
}

function validateRole(probe: WrittenProbe, role: ProbeRole, path: string, minor: Minor, issues: Issues): void {
  const { successThreshold, terminationGracePeriodSeconds: grace } = probe;
  if (role !== "readinessProbe" && successThreshold !== undefined && successThreshold > 1)
    invalid(issues, `${path}.successThreshold`, successThreshold, "1", "must be 1");
  if (grace === undefined) return;
  const at = `${path}.terminationGracePeriodSeconds`;
  if (!versionsOfMinor(minor).probeGracePeriod) {
    const since = firstWith("probeGracePeriod");
    return issues.add(at, String(grace), "nothing", `Kubernetes 1.${minor} has no grace period of its own for a probe (since ${since})`);
  }
  if (role === "readinessProbe") return forbidden(issues, at, grace, "must not be set for readinessProbes");
  if (grace <= 0) invalid(issues, at, grace, "more than 0", "must be greater than 0");
}

export function validateHook(hook: WrittenHook, path: string, podGraceSeconds: number, minor: Minor, issues: Issues): void {
  validateHandlers(hook, path, "hook", minor, issues);
  const seconds = hook.sleep?.seconds;
  const { sleepHooks, zeroSleepHooks } = versionsOfMinor(minor);
  if (hook.sleep === undefined || !sleepHooks) return;
  const least = zeroSleepHooks ? 0 : 1;
  const isAllowed = seconds !== undefined && seconds >= least && seconds <= podGraceSeconds;
  if (isAllowed || (seconds === undefined && least === 0)) return;
  const detail = zeroSleepHooks
    ? "must be non-negative and less than terminationGracePeriodSeconds"
    : "must be greater than 0 and less than terminationGracePeriodSeconds";
  invalid(
    issues,
    `${path}.sleep.seconds`,
    seconds ?? 0,
    podGraceSeconds < least
      ? `a terminationGracePeriodSeconds of at least ${least}`
      : `${least} to ${podGraceSeconds} (terminationGracePeriodSeconds)`,
    `${detail} (${podGraceSeconds})`,
  );
}

/** What says whether a handler may be used; the others always may. */
const handlerSwitches = { grpc: "grpcProbes", sleep: "sleepHooks" } as const;

function validateHandlers(handler: WrittenProbe & WrittenHook, path: string, owner: "probe" | "hook", minor: Minor, issues: Issues): void {
  const known =
    owner === "probe" ? (["exec", "httpGet", "tcpSocket", "grpc"] as const) : (["exec", "httpGet", "tcpSocket", "sleep"] as const);
  const given = known.filter((name) => handler[name] !== undefined);
  if (given.length === 0) {
    issues.list.push({
      path,
      found: "no handler",
      expected: `one of ${known.join(", ")}`,
      kubernetes: "Required value: must specify a handler type",
    });
  }
  for (const name of given.slice(1)) forbiddenHandler(`${path}.${name}`, given, issues);
  for (const name of given) {
    const fact = name === "grpc" || name === "sleep" ? handlerSwitches[name] : null;
    if (fact !== null && !versionsOfMinor(minor)[fact])
      issues.add(`${path}.${name}`, name, "another handler", `Kubernetes 1.${minor} doesn't know ${name} here (since ${firstWith(fact)})`);
  }
  if (handler.exec !== undefined) validateExec(handler.exec, `${path}.exec`, issues);
  if (handler.httpGet !== undefined) validateHttpGet(handler.httpGet, `${path}.httpGet`, issues);
  if (handler.tcpSocket !== undefined) validatePort(handler.tcpSocket.port, `${path}.tcpSocket.port`, issues);
  if (handler.grpc === undefined) return;
  if (handler.grpc.port === undefined) required(issues, `${path}.grpc.port`, "a port number");
  else validatePortNumber(handler.grpc.port, `${path}.grpc.port`, issues);
}

function forbiddenHandler(path: string, given: readonly string[], issues: Issues): void {
  issues.list.push({
    path,
    found: given.join(" and "),
    expected: "one handler",
    kubernetes: "Forbidden: may not specify more than 1 handler type",
  });
}

function validateExec({ command }: WrittenExec, path: string, issues: Issues): void {
  if (command === undefined || command.length === 0) required(issues, `${path}.command`, "a command");
}

function validateHttpGet({ path: urlPath, port, scheme, httpHeaders }: WrittenHttpGet, path: string, issues: Issues): void {
  if (urlPath === "") required(issues, `${path}.path`, "a path such as /healthz");
  validatePort(port, `${path}.port`, issues);
  if (scheme !== undefined && scheme !== "HTTP" && scheme !== "HTTPS") unsupported(issues, `${path}.scheme`, scheme, ["HTTP", "HTTPS"]);
  (httpHeaders ?? []).forEach((header, index) => {
    if (!/^[-A-Za-z0-9]+$/.test(header.name ?? "")) {
      issues.list.push({
        path: `${path}.httpHeaders[${index}].name`,
        found: describe(header.name),
        expected: "letters, digits and '-'",
        kubernetes: `Invalid value: ${describe(header.name)}: a valid HTTP header must consist of alphanumeric characters or '-'`,
      });
    }
  });
}
