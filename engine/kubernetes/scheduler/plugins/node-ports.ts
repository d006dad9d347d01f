/** Ports of the node that Pods want for themselves (pure). Source: plugins/nodeports. The model has no hostIP: each port is wanted on all addresses. */
import type { PodSpec } from "../../objects/pod.ts";

/** `TCP/80`: of regular containers and sidecars; with the host's network every declared port is one (defaulting). */
export function hostPortsOf({
  containers,
  initContainers,
  hostNetwork,
}: Pick<PodSpec, "containers" | "initContainers" | "hostNetwork">): readonly string[] {
  const running = [...containers, ...initContainers.filter(({ restartPolicy }) => restartPolicy === "Always")];
  const wanted = running.flatMap(({ ports }) =>
    ports.flatMap(({ protocol, hostPort, containerPort }) => {
      const port = hostPort ?? (hostNetwork ? containerPort : 0);
      return port === 0 ? [] : [`${protocol}/${port}`];
    }),
  );
  return [...new Set(wanted)];
}
