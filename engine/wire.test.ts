/** Laws of the wire: what is decoded is what was encoded, for every kind of body, and nothing is left over. */
import { test } from "@fast-check/vitest";
import fc from "fast-check";
import { describe, expect } from "vitest";
import { CauseTable } from "./kernel/causes.ts";
import { Mailbox } from "./kernel/mailbox.ts";
import { Simulator } from "./kernel/simulator.ts";
import type { PodRecord } from "./kubernetes/api-server/pod-record.ts";
import { NodeReady } from "./kubernetes/objects/node.ts";
import type { ContainerState, ContainerStatus, PodStatus } from "./kubernetes/objects/pod.ts";
import {
  decodeBody,
  decodeEndpointEntry,
  decodeMail,
  encodeBody,
  encodeEndpointEntry,
  encodeMail,
  WordReader,
  WordWriter,
  type WireBody,
} from "./wire.ts";

const small = fc.integer({ min: -1, max: 2 ** 31 - 1 });
const instant = fc.oneof(fc.nat(2 ** 50), fc.constant(Infinity));
const seconds = fc.integer({ min: -1, max: 2 ** 40 });
const cause = fc.maxSafeNat();
const text = fc.oneof(fc.constantFrom("", "Error", "Evicted", "µ\u{1f600}"), fc.string());

const state: fc.Arbitrary<ContainerState> = fc.oneof(
  fc.record({ type: fc.constant("waiting" as const), reason: fc.constantFrom("ContainerCreating" as const, "CrashLoopBackOff" as const) }),
  fc.record({
    type: fc.constant("waiting" as const),
    reason: fc.constant("ImagePullBackOff" as const),
    message: fc.string({ minLength: 1 }),
  }),
  fc.record({ type: fc.constant("running" as const), startedAt: seconds }),
  fc.record({
    type: fc.constant("terminated" as const),
    reason: fc.constantFrom("Completed" as const, "OOMKilled" as const),
    exitCode: fc.integer({ min: 0, max: 255 }),
    startedAt: seconds,
    finishedAt: seconds,
  }),
);
const plainContainer = {
  state,
  lastState: fc.option(state),
  restartCount: fc.nat(),
  ready: fc.boolean(),
  started: fc.boolean(),
};
const container: fc.Arbitrary<ContainerStatus> = fc.oneof(
  fc.record(plainContainer),
  fc.record({ ...plainContainer, image: fc.string({ minLength: 1 }) }),
);
const disruption = fc.record({
  reason: fc.constantFrom("TerminationByKubelet" as const, "DeletionByPodGC" as const),
  message: text,
  since: seconds,
});
const bareStatus = {
  phase: fc.constantFrom(0, 1, 2, 3, 4),
  reason: text,
  conditions: fc.nat(63),
  readySince: seconds,
  startTime: seconds,
  hasPodIp: fc.boolean(),
  containers: fc.array(container, { maxLength: 3 }),
  initContainers: fc.array(container, { maxLength: 2 }),
};
const status: fc.Arbitrary<PodStatus> = fc.oneof(
  fc.record(bareStatus),
  fc.record({
    ...bareStatus,
    disruption,
    conditionPhase: fc.constantFrom(0, 1, 2, 3),
    conditionTimes: fc.array(seconds, { minLength: 4, maxLength: 6 }),
  }),
);
const record: fc.Arbitrary<PodRecord> = fc.record({
  id: small,
  resourceVersion: fc.maxSafeNat(),
  owner: small,
  workload: small,
  ordinal: small,
  template: small,
  node: small,
  createdAt: seconds,
  deletionTimestamp: seconds,
  deletionGracePeriodSeconds: seconds,
  status,
  // Finalizers and given labels stay at the API server.
  traits: fc.option(fc.record({ name: text, index: small, targetNode: small, finalizers: fc.constant([]), given: fc.constant(null) }), {
    nil: null,
  }),
  cause,
});
const probe = fc.constantFrom("startup" as const, "readiness" as const, "liveness" as const, "all" as const);

