/**
 * What crosses shards, as flat words: one pair of functions for each kind of body, and no other way. Every
 * body travels with the cause under which it was sent. Texts of a closed list travel as their number.
 */
import type { DisturbanceEffect, DisturbContainer } from "./application/disturbance.ts";
import type { FaultMessage } from "./chaos/fault-messages.ts";
import { assert, unreachable } from "./kernel/assert.ts";
import type { CauseTable } from "./kernel/causes.ts";
import type { Mailbox } from "./kernel/mailbox.ts";
import type { KubeletNotice, KubeletRequest } from "./kubernetes/api-server/node-messages.ts";
import { plainTraits, type PodRecord, type PodTraits } from "./kubernetes/api-server/pod-record.ts";
import type { BlameEntry } from "./kubernetes/network/blame-log.ts";
import type { EndpointEntry, EndpointNotice } from "./kubernetes/network/endpoint-log.ts";
import type { Taint } from "./kubernetes/objects/meta.ts";
import type { NodeReady } from "./kubernetes/objects/node.ts";
import type {
  ContainerState,
  ContainerStatus,
  Disruption,
  DisruptionReason,
  PodPhase,
  PodStatus,
  TerminatedReason,
  WaitingReason,
} from "./kubernetes/objects/pod.ts";
import type { AttemptEnded, AttemptMessage, TrafficMessage } from "./traffic/attempt.ts";
import type { WordReader, WordWriter } from "./words.ts";

export { WordReader, WordWriter } from "./words.ts";

/** Every message that may be sent to an LP of another shard. */
export type WireBody = KubeletRequest | KubeletNotice | EndpointNotice | TrafficMessage | FaultMessage;

/** Position = number on the wire; both ends run the same program, so the order may change freely. */
const kinds: readonly WireBody["kind"][] = [
  "patchPodStatus",
  "deletePod",
  "createMirrorPod",
  "podKeptUnready",
  "renewLease",
  "reportUsage",
  "patchNodeStatus",
  "registerNode",
  "nodeChanged",
  "podAdded",
  "podUpdated",
  "podRemoved",
  "endpointsChanged",
  "attempt",
  "attemptEnded",
  "connectionsClosed",
  "loseNode",
  "returnNode",
  "shutdownNode",
  "stopKubelet",
  "startKubelet",
  "freezeNode",
  "thawNode",
  "cutOff",
  "reconnect",
  "isolate",
  "join",
  "part",
  "rejoin",
  "failProbes",
  "disturbPulls",
  "disturbContainer",
  "killForMemory",
];
const kindNumbers: ReadonlyMap<string, number> = numbered(kinds);

/** Texts that occur all the time; any other is spelled out. */
const knownTexts: readonly string[] = [
  "",
  "ContainerCreating",
  "PodInitializing",
  "CrashLoopBackOff",
  "ErrImagePull",
  "ImagePullBackOff",
  "ErrImageNeverPull",
  "InvalidImageName",
  "CreateContainerError",
  "RunContainerError",
  "PostStartHookError",
  "Completed",
  "Error",
  "OOMKilled",
  "ContainerStatusUnknown",
  "StartError",
  "NodeLost",
  "startup",
  "readiness",
  "liveness",
  "all",
];
const textNumbers: ReadonlyMap<string, number> = numbered(knownTexts);
const SPELLED_OUT = -1;

/** Takes the body out of its slot and writes it with its cause. */
export function encodeMail<Body extends WireBody>(mailbox: Mailbox<Body>, causes: CauseTable, slot: number, writer: WordWriter): void {
  const body = mailbox.take(slot);
  writer.number(causes.current);
  encodeBody(body, writer);
}

/** Reads what `encodeMail` wrote and returns its slot here. */
export function decodeMail(mailbox: { put(body: WireBody, cause: number): number }, reader: WordReader): number {
  const cause = reader.number();
  return mailbox.put(decodeBody(reader), cause);
}

