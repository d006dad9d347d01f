/** Shape of a kubelet-restart fault. */
import { z } from "zod";
import { faultBase, type WrittenFaultBase } from "./fault.schema.ts";

export interface WrittenKubeletRestart extends WrittenFaultBase {
  readonly type: "kubelet-restart";
}

export const kubeletRestartSchema: z.ZodType<WrittenKubeletRestart> = z
  .strictObject({
    type: z.literal("kubelet-restart"),
    ...faultBase,
  })
  .meta({
    title: "kubelet restart",
    description: "Kubelets stop; after `duration` (default 1s) they start again. Containers run on.",
  });
