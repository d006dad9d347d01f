/**
 * A small random life of Pods on one kubelet, and its run against the kubelet's rules (engine/checks/kubelet-rules.ts).
 * Plain JSON, so that a counterexample can be printed and run again.
 */
import type { ApplicationBehaviour } from "../../engine/application/application.ts";
import type { ContainerScript, ScriptWindow } from "../../engine/application/container-script.ts";
import { KubeletRules } from "../../engine/checks/kubelet-rules.ts";
import { MILLISECOND, SECOND, formatTime } from "../../engine/kernel/time.ts";
import {
  instantBehaviour,
  instantSettings,
  testContainer,
  testProbe,
  testTemplate,
  TestNodes,
} from "../../engine/kubernetes/kubelet/test-node.ts";
import { defaultKubeletConfiguration } from "../../engine/kubernetes/objects/kubelet-configuration.ts";
import type {
  Container,
  LifecycleHandler,
  PodTemplate,
  Probe,
  ProbeHandler,
  RestartPolicy,
  RestartPolicyRule,
} from "../../engine/kubernetes/objects/pod.ts";
import { versionsOfMinor, settingsOfVersion, type Versions } from "../../engine/kubernetes/versions.ts";
import type { Settings } from "../../engine/settings.ts";

/** Times in ms, unless said otherwise. */
export interface ProbeCase {
  readonly handler: ProbeHandler["type"];
  /** seconds */
  readonly delay: number;
  readonly period: number;
  readonly timeout: number;
  readonly success: number;
  readonly failure: number;
  readonly grace: number | null;
}

export interface HookCase {
  readonly type: "exec" | "sleep" | "httpGet";
  readonly lasts: number;
  readonly fails: boolean;
}

export interface ContainerCase {
  readonly isSidecar: boolean;
  /** Ends of its runs, the last one for all later ones. Empty: it runs for ever. */
  readonly runs: readonly { readonly after: number | null; readonly code: number; readonly oomKilled: boolean }[];
  /** Null: ignores SIGTERM. */
  readonly stop: { readonly after: number; readonly code: number } | null;
  /** What its checks answer from an age on: 0 is well. */
  readonly health: readonly { readonly from: number; readonly isWell: boolean; readonly lasts: number }[];
  readonly startUp: number;
  readonly startup: ProbeCase | null;
  readonly liveness: ProbeCase | null;
  readonly readiness: ProbeCase | null;
  readonly postStart: HookCase | null;
  readonly preStop: HookCase | null;
  readonly pull: { readonly takes: number; readonly failures: number } | null;
  readonly startFails: boolean;
  /** Its memory reaches its limit at this age; null: never. */
  readonly outOfMemory: number | null;
  readonly rule: "none" | "Restart" | "RestartAllContainers";
  readonly policy: RestartPolicy | null;
}

export interface PodCase {
  readonly createdAt: number;
  readonly restartPolicy: RestartPolicy;
  /** seconds */
  readonly grace: number;
  readonly deadline: number | null;
  readonly init: readonly ContainerCase[];
  readonly containers: readonly ContainerCase[];
}

export interface OccurrenceCase {
  readonly at: number;
  readonly kind:
    | "delete"
    | "forceDelete"
    | "restartKubelet"
    | "reboot"
    | "loseRecords"
    | "setImage"
    | "debug"
    | "killForMemory"
    | "failProbes"
    | "shutdown";
  readonly pod: number;
  /** seconds */
  readonly lasts: number;
}

export interface KubeletCase {
  readonly minor: number;
  readonly seed: number;
  /** Latencies and jitters as they are by default; false: none. */
  readonly isSlow: boolean;
  readonly pods: readonly PodCase[];
  readonly occurrences: readonly OccurrenceCase[];
  readonly duration: number;
  /** The longest crash-loop delay, seconds; null: the default. */
  readonly longestBackOff: number | null;
}