export function encodeBody(body: WireBody, writer: WordWriter): void {
  const kind = kindNumbers.get(body.kind);
  assert(kind !== undefined, `messages of kind ${body.kind} don't cross shards`);
  writer.int(kind);
  switch (body.kind) {
    case "patchPodStatus":
      writer.int(body.pod);
      return encodePodStatus(body.status, writer);
    case "deletePod":
    case "podRemoved":
    case "podKeptUnready":
      return writer.int(body.pod);
    case "createMirrorPod":
      writer.int(body.workload);
      return writer.int(body.template);
    case "renewLease":
      return writer.int(body.node);
    case "reportUsage":
      writer.int(body.node);
      writer.number(body.at);
      writer.int(body.usage.length);
      for (const number of body.usage) writer.number(number);
      return;
    case "patchNodeStatus":
    case "registerNode":
      writer.int(body.node);
      writer.int(body.ready);
      writer.int(body.pressure);
      if (body.kind === "registerNode") return;
      writer.flag(body.images !== null);
      if (body.images !== null) writer.int(body.images.length);
      for (const image of body.images ?? []) encodeText(image, writer);
      return;
    case "nodeChanged":
      writer.flag(body.unschedulable);
      writer.int(body.taints.length);
      for (const { key, value, effect } of body.taints) for (const part of [key, value, effect]) encodeText(part, writer);
      return encodeText(body.labels === null ? "" : JSON.stringify(body.labels), writer);
    case "podAdded":
    case "podUpdated":
      return encodePodRecord(body.record, writer);
    case "endpointsChanged":
      return writer.int(body.position);
    case "attempt":
      return encodeAttempt(body, writer);
    case "attemptEnded":
      return encodeAttemptEnded(body, writer);
    case "connectionsClosed":
      writer.int(body.load);
      return writer.int(body.pod);
    case "loseNode":
    case "shutdownNode":
    case "stopKubelet":
    case "startKubelet":
    case "freezeNode":
    case "thawNode":
    case "reconnect":
    case "isolate":
    case "join":
    case "rejoin":
      return writer.int(body.fault);
    case "part":
      writer.int(body.fault);
      return writer.ints(body.nodes);
    case "cutOff":
      writer.int(body.fault);
      return writer.flag(body.isSilent);
    case "returnNode":
      writer.int(body.fault);
      return writer.flag(body.recordsLost === true);
    case "failProbes":
      writer.int(body.pod);
      encodeText(body.probe, writer);
      writer.number(body.rate);
      writer.number(body.until);
      return writer.int(body.fault);
    case "disturbPulls":
      encodeTextOrNull(body.image, writer);
      writer.number(body.rate);
      writer.number(body.slowdown);
      return writer.number(body.until);
    case "disturbContainer":
      writer.int(body.pod);
      encodeTextOrNull(body.container, writer);
      encodeText(body.effect, writer);
      writer.number(body.amount);
      writer.number(body.rate);
      encodeText(body.probe, writer);
      return writer.number(body.until);
    case "killForMemory":
      writer.int(body.pod);
      return encodeTextOrNull(body.container, writer);
    default:
      return unreachable(body);
  }
}

/** Null: those of the node's template. */
function decodeLabels(reader: WordReader): Readonly<Record<string, string>> | null {
  const text = decodeText(reader);
  return text === "" ? null : (JSON.parse(text) as Readonly<Record<string, string>>);
}

function decodeTaint(reader: WordReader): Taint {
  const key = decodeText(reader);
  const value = decodeText(reader);
  return { key, value, effect: decodeText(reader) as Taint["effect"] };
}

export function decodeBody(reader: WordReader): WireBody {
  const number = reader.int();
  const kind = kinds[number];
  assert(kind !== undefined, `no kind of message has number ${number}`);
  switch (kind) {
    case "patchPodStatus":
      return { kind, pod: reader.int(), status: decodePodStatus(reader) };
    case "deletePod":
    case "podRemoved":
    case "podKeptUnready":
      return { kind, pod: reader.int() };
    case "nodeChanged":
      return {
        kind,
        unschedulable: reader.flag(),
        taints: Array.from({ length: reader.int() }, () => decodeTaint(reader)),
        labels: decodeLabels(reader),
      };
    case "createMirrorPod":
      return { kind, workload: reader.int(), template: reader.int() };
    case "renewLease":
      return { kind, node: reader.int() };
    case "reportUsage": {
      const node = reader.int();
      const at = reader.number();
      return { kind, node, at, usage: Array.from({ length: reader.int() }, () => reader.number()) };
    }
    case "patchNodeStatus":
      return {
        kind,
        node: reader.int(),
        ready: reader.int() as NodeReady,
        pressure: reader.int(),
        images: reader.flag() ? Array.from({ length: reader.int() }, () => decodeText(reader)) : null,
      };
    case "registerNode":
      return { kind, node: reader.int(), ready: reader.int() as NodeReady, pressure: reader.int() };
    case "podAdded":
    case "podUpdated":
      return { kind, record: decodePodRecord(reader) };
    case "endpointsChanged":
      return { kind, position: reader.int() };
    case "attempt":
      return decodeAttempt(reader);
    case "attemptEnded":
      return decodeAttemptEnded(reader);
    case "connectionsClosed":
      return { kind, load: reader.int(), pod: reader.int() };
    case "loseNode":
    case "shutdownNode":
    case "stopKubelet":
    case "startKubelet":
    case "freezeNode":
    case "thawNode":
    case "reconnect":
    case "isolate":
    case "join":
    case "rejoin":
      return { kind, fault: reader.int() };
    case "part": {
      const fault = reader.int();
      return { kind, fault, nodes: reader.ints() };
    }
    case "cutOff":
      return { kind, fault: reader.int(), isSilent: reader.flag() };
    case "returnNode": {
      const fault = reader.int();
      return reader.flag() ? { kind, fault, recordsLost: true } : { kind, fault };
    }
    case "failProbes": {
      const pod = reader.int();
      const probe = decodeText(reader) as "startup" | "readiness" | "liveness" | "all";
      return { kind, pod, probe, rate: reader.number(), until: reader.number(), fault: reader.int() };
    }
    case "disturbPulls":
      return {
        kind,
        image: decodeTextOrNull(reader),
        rate: reader.number(),
        slowdown: reader.number(),
        until: reader.number(),
      };
    case "disturbContainer":
      return {
        kind,
        pod: reader.int(),
        container: decodeTextOrNull(reader),
        effect: decodeText(reader) as DisturbanceEffect,
        amount: reader.number(),
        rate: reader.number(),
        probe: decodeText(reader) as DisturbContainer["probe"],
        until: reader.number(),
      };
    case "killForMemory":
      return { kind, pod: reader.int(), container: decodeTextOrNull(reader) };
    default:
      return unreachable(kind);
  }
}

