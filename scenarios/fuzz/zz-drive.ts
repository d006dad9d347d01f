import fc from "fast-check";
import { clusterCase } from "./cluster.arbitrary.ts";
import { runClusterCase } from "./cluster-case.ts";
const [seed, n] = [Number(process.argv[2]), Number(process.argv[3])];
const t0 = performance.now();
const seen = new Map<string, { count: number; example: any; message: string; size: number }>();
let i = 0;
for (const c of fc.sample(clusterCase(), { numRuns: n, seed })) {
  let v: any;
  try { v = runClusterCase(c); } catch (e: any) { v = [{ invariant: "THROW " + String(e.stack).split("\n").slice(0,3).join("|"), message: String(e) , time: 0}]; }
  for (const name of new Set(v.map((x: any) => x.invariant))) {
    const first = v.find((x: any) => x.invariant === name);
    const size = JSON.stringify(c).length + c.deeds.length*300;
    const known = seen.get(name as string);
    if (!known) seen.set(name as string, { count: 1, example: c, message: `${first.time/1e6} ${first.message}`, size });
    else { known.count++; if (size < known.size) Object.assign(known, { example: c, message: `${first.time/1e6} ${first.message}`, size }); }
  }
  i++;
}
console.log(`${n} cases, ${((performance.now() - t0) / n).toFixed(1)} ms each`);
for (const [name, { count, example, message }] of seen) console.log(`\n### ${name} ×${count}: ${message}\n${JSON.stringify(example)}`);
