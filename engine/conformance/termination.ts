/** Vectors of a Pod's end, answered by a whole kubelet on a node of its own. */
import type { ContainerServer } from "../application/server.ts";
import { CauseKind } from "../cause-kinds.ts";
import { SECOND, type Duration } from "../kernel/time.ts";
import { TestNodes, instantBehaviour, testContainer, testTemplate } from "../kubernetes/kubelet/test-node.ts";
import type { RestartPolicy } from "../kubernetes/objects/pod.ts";

const DELETED_AT = 100 * SECOND;

/** A container that ends `drain` after its SIGTERM. */
function drainingServer(drain: Duration): ContainerServer {
  return {
    behaviour: instantBehaviour,
    isListening: true,
    end: 0,
    overload: 0,
    memoryLimitInFlight: Infinity,
    listen: () => undefined,
    stopListening: () => undefined,
    admit: () => 0,
    admitProbe: () => 0,
    settle: () => undefined,
    inFlight: () => 0,
    idleAt: (now) => now + drain,
    die: () => undefined,
    nextEnd: () => Infinity,
    cpuTime: () => 0,
    cpuWanted: () => 0,
    isPaced: false,
    setWaiting: () => undefined,
    setFailing: () => undefined,
    begin: () => undefined,
    failing: 0,
    failBlame: 0,
    isLimited: false,
    isThrottled: false,
    blame: 0,
    limitBlame: 0,
    setSpeed: () => undefined,
    limitCpu: () => undefined,
    shareCpu: () => undefined,
  };
}

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