export interface Breach {
  readonly rule: string;
  readonly message: string;
}

/** Runs a case. `plant` may break the kubelet before it begins. Returns what the rules say, in order. */
export function runKubeletCase(drawn: KubeletCase, plant: (nodes: TestNodes) => void = () => undefined): Breach[] {
  const versions = versionsOfMinor(drawn.minor);
  const settings = settingsOf(drawn);
  const breaches: Breach[] = [];
  const rules = new KubeletRules({
    settings,
    versions,
    ring: (rule, now, message) => breaches.push({ rule, message: `${formatTime(now)}: ${message}` }),
  });
  const nodes: TestNodes = new TestNodes({
    settings,
    versions,
    seed: drawn.seed,
    observer: rules,
    template: { kubelet: { ...defaultKubeletConfiguration, shutdownGracePeriod: 10 * SECOND } },
    behaviourOf: (template, container) => {
      const pod = drawn.pods[Number(nodes.definitions.template(template).labels["case"])]!;
      return behaviourOf([...pod.init, ...pod.containers][container]);
    },
  });
  plant(nodes);
  const life = new Life(nodes, drawn, versions);
  for (const { at, act } of life.agenda()) {
    nodes.run(at);
    act();
  }
  nodes.run(drawn.duration * MILLISECOND);
  rules.atEnd(nodes.simulator.now);
  return breaches;
}

function settingsOf({ minor, isSlow, longestBackOff }: KubeletCase): Settings {
  const ofVersion = settingsOfVersion(minor);
  const longest = longestBackOff === null ? {} : { crashBackoffMax: longestBackOff * SECOND };
  return isSlow
    ? { ...ofVersion, ...longest }
    : {
        ...ofVersion,
        ...instantSettings,
        plegOnDemandRelist: ofVersion.plegOnDemandRelist,
        kubeletQps: ofVersion.kubeletQps,
        kubeletBurst: ofVersion.kubeletBurst,
        ...longest,
      };
}

/** What happens to the Pods from outside. */
class Life {
  private readonly nodes: TestNodes;
  private readonly drawn: KubeletCase;
  private readonly versions: Versions;
  private readonly ids: (number | undefined)[] = [];
  private readonly removed = new Set<number>();
  private debugged = 0;

  constructor(nodes: TestNodes, drawn: KubeletCase, versions: Versions) {
    this.nodes = nodes;
    this.drawn = drawn;
    this.versions = versions;
  }

  agenda(): { at: number; act: () => void }[] {
    const { pods, occurrences, duration } = this.drawn;
    const steps = pods.map((pod, index) => ({
      at: pod.createdAt * MILLISECOND,
      act: () => void (this.ids[index] = this.nodes.addPod(templateOf(pod, index, this.versions), pod.createdAt * MILLISECOND).id),
    }));
    const later: { at: number; act: () => void }[] = [];
    for (const occurrence of occurrences) {
      const at = Math.max(1, occurrence.at) * MILLISECOND;
      const end = at + occurrence.lasts * SECOND;
      later.push({ at, act: () => this.happen(occurrence, at, end) });
    }
    return [...steps, ...later].filter(({ at }) => at < duration * MILLISECOND).sort((a, b) => a.at - b.at);
  }

