/** Shape of a selector of workloads, and of fault targets (which may also be named by node and zone). */
import { z } from "zod";

export interface WrittenSelector {
  readonly namespace?: string | undefined;
  readonly deployment?: string | undefined;
  readonly replicaSet?: string | undefined;
  readonly pod?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

export interface WrittenTarget extends WrittenSelector {
  readonly node?: string | undefined;
  readonly zone?: string | undefined;
}

export interface WrittenTargetSelector extends WrittenTarget {
  readonly anyOf?: readonly WrittenTarget[] | undefined;
}

const fields = {
  namespace: z.string().optional(),
  deployment: z.string().optional(),
  replicaSet: z.string().optional(),
  pod: z.string().optional().meta({ description: "A Pod that stands in the manifests itself." }),
  labels: z.record(z.string(), z.string()).optional().meta({ description: "Labels of the Pods." }),
};

export const workloadSelectorSchema: z.ZodType<WrittenSelector> = z.strictObject(fields).meta({ title: "selector" });

const targetFields = { ...fields, node: z.string().optional(), zone: z.string().optional() };

export const targetSelectorSchema: z.ZodType<WrittenTargetSelector> = z
  .strictObject({
    ...targetFields,
    anyOf: z
      .array(z.strictObject(targetFields))
      .min(1)
      .optional()
      .meta({ description: "One of these must match too: several namespaces, nodes or Pods." }),
  })
  .meta({ title: "selector", description: "All given fields must match." });
