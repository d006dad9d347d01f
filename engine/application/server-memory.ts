/**
 * Memory of the servers of one shard: blocks of one array, in sizes of powers of two. A server with
 * requests in flight holds a block; one that sees none has none. Hot: bench/traffic.bench.ts.
 */
export const SMALLEST_BLOCK = 8;

export class ServerMemory {
  /** Replaced by a larger copy when it is full: read it anew after `allocate`. */
  cells: Float64Array = new Float64Array(64 * SMALLEST_BLOCK);
  private used = 0;
  /** Free blocks by size: 8, 16, 32, … */
  private readonly free: number[][] = [];

  /** First cell of a free block of `size` cells, a power of two from SMALLEST_BLOCK on. Its content is anything. */
  allocate(size: number): number {
    const block = this.free[sizeClass(size)]?.pop();
    if (block !== undefined) return block;
    while (this.used + size > this.cells.length) {
      const cells = new Float64Array(this.cells.length * 2);
      cells.set(this.cells);
      this.cells = cells;
    }
    const first = this.used;
    this.used += size;
    return first;
  }

  release(block: number, size: number): void {
    (this.free[sizeClass(size)] ??= []).push(block);
  }
}

function sizeClass(size: number): number {
  return 28 - Math.clz32(size);
}
