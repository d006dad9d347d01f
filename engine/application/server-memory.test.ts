import { fc, test as property } from "@fast-check/vitest";
import { expect } from "vitest";
import { ServerMemory } from "./server-memory.ts";

property.prop([
  fc.array(fc.oneof(fc.record({ size: fc.constantFrom(8, 16, 32, 256) }), fc.record({ release: fc.nat() })), { maxLength: 120 }),
])("blocks in use never overlap and keep their content", (steps) => {
  const memory = new ServerMemory();
  const blocks: { first: number; size: number; mark: number }[] = [];
  let mark = 0;
  for (const step of steps) {
    if ("size" in step) {
      const first = memory.allocate(step.size);
      memory.cells.fill(++mark, first, first + step.size);
      blocks.push({ first, size: step.size, mark });
    } else if (blocks.length > 0) {
      const [block] = blocks.splice(step.release % blocks.length, 1);
      memory.release(block!.first, block!.size);
    }
  }
  for (const { first, size, mark: expected } of blocks) {
    expect(memory.cells.subarray(first, first + size).every((cell) => cell === expected)).toBe(true);
  }
});
