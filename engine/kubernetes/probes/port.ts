/** Ports as probes and hooks name them: a number, a numeric string, or the name of one of the container's ports (pkg/probe/util.go `ResolveContainerPort`). */
import type { ContainerPort } from "../objects/pod.ts";

/** The port's number, or null: no such name, or out of range. */
export function resolvePort(port: number | string, ports: readonly Pick<ContainerPort, "name" | "containerPort">[]): number | null {
  const number = typeof port === "number" ? port : /^[+-]?\d+$/.test(port) ? Number(port) : named(port, ports);
  return number !== null && number > 0 && number < 65536 ? number : null;
}

export function portIsKnown(port: number | string, ports: readonly Pick<ContainerPort, "name" | "containerPort">[]): boolean {
  return resolvePort(port, ports) !== null;
}

/** Why there is no such port, in upstream's words. */
export function portErrorText(port: number | string): string {
  const isNumber = typeof port === "number" || /^[+-]?\d+$/.test(port);
  return isNumber ? `invalid port number: ${Number(port)}` : `strconv.Atoi: parsing "${port}": invalid syntax`;
}

function named(name: string, ports: readonly Pick<ContainerPort, "name" | "containerPort">[]): number | null {
  return ports.find((port) => port.name === name && name !== "")?.containerPort ?? null;
}
