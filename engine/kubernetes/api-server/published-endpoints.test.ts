import { expect, test } from "vitest";
import type { EndpointSliceRecord } from "./records.ts";
import { service } from "../control-plane.exam.ts";
import type { Service } from "../objects/service.ts";
import { newestVersions, versionsOfMinor } from "../versions.ts";
import { publishedEndpoints } from "./published-endpoints.ts";

const READY = 3;
const LEAVING = 6;
const NOT_SERVING = 4;

function slice(pods: readonly number[], conditions: readonly number[], hints?: readonly number[]): EndpointSliceRecord {
  const record = { service: 0, number: 0, resourceVersion: 1, pods, nodes: pods.map((pod) => pod % 3), conditions, cause: 0 };
  return hints === undefined ? record : { ...record, hints };
}

const plain = service("web", { app: "web" });
const local: Service = { ...plain, spec: { ...plain.spec, internalTrafficPolicy: "Local" } };
const headless: Service = { ...plain, spec: { ...plain.spec, clusterIp: "None" } };

test("ready endpoints of all slices, by Pod", () => {
  const slices = [slice([4, 1], [READY, READY]), slice([2, 3], [READY, NOT_SERVING])];
  expect(publishedEndpoints(slices, plain, newestVersions)).toEqual({ pods: [1, 2, 4], nodes: [1, 2, 1] });
});

test("without a ready one, those that serve while they terminate; before 1.26 none, and no name resolves to them", () => {
  const slices = [slice([1, 2], [LEAVING, NOT_SERVING])];
  expect(publishedEndpoints(slices, plain, newestVersions)).toEqual({ pods: [1], nodes: [1], isTerminating: true });
  expect(publishedEndpoints(slices, plain, versionsOfMinor(25)).pods).toEqual([]);
  expect(publishedEndpoints(slices, headless, newestVersions).pods).toEqual([]);
});

test("beside ready ones they matter to a Local policy alone", () => {
  const slices = [slice([1, 2], [READY, LEAVING])];
  expect(publishedEndpoints(slices, plain, newestVersions)).toEqual({ pods: [1], nodes: [1] });
  expect(publishedEndpoints(slices, local, newestVersions)).toEqual({ pods: [1], nodes: [1], fallback: { pods: [2], nodes: [2] } });
});

test("hints come with the endpoints", () => {
  const slices = [slice([1], [READY], [0]), slice([2], [READY])];
  expect(publishedEndpoints(slices, plain, newestVersions)).toMatchObject({ pods: [1, 2], hints: [0, -1] });
});
