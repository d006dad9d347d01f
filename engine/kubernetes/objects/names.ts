/** The alphabets of names, labels and ports (apimachinery pkg/util/validation/validation.go). */
import type { Issues } from "../../values/issue.ts";
import { invalid, required } from "./field-errors.ts";

const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const dnsLabel = new RegExp(`^${label}$`);
const dnsSubdomain = new RegExp(`^${label}(\\.${label})*$`);
const dns1035Label = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const qualifiedNamePart = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const portName = /^[a-z0-9]+(-[a-z0-9]+)*$/;

export type NameRule = "subdomain" | "label" | "serviceLabel";

/** Lower case letters, digits, "-" (and "." for a subdomain), ≤ 63 (253) characters. */
export function validateName(name: string | undefined, rule: NameRule, path: string, issues: Issues): void {
  if (name === undefined || name === "") return required(issues, path, "a name");
  const lengthMax = rule === "subdomain" ? 253 : 63;
  if (name.length > lengthMax)
    return invalid(issues, path, name, `at most ${lengthMax} characters`, `must be no more than ${lengthMax} characters`);
  if (isName(name, rule)) return;
  switch (rule) {
    case "subdomain":
      return invalid(
        issues,
        path,
        name,
        "lower case letters, digits, '-' and '.'",
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
      );
    case "label":
      return invalid(
        issues,
        path,
        name,
        "lower case letters, digits and '-'",
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
      );
    case "serviceLabel":
      return invalid(
        issues,
        path,
        name,
        "lower case letters, digits and '-', starting with a letter",
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
      );
  }
}

export function isName(name: string, rule: NameRule): boolean {
  if (rule === "subdomain") return name.length <= 253 && dnsSubdomain.test(name);
  return name.length <= 63 && (rule === "label" ? dnsLabel : dns1035Label).test(name);
}

/** `[prefix/]name`. */
export function validateLabelKey(key: string, path: string, issues: Issues): void {
  if (isQualifiedName(key)) return;
  invalid(
    issues,
    path,
    key,
    "a key such as app or example.com/app, each part at most 63 letters, digits, '-', '_' and '.'",
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  );
}

export function isQualifiedName(key: string): boolean {
  const parts = key.split("/");
  const name = parts[parts.length - 1] ?? "";
  const prefix = parts.length === 2 ? (parts[0] ?? "") : null;
  if (parts.length > 2 || name.length > 63 || !qualifiedNamePart.test(name)) return false;
  return prefix === null || isName(prefix, "subdomain");
}

export function validateLabels(labels: Readonly<Record<string, string>> | undefined, path: string, issues: Issues): void {
  for (const [key, value] of Object.entries(labels ?? {})) {
    validateLabelKey(key, path, issues);
    validateLabelValue(value, `${path}[${key}]`, issues);
  }
}

export function isLabelValue(value: string): boolean {
  return value === "" || (value.length <= 63 && qualifiedNamePart.test(value));
}

export function validateLabelValue(value: string, path: string, issues: Issues): void {
  if (isLabelValue(value)) return;
  invalid(
    issues,
    path,
    value,
    "at most 63 letters, digits, '-', '_' and '.'",
    value.length > 63
      ? "must be no more than 63 characters"
      : "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  );
}

export function validateAnnotations(annotations: Readonly<Record<string, string>> | undefined, path: string, issues: Issues): void {
  for (const key of Object.keys(annotations ?? {})) validateLabelKey(key.toLowerCase(), path, issues);
}

export function validatePortNumber(port: number, path: string, issues: Issues): void {
  if (Number.isInteger(port) && port >= 1 && port <= 65535) return;
  invalid(issues, path, port, "a port from 1 to 65535", "must be between 1 and 65535, inclusive");
}

export function validatePortName(name: string, path: string, issues: Issues): void {
  const isValid = name.length <= 15 && portName.test(name) && /[a-z]/.test(name);
  if (isValid) return;
  const detail =
    name.length > 15
      ? "must be no more than 15 characters"
      : name.includes("--")
        ? "must not contain consecutive hyphens"
        : /[a-z]/.test(name)
          ? "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"
          : "must contain at least one letter (a-z)";
  invalid(
    issues,
    path,
    name,
    "a port name: at most 15 of a-z, 0-9 and '-', with a letter",
    detail,
    /^\d+$/.test(name) ? `a number stands without quotes: ${name}` : undefined,
  );
}

/** A port of a probe, hook or Service: number, or name of a container port. */
export function validatePort(port: number | string | undefined, path: string, issues: Issues): void {
  if (port === undefined) return required(issues, path, "a port number or name");
  if (typeof port === "number") validatePortNumber(port, path, issues);
  else validatePortName(port, path, issues);
}