/** One entry of the endpoint log, and from when it may be read. */
export function encodeEndpointEntry(entry: EndpointEntry, validFrom: number, writer: WordWriter): void {
  writer.number(validFrom);
  writer.int(entry.position);
  writer.int(entry.service);
  writer.number(entry.committedAt);
  writer.ints(entry.pods);
  writer.ints(entry.nodes);
  const { fallback, hints } = entry;
  writer.int(
    (entry.isTerminating === true ? IS_TERMINATING : 0) |
      (fallback === undefined ? 0 : HAS_FALLBACK) |
      (hints === undefined ? 0 : HAS_HINTS) |
      (entry.hintsNodes === true ? HINTS_NODES : 0) |
      (entry.late === undefined ? 0 : IS_LATE),
  );
  if (fallback !== undefined) {
    writer.ints(fallback.pods);
    writer.ints(fallback.nodes);
  }
  if (hints !== undefined) writer.ints(hints);
  if (entry.late !== undefined) writer.number(entry.late);
  writer.int(entry.changed);
  writer.number(entry.cause);
}

/** Bits of what an entry of the endpoint log has beyond its endpoints. */
const IS_TERMINATING = 1;
const HAS_FALLBACK = 2;
const HAS_HINTS = 4;
const HINTS_NODES = 8;
const IS_LATE = 16;

export function decodeEndpointEntry(reader: WordReader): { readonly validFrom: number; readonly entry: EndpointEntry } {
  const validFrom = reader.number();
  const position = reader.int();
  const service = reader.int();
  const committedAt = reader.number();
  const pods = reader.ints();
  const nodes = reader.ints();
  const bits = reader.int();
  const beyond = {
    ...((bits & IS_TERMINATING) === 0 ? {} : { isTerminating: true }),
    ...((bits & HAS_FALLBACK) === 0 ? {} : { fallback: { pods: reader.ints(), nodes: reader.ints() } }),
    ...((bits & HAS_HINTS) === 0 ? {} : { hints: reader.ints() }),
    ...((bits & HINTS_NODES) === 0 ? {} : { hintsNodes: true }),
    ...((bits & IS_LATE) === 0 ? {} : { late: reader.number() }),
  };
  return { validFrom, entry: { position, service, committedAt, pods, nodes, ...beyond, changed: reader.int(), cause: reader.number() } };
}

/** One entry of the blame log, and from when it may be read. */
export function encodeBlame({ service, pod, cause, delay }: BlameEntry, validFrom: number, writer: WordWriter): void {
  writer.number(validFrom);
  writer.int(service);
  writer.int(pod);
  writer.number(cause);
  writer.number(delay);
}

export function decodeBlame(reader: WordReader): { readonly validFrom: number; readonly entry: BlameEntry } {
  const validFrom = reader.number();
  const service = reader.int();
  const pod = reader.int();
  return { validFrom, entry: { service, pod, cause: reader.number(), delay: reader.number() } };
}

