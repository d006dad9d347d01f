/** Shape of `serviceProxy`: kube-proxy's mode, for all nodes. */
import { z } from "zod";
import { serviceProxyModes, serviceProxySchedulers, type ProxyMode } from "../engine/kubernetes/network/service-route.ts";

export interface WrittenServiceProxy {
  readonly mode?: ProxyMode["mode"] | undefined;
  readonly scheduler?: ProxyMode["scheduler"] | undefined;
}

export const serviceProxySchema: z.ZodType<WrittenServiceProxy> = z
  .strictObject({
    mode: z
      .enum(serviceProxyModes)
      .optional()
      .meta({ description: "kube-proxy's mode; iptables (default) and nftables choose endpoints at random." }),
    scheduler: z
      .enum(serviceProxySchedulers)
      .optional()
      .meta({ description: "Of mode ipvs. rr (default), wrr: in turn; sh: by the client's address; dh: by the Service's." }),
  })
  .meta({ title: "serviceProxy" });