  private happen({ kind, pod, lasts }: OccurrenceCase, at: number, end: number): void {
    const { nodes } = this;
    switch (kind) {
      case "restartKubelet":
        nodes.fault({ kind: "stopKubelet" }, at);
        return nodes.fault({ kind: "startKubelet" }, end);
      case "reboot":
      case "loseRecords":
        nodes.fault({ kind: "loseNode" }, at);
        return nodes.fault(kind === "reboot" ? { kind: "returnNode" } : { kind: "returnNode", recordsLost: true }, end);
      case "shutdown":
        return nodes.fault({ kind: "shutdownNode" }, at);
      default:
        break;
    }
    const id = this.ids[pod % this.drawn.pods.length];
    if (id === undefined || this.isRemoved(id)) return;
    const record = nodes.records[id]!;
    const isDeleting = record.deletionTimestamp !== -1;
    switch (kind) {
      case "delete":
        // A later DELETE only shortens the grace.
        return nodes.deletePod(id, at, isDeleting ? Math.min(record.deletionGracePeriodSeconds, lasts) : lasts);
      case "forceDelete":
        nodes.deletePod(id, at, 0);
        this.removed.add(id);
        return nodes.removePod(id, at + 2 * MILLISECOND);
      case "killForMemory":
        return nodes.fault({ kind: "killForMemory", pod: id, container: null }, at);
      case "failProbes":
        return nodes.fault({ kind: "failProbes", pod: id, probe: "all", rate: 1, until: end }, at);
      case "setImage":
        if (!isDeleting) nodes.changePod(id, withImages(this.templateOf(id), `other${at}`), at);
        return;
      case "debug":
        // Ephemeral containers came with 1.25 for good.
        if (!isDeleting && this.drawn.minor >= 25) nodes.changePod(id, withDebugger(this.templateOf(id), `debug${this.debugged++}`), at);
        return;
    }
  }

  private templateOf(id: number): PodTemplate {
    return this.nodes.definitions.template(this.nodes.records[id]!.template);
  }

  private isRemoved(id: number): boolean {
    return this.removed.has(id) || this.nodes.received.some(({ request }) => request.kind === "deletePod" && request.pod === id);
  }
}

function withImages(template: PodTemplate, image: string): PodTemplate {
  const [first, ...others] = template.spec.containers;
  return { ...template, spec: { ...template.spec, containers: [{ ...first!, image: `${image}:v1` }, ...others] } };
}

function withDebugger(template: PodTemplate, name: string): PodTemplate {
  const { ephemeralContainers = [] } = template.spec;
  return { ...template, spec: { ...template.spec, ephemeralContainers: [...ephemeralContainers, testContainer(name)] } };
}

// ── from plain values to what the kubelet knows ──

function templateOf(pod: PodCase, index: number, versions: Versions): PodTemplate {
  const { restartPolicy, grace, deadline } = pod;
  const init = pod.init.map((container, place) => containerOf(container, `init${place}`, versions, true));
  const template = testTemplate(
    pod.containers.map((container, place) => containerOf(container, `main${place}`, versions, false)),
    { restartPolicy, terminationGracePeriodSeconds: grace, activeDeadlineSeconds: deadline, initContainers: init },
  );
  return { ...template, labels: { case: String(index) } };
}

function containerOf(drawn: ContainerCase, name: string, versions: Versions, isInit: boolean): Container {
  const isSidecar = isInit && drawn.isSidecar && versions.sidecars;
  const runsOn = !isInit || isSidecar;
  const probe = (of: ProbeCase | null): Probe | null => (of === null || !runsOn ? null : probeOf(of, versions));
  const rules = runsOn && !isInit ? rulesOf(drawn, versions) : {};
  return testContainer(name, {
    startupProbe: probe(drawn.startup),
    // Only readiness may ask for more than one success.
    livenessProbe: probe(drawn.liveness),
    readinessProbe: readinessOf(drawn.readiness, probe(drawn.readiness)),
    postStart: runsOn ? hookOf(drawn.postStart, versions) : null,
    preStop: runsOn ? hookOf(drawn.preStop, versions) : null,
    resources: { requests: {}, limits: drawn.outOfMemory === null ? {} : { memory: 2_000_000 + drawn.outOfMemory * 1000 } },
    restartPolicy: isSidecar ? "Always" : null,
    ...rules,
  });
}

function rulesOf({ rule, policy }: ContainerCase, versions: Versions): Partial<Container> {
  if (!versions.containerRestartRules || policy === null) return {};
  if (rule === "none" || (rule === "RestartAllContainers" && !versions.restartAllContainers)) return { restartPolicy: policy };
  const restartPolicyRules: RestartPolicyRule[] = [{ action: rule, operator: "In", values: [7] }];
  return { restartPolicy: policy, restartPolicyRules };
}