function encodeAttempt(attempt: AttemptMessage, writer: WordWriter): void {
  writer.int(attempt.load);
  writer.int(attempt.pod);
  writer.int(attempt.place);
  writer.int(attempt.attempt);
  writer.number(attempt.intendedAt);
  writer.number(attempt.request);
  writer.int(attempt.origin);
  writer.flag(attempt.isOnOpenConnection === true);
}

function encodeAttemptEnded(ended: AttemptEnded, writer: WordWriter): void {
  writer.int(ended.load);
  writer.int(ended.pod);
  writer.int(ended.place);
  writer.int(ended.attempt);
  writer.number(ended.intendedAt);
  writer.number(ended.request);
  writer.int(ended.origin);
  writer.int(ended.outcome);
  writer.int(ended.situation);
  writer.number(ended.why);
}

function decodeAttemptEnded(reader: WordReader): AttemptEnded {
  const load = reader.int();
  const pod = reader.int();
  const place = reader.int();
  const attempt = reader.int();
  const intendedAt = reader.number();
  const request = reader.number();
  const origin = reader.int();
  const outcome = reader.int();
  const situation = reader.int();
  return { kind: "attemptEnded", load, pod, place, attempt, intendedAt, request, origin, outcome, situation, why: reader.number() };
}

function decodeAttempt(reader: WordReader): AttemptMessage {
  const load = reader.int();
  const pod = reader.int();
  const place = reader.int();
  const attempt = reader.int();
  const intendedAt = reader.number();
  const request = reader.number();
  const origin = reader.int();
  const message: AttemptMessage = { kind: "attempt", load, pod, place, attempt, intendedAt, request, origin };
  return reader.flag() ? { ...message, isOnOpenConnection: true } : message;
}

function encodePodRecord(record: PodRecord, writer: WordWriter): void {
  writer.int(record.id);
  writer.number(record.resourceVersion);
  writer.int(record.owner);
  writer.int(record.workload);
  writer.int(record.ordinal);
  writer.int(record.template);
  writer.int(record.node);
  writer.number(record.createdAt);
  writer.number(record.deletionTimestamp);
  writer.number(record.deletionGracePeriodSeconds);
  encodePodStatus(record.status, writer);
  encodePodTraits(record.traits ?? null, writer);
  writer.number(record.cause);
}

/** Finalizers and given labels stay at the API server: no kubelet looks at them. */
function encodePodTraits(traits: PodTraits | null, writer: WordWriter): void {
  writer.flag(traits !== null);
  if (traits === null) return;
  encodeText(traits.name, writer);
  writer.int(traits.index);
  writer.int(traits.targetNode);
}

function decodePodTraits(reader: WordReader): PodTraits | null {
  if (!reader.flag()) return null;
  const name = decodeText(reader);
  const index = reader.int();
  return { ...plainTraits, name, index, targetNode: reader.int() };
}

function decodePodRecord(reader: WordReader): PodRecord {
  const id = reader.int();
  const resourceVersion = reader.number();
  const owner = reader.int();
  const workload = reader.int();
  const ordinal = reader.int();
  const template = reader.int();
  const node = reader.int();
  const createdAt = reader.number();
  const deletionTimestamp = reader.number();
  const deletionGracePeriodSeconds = reader.number();
  const status = decodePodStatus(reader);
  const traits = decodePodTraits(reader);
  return {
    id,
    resourceVersion,
    owner,
    workload,
    ordinal,
    template,
    node,
    createdAt,
    deletionTimestamp,
    deletionGracePeriodSeconds,
    status,
    traits,
    cause: reader.number(),
  };
}

function encodePodStatus(status: PodStatus, writer: WordWriter): void {
  writer.int(status.phase);
  encodeText(status.reason, writer);
  encodeText(status.message ?? "", writer);
  writer.int(status.conditions);
  writer.int(status.conditionPhase ?? -1);
  writer.number(status.readySince);
  writer.number(status.startTime);
  writer.flag(status.hasPodIp);
  encodeContainers(status.containers, writer);
  encodeContainers(status.initContainers, writer);
  encodeContainers(status.ephemeralContainers ?? [], writer);
  encodeDisruption(status.disruption, writer);
  const times = status.conditionTimes ?? [];
  writer.int(times.length);
  for (const time of times) writer.number(time);
}

/** No reason: there is none. */
function encodeDisruption(disruption: Disruption | undefined, writer: WordWriter): void {
  encodeText(disruption?.reason ?? "", writer);
  if (disruption === undefined) return;
  encodeText(disruption.message, writer);
  writer.number(disruption.since);
}

