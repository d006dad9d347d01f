import { MINUTE } from "../engine/kernel/time.ts";
import { describe, expect, test } from "vitest";
import { invariantNames } from "../engine/invariants/index.ts";
import { defaultSettings } from "../engine/settings.ts";
import type { ScenarioSpec } from "../engine/scenario-spec.ts";
import { formatIssue, formatIssues, sortedIssues } from "./issues.ts";
import { readPlainScenario } from "./plain.ts";
import { readScenario, type ScenarioResult } from "./scenario.ts";
import { parseYaml } from "./yaml.ts";

const base = `apiVersion: podstorm.dev/v1alpha1
kind: Scenario
metadata: { name: shop }
spec:
  kubernetesVersion: "1.36"
  seed: 42
  duration: 10m
  warmup: 60s
  start: settled
  settings: { kcmQps: 50 }
  manifests: [./shop.yaml]
  nodes: [{ count: 5, zones: 2, capacity: { cpu: "8", memory: 32Gi, pods: 110 } }]
  applications:
    - selector: { deployment: web }
      startUp: { logNormal: { median: 4s, p99: 12s } }
      concurrency: 16
      memory: { base: 180Mi }
      shutdown: { drain: 5s }
  load:
    - { target: service/web, rate: 2000/s, timeout: 2s }
  actions:
    - { at: 2m, setImage: { deployment: web, image: "web:v2" } }
  faults:
    - { at: 3m, type: node-loss, selector: { zone: a }, mode: fixed, value: 1, duration: 90s }
  thresholds:
    requests_lost: ["count==0"]
  invariants: [default]
`;

