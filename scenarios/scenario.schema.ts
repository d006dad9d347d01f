/** Shape of a scenario document: composed of what faults, loads, actions and all others bring along. */
import { z } from "zod";
import { sometimesSchema } from "./sometimes.schema.ts";
import { thresholdSchema, type WrittenThreshold } from "./thresholds.schema.ts";
import { serviceProxySchema, type WrittenServiceProxy } from "./service-proxy.schema.ts";
import { actionSchema } from "../engine/actions/action.schema.ts";
import { applicationSchema } from "../engine/application/application.schema.ts";
import { faultGroupSchema, pauseSchema } from "../engine/chaos/fault-group.schema.ts";
import { faultSchemas } from "../engine/chaos/index.schema.ts";
import { invariantNames } from "../engine/invariants/index.ts";
import { nodeGroupSchema } from "../engine/kubernetes/objects/node.schema.ts";
import { settingsSchema } from "../engine/settings.schema.ts";
import { loadSchema } from "../engine/traffic/load-model.schema.ts";
import { expecting, wholeNumber, type Schema } from "../engine/values/shape.schema.ts";
import { durationSchema, type WrittenDuration } from "../engine/values/values.schema.ts";

export const scenarioApiVersion = "podstorm.dev/v1alpha1";
const versions = 'a version in quotes from "1.20" to "1.36"';

const seed = wholeNumber(0, Number.MAX_SAFE_INTEGER);
const faultTypes: readonly z.ZodType[] = Object.values(faultSchemas) as unknown as readonly z.ZodType[];
/** A fault, or faults that belong together; in a group also a pause. */
const faultEntry: z.ZodType = z.union([
  ...faultTypes,
  faultGroupSchema(z.lazy((): z.ZodType => z.union([faultEntry, pauseSchema]))),
] as unknown as [z.ZodType, z.ZodType, ...z.ZodType[]]);
const name = z.string().meta({ description: "Names the report and its folder: lower case letters, digits, '-' and '.'." });

/** `spec` as people write it; entries of lists are looked at one by one. */
export interface WrittenSpec {
  readonly kubernetesVersion: string;
  readonly seed: number;
  readonly duration: WrittenDuration;
  readonly warmup: WrittenDuration;
  readonly start: "settled" | "empty";
  readonly probes: "exact" | "elided";
  readonly settings: unknown;
  readonly manifests: readonly string[];
  readonly nodes: readonly unknown[];
  readonly applications: readonly unknown[];
  readonly load: readonly unknown[];
  readonly serviceProxy: WrittenServiceProxy;
  readonly actions: readonly unknown[];
  readonly faults: readonly unknown[];
  readonly thresholds: Readonly<Record<string, readonly WrittenThreshold[]>>;
  readonly invariants: readonly string[];
  readonly sometimes: readonly unknown[];
}

/** Each field with its shape. Checked one by one, so that one bad field hides no other. */
export const specFields: { readonly [Field in keyof WrittenSpec]: Schema<WrittenSpec[Field]> } = {
  kubernetesVersion: z
    .string(expecting(versions))
    .regex(/^1\.(?:2\d|3[0-6])$/, expecting(versions))
    .meta({ description: 'Behaviour and defaults of this release. Default "1.36".' }),
  seed: seed.meta({ description: "Same seed, same run. Default 1." }),
  duration: durationSchema,
  warmup: durationSchema.meta({ description: "What happens before is not counted. Default 0." }),
  start: z
    .enum(["settled", "empty"])
    .meta({ description: "settled (default): everything was rolled out long ago; empty: the manifests are applied at 0." }),
  probes: z.enum(["exact", "elided"]).meta({
    description:
      "exact (default): each attempt is an event; elided: where only chance makes one late, virtual runs jump to the next late one. Same odds, other numbers.",
  }),
  settings: settingsSchema,
  manifests: z.array(z.string()).meta({ description: "Files, relative to this one." }),
  nodes: z.array(nodeGroupSchema).min(1, expecting("at least one group of nodes")),
  applications: z.array(applicationSchema).meta({ description: "How containers behave; the first entry that matches wins." }),
  load: z.array(loadSchema),
  serviceProxy: serviceProxySchema,
  actions: z.array(actionSchema),
  faults: z.array(faultEntry.meta({ title: "fault" })),
  thresholds: z
    .record(z.string(), z.array(thresholdSchema))
    .meta({ description: "Metric, with tags in braces, to conditions in k6's grammar with units: p(99)<500ms." }),
  invariants: z
    .array(z.string().meta({ enum: ["default", ...invariantNames] }))
    .meta({ description: "Rules that are checked while the run goes on: default (all of them), or names; [] for none. Default: all." }),
  sometimes: z
    .array(sometimesSchema)
    .meta({ description: "What has to be reached at least once: without it the run fails, as with a broken threshold." }),
};

const { duration, ...optionalFields } = specFields;
const optionalShape = Object.fromEntries(Object.entries(optionalFields).map(([field, schema]) => [field, schema.optional()]));

/** The whole document, for editors. */
export const scenarioSchema: Schema = z
  .strictObject({
    apiVersion: z.literal(scenarioApiVersion),
    kind: z.literal("Scenario"),
    metadata: z
      .strictObject({ name, labels: z.record(z.string(), z.string()).optional(), annotations: z.record(z.string(), z.string()).optional() })
      .optional(),
    spec: z.strictObject({ duration, ...optionalShape }),
  })
  .meta({ title: "podstorm scenario", description: "A rollout under load, with faults: see scenarios/README.md." });

/** The frame alone: which fields there are, not what is in them. */
export const frameSchema: Schema<{
  readonly metadata?: { readonly name?: string | undefined } | undefined;
  readonly spec: Readonly<Record<string, unknown>>;
}> = z.strictObject({
  apiVersion: z.literal(scenarioApiVersion),
  kind: z.literal("Scenario"),
  metadata: z.strictObject({ name: name.optional(), labels: z.unknown().optional(), annotations: z.unknown().optional() }).optional(),
  spec: z.strictObject(Object.fromEntries(Object.keys(specFields).map((field) => [field, z.unknown().optional()]))),
});

/** The document as JSON Schema. */
export function jsonSchemaOf(schema: Schema): Record<string, unknown> {
  return z.toJSONSchema(schema, { io: "input" }) as Record<string, unknown>;
}
