/**
 * What a Pod needs of the node alone, whichever Pods are elsewhere: requests, host ports, and what its spec says
 * of nodes by label, taint and name. Two specs of one key get the same verdict of every node and the same score
 * by what is free there, so they are judged once. Whatever else a filter or that score looks at belongs into the key.
 */
import { podRequest, type ResourceTotals } from "../objects/pod-request.ts";
import type { PodSpec } from "../objects/pod.ts";
import { hostPortsOf, nonZeroRequest } from "./plugins/index.ts";

export interface PodNeeds {
  readonly key: string;
  readonly request: ResourceTotals;
  /** Other resources than CPU and memory that it asks for. */
  readonly otherNames: readonly string[];
  readonly nonZero: ResourceTotals;
  readonly isBestEffort: boolean;
  readonly ports: readonly string[];
}

export function needsOf(spec: PodSpec): PodNeeds {
  const request = podRequest(spec);
  const otherNames = Object.keys(request.other).filter((name) => (request.other[name] ?? 0) > 0);
  const nonZero = nonZeroRequest(spec);
  const ports = hostPortsOf(spec);
  const { nodeName, nodeSelector, tolerations, affinity } = spec;
  const others = otherNames.map((name) => [name, request.other[name]]);
  return {
    key: JSON.stringify([
      [request.cpu, request.memory, others, nonZero.cpu, nonZero.memory, ports],
      [nodeName, nodeSelector, tolerations, affinity?.nodeRequired ?? null],
    ]),
    request,
    otherNames,
    nonZero,
    isBestEffort: request.cpu === 0 && request.memory === 0,
    ports,
  };
}