function readinessOf(drawn: ProbeCase | null, probe: Probe | null): Probe | null {
  return probe === null || drawn === null ? null : { ...probe, successThreshold: drawn.success, terminationGracePeriodSeconds: null };
}

function probeOf({ handler, delay, period, timeout, failure, grace }: ProbeCase, versions: Versions): Probe {
  return testProbe({
    handler: handlerOf(handler === "grpc" && !versions.grpcProbes ? "tcpSocket" : handler),
    initialDelaySeconds: delay,
    periodSeconds: period,
    timeoutSeconds: timeout,
    failureThreshold: failure,
    terminationGracePeriodSeconds: versions.probeGracePeriod ? grace : null,
  });
}

function handlerOf(type: ProbeHandler["type"]): ProbeHandler {
  switch (type) {
    case "httpGet":
      return { type, path: "/", port: 80, host: "", scheme: "HTTP", httpHeaders: [] };
    case "tcpSocket":
      return { type, port: 80, host: "" };
    case "grpc":
      return { type, port: 80, service: "" };
    case "exec":
      return { type, command: ["check"] };
  }
}

function hookOf(drawn: HookCase | null, versions: Versions): LifecycleHandler | null {
  if (drawn === null) return null;
  const { type, lasts } = drawn;
  if (type === "sleep" && versions.sleepHooks) return { type, seconds: Math.ceil(lasts / 1000) };
  if (type === "httpGet") return { type, path: "/", port: 80, host: "", scheme: "HTTP", httpHeaders: [] };
  return { type: "exec", command: ["hook"] };
}

function behaviourOf(drawn: ContainerCase | undefined): ApplicationBehaviour {
  // A debugging container.
  if (drawn === undefined) return instantBehaviour;
  const { startUp, pull, startFails, outOfMemory, postStart, preStop } = drawn;
  const hook = postStart ?? preStop;
  return {
    ...instantBehaviour,
    startUp: { type: "constant", value: startUp * MILLISECOND },
    script: scriptOf(drawn),
    startFails: startFails ? 0.5 : 0,
    memory: outOfMemory === null ? instantBehaviour.memory : { base: 2_000_000, perRequest: 0, growth: 1_000_000 },
    ...(hook === null
      ? {}
      : {
          hooks: {
            preStop: { duration: { type: "constant", value: hook.lasts * MILLISECOND + 1 }, fails: hook.fails ? 1 : 0, exitCode: 1 },
          },
        }),
    ...(pull === null
      ? {}
      : { image: { size: pull.takes * 100_000, present: false, pull: { failures: pull.failures, error: "registry says no" } } }),
  };
}

function scriptOf({ runs, stop, health, postStart, preStop }: ContainerCase): ContainerScript {
  const hook = postStart ?? preStop;
  const window = (from: number, result: number, lasts: number): ScriptWindow => ({
    from: from * MILLISECOND,
    result,
    duration: lasts * MILLISECOND,
    attempts: null,
    output: "",
  });
  return {
    runs: runs.map(({ after, code, oomKilled }) => ({
      exitAfter: after === null ? null : after * MILLISECOND,
      code: oomKilled ? 137 : code,
      oomKilled,
    })),
    stop: stop === null ? null : { after: stop.after * MILLISECOND, code: stop.code },
    exec: {
      check: health.map(({ from, isWell, lasts }) => window(from, isWell ? 0 : 1, lasts)),
      ...(hook === null ? {} : { hook: [window(0, hook.fails ? 1 : 0, hook.lasts)] }),
    },
    http: { port: 0, paths: { "/": health.map(({ from, isWell, lasts }) => window(from, isWell ? 200 : 500, lasts)) } },
  };
}
