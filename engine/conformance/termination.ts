/** Vectors of a Pod's end, answered by a whole kubelet on a node of its own. */
import { CauseKind } from "../cause-kinds.ts";
import { SECOND } from "../kernel/time.ts";
import { TestNodes, instantBehaviour, testContainer, testTemplate } from "../kubernetes/kubelet/test-node.ts";
import { drainingServer } from "../kubernetes/kubelet/test-server.ts";
import type { RestartPolicy } from "../kubernetes/objects/pod.ts";

const DELETED_AT = 100 * SECOND;

interface Named {
  readonly name: string;
  readonly restartPolicy?: RestartPolicy;
}

export function terminationOrder(input: {
  readonly spec: { readonly initContainers?: readonly Named[]; readonly containers: readonly Named[] };
  readonly gracePeriodSeconds: number;
  readonly exitSecondsAfterSignal: number;
}): unknown {
  const { initContainers = [], containers } = input.spec;
  const drain = input.exitSecondsAfterSignal * SECOND;
  const nodes = new TestNodes({
    behaviour: { ...instantBehaviour, shutdown: { type: "drain", atMost: drain + input.gracePeriodSeconds * SECOND } },
    createServer: () => drainingServer(drain),
  });
  const sidecars = initContainers.map(({ name, restartPolicy = null }) => testContainer(name, { restartPolicy }));
  const template = testTemplate(
    containers.map(({ name }) => testContainer(name)),
    { initContainers: sidecars },
  );
  const { id } = nodes.addPod(template);
  nodes.deletePod(id, DELETED_AT, input.gracePeriodSeconds);
  nodes.run(DELETED_AT + (2 + initContainers.length) * (drain + (input.gracePeriodSeconds + 2) * SECOND));
  const names = [...initContainers, ...containers].map(({ name }) => name);
  const waits = nodes.causes
    .rows()
    .filter(({ kind }) => kind === CauseKind.signalled)
    .map(({ detail, time }): [string, number] => [names[detail] ?? "", Math.floor((time - DELETED_AT) / SECOND)]);
  return { waitWholeSeconds: Object.fromEntries(waits) };
}