const shop = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: "web:v1" }] }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80 }] }
`;

function read(text: string, files: Readonly<Record<string, string>> = { "./shop.yaml": shop }): ScenarioResult {
  const [document] = parseYaml(text, "s.yaml").documents;
  if (document === undefined) throw new Error("no document");
  return readScenario(document, {
    manifests: null,
    overrides: [],
    defaultName: "fallback",
    readManifestFile: (file) => parseYaml(files[file] ?? "", file),
  });
}

function problems(text: string, files?: Readonly<Record<string, string>>): readonly string[] {
  return sortedIssues(read(text, files).issues).map((issue) => formatIssue(issue).replace(/^s\.yaml:/, ""));
}

function specOf(text: string, files?: Readonly<Record<string, string>>): ScenarioSpec {
  const { spec, issues } = read(text, files);
  if (spec === null) throw new Error(formatIssues(issues));
  return spec;
}

/** What is replaced in the scenario, by what, and what is said then (without the file). */
const bad: readonly (readonly [string, string, readonly string[]])[] = [
  [
    "apiVersion: podstorm.dev/v1alpha1",
    "apiVersion: podstorm.dev/v1",
    ['1:13: apiVersion: found "podstorm.dev/v1", expected "podstorm.dev/v1alpha1"'],
  ],
  ["kind: Scenario", "kind: Deployment", ['2:7: kind: found "Deployment", expected "Scenario"']],
  ["name: shop", "name: My Shop", ["3:19: metadata.name: found \"My Shop\", expected lower case letters, digits, '-' and '.'"]],
  ["  seed: 42", "  sead: 42", ['6:3: spec.sead: found unknown field "sead", expected a known field (hint: did you mean seed?)']],
  ["seed: 42", "seed: -1", ["6:9: spec.seed: found -1, expected 0 or more"]],
  ["seed: 42", "seed: 1.5", ["6:9: spec.seed: found 1.5, expected a whole number"]],
  ['"1.36"', "1.36", ['5:22: spec.kubernetesVersion: found 1.36, expected a version in quotes from "1.20" to "1.36"']],
  ['"1.36"', '"1.19"', ['5:22: spec.kubernetesVersion: found "1.19", expected a version in quotes from "1.20" to "1.36"']],
  ["  duration: 10m\n", "", ["5:3: spec.duration: found nothing, expected a duration with a unit, such as 10m"]],
  [
    "duration: 10m",
    "duration: 600",
    ["7:13: spec.duration: found 600, expected a duration with a unit, such as 250ms, 30s or 1m30s (hint: with a unit: 600s or 600ms)"],
  ],
  ["duration: 10m", "duration: -10m", ['7:13: spec.duration: found "-10m", expected a duration with a unit, such as 250ms, 30s or 1m30s']],
  [
    "duration: 10m",
    "duration: .inf",
    ["7:13: spec.duration: found Infinity, expected a duration with a unit, such as 250ms, 30s or 1m30s"],
  ],
  ["duration: 10m", "duration: 0", ["7:13: spec.duration: found 0, expected more than 0"]],
  ["duration: 10m", "duration: 999999999h", ['7:13: spec.duration: found "999999999h", expected at most 876000h']],
  ["warmup: 60s", "warmup: 10m", ['8:11: spec.warmup: found "10m", expected less than the duration, 10m']],
  [
    "start: settled",
    "start: setled",
    ['9:10: spec.start: found "setled", expected one of "settled", "empty" (hint: did you mean settled?)'],
  ],
  [
    "start: settled",
    "start: settled\n  probes: elide",
    ['10:11: spec.probes: found "elide", expected one of "exact", "elided" (hint: did you mean elided?)'],
  ],
  [
    "kcmQps: 50",
    "kcmQPS: 50",
    ['10:15: spec.settings.kcmQPS: found unknown field "kcmQPS", expected a known field (hint: did you mean kcmQps?)'],
  ],
  ["kcmQps: 50", "kcmQps: 0", ["10:23: spec.settings.kcmQps: found 0, expected more than 0"]],
  [
    "kcmQps: 50",
    "watchLatency: 5",
    [
      "10:29: spec.settings.watchLatency: found 5, expected a duration with a unit, such as 250ms, 30s or 1m30s (hint: with a unit: 5s or 5ms)",
    ],
  ],
  [
    "kcmQps: 50",
    "watchLatency: 5ms, watchLatencyP99: 1ms",
    ["10:51: spec.settings.watchLatencyP99: found 1ms, expected a 99th percentile not below the median (1ms, 5ms)"],
  ],
  [
    "kcmQps: 50",
    "watchLatencyFloor: 1s",
    ["10:34: spec.settings.watchLatencyFloor: found 1s, expected a floor not above the median (1s, 2ms)"],
  ],
  [
    "kcmQps: 50",
    "workqueueMax: 5s, workqueueMaxDelay: 6s",
    [
      '10:52: spec.settings.workqueueMaxDelay: found "workqueueMaxDelay", expected each setting once (hint: it was given before, by its other name)',
    ],
  ],
  [
    'setImage: { deployment: web, image: "web:v2" }',
    "delete: { service: web, gracePeriod: 5s, force: true }",
    [
      '22:54: spec.actions[0].delete.gracePeriod: found "5s", expected this option for a pod only (hint: Pods of a Service get the grace of their own spec)',
      "22:65: spec.actions[0].delete.force: found true, expected this option for a pod only (hint: Pods of a Service get the grace of their own spec)",
    ],
  ],
  ["rate: 2000/s", "rate: 500001/s", ['20:36: spec.load[0].rate: found "500001/s", expected more than 0/s and at most 500000/s']],
  [
    'nodes: [{ count: 5, zones: 2, capacity: { cpu: "8", memory: 32Gi, pods: 110 } }]',
    "nodes: []",
    ["12:10: spec.nodes: found an empty list, expected at least one node"],
  ],
  [
    "kcmQps: 50",
    "ipvsRsCheck: 5s",
    [
      '10:15: spec.settings.ipvsRsCheck: found unknown field "ipvsRsCheck", expected a known field (hint: Kubernetes has it, the model doesn\'t yet)',
    ],
  ],
  [
    "kcmQps: 50",
    "leaseRenewJitter: 4",
    ["10:33: spec.settings.leaseRenewJitter: found 4, expected a share from 0 to 1, such as 0.2 or 20%"],
  ],
  ["[./shop.yaml]", "./shop.yaml", ['11:14: spec.manifests: found "./shop.yaml", expected a list (hint: begin each item with a dash)']],
  ["count: 5", "count: 0", ["12:20: spec.nodes[0].count: found 0, expected 1 or more"]],
  ["count: 5", "count: 1000000", ["12:20: spec.nodes[0].count: found 1000000, expected 200000 or less"]],
  ["count: 5, zones: 2", "zones: 2", ["12:11: spec.nodes[0].count: found nothing, expected a whole number"]],
  [
    "memory: 32Gi, pods",
    "memory: 32GB, pods",
    ['12:63: spec.nodes[0].capacity.memory: found "32GB", expected a quantity such as 64Mi, 500m or 8'],
  ],
  ["memory: 32Gi, pods", "memory: -1, pods", ["12:63: spec.nodes[0].capacity.memory: found -1, expected 0 or more"]],
  ["pods: 110", "inodes: many", ['12:77: spec.nodes[0].capacity.inodes: found "many", expected a quantity such as 64Mi, 500m or 8']],
  [
    "pods: 110",
    "imagefs: {}",
    ["12:78: spec.nodes[0].capacity.imagefs.storage: found nothing, expected a quantity such as 64Mi, 500m or 8"],
  ],
  ["zones: 2,", "zones: 2, zone: a,", ["12:30: spec.nodes[0].zones: found 2, expected zone or zones, not both"]],
  ["zones: 2,", "autoscaling: { max: 4 },", ["12:43: spec.nodes[0].autoscaling.max: found 4, expected at least count, 5"]],
  ["zones: 2,", "autoscaling: { max: 9, min: 6 },", ["12:51: spec.nodes[0].autoscaling.min: found 6, expected at most count, 5"]],
  ["zones: 2,", "namePrefix: A_,", ["12:35: spec.nodes[0].namePrefix: found \"A_\", expected lower case letters, digits, '-' and '.'"]],
  [
    "zones: 2,",
    "taints: [{ key: a, effect: NoSchedul }],",
    [
      '12:50: spec.nodes[0].taints[0].effect: found "NoSchedul", expected one of "NoSchedule", "PreferNoSchedule", "NoExecute" (hint: did you mean NoSchedule?)',
    ],
  ],
  [
    "deployment: web }\n      startUp",
    "deployment: wbe }\n      startUp",
    [
      "14:17: spec.applications[0].selector: found a selector that matches nothing, expected at least one workload of the manifests (hint: did you mean web? Deployments: web)",
    ],
  ],
  [
    "deployment: web }\n      startUp",
    "labels: { app: wbe } }\n      startUp",
    [
      "14:17: spec.applications[0].selector: found a selector that matches nothing, expected at least one workload of the manifests (hint: did you mean app: web? labels: app: web)",
    ],
  ],
  [
    "deployment: web }\n      startUp",
    "deployment: web, node: a }\n      startUp",
    [
      '14:36: spec.applications[0].selector.node: found unknown field "node", expected one of namespace, deployment, replicaSet, pod, labels',
    ],
  ],
  [
    "      concurrency",
    "      image: web:v3\n      concurrency",
    [
      '16:14: spec.applications[0].image: found "web:v3", expected the image of a container or of a setImage action (hint: did you mean web:v1? images: web:v1, web:v2)',
    ],
  ],
  [
    "      concurrency",
    "      container: wbe\n      concurrency",
    [
      '16:18: spec.applications[0].container: found "wbe", expected a container of the selected workloads (hint: did you mean web? containers: web)',
    ],
  ],
  ["concurrency: 16", "concurrency: 0", ["16:20: spec.applications[0].concurrency: found 0, expected 1 to 1000000"]],
  [
    "concurrency: 16",
    'concurrency: "16"',
    ['16:20: spec.applications[0].concurrency: found "16", expected a whole number (hint: drop the quotes: 16)'],
  ],
  [
    "concurrency: 16",
    "concurency: 16",
    ['16:7: spec.applications[0].concurency: found unknown field "concurency", expected a known field (hint: did you mean concurrency?)'],
  ],
  [
    "median: 4s, p99: 12s",
    "median: 12s, p99: 4s",
    ['15:49: spec.applications[0].startUp.logNormal.p99: found "4s", expected at least the median, "12s"'],
  ],
  [
    "median: 4s, p99: 12s",
    "median: 4s",
    ["15:29: spec.applications[0].startUp.logNormal.p99: found nothing, expected a duration with a unit, such as 250ms, 30s or 1m30s"],
  ],
  [
    "median: 4s, p99: 12s",
    "median: 4, p99: 12s",
    [
      "15:39: spec.applications[0].startUp.logNormal.median: found 4, expected a duration with a unit, such as 250ms, 30s or 1m30s (hint: with a unit: 4s or 4ms)",
    ],
  ],
  [
    "logNormal: { median: 4s, p99: 12s }",
    "lognormal: { median: 4s, p99: 12s }",
    [
      '15:18: spec.applications[0].startUp.lognormal: found unknown field "lognormal", expected one of constant, uniform, exponential, normal, logNormal, pareto, weibull, empirical (hint: did you mean logNormal?)',
    ],
  ],
  [
    "logNormal: { median: 4s, p99: 12s }",
    "constant: 1s, exponential: { mean: 1s }",
    [
      "15:16: spec.applications[0].startUp: found constant and exponential, expected one distribution (hint: logNormal: { median: 20ms, p99: 250ms } fits most measured times)",
    ],
  ],
  [
    "logNormal: { median: 4s, p99: 12s }",
    "pareto: { scale: 1s, shape: 0 }",
    ["15:46: spec.applications[0].startUp.pareto.shape: found 0, expected more than 0"],
  ],
  [
    "{ logNormal: { median: 4s, p99: 12s } }",
    "fast",
    ['15:16: spec.applications[0].startUp: found "fast", expected a duration with a unit, such as 250ms, 30s or 1m30s'],
  ],
  ["180Mi", "180M i", ['17:23: spec.applications[0].memory.base: found "180M i", expected a quantity such as 64Mi, 500m or 8']],
  [
    "{ drain: 5s }",
    "drian",
    ['18:17: spec.applications[0].shutdown: found "drian", expected exit, ignore, or a mapping such as { drain: 5s }'],
  ],
  [
    "{ drain: 5s }",
    "{ drain: 5 }",
    [
      "18:26: spec.applications[0].shutdown.drain: found 5, expected a duration with a unit, such as 250ms, 30s or 1m30s (hint: with a unit: 5s or 5ms)",
    ],
  ],
  [
    "service/web",
    "service/wbe",
    ['20:17: spec.load[0].target: found "service/wbe", expected a Service of the manifests (hint: did you mean web? Services: web)'],
  ],
  [
    "service/web",
    "web",
    ['20:17: spec.load[0].target: found "web", expected service/web, or namespace/service/web (hint: did you mean web? Services: web)'],
  ],
  [
    "service/web",
    "deployment/web",
    [
      '20:17: spec.load[0].target: found "deployment/web", expected service/web, or namespace/service/web (hint: did you mean web? Services: web)',
    ],
  ],
  [
    "rate: 2000/s",
    "rate: 2000",
    ["20:36: spec.load[0].rate: found 2000, expected a rate with a unit, such as 200/s (hint: with a unit: 2000/s)"],
  ],
  ["rate: 2000/s", "rate: 0/s", ['20:36: spec.load[0].rate: found "0/s", expected more than 0/s and at most 500000/s']],
  [
    "timeout: 2s",
    "timeout: 2s, port: 81",
    ["20:63: spec.load[0].port: found 81, expected a port of Service web (hint: did you mean 80? ports: 80)"],
  ],
  [
    "timeout: 2s",
    "timeout: 2s, executor: poisson",
    [
      '20:67: spec.load[0].executor: found "poisson", expected one of "poisson-arrival-rate", "constant-arrival-rate", "ramping-arrival-rate", "constant-vus", "ramping-vus" (hint: did you mean poisson-arrival-rate?)',
    ],
  ],
  [
    "timeout: 2s",
    "timeout: 2s, retries: { max: 1, budgett: 10% }",
    [
      '20:76: spec.load[0].retries.budgett: found unknown field "budgett", expected one of max, backoff, factor, backoffMax, jitter, budget (hint: did you mean budget?)',
    ],
  ],
  ["timeout: 2s", "timeout: 2s, from: 11m", ['20:63: spec.load[0].from: found "11m", expected less than the duration, 10m']],
  [
    "timeout: 2s",
    "timeout: 2s, via: node-port",
    ['20:62: spec.load[0].via: found "node-port", expected a way into the Service (hint: web is of type ClusterIP)'],
  ],
  [
    "  load:",
    "  serviceProxy: { mode: ipvs, scheduler: lc }\n  load:",
    ['19:42: spec.serviceProxy.scheduler: found "lc", expected one of "rr", "wrr", "sh", "dh"'],
  ],
  [
    "  load:",
    "  serviceProxy: { scheduler: sh }\n  load:",
    ['19:30: spec.serviceProxy.scheduler: found "sh", expected nothing (hint: only mode ipvs has schedulers)'],
  ],
  ["timeout: 2s", "timeout: 2s, until: 1h", ['20:64: spec.load[0].until: found "1h", expected at most the duration, 10m']],
  ["at: 2m", "at: 20m", ['22:13: spec.actions[0].at: found "20m", expected at most the duration, 10m']],
  [
    "setImage: { deployment: web,",
    "setImage: { deployment: api,",
    ['22:41: spec.actions[0].setImage.deployment: found "api", expected a Deployment of the manifests (hint: Deployments: web)'],
  ],
  [
    "setImage: { deployment: web,",
    "setImage: { deployment: web, container: sidecar,",
    ['22:57: spec.actions[0].setImage.container: found "sidecar", expected a container of Deployment web (hint: containers: web)'],
  ],
  [
    'setImage: { deployment: web, image: "web:v2" }',
    "scale: { replicas: 3 }",
    ["22:24: spec.actions[0].scale: found no target, expected one of deployment, statefulSet, replicaSet, replicationController"],
  ],
  [
    'setImage: { deployment: web, image: "web:v2" }',
    "scale: { deployment: web, replicas: many }",
    ['22:53: spec.actions[0].scale.replicas: found "many", expected a whole number'],
  ],
  [
    'setImage: { deployment: web, image: "web:v2" }',
    "delete: { service: webb }",
    ['22:36: spec.actions[0].delete.service: found "webb", expected a Service of the manifests (hint: did you mean web? Services: web)'],
  ],
  [
    'setImage: { deployment: web, image: "web:v2" }',
    "delete: { deployment: web, gracePeriod: 0 }",
    [
      "22:57: spec.actions[0].delete.gracePeriod: found 0, expected this option for a pod only (hint: Pods of a Deployment get the grace of their own spec)",
    ],
  ],
  [
    ', setImage: { deployment: web, image: "web:v2" }',
    "",
    [
      "22:7: spec.actions[0]: found nothing to do, expected one of apply, setImage, setEnv, setResources, restart, undo, pause, resume, rolloutStatus, label, annotate, scale, delete, setCondition, debug, cordon, uncordon, taint, evict, drain",
    ],
  ],
  [
    "setImage: {",
    "scale: { deployment: web, replicas: 5 }, setImage: {",
    [
      "22:7: spec.actions[0]: found setImage and scale, expected one of apply, setImage, setEnv, setResources, restart, undo, pause, resume, rolloutStatus, label, annotate, scale, delete, setCondition, debug, cordon, uncordon, taint, evict, drain",
    ],
  ],
  [
    "pods: 110 } }",
    "pods: 110 }, kubelet: { evictionHard: { memory.free: 1Gi } } }",
    [
      '12:107: spec.nodes[0].kubelet.evictionHard: found "memory.free: 1Gi", expected what the kubelet accepts [Kubernetes: unsupported eviction signal memory.free]',
    ],
  ],
  [
    "pods: 110 } }",
    "pods: 110 }, kubelet: { shutdownGracePeriod: 10s, shutdownGracePeriodCriticalPods: 20s } }",
    ['12:152: spec.nodes[0].kubelet.shutdownGracePeriodCriticalPods: found "20s", expected at most shutdownGracePeriod'],
  ],
  [
    "memory: { base: 180Mi }",
    "memory: { base: 180Mi, growsIn: kids }",
    ['17:39: spec.applications[0].memory.growsIn: found "kids", expected one of "main", "children"'],
  ],
  [
    "memory: { base: 180Mi }",
    "memory: { base: 180Mi, killedChild: missed }",
    ['17:43: spec.applications[0].memory.killedChild: found "missed", expected growsIn: children beside it'],
  ],
  ["pods: 110", "probeConnections: 0", ["12:87: spec.nodes[0].capacity.probeConnections: found 0, expected 1 or more"]],
  [
    "type: node-loss,",
    "type: node-reboot, runtime: gone,",
    ['24:45: spec.faults[0].runtime: found "gone", expected one of "kept", "empty"'],
  ],
  [
    "type: node-loss,",
    "type: network-partition, from: kubelet,",
    ['24:48: spec.faults[0].from: found "kubelet", expected one of "api-server", "clients", "both"'],
  ],
  [
    "type: node-loss, selector: { zone: a }, mode: fixed, value: 1, duration: 90s",
    "type: watch-lag, delay: 0",
    ["24:41: spec.faults[0].delay: found 0, expected more than 0"],
  ],
  [
    "type: node-loss, selector: { zone: a }, mode: fixed, value: 1, duration: 90s",
    "type: api-server-outage, selector: { zone: a }",
    ['24:42: spec.faults[0].selector: found unknown field "selector", expected one of type, at, name, duration, schedule, when'],
  ],
  [
    "type: node-loss,",
    "type: node-loss, schedule: { every: 10s },",
    [
      '24:53: spec.faults[0].schedule.every: found "10s", expected more than the duration, 1m30s (hint: concurrencyPolicy: Forbid skips a time at which it still lasts, Allow lets it overlap)',
    ],
  ],
  [
    "type: node-loss",
    "type: node-los",
    [
      '24:23: spec.faults[0].type: found "node-los", expected one of probe-failure, node-freeze, api-server-outage, api-server-slow, endpoint-lag, network-partition, node-drain, watch-lag, zone-loss, node-loss, node-reboot, node-shutdown, kubelet-restart, oom-kill, image-pull-failure, image-pull-slow, container-crash, hang, slow-probe, memory-leak, memory-spike, cpu-starvation, slow-service, failing-service, pod-kill, network-delay, network-loss (hint: did you mean node-loss?)',
    ],
  ],
  [
    "zone: a }",
    "zone: x }",
    ['24:52: spec.faults[0].selector.zone: found "x", expected a zone of the scenario (hint: did you mean a? zones: a, b)'],
  ],
  [
    "zone: a }",
    "deployment: x }",
    [
      "24:44: spec.faults[0].selector: found a selector that matches nothing, expected at least one workload of the manifests (hint: Deployments: web)",
    ],
  ],
  [
    "mode: fixed, value: 1",
    "mode: fixed-percent, value: 120",
    ["24:85: spec.faults[0].value: found 120, expected a percentage from 0 to 100 with mode fixed-percent"],
  ],
  [
    "mode: fixed, value: 1",
    "mode: fixed, value: 1.5",
    ["24:77: spec.faults[0].value: found 1.5, expected a count of 1 or more with mode fixed"],
  ],
  [
    "mode: fixed, value: 1",
    "mode: all, value: 1",
    [
      "24:75: spec.faults[0].value: found 1, expected nothing with mode all (hint: modes fixed, fixed-percent and random-max-percent take a value)",
    ],
  ],
  [
    "mode: fixed, value: 1",
    "mode: some",
    ['24:63: spec.faults[0].mode: found "some", expected one of "one", "all", "fixed", "fixed-percent", "random-max-percent"'],
  ],
  [
    "type: node-loss, selector: { zone: a }",
    "type: oom-kill, selector: { zone: a }",
    [
      '24:79: spec.faults[0].duration: found unknown field "duration", expected one of type, at, name, selector, mode, value, schedule, when, container',
    ],
  ],
  [
    "type: node-loss, selector: { zone: a }",
    "type: probe-failure, rate: 150%, probe: ready",
    [
      '24:44: spec.faults[0].rate: found "150%", expected at most 100%',
      '24:57: spec.faults[0].probe: found "ready", expected one of "startup", "readiness", "liveness", "all"',
    ],
  ],
  [
    "requests_lost:",
    "request_lost:",
    [
      '26:5: spec.thresholds.request_lost: found unknown metric "request_lost", expected a known metric (hint: did you mean requests_lost? metrics: requests_sent, requests_answered, requests_lost, requests_in_flight, attempts, attempts_repeated, request_duration, endpoint_interval, ...)',
    ],
  ],
  [
    "requests_lost:",
    '"requests_lost{laod:web}":',
    [
      '26:5: spec.thresholds[requests_lost{laod:web}]: found unknown tag "laod", expected a tag of requests_lost (hint: did you mean load? tags: load)',
    ],
  ],
  [
    "requests_lost:",
    '"requests_lost{load:api}":',
    ["26:5: spec.thresholds[requests_lost{load:api}]: found load:api, expected a known load (hint: values of load: web)"],
  ],
  ...[
    [
      "attempts{outcome:timedout}",
      "outcome:timedout, expected a known outcome (hint: did you mean timed out? values of outcome: answered, refused, reset, timed out, no endpoint, unreachable, server error, abandoned)",
    ],
    [
      "probe_duration{outcome:timed out}",
      "outcome:timed out, expected a known outcome (hint: did you mean timeout? values of outcome: success, failure, timeout, error)",
    ],
    [
      "probe_duration{handler:httpget,role:ready}",
      "handler:httpget, expected a known handler (hint: did you mean httpGet? values of handler: httpGet, tcpSocket, grpc, exec)",
      "role:ready, expected a known role (hint: values of role: startup, liveness, readiness)",
    ],
    ["probe_lag{role:}", "role without a value, expected a known role (hint: values of role: startup, liveness, readiness)"],
    ["attempts{outcome:reset,outcome:refused}", "outcome twice, expected each tag once (hint: a threshold of its own for each value)"],
    ["restarts{workload:web}", "workload:web, expected a known workload (hint: values of workload: default/web)"],
    [
      "api_writes{kind:Pods}",
      "kind:Pods, expected a known kind (hint: did you mean Pod? values of kind: Pod, Binding, PodStatus, ReplicaSet, ReplicaSetStatus, Deployment, DeploymentStatus, Service, ...)",
    ],
  ].map(([key, ...found]): [string, string, string[]] => [
    "requests_lost:",
    `"${key}":`,
    found.map((text) => `26:5: spec.thresholds[${key}]: found ${text}`),
  ]),
  [
    "count==0",
    "count=0",
    ['26:21: spec.thresholds.requests_lost[0]: found "count=0", expected a condition such as count<20, rate<1% or p(99)<500ms'],
  ],
  [
    "count==0",
    "p(99)<500ms",
    [
      "26:21: spec.thresholds.requests_lost[0]: found p(99) of requests_lost, expected one of count, rate (hint: a counter has no distribution)",
    ],
  ],
  ["count==0", "rate<5", ['26:21: spec.thresholds.requests_lost[0]: found "rate<5", expected a share from 0 to 1, such as 0.01 or 1%']],
  [
    'requests_lost: ["count==0"]',
    'probe_duration: ["p(99)<500"]',
    [
      '26:22: spec.thresholds.probe_duration[0]: found "p(99)<500", expected a duration with a unit after the operator, such as 500ms (hint: did you mean 500ms?)',
    ],
  ],
  [
    'requests_lost: ["count==0"]',
    'goodput: [{ threshold: "value>5", abortOnFail: true }]',
    [
      "26:52: spec.thresholds.goodput[0].abortOnFail: found true for goodput, expected false (hint: goodput is known when the run is over; counters and histograms are known on the way)",
    ],
  ],
  [
    'requests_lost: ["count==0"]',
    'requests_lost: [{ threshold: "count==0", delayAbortEval: 5s }]',
    ['26:62: spec.thresholds.requests_lost[0].delayAbortEval: found "5s", expected abortOnFail: true beside it'],
  ],
  [
    'requests_lost: ["count==0"]',
    'requests_lost: [{ threshold: "count=0" }]',
    ['26:34: spec.thresholds.requests_lost[0].threshold: found "count=0", expected a condition such as count<20, rate<1% or p(99)<500ms'],
  ],
  [
    'requests_lost: ["count==0"]',
    'requests_lost: [{ threshold: "count==0", severity: fatal }]',
    ['26:56: spec.thresholds.requests_lost[0].severity: found "fatal", expected one of "warn", "error"'],
  ],
  [
    'requests_lost: ["count==0"]',
    "availability: [max<1]",
    [
      "26:20: spec.thresholds.availability[0]: found max of availability, expected one of value, avg, min (hint: available replicas over desired ones: value and avg over time, min at the worst moment)",
    ],
  ],
  [
    'requests_lost: ["count==0"]',
    '"pods{state:redy}": [value>3]',
    [
      "26:5: spec.thresholds[pods{state:redy}]: found state:redy, expected a known state (hint: did you mean ready? values of state: pending, running, ready, terminating, crash-looping)",
    ],
  ],
  [
    "[default]",
    "[defualt]",
    [`27:16: spec.invariants[0]: found "defualt", expected default, or one of ${invariantNames.join(", ")} (hint: did you mean default?)`],
  ],
  ["[default]", "default", ['27:15: spec.invariants: found "default", expected a list (hint: begin each item with a dash)']],
];

describe("a bad scenario is refused with its place, and with what to do about it", () => {
  test.each(bad)("%j → %j", (search, replacement, expected) => {
    expect(base).toContain(search);
    expect(problems(base.replace(search, replacement))).toEqual(expected);
  });
});

describe("several problems", () => {
  test("are all reported at once, over the scenario and its manifests", () => {
    const text = base
      .replace("seed: 42", "seed: x")
      .replace("warmup: 60s", "warmup: 60")
      .replace("concurrency: 16", "concurency: 16")
      .replace("mode: fixed, value: 1", "mode: fixed");
    const files = { "./shop.yaml": shop.replace("port: 80", "port: 0") };
    expect(problems(text, files).map((line) => line.split(": found")[0])).toEqual([
      "6:9: spec.seed",
      "8:11: spec.warmup",
      "16:7: spec.applications[0].concurency",
      "24:7: spec.faults[0].value",
      "./shop.yaml:13:49: spec.ports[0].port",
    ]);
  });

  test("nothing is said to be missing while manifests have problems of their own", () => {
    expect(problems(base, { "./shop.yaml": shop.replace("kind: Service", "kind: Servce") })).toHaveLength(1);
  });
});

describe("what nobody said", () => {
  const smallest = "apiVersion: podstorm.dev/v1alpha1\nkind: Scenario\nspec: { duration: 5m }\n";

  test("has a default, and the spec carries them all", () => {
    const spec = specOf(smallest);
    expect(spec).toMatchObject({
      name: "fallback",
      kubernetesVersion: "1.36",
      seed: 1,
      duration: 300_000_000,
      warmup: 0,
      start: "settled",
      settingsChanged: [],
      objects: [],
      load: [],
      actions: [],
      faults: [],
      thresholds: [],
      invariants: invariantNames,
      notes: { notModelled: [], noEffect: [], liveOnly: [] },
    });
    expect(spec.settings).toEqual(defaultSettings);
    expect(spec.nodes.map((node) => [node.name, node.zone, node.cpu, node.memory, node.pods])).toEqual(
      [0, 1, 2].map((index) => [`node-${index}`, "a", 8000, 32 * 1024 ** 3, 110]),
    );
    expect(spec.applications).toHaveLength(1);
    expect(spec.applications[0]).toMatchObject({ selector: {}, image: null, container: null });
  });

  test("names in an application's rule what was defaulted, and only that", () => {
    const [rule] = specOf(base).applications;
    expect(rule?.defaulted).toEqual([
      "serviceTime",
      "queue",
      "probeTime",
      "probesShareWorkers",
      "cpu",
      "memory.perRequest",
      "memory.growth",
      "image.size",
      "image.present",
    ]);
  });

  test("a load comes in by a node's port or a load balancer where the Service has one", () => {
    const files = { "./shop.yaml": shop.replace("spec: { selector", "spec: { type: LoadBalancer, externalTrafficPolicy: Local, selector") };
    for (const via of ["node-port", "load-balancer"])
      expect(read(base.replace("timeout: 2s", `timeout: 2s, via: ${via}, clients: 30`), files).spec?.load[0]).toMatchObject({
        via,
        clients: 30,
      });
  });

  test("of a load: a place per node, no retries, to the end", () => {
    expect(specOf(base).load).toEqual([
      {
        name: "web",
        namespace: "default",
        service: "web",
        port: null,
        executor: "poisson-arrival-rate",
        rate: 2000,
        from: 0,
        until: 600_000_000,
        timeout: 2_000_000,
        retries: { max: 0, backoff: 100_000 },
        places: 5,
      },
    ]);
  });

  test("the spec is frozen all through, and can be sent to a thread", () => {
    const spec = specOf(base);
    const [node] = spec.nodes;
    expect(() => Object.assign(node?.labels ?? {}, { a: "b" })).toThrow(TypeError);
    expect(structuredClone(spec)).toEqual(spec);
  });
});

describe("versions", () => {
  test("older releases have their own constants", () => {
    const spec = specOf(base.replace('"1.36"', '"1.20"'));
    expect(spec.settings).toMatchObject({
      kubeletQps: 5,
      kubeletBurst: 10,
      nodeMonitorGrace: 40_000_000,
      unschedulableMaxStay: 60_000_000,
      plegOnDemandRelist: 0,
      kcmQps: 50,
    });
    expect(spec.settingsChanged).toEqual(["kcmQps"]);
  });

  test("decide what a manifest may say", () => {
    const files = { "./shop.yaml": shop.replace('image: "web:v1"', 'image: "web:v1", startupProbe: { grpc: { port: 1 } }') };
    expect(specOf(base, files).objects).toHaveLength(2);
    expect(problems(base.replace('"1.36"', '"1.20"'), files)).toHaveLength(1);
  });
});

describe("settings", () => {
  const settings = (text: string): ScenarioSpec => specOf(base.replace("{ kcmQps: 50 }", text));

  test.each([
    ["{ crashBackoffMax: 60s }", "crashBackoffMax", 60_000_000],
    ["{ imagePullRate: 50M/s }", "imagePullRate", 50_000_000],
    ["{ imagePullRate: 1Mi }", "imagePullRate", 1_048_576],
    ["{ unhealthyZone: 60% }", "unhealthyZone", 0.6],
    ["{ unhealthyZone: 0.6 }", "unhealthyZone", 0.6],
    ["{ kcmQps: 90/m }", "kcmQps", 1.5],
    ["{ serializeImagePulls: false }", "serializeImagePulls", 0],
    ["{ oomDetection: 0 }", "oomDetection", 0],
    ["{ volumeUnmountPoll: 1s }", "podCleanup", 1_000_000],
    ["{ plegRelistPhase: 0 }", "plegRelistPhase", 0],
  ] as const)("%s", (text, name, value) => {
    expect(settings(text).settings[name]).toBe(value);
  });

  test("a latency given by its median alone keeps its shape", () => {
    expect(settings("{ watchLatency: 10ms }").settings).toMatchObject({
      watchLatency: 10_000,
      watchLatencyP99: 250_000,
      watchLatencyFloor: 1000,
    });
    expect(settings("{ watchLatency: 0 }").settings).toMatchObject({ watchLatency: 0, watchLatencyP99: 0, watchLatencyFloor: 0 });
    expect(settings("{ watchLatency: 0 }").settingsChanged).toEqual(["watchLatency", "watchLatencyP99", "watchLatencyFloor"]);
  });

  test("those of a manifest that says nothing are used for it", () => {
    const given =
      "{ terminationGracePeriod: 5s, probePeriod: 2s, probeTimeout: 3s, probeFailure: 4, probeSuccess: 2, probeInitialDelay: 6s, tolerationSecondsNotReady: 7s, tolerationSecondsUnreachable: 8s, maxSurge: 50%, maxUnavailable: 0, progressDeadline: 9s, revisionHistory: 3 }";
    const probed = shop.replace(
      'image: "web:v1"',
      'image: "web:v1", livenessProbe: { exec: { command: [a] } }, readinessProbe: { exec: { command: [a] } }',
    );
    const [deployment] = specOf(base.replace("{ kcmQps: 50 }", given), { "./shop.yaml": probed }).objects;
    const timing = { periodSeconds: 2, timeoutSeconds: 3, failureThreshold: 4, initialDelaySeconds: 6 };
    expect(deployment).toMatchObject({
      spec: {
        strategy: { maxSurge: "50%", maxUnavailable: "0%" },
        progressDeadlineSeconds: 9,
        revisionHistoryLimit: 3,
        template: {
          spec: {
            terminationGracePeriodSeconds: 5,
            tolerations: [
              { key: "node.kubernetes.io/not-ready", tolerationSeconds: 7 },
              { key: "node.kubernetes.io/unreachable", tolerationSeconds: 8 },
            ],
            containers: [{ livenessProbe: { ...timing, successThreshold: 1 }, readinessProbe: { ...timing, successThreshold: 2 } }],
          },
        },
      },
    });
  });

  test.each([
    ["terminationGracePeriod: 1500ms", 'found "1500ms", expected whole seconds'],
    ["percentageOfNodesToScore: 101", "found 101, expected at most 100"],
    ["probePeriod: 0", "found 0, expected more than 0"],
  ])("%s is refused", (text, expected) => {
    expect(problems(base.replace("kcmQps: 50", text))[0]).toContain(expected);
  });

  const elsewhere = [
    "plegRelistThreshold",
    "eventedPlegRelist eventedPlegThreshold containerGcPeriod imageGcPeriod",
    "probeBodyLimit probeResultsChannel",
    "hpaUpLimit hpaPolicies ipvsRsCheck",
    "conntrackTcpEstablished conntrackTcpCloseWait controllerResync staticPodPeriod",
  ].flatMap((line) => line.split(" "));

  test("constants of what isn't modelled are refused with the reason", () => {
    const text = `{ ${elsewhere.map((name) => `${name}: 1s`).join(", ")} }`;
    const said = problems(base.replace("{ kcmQps: 50 }", text));
    expect(said).toHaveLength(elsewhere.length);
    for (const line of said) expect(line).toContain("(hint: Kubernetes has it, the model doesn't yet)");
  });

  test.each([
    ["leaseDuration", "say leaseRenew: a kubelet renews after a quarter of the lease's duration, and nothing else looks at it"],
    ["startupFailureSync", "it follows from kubernetesVersion"],
    ["networkNotReadyBackoff", "it would have no effect: the network of a node is always ready in the model"],
    ["volumeMountTimeout", "it would have no effect: volumes mount at once in the model"],
    ["probeRetries", "it would have no effect: a try that can't be made fails the same way each time, without a pause between"],
    [
      "nodeStatusReport",
      "it would have no effect: a report that says nothing new changes nothing while leases are renewed: say leaseRenew or nodeStatusUpdate",
    ],
    ["nodeStartupGrace", "it would have no effect: every node of the model has reported before the run begins"],
    [
      "proxySyncPeriod",
      "it would have no effect: a run of a Service proxy never fails in the model, so none is repeated: say proxyMinSync",
    ],
    ["minReadyResync", "it follows from minReadySeconds of each workload"],
    ["tolerationSeconds", "say tolerationSecondsNotReady or tolerationSecondsUnreachable"],
  ])("%s is answered with what to use", (name, hint) => {
    expect(problems(base.replace("kcmQps: 50", `${name}: 1s`))[0]).toContain(`(hint: ${hint})`);
  });

  test("a value that is the default is no change", () => {
    expect(settings("{ kcmQps: 20, watchLatency: 2ms }").settingsChanged).toEqual([]);
  });
});

describe("the Service proxy", () => {
  test("runs in mode iptables, unless the scenario says otherwise", () => {
    expect(specOf(base).serviceProxy).toBeUndefined();
    const ipvs = specOf(base.replace("  load:", "  serviceProxy: { mode: ipvs }\n  load:"));
    expect([ipvs.serviceProxy, ipvs.settings.proxyMinSync]).toEqual([{ mode: "ipvs", scheduler: "rr" }, 0]);
    expect(specOf(base.replace("  load:", "  serviceProxy: { mode: nftables }\n  load:")).settings.proxyMinSync).toBe(1_000_000);
  });

  test("keeps a minimum that the scenario gives, in mode ipvs, too", () => {
    const text = base.replace("kcmQps: 50", "proxyMinSync: 3s").replace("  load:", "  serviceProxy: { mode: ipvs }\n  load:");
    expect(specOf(text).settings.proxyMinSync).toBe(3_000_000);
  });

  test("has no mode nftables before 1.31", () => {
    const text = base.replace('"1.36"', '"1.30"').replace("  load:", "  serviceProxy: { mode: nftables }\n  load:");
    expect(problems(text)).toEqual([
      '19:25: spec.serviceProxy.mode: found "nftables", expected iptables or ipvs (hint: kube-proxy of 1.30 has no mode nftables)',
    ]);
  });
});

describe("nodes", () => {
  const nodes = (text: string): ScenarioSpec["nodes"] =>
    specOf(base.replace(/\[\{ count: 5.*\]/, text).replace("zone: a", "node: node-0")).nodes;

  test("are dealt to zones in turn, and numbered on over groups", () => {
    expect(
      nodes("[{ count: 3, zones: 2 }, { count: 1, zone: edge }, { count: 1, namePrefix: big, capacity: { cpu: 64 } }]").map(
        ({ name, zone, cpu }) => `${name}/${zone}/${cpu}`,
      ),
    ).toEqual(["node-0/a/8000", "node-1/b/8000", "node-2/a/8000", "node-3/edge/8000", "big-0/a/64000"]);
  });

  test("have the disks that their group gives", () => {
    const [node] = nodes("[{ count: 1, capacity: { ephemeral-storage: 10Gi, inodes: 1M, imagefs: { storage: 1Gi, inodes: 5k } } }]");
    expect(node).toMatchObject({ storage: 10 * 2 ** 30, inodes: 1_000_000, imageDisk: { storage: 2 ** 30, inodes: 5000 } });
  });

  test("of a group that grows are all there from the beginning, those beyond its first size absent", () => {
    const text = "[{ count: 1 }, { count: 1, namePrefix: pool, autoscaling: { max: 3, unneededTime: 2m } }]";
    expect(nodes(text).map(({ name, isAbsent }) => [name, isAbsent])).toEqual([
      ["node-0", undefined],
      ["pool-0", undefined],
      ["pool-1", true],
      ["pool-2", true],
    ]);
    expect(nodes(text)[1]!.group).toEqual({
      name: "pool",
      min: 1,
      max: 3,
      scaleUpDelay: MINUTE,
      scaleDownDelay: 10 * MINUTE,
      unneededTime: 2 * MINUTE,
      scaleDownUtilization: 0.5,
    });
  });

  test("two groups that grow need names of their own", () => {
    const group = "{ count: 1, autoscaling: { max: 2 } }";
    const text = base.replace(/\[\{ count: 5.*\]/, `[${group}, ${group}]`).replace("zone: a", "node: node-0");
    expect(problems(text)[0]).toContain('spec.nodes[1].namePrefix: found "node", expected a name of its own');
  });

  test("carry the labels that Kubernetes gives them, then their own", () => {
    const [node] = nodes(
      "[{ count: 1, labels: { disk: ssd, topology.kubernetes.io/zone: z }, taints: [{ key: gpu, effect: NoSchedule }] }]",
    );
    expect(node).toMatchObject({
      zone: "z",
      labels: { "kubernetes.io/hostname": "node-0", "topology.kubernetes.io/zone": "z", disk: "ssd" },
      taints: [{ key: "gpu", value: "", effect: "NoSchedule" }],
    });
  });
});

describe("applications", () => {
  const rule = (text: string): ScenarioSpec["applications"][number] | undefined =>
    specOf(base.replace("      concurrency: 16\n", `      ${text}\n`)).applications[0];

  test.each([
    ["image: web:v2", { image: "web:v2" }],
    ["image: { name: web:v1, size: 60Mi, present: true }", { image: "web:v1", behaviour: { image: { size: 62_914_560, present: true } } }],
    ["container: web", { container: "web" }],
    ["probeTime: 3ms", { behaviour: { probeTime: { type: "constant", value: 3000 } } }],
    ["probeTime: { empirical: [1ms, 2ms] }", { behaviour: { probeTime: { type: "empirical", values: [1000, 2000] } } }],
    ["probeTime: { uniform: { min: 0, max: 2ms } }", { behaviour: { probeTime: { type: "uniform", min: 0, max: 2000 } } }],
    [
      "exit: { after: { exponential: { mean: 1m } }, code: 3 }",
      { behaviour: { exit: { after: { type: "exponential", mean: 60_000_000 }, code: 3 } } },
    ],
    ["unhealthyAfter: 5s", { behaviour: { unhealthyAfter: 5_000_000 } }],
  ])("%s", (text, expected) => {
    expect(rule(text)).toMatchObject(expected);
  });

  test.each([
    ["growth: 1Mi/s", 1_048_576],
    ["growth: 60Ki/m", 1024],
    ["growth: 5", 5],
  ])("memory %s", (text, bytes) => {
    expect(specOf(base.replace("base: 180Mi", text)).applications[0]?.behaviour.memory.growth).toBe(bytes);
  });
});

describe("what has no effect", () => {
  test("ports and their names count as used when a Service, a probe, a hook or a load refers to them", () => {
    const ports =
      "ports: [{ name: http, containerPort: 8080 }, { name: admin, containerPort: 9090 }, { name: metrics, containerPort: 9100 }]";
    const probe = "livenessProbe: { tcpSocket: { port: 9090 } }";
    const manifest = shop
      .replace('image: "web:v1"', `image: "web:v1", ${ports}, ${probe}`)
      .replace("[{ port: 80 }]", "[{ name: web, port: 80, targetPort: http }, { name: other, port: 81, targetPort: http }]");
    const { notes } = specOf(base.replace("target: service/web", "target: service/web, port: web"), { "./shop.yaml": manifest });
    expect(notes.liveOnly).toEqual([
      { field: "spec.template.spec.containers.ports", count: 1 },
      { field: "spec.template.spec.containers.ports.name", count: 1 },
    ]);
    expect(notes.noEffect).toEqual([{ field: "spec.ports.name", count: 1 }]);
  });
});

describe("actions", () => {
  const act = (text: string, files: Readonly<Record<string, string>> = {}): ScenarioSpec["actions"] =>
    specOf(base.replace('setImage: { deployment: web, image: "web:v2" }', text), { "./shop.yaml": shop, ...files }).actions;

  test("apply brings objects of its own, which loads and later actions may name", () => {
    const extra = shop.replaceAll("web", "api");
    const text = base.replace('setImage: { deployment: web, image: "web:v2" }', "apply: api.yaml").replace("service/web", "service/api");
    const spec = specOf(text, { "./shop.yaml": shop, "api.yaml": extra });
    expect(spec.actions[0]).toMatchObject({ type: "apply", at: 120_000_000, objects: [{ kind: "Deployment" }, { kind: "Service" }] });
    expect(spec.objects).toHaveLength(2);
  });

  test("apply of what is there already may not change its selector", () => {
    const text = base.replace('setImage: { deployment: web, image: "web:v2" }', "apply: v2.yaml");
    const files = { "./shop.yaml": shop, "v2.yaml": shop.replaceAll("app: web", "app: web2") };
    expect(problems(text, files)).toEqual([
      "v2.yaml:5:13: spec.selector: found another selector than before, expected the selector of Deployment web as it was [Kubernetes: Invalid value: field is immutable]",
    ]);
  });

  test.each([
    ["scale: { deployment: web, replicas: 0 }", { type: "scale", kind: "Deployment", name: "web", replicas: 0 }],
    ["delete: { deployment: web }", { type: "delete", kind: "Deployment", gracePeriodSeconds: null, force: false }],
    ["delete: { service: web }", { type: "delete", kind: "Service", gracePeriodSeconds: null, force: false }],
    ["setImage: { deployment: web, container: web, image: a }", { type: "setImage", container: "web", namespace: "default" }],
  ])("%s", (text, expected) => {
    expect(act(text)[0]).toMatchObject(expected);
  });

  test.each([
    ["{ pod: one, gracePeriod: 5s }", { gracePeriodSeconds: 5, force: false }],
    ["{ pod: one, force: true }", { gracePeriodSeconds: 0, force: true }],
    ["{ pod: one, gracePeriod: 0, force: true }", { gracePeriodSeconds: 0, force: true }],
  ])("delete: %s", (text, expected) => {
    const pod = "apiVersion: v1\nkind: Pod\nmetadata: { name: one }\nspec: { containers: [{ name: a, image: a }] }\n";
    expect(act(`delete: ${text}`, { "./shop.yaml": `${shop}---\n${pod}` })[0]).toMatchObject({ kind: "Pod", ...expected });
    const atOnce = base.replace('setImage: { deployment: web, image: "web:v2" }', "delete: { pod: one, gracePeriod: 0 }");
    expect(problems(atOnce, { "./shop.yaml": `${shop}---\n${pod}` })).toEqual([
      "22:50: spec.actions[0].delete.gracePeriod: found 0, expected more than 0, or force: true (hint: as kubectl: deleting at once needs force)",
    ]);
  });
});

describe("faults and thresholds", () => {
  test("a fault without a duration lasts to the end, a kill has none, names are counted by type", () => {
    const text = base.replace(
      ", duration: 90s }",
      " }\n    - { at: 1m, type: oom-kill, selector: { deployment: web }, mode: one }\n    - { at: 1m, type: node-loss, mode: random-max-percent, value: 50 }",
    );
    expect(specOf(text).faults.map(({ name, duration, mode, value }) => [name, duration, mode, value])).toEqual([
      ["node-loss-1", Infinity, "fixed", 1],
      ["oom-kill-1", 0, "one", 0],
      ["node-loss-2", Infinity, "random-max-percent", 50],
    ]);
  });

  test.each([
    ['requests_lost: ["rate<=1%"]', { metric: "requests_lost", tags: {}, aggregate: { type: "rate" }, operator: "<=", value: 0.01 }],
    [
      '"probe_duration{role:liveness,outcome:timeout}": ["count < 5"]',
      { metric: "probe_duration", tags: { role: "liveness", outcome: "timeout" }, aggregate: { type: "count" }, value: 5 },
    ],
    [
      '"request_duration{load:web}": ["p(99.9)<1.5s"]',
      { aggregate: { type: "p", percentile: 99.9 }, value: 1_500_000, text: "p(99.9)<1.5s" },
    ],
    ['"attempts{outcome:timed out, load:web}": ["rate<1%"]', { tags: { outcome: "timed out", load: "web" }, aggregate: { type: "rate" } }],
    ['"oom_kills{workload:default/web}": ["count==0"]', { metric: "oom_kills", tags: { workload: "default/web" } }],
    ['request_duration: ["med!=1ms", "max===2m"]', { aggregate: { type: "med" }, operator: "!=" }],
  ])("%s", (text, expected) => {
    expect(specOf(base.replace('requests_lost: ["count==0"]', text)).thresholds[0]).toMatchObject(expected);
  });
});

describe("plain values", () => {
  test("are read as files are", () => {
    const manifests = parseYaml(shop, "shop.yaml").documents.map((document) => document.value);
    const [scenario] = parseYaml(base, "s.yaml").documents;
    expect(readPlainScenario(scenario?.value, manifests).spec).toEqual(specOf(base));
    expect(readPlainScenario({ kind: "Scenario" }).issues).not.toEqual([]);
  });
});
