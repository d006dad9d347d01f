/** Arbitrary lives of Pods on one kubelet: valid by construction, shrinking towards one container to which nothing happens. */
import fc from "fast-check";
import type { ContainerCase, HookCase, KubeletCase, OccurrenceCase, PodCase, ProbeCase } from "./kubelet-case.ts";

/** Releases between which most of what a kubelet decides has changed. */
const minors = [36, 32, 28, 24, 20] as const;

export function kubeletCase(): fc.Arbitrary<KubeletCase> {
  return fc.record({
    minor: fc.constantFrom(...minors),
    seed: fc.nat(1_000_000),
    isSlow: fc.boolean(),
    pods: fc.array(podCase, { minLength: 1, maxLength: 2 }),
    occurrences: fc.array(occurrence, { maxLength: 4 }),
    duration: fc.integer({ min: 5_000, max: 180_000 }),
    longestBackOff: fc.constantFrom(null, null, 25),
  });
}

/** `chance` in ten that there is one. */
function sometimes<Value>(value: fc.Arbitrary<Value>, chance: number): fc.Arbitrary<Value | null> {
  return fc.oneof({ weight: 10 - chance, arbitrary: fc.constant(null) }, { weight: chance, arbitrary: value });
}

const probe: fc.Arbitrary<ProbeCase> = fc.record({
  handler: fc.constantFrom("httpGet", "exec", "tcpSocket", "grpc"),
  delay: fc.constantFrom(0, 0, 1, 3, 10),
  period: fc.constantFrom(10, 1, 2, 5),
  timeout: fc.constantFrom(1, 2, 5),
  success: fc.constantFrom(1, 2, 3),
  failure: fc.constantFrom(3, 1, 2),
  grace: fc.constantFrom(null, null, 1, 4),
});

const hook: fc.Arbitrary<HookCase> = fc.record({
  type: fc.constantFrom("exec", "sleep", "httpGet"),
  lasts: fc.constantFrom(0, 500, 3_000, 12_000),
  fails: fc.constantFrom(false, false, true),
});

const code = fc.constantFrom(0, 1, 7, 143);
const span = fc.oneof(fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 0, max: 60_000 }));

const run = fc.record({
  after: fc.oneof(fc.constant(null), span, span),
  code,
  oomKilled: fc.constantFrom(false, false, false, true),
});

const common = {
  stop: fc.oneof(fc.constant({ after: 0, code: 143 }), fc.record({ after: span, code }), fc.constant(null)),
  health: fc.array(
    fc.record({ from: fc.oneof(fc.constant(0), span), isWell: fc.boolean(), lasts: fc.constantFrom(0, 0, 300, 1_500, 20_000) }),
    { maxLength: 3 },
  ),
  startUp: fc.constantFrom(0, 0, 400, 5_000),
  pull: sometimes(fc.record({ takes: fc.constantFrom(0, 200, 4_000), failures: fc.constantFrom(0, 0, 1, 3) }), 2),
  startFails: fc.constantFrom(false, false, false, false, false, true),
};

const regular: fc.Arbitrary<ContainerCase> = fc.record({
  ...common,
  isSidecar: fc.constant(false),
  runs: fc.array(run, { maxLength: 3 }),
  startup: sometimes(probe, 3),
  liveness: sometimes(probe, 4),
  readiness: sometimes(probe, 4),
  postStart: sometimes(hook, 2),
  preStop: sometimes(hook, 3),
  outOfMemory: sometimes(fc.integer({ min: 500, max: 30_000 }), 1),
  rule: fc.constantFrom("none", "Restart", "RestartAllContainers"),
  policy: sometimes(fc.constantFrom("Always", "OnFailure", "Never"), 3),
});

const ending = fc.record({
  after: fc.integer({ min: 0, max: 5_000 }),
  code: fc.constantFrom(0, 0, 0, 1, 7),
  oomKilled: fc.constant(false),
});

/** A sidecar where the release knows any, else an init container that ends. */
const init: fc.Arbitrary<ContainerCase> = fc
  .record({
    ...common,
    isSidecar: fc.boolean(),
    runs: fc.array(ending, { minLength: 1, maxLength: 2 }),
    startup: sometimes(probe, 3),
    liveness: sometimes(probe, 2),
    readiness: sometimes(probe, 2),
    postStart: sometimes(hook, 1),
    preStop: sometimes(hook, 2),
    outOfMemory: fc.constant(null),
    rule: fc.constant("none" as const),
    policy: fc.constant(null),
  })
  .map((drawn) => (drawn.isSidecar && drawn.health.length % 2 === 0 ? { ...drawn, runs: [] } : drawn));

const podCase: fc.Arbitrary<PodCase> = fc.record({
  createdAt: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 20_000 })),
  restartPolicy: fc.constantFrom("Always", "OnFailure", "Never"),
  grace: fc.constantFrom(30, 5, 1, 2, 0),
  deadline: sometimes(fc.integer({ min: 1, max: 60 }), 1),
  init: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.array(init, { maxLength: 3 }) }),
  containers: fc.array(regular, { minLength: 1, maxLength: 2 }),
});

const occurrence: fc.Arbitrary<OccurrenceCase> = fc.record({
  at: fc.oneof(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 1, max: 120_000 })),
  kind: fc.constantFrom(
    "delete",
    "delete",
    "delete",
    "forceDelete",
    "restartKubelet",
    "reboot",
    "loseRecords",
    "setImage",
    "debug",
    "killForMemory",
    "failProbes",
    "shutdown",
  ),
  pod: fc.nat(1),
  lasts: fc.constantFrom(0, 1, 5, 20),
});
