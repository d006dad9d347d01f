/**
 * Prefers nodes whose shares of CPU and memory in use this Pod brings closer together (1.36), or on which they
 * are close together with it (before). Source: pkg/scheduler/framework/plugins/noderesources/balanced_allocation.go.
 */

/** Real requests, before and with the Pod. 50..100: half is neutral, more means better balanced. */
export function balancedScore(
  cpuBefore: number,
  memoryBefore: number,
  cpuAfter: number,
  memoryAfter: number,
  cpuAllocatable: number,
  memoryAllocatable: number,
): number {
  const before = balance(cpuBefore, memoryBefore, cpuAllocatable, memoryAllocatable);
  const after = balance(cpuAfter, memoryAfter, cpuAllocatable, memoryAllocatable);
  return 50 + Math.floor((50 + after - before) / 2);
}

/** 0..100, until 1.35: how close the shares of real requests are with the Pod. */
export function deviationScore(cpu: number, memory: number, cpuAllocatable: number, memoryAllocatable: number): number {
  return balance(cpu, memory, cpuAllocatable, memoryAllocatable);
}

/** 0..100, in 1.20: the same of requests with their stand-ins, by plain difference; a full resource spoils it. */
export function differenceScore(cpu: number, memory: number, cpuAllocatable: number, memoryAllocatable: number): number {
  const cpuShare = cpuAllocatable === 0 ? 1 : cpu / cpuAllocatable;
  const memoryShare = memoryAllocatable === 0 ? 1 : memory / memoryAllocatable;
  if (cpuShare >= 1 || memoryShare >= 1) return 0;
  return Math.trunc((1 - Math.abs(cpuShare - memoryShare)) * 100);
}

/** (1 − standard deviation of the two shares) · 100; a resource that the node hasn't got doesn't count. */
function balance(cpu: number, memory: number, cpuAllocatable: number, memoryAllocatable: number): number {
  if (cpuAllocatable === 0 || memoryAllocatable === 0) return 100;
  const deviation = Math.abs(Math.min(1, cpu / cpuAllocatable) - Math.min(1, memory / memoryAllocatable)) / 2;
  return Math.floor((1 - deviation) * 100);
}
