import { runClusterCase } from "./cluster-case.ts";
import { readFileSync } from "node:fs";
const c = JSON.parse(readFileSync(process.argv[2]!, "utf8"));
const only = process.argv[3];
const v = runClusterCase(c, (cluster) => {
  const api: any = cluster.control!.apiServer; const o = api.observer; const orig = o.podChanged.bind(o);
  console.log(cluster.control!.store.workloads);
  for (const p of cluster.control!.view.pods()) console.log("adopted", p.id, "w" + p.workload, "owner", p.owner, "node", p.node, JSON.stringify(p.traits));
  o.podChanged = (b: any, a: any, now: number) => {
    const p = a ?? b; if (only === undefined || String(p.workload) === only)
      console.log((now / 1e6).toFixed(3), "pod", p.id, "w" + p.workload, "own", p.owner, "node", p.node, a === null ? "REMOVED" : b === undefined ? "CREATED" : "", "del", p.deletionTimestamp, "phase", p.status.phase, "cond", p.status.conditions, p.traits?.index ?? "", "t", p.traits?.targetNode ?? "", p.status.reason);
    orig(b, a, now);
  };
  const oc = o.committed.bind(o);
  o.committed = (ch: any, k: string, now: number) => { if (ch.type !== "pod" && ch.type !== "lease" && (process.argv[4] === undefined || new RegExp(process.argv[4]).test(k))) console.log((now / 1e6).toFixed(3), "  ", k, ch.type === "node" ? JSON.stringify(ch.record) : JSON.stringify({ n: ch.record?.name, s: ch.record?.status, r: ch.record?.replicas, p: ch.record?.pods, c: ch.record?.conditions, del: ch.record?.deletionTimestamp, f: ch.record?.finalizers })); oc(ch, k, now); };
});
console.log(v);
