/** Shape of a Service: every field of Kubernetes 1.36, and those of 1.20 that are gone since. */
import { z } from "zod";
import { unused, unusedFields } from "../../values/shape.schema.ts";
import { envelope, flag, integer, integerOrText, metaSchema, text, textMap } from "./meta.schema.ts";
import type { WrittenService } from "./written.ts";

export const serviceSchema: z.ZodType<WrittenService> = z.strictObject({
  ...envelope,
  metadata: metaSchema.optional(),
  spec: z
    .strictObject({
      type: text,
      selector: textMap,
      ports: z
        .array(
          z.strictObject({
            name: text,
            port: integer,
            targetPort: integerOrText,
            protocol: text,
            nodePort: integer,
            appProtocol: unused(),
          }),
        )
        .optional(),
      clusterIP: text,
      externalName: text,
      publishNotReadyAddresses: flag,
      sessionAffinity: text,
      externalTrafficPolicy: text,
      internalTrafficPolicy: text,
      sessionAffinityConfig: z.strictObject({ clientIP: z.strictObject({ timeoutSeconds: integer }).optional() }).optional(),
      trafficDistribution: text,
      healthCheckNodePort: integer,
      allocateLoadBalancerNodePorts: flag,
      ...unusedFields(
        "clusterIPs",
        "externalIPs",
        "ipFamilies",
        "ipFamily",
        "ipFamilyPolicy",
        "loadBalancerClass",
        "loadBalancerIP",
        "loadBalancerSourceRanges",
        "topologyKeys",
      ),
    })
    .optional(),
});
