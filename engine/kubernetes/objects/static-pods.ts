/**
 * Static Pods: Pods that a node's kubelet reads from its own files. The API shows a mirror of each, named
 * `<name>-<node>`; ending the mirror doesn't end the Pod. In manifests they are Pods whose annotation
 * kubernetes.io/config.source is "file": one for the node that spec.nodeName gives, or for every node that
 * spec.nodeSelector matches.
 */
import type { Toleration } from "./meta.ts";
import type { NodeTemplate } from "./node.ts";
import type { Pod } from "./pod.ts";

export const CONFIG_SOURCE = "kubernetes.io/config.source";
/** What the kubelet marks a mirror with; its value is the hash of the Pod's file. */
const CONFIG_MIRROR = "kubernetes.io/config.mirror";

/** Source: pkg/kubelet/types/pod_update.go IsStaticPod. */
export function isStaticPod(annotations: Readonly<Record<string, string>>): boolean {
  const source = annotations[CONFIG_SOURCE];
  return source !== undefined && source !== "api";
}

/** Source: pkg/kubelet/config/common.go applyDefaults: no NoExecute taint drives a static Pod away. */
const staysAlways: Toleration = Object.freeze({ key: "", operator: "Exists", value: "", effect: "NoExecute", tolerationSeconds: null });

/** The mirrors that the kubelets of these nodes create for a Pod of the manifests. */
export function mirrorPods(pod: Pod, nodes: readonly NodeTemplate[]): readonly Pod[] {
  const { metadata, template } = pod;
  const { nodeName, nodeSelector, tolerations } = template.spec;
  return nodes
    .filter((node) => isMeant(node, nodeName, nodeSelector))
    .map((node) => {
      const annotations = { ...template.annotations, ...metadata.annotations, [CONFIG_SOURCE]: "file", [CONFIG_MIRROR]: "file" };
      return {
        ...pod,
        metadata: { ...metadata, name: `${metadata.name}-${node.name}`, annotations },
        template: { ...template, annotations, spec: { ...template.spec, nodeName: node.name, tolerations: [...tolerations, staysAlways] } },
      };
    });
}

function isMeant(node: NodeTemplate, nodeName: string, nodeSelector: Readonly<Record<string, string>>): boolean {
  if (nodeName !== "") return node.name === nodeName;
  return Object.entries(nodeSelector).every(([key, value]) => node.labels[key] === value);
}