/** One generator per kind: a new kind without one is a compile error. */
const bodies: { readonly [Kind in WireBody["kind"]]: fc.Arbitrary<Extract<WireBody, { kind: Kind }>> } = {
  patchPodStatus: fc.record({ kind: fc.constant("patchPodStatus"), pod: small, status }),
  deletePod: fc.record({ kind: fc.constant("deletePod"), pod: small }),
  createMirrorPod: fc.record({ kind: fc.constant("createMirrorPod"), workload: small, template: small }),
  podKeptUnready: fc.record({ kind: fc.constant("podKeptUnready"), pod: fc.nat() }),
  renewLease: fc.record({ kind: fc.constant("renewLease"), node: small }),
  reportUsage: fc.record({ kind: fc.constant("reportUsage"), node: small, at: fc.maxSafeNat(), usage: fc.array(fc.maxSafeNat()) }),
  registerNode: fc.record({
    kind: fc.constant("registerNode"),
    node: small,
    ready: fc.constantFrom(0, 1, 2),
    pressure: fc.nat({ max: 7 }),
  }),
  patchNodeStatus: fc.record({
    kind: fc.constant("patchNodeStatus"),
    node: small,
    ready: fc.constantFrom(...Object.values(NodeReady)),
    pressure: fc.nat(7),
    images: fc.option(fc.array(fc.string())),
  }),
  podAdded: fc.record({ kind: fc.constant("podAdded"), record }),
  podUpdated: fc.record({ kind: fc.constant("podUpdated"), record }),
  podRemoved: fc.record({ kind: fc.constant("podRemoved"), pod: small }),
  nodeChanged: fc.record({
    kind: fc.constant("nodeChanged"),
    unschedulable: fc.boolean(),
    taints: fc.array(fc.record({ key: fc.string(), value: fc.string(), effect: fc.constantFrom("NoSchedule", "NoExecute") })),
    labels: fc.option(fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true })),
  }),
  endpointsChanged: fc.record({ kind: fc.constant("endpointsChanged"), position: small }),
  attempt: fc.record({
    kind: fc.constant("attempt"),
    load: small,
    pod: small,
    place: small,
    attempt: small,
    intendedAt: instant,
    request: fc.maxSafeNat(),
    origin: small,
  }),
  attemptEnded: fc.record({
    kind: fc.constant("attemptEnded"),
    load: small,
    pod: small,
    place: small,
    attempt: small,
    intendedAt: instant,
    request: fc.maxSafeNat(),
    origin: small,
    outcome: fc.nat(6),
    situation: fc.nat(10),
    why: fc.maxSafeNat(),
  }),
  connectionsClosed: fc.record({ kind: fc.constant("connectionsClosed"), load: small, pod: small }),
  loseNode: fc.record({ kind: fc.constant("loseNode"), fault: fc.nat() }),
  returnNode: fc.record(
    { kind: fc.constant("returnNode"), fault: fc.nat(), recordsLost: fc.constant(true) },
    { requiredKeys: ["kind", "fault"] },
  ),
  shutdownNode: fc.record({ kind: fc.constant("shutdownNode"), fault: fc.nat() }),
  stopKubelet: fc.record({ kind: fc.constant("stopKubelet"), fault: fc.nat() }),
  startKubelet: fc.record({ kind: fc.constant("startKubelet"), fault: fc.nat() }),
  freezeNode: fc.record({ kind: fc.constant("freezeNode"), fault: fc.nat() }),
  cutOff: fc.record({ kind: fc.constant("cutOff"), fault: fc.nat(), isSilent: fc.boolean() }),
  reconnect: fc.record({ kind: fc.constant("reconnect"), fault: fc.nat() }),
  isolate: fc.record({ kind: fc.constant("isolate"), fault: fc.nat() }),
  join: fc.record({ kind: fc.constant("join"), fault: fc.nat() }),
  part: fc.record({ kind: fc.constant("part"), fault: fc.nat(), nodes: fc.array(fc.nat({ max: 5000 })) }),
  rejoin: fc.record({ kind: fc.constant("rejoin"), fault: fc.nat() }),
  thawNode: fc.record({ kind: fc.constant("thawNode"), fault: fc.nat() }),
  failProbes: fc.record({
    kind: fc.constant("failProbes"),
    pod: small,
    probe,
    rate: fc.double({ min: 0, max: 1, noNaN: true }),
    until: instant,
    fault: small,
  }),
  disturbPulls: fc.record({
    kind: fc.constant("disturbPulls"),
    image: fc.option(text),
    rate: fc.double({ min: 0, max: 1, noNaN: true, noDefaultInfinity: true }),
    slowdown: small,
    until: fc.constantFrom(1, 60_000_000, Infinity),
  }),
  disturbContainer: fc.record({
    kind: fc.constant("disturbContainer"),
    pod: small,
    container: fc.option(text),
    effect: fc.constantFrom("hang", "slow", "starve", "fail", "slowProbes", "leak", "spike", "crash"),
    amount: fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
    rate: fc.double({ min: 0, max: 1, noNaN: true, noDefaultInfinity: true }),
    probe: fc.constantFrom("startup", "readiness", "liveness", "all"),
    until: fc.constantFrom(1, 60_000_000, Infinity),
  }),
  killForMemory: fc.record({ kind: fc.constant("killForMemory"), pod: small, container: fc.option(text) }),
};
const body: fc.Arbitrary<WireBody> = fc.oneof(...Object.values(bodies));

