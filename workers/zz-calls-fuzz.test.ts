/** scratch */
import { test } from "vitest";
import { readPlainScenario } from "../scenarios/plain.ts";
import { runHere } from "./run.ts";
function dep(name: string, replicas: number, c: object = {}): object { return { apiVersion: "apps/v1", kind: "Deployment", metadata: { name }, spec: { replicas, selector: { matchLabels: { app: name } }, template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: "app", image: `${name}:v1`, ports: [{ containerPort: 80 }], resources: { limits: { cpu: "500m", memory: "256Mi" } }, ...c }] } } } }; }
const svc = (name: string): object => ({ apiVersion: "v1", kind: "Service", metadata: { name }, spec: { selector: { app: name }, ports: [{ port: 80 }] } });
let s = 12345; const rnd = (n: number): number => { s = (s * 1103515245 + 12345) % 2147483648; return s % n; };
const pick = <T,>(a: T[]): T => a[rnd(a.length)]!;
test("x", async () => {
  const t0 = Date.now(); let n = 0;
  while (Date.now() - t0 < 75000) {
    n++;
    const p = { httpGet: { path: "/", port: 80 }, periodSeconds: 2, timeoutSeconds: 1 };
    const faults = Array.from({ length: 1 + rnd(4) }, () => {
      const type = pick(["hang", "slow-service", "failing-service", "cpu-starvation", "container-crash", "node-loss", "node-freeze", "network-partition", "node-reboot", "network-delay", "network-loss", "memory-leak", "oom-kill", "kubelet-restart", "pod-kill", "node-drain"]);
      const node = ["node-loss", "node-freeze", "network-partition", "node-reboot", "kubelet-restart", "node-drain"].includes(type);
      const more: any = { "slow-service": { slowdown: 30 }, "failing-service": { rate: "50%" }, "cpu-starvation": { slowdown: 30 }, "container-crash": { rate: "6/m" }, "network-delay": { latency: "700ms", jitter: "600ms" }, "network-loss": { rate: "40%" }, "memory-leak": { growth: "6Mi/s" }, "pod-kill": { gracePeriod: "2s" }, "network-partition": { from: pick(["api-server", "clients", "both"]) } }[type] ?? {};
      return { at: `${5 + rnd(60)}s`, type, ...(type === "oom-kill" || type === "pod-kill" ? {} : { duration: `${1 + rnd(40)}s` }), selector: node ? { node: pick(["node-0", "node-1"]) } : { deployment: pick(["web", "api", "db"]) }, ...more };
    });
    const call = (to: string): object => ({ service: `service/${to}`, timeout: pick(["100ms", "500ms", "1s"]), perRequest: pick([1, 2, 0.5]), order: pick(["sequential", "parallel"]), fallback: pick(["fail", "degrade"]), retries: { max: rnd(3), backoff: "20ms", jitter: pick(["none", "full"]), ...(rnd(2) ? { budget: "20%" } : {}) } });
    const app = (name: string, calls: object[]): object => ({ selector: { deployment: name }, startUp: "1s", serviceTime: { exponential: { mean: "10ms" } }, concurrency: pick([1, 4, 50]), queue: pick([0, 5, 100]), calls, async: rnd(2) === 1, memory: { base: "50Mi", perRequest: "4Mi" }, shutdown: pick(["exit", { drain: "3s" }, "ignore"]), probesShareWorkers: rnd(2) === 1, ...(rnd(2) ? { gc: { every: "5s", pause: "300ms" } } : {}), ...(rnd(2) && name !== "db" ? { health: { checks: ["service/db"], on: pick(["liveness", "readiness", "both"]) } } : {}) });
    const scenario = { apiVersion: "podstorm.dev/v1alpha1", kind: "Scenario", spec: { duration: "100s", manifests: ["m"], seed: n, start: pick(["settled", "settled", "empty"]), nodes: [{ count: 3, zones: 2, capacity: { cpu: "4", memory: "4Gi", pods: 20 } }],
      applications: [app("web", [call("api"), call("db")]), app("api", [call("db")]), app("db", [])],
      load: [{ target: "service/web", executor: pick(["poisson-arrival-rate", "constant-arrival-rate"]), rate: "40/s", timeout: pick(["300ms", "2s"]), retries: { max: 1 } }, { target: "service/web", executor: "constant-vus", vus: 5, thinkTime: "500ms", timeout: "1s", connections: { kind: "http2" } }, { target: "service/api", rate: "5/s", via: { ingress: "deployment/web" } }],
      actions: [{ at: "30s", restart: { deployment: pick(["web", "db"]) } }], invariants: ["default"], faults } };
    const { spec, issues } = readPlainScenario(scenario, [dep("web", 3, { livenessProbe: p, readinessProbe: p }), svc("web"), dep("api", 2, { readinessProbe: p }), svc("api"), dep("db", 2), svc("db")]);
    if (spec === null) { console.log(JSON.stringify(issues.slice(0, 2))); continue; }
    try {
      const a = await runHere(spec, 1);
      if (a.violations.length > 0) console.log(n, JSON.stringify(a.violations.slice(0, 3)), JSON.stringify(faults.map((f) => f.type)));
      const b = await runHere(spec, 3);
      if (JSON.stringify(a) !== JSON.stringify(b)) console.log(n, "SHARDS DIFFER", JSON.stringify(faults));
    } catch (e) { console.log(n, "CRASH", String((e as any).stack).slice(0, 900), String((e as any).cause?.stack).slice(0, 900)); }
  }
  console.log("runs", n);
}, 100000);
