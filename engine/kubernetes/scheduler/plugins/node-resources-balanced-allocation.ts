/**
 * Prefers nodes whose shares of CPU and memory in use this Pod brings closer together (1.36). Source:
 * pkg/scheduler/framework/plugins/noderesources/balanced_allocation.go.
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

/** (1 − standard deviation of the two shares) · 100; a resource that the node hasn't got doesn't count. */
function balance(cpu: number, memory: number, cpuAllocatable: number, memoryAllocatable: number): number {
  if (cpuAllocatable === 0 || memoryAllocatable === 0) return 100;
  const deviation = Math.abs(Math.min(1, cpu / cpuAllocatable) - Math.min(1, memory / memoryAllocatable)) / 2;
  return Math.floor((1 - deviation) * 100);
}