function decodeDisruption(reader: WordReader): Disruption | undefined {
  const reason = decodeText(reader) as DisruptionReason | "";
  return reason === "" ? undefined : { reason, message: decodeText(reader), since: reader.number() };
}

function decodePodStatus(reader: WordReader): PodStatus {
  const phase = reader.int() as PodPhase;
  const reason = decodeText(reader);
  const message = decodeText(reader);
  const conditions = reader.int();
  const conditionPhase = reader.int();
  const readySince = reader.number();
  const startTime = reader.number();
  const hasPodIp = reader.flag();
  const containers = decodeContainers(reader);
  const told = message === "" ? {} : { message };
  const worded = conditionPhase === -1 ? {} : { conditionPhase: conditionPhase as PodPhase };
  const initContainers = decodeContainers(reader);
  const ephemeralContainers = decodeContainers(reader);
  const ephemeral = ephemeralContainers.length === 0 ? {} : { ephemeralContainers };
  const disruption = decodeDisruption(reader);
  const targeted = disruption === undefined ? {} : { disruption };
  const times = Array.from({ length: reader.int() }, () => reader.number());
  const timed = times.length === 0 ? {} : { conditionTimes: times };
  return {
    phase,
    reason,
    ...told,
    conditions,
    ...worded,
    readySince,
    startTime,
    hasPodIp,
    containers,
    initContainers,
    ...ephemeral,
    ...targeted,
    ...timed,
  };
}

function encodeContainers(containers: readonly ContainerStatus[], writer: WordWriter): void {
  writer.int(containers.length);
  for (const container of containers) {
    encodeState(container.state, writer);
    writer.flag(container.lastState !== null);
    if (container.lastState !== null) encodeState(container.lastState, writer);
    writer.int(container.restartCount);
    writer.flag(container.ready);
    writer.flag(container.started);
    encodeText(container.image ?? "", writer);
  }
}

function decodeContainers(reader: WordReader): ContainerStatus[] {
  const containers: ContainerStatus[] = [];
  for (let left = reader.int(); left > 0; left--) {
    const state = decodeState(reader);
    const lastState = reader.flag() ? decodeState(reader) : null;
    const restartCount = reader.int();
    const ready = reader.flag();
    const started = reader.flag();
    const image = decodeText(reader);
    containers.push({ state, lastState, restartCount, ready, started, ...(image === "" ? {} : { image }) });
  }
  return containers;
}

const StateTag = { waiting: 0, running: 1, terminated: 2 } as const;

function encodeState(state: ContainerState, writer: WordWriter): void {
  writer.int(StateTag[state.type]);
  switch (state.type) {
    case "waiting":
      encodeText(state.reason, writer);
      return encodeText(state.message ?? "", writer);
    case "running":
      return writer.number(state.startedAt);
    case "terminated":
      encodeText(state.reason, writer);
      writer.int(state.exitCode);
      writer.number(state.startedAt);
      return writer.number(state.finishedAt);
    default:
      return unreachable(state);
  }
}

function decodeState(reader: WordReader): ContainerState {
  const tag = reader.int();
  if (tag === StateTag.waiting) return decodeWaiting(reader);
  if (tag === StateTag.running) return { type: "running", startedAt: reader.number() };
  assert(tag === StateTag.terminated, `no container state has number ${tag}`);
  const reason = decodeText(reader) as TerminatedReason;
  const exitCode = reader.int();
  const startedAt = reader.number();
  return { type: "terminated", reason, exitCode, startedAt, finishedAt: reader.number() };
}

function decodeWaiting(reader: WordReader): ContainerState {
  const reason = decodeText(reader) as WaitingReason;
  const message = decodeText(reader);
  return { type: "waiting", reason, ...(message === "" ? {} : { message }) };
}

function encodeText(text: string, writer: WordWriter): void {
  const number = textNumbers.get(text);
  writer.int(number ?? SPELLED_OUT);
  if (number === undefined) writer.text(text);
}

function decodeText(reader: WordReader): string {
  const number = reader.int();
  if (number === SPELLED_OUT) return reader.text();
  const text = knownTexts[number];
  assert(text !== undefined, `no text has number ${number}`);
  return text;
}

function encodeTextOrNull(text: string | null, writer: WordWriter): void {
  writer.flag(text !== null);
  if (text !== null) encodeText(text, writer);
}

function decodeTextOrNull(reader: WordReader): string | null {
  return reader.flag() ? decodeText(reader) : null;
}

function numbered(texts: readonly string[]): ReadonlyMap<string, number> {
  return new Map(texts.map((text, number) => [text, number]));
}