describe("bodies on the wire", () => {
  for (const [kind, arbitrary] of Object.entries(bodies)) {
    test.prop([fc.array(arbitrary as fc.Arbitrary<WireBody>, { minLength: 1, maxLength: 3 })])(
      `${kind} comes back as it was sent`,
      (sent) => {
        const writer = new WordWriter(1);
        for (const one of sent) encodeBody(one, writer);
        const reader = new WordReader().over(writer.words.subarray(0, writer.length));
        expect(sent.map(() => decodeBody(reader))).toEqual(plain(sent));
        expect(reader.position).toBe(writer.length);
      },
    );
  }

  test.prop([
    fc.record(
      {
        position: small,
        service: small,
        committedAt: instant,
        pods: fc.array(fc.nat()),
        nodes: fc.array(fc.nat()),
        isTerminating: fc.constant(true),
        fallback: fc.record({ pods: fc.array(fc.nat()), nodes: fc.array(fc.nat()) }),
        hints: fc.array(fc.integer({ min: -1, max: 9 })),
        hintsNodes: fc.constant(true),
        late: cause,
        changed: small,
        cause,
      },
      { requiredKeys: ["position", "service", "committedAt", "pods", "nodes", "changed", "cause"] },
    ),
    instant,
  ])("an endpoint entry comes back with its validity", (entry, validFrom) => {
    const writer = new WordWriter();
    encodeEndpointEntry(entry, validFrom, writer);
    const reader = new WordReader().over(writer.words.subarray(0, writer.length));
    expect(decodeEndpointEntry(reader)).toEqual({ validFrom, entry: plain(entry) });
    expect(reader.position).toBe(writer.length);
  });

  test.prop([body, cause])("a body travels with the cause under which it was sent", (sent, sentCause) => {
    const here = mailboxWithCauses();
    const there = mailboxWithCauses();
    const writer = new WordWriter();
    encodeMail(here.mailbox, here.causes, here.mailbox.put(sent, sentCause), writer);
    const slot = decodeMail(there.mailbox, new WordReader().over(writer.words.subarray(0, writer.length)));
    expect(there.mailbox.take(slot)).toEqual(plain(sent));
    expect(there.causes.current).toBe(sentCause);
  });
});

describe("words", () => {
  test.prop([fc.array(fc.oneof(fc.integer(), fc.nat()), { maxLength: 200 }), fc.string({ unit: "binary" }), fc.double()])(
    "every value is read back bit by bit",
    (ints, string, number) => {
      const writer = new WordWriter(1);
      writer.ints(ints);
      writer.text(string);
      writer.number(number);
      writer.int(0xffffffff);
      const reader = new WordReader().over(writer.words.subarray(0, writer.length));
      expect(reader.ints()).toEqual(ints);
      expect(reader.text()).toBe(string);
      expect(Object.is(reader.number(), number)).toBe(true);
      expect(reader.unsigned()).toBe(0xffffffff);
    },
  );

  test("a value that is no 32-bit integer is refused, not cut", () => {
    for (const value of [0.5, NaN, Infinity, 2 ** 32, -(2 ** 31) - 1]) expect(() => new WordWriter().int(value)).toThrow(/one word/);
  });

  test("reading past the end is an error", () => {
    expect(() => new WordReader().over(new Int32Array(1)).number()).toThrow(/past the last word/);
  });
});

function mailboxWithCauses(): { mailbox: Mailbox<WireBody>; causes: CauseTable } {
  const causes = new CauseTable();
  const simulator = new Simulator({ lpCount: 1, shard: 0, shardOf: new Uint8Array(1), outbox: null });
  return { mailbox: new Mailbox<WireBody>(simulator, causes), causes };
}

/** fast-check's records have no prototype; what is decoded has the ordinary one. */
function plain<Value>(value: Value): Value {
  return structuredClone(value);
}
