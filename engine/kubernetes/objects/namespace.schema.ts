/** Shape of a Namespace. */
import { z } from "zod";
import { unused } from "../../values/shape.schema.ts";
import { envelope, metaSchema } from "./meta.schema.ts";
import type { WrittenNamespace } from "./written.ts";

export const namespaceSchema: z.ZodType<WrittenNamespace> = z.strictObject({
  ...envelope,
  metadata: metaSchema.optional(),
  spec: unused("finalizers"),
});
