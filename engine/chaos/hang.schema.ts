/** Shape of a hang fault. */
import { z } from "zod";
import { faultBase, type WrittenFaultBase } from "./fault.schema.ts";

export interface WrittenHang extends WrittenFaultBase {
  readonly type: "hang";
  readonly container?: string | undefined;
}

export const hangSchema: z.ZodType<WrittenHang> = z
  .strictObject({
    type: z.literal("hang"),
    ...faultBase,
    container: z.string().optional().meta({ description: "Default: every regular container of the Pod." }),
  })
  .meta({
    title: "hang",
    description:
      "Processes are alive and answer nothing: requests wait, HTTP and gRPC probes time out. The kernel still shakes hands (TCP), and commands run on. A restart heals it.",
  });
