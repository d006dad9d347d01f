/** kubectl set image: a new template, and so a rollout. */
import type { SetImage } from "./action.ts";
import { withImage } from "../kubernetes/objects/pod-template.ts";
import type { Steps } from "./operator.ts";

export function* setImage({ namespace, deployment: name, container, image }: SetImage): Steps {
  const { deployment } = yield { kind: "find", type: "Deployment", namespace, name };
  if (deployment === undefined) return;
  const template = withImage(deployment.spec.template, container, image);
  if (template === null) return;
  yield { kind: "updateDeployment", deployment: deployment.id, resourceVersion: 0, spec: { ...deployment.spec, template } };
}
