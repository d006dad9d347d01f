/** Broken invariants of a whole run, planted: the same ones with the same causes for any number of shards. */
import { afterEach, expect, it, vi } from "vitest";
import { defaultBehaviour } from "../engine/application/defaults.ts";
import { SECOND } from "../engine/kernel/time.ts";
import { backOffRespectedDefinition, BackOffRespected } from "../engine/invariants/back-off-respected.ts";
import { invariantNames } from "../engine/invariants/index.ts";
import { VersionsStrictlyGrow } from "../engine/invariants/versions-strictly-grow.ts";
import { violationsKept } from "../engine/invariants/invariant.ts";
import { runHere } from "./run.ts";
import { deployment, nodes, spec } from "./testdata/specs.ts";

afterEach(() => vi.restoreAllMocks());

const rollout = spec({
  duration: 90 * SECOND,
  invariants: invariantNames,
  objects: [deployment(24)],
  nodes: nodes(5),
  applications: [{ selector: {}, image: null, container: null, behaviour: defaultBehaviour, defaulted: [] }],
  actions: [{ type: "setImage", at: 10 * SECOND, namespace: "default", kind: "Deployment", name: "web", container: null, image: "web:v2" }],
});

it("breaches of kubelets and of the control plane are the same for any number of shards, and so are their causes", async () => {
  vi.spyOn(BackOffRespected.prototype, "containerStarted").mockReturnValue("planted");
  vi.spyOn(VersionsStrictlyGrow.prototype, "written").mockReturnValue("planted");
  const one = await runHere(rollout, 1);
  expect(one.violations).toHaveLength(2 * violationsKept);
  expect(JSON.stringify(await runHere(rollout, 3))).toBe(JSON.stringify(one));
  const known = new Set(one.causes.map(({ id }) => id));
  const started = one.violations.filter(({ invariant }) => invariant === backOffRespectedDefinition.name);
  expect(started.map(({ cause }) => known.has(cause))).toEqual(started.map(() => true));
});
