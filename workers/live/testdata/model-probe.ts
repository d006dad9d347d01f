/** One probe attempt in the model, against an application that does as asked: the virtual side of the probes' exam. */
import type { ApplicationBehaviour } from "../../../engine/application/application.ts";
import type { ContainerScript } from "../../../engine/application/container-script.ts";
import { SECOND } from "../../../engine/kernel/time.ts";
import { ProbeResult, type KubeletInput } from "../../../engine/kubernetes/kubelet/inputs.ts";
import { instantBehaviour, testContainer, testProbe, testTemplate, TestNodes } from "../../../engine/kubernetes/kubelet/test-node.ts";
import type { Container, ProbeHandler } from "../../../engine/kubernetes/objects/pod.ts";
import type { Attempted, OtherSide } from "../probes/probe.exam.ts";

const PATH = "/healthz";
const command = ["sleep", "60"];

/** The container's first readiness attempt; where no process runs, the first after its end that the kubelet hasn't seen. */
export function attemptInModel(type: ProbeHandler["type"], other: OtherSide): Promise<Attempted> {
  const nodes = new TestNodes({ behaviour: behaviourOf(type, other), settings: { plegRelistPeriod: 10 * SECOND } });
  const attempts: Extract<KubeletInput, { kind: "probeFinished" }>[] = [];
  const { kubelet } = nodes;
  const input = kubelet.input.bind(kubelet);
  kubelet.input = (now, answer) => {
    if (answer.kind === "probeFinished") attempts.push(answer);
    input(now, answer);
  };
  const definition: Partial<Container> = {
    readinessProbe: testProbe({ handler: handlerOf(type, other), timeoutSeconds: 3, periodSeconds: 2 }),
  };
  nodes.addPod(testTemplate([testContainer("app", definition)]));
  nodes.run(30 * SECOND);
  const [first] = attempts.filter(({ result }) => other.does !== "nothing" || result !== ProbeResult.success);
  if (first === undefined) throw new Error("no attempt was made");
  return Promise.resolve({ result: first.result, answer: first.answer });
}

function handlerOf(type: ProbeHandler["type"], other: OtherSide): ProbeHandler {
  const port = other.does === "has no such port" ? "web" : "http";
  switch (type) {
    case "httpGet":
      return { type, path: PATH, port, host: "", scheme: "HTTP", httpHeaders: [] };
    case "tcpSocket":
      return { type, port, host: "" };
    case "grpc":
      return { type, port: 80, service: "" };
    case "exec":
      return { type, command };
  }
}

function behaviourOf(type: ProbeHandler["type"], other: OtherSide): ApplicationBehaviour {
  const endsSoon = { after: { type: "constant", value: 3 * SECOND }, code: 1 } as const;
  switch (other.does) {
    case "answers":
      if (type === "grpc") return other.with === "SERVING" ? instantBehaviour : { ...instantBehaviour, unhealthyAfter: 0 };
      return { ...instantBehaviour, script: scriptOf(Number(other.with), other.says ?? "", 1000) };
    case "hangs":
      if (type === "grpc") return { ...instantBehaviour, probeTime: { type: "constant", value: 5 * SECOND } };
      return { ...instantBehaviour, script: scriptOf(type === "exec" ? 0 : 200, "", 5 * SECOND) };
    case "ends":
      return { ...instantBehaviour, probeTime: { type: "constant", value: 2 * SECOND }, exit: endsSoon };
    case "nothing":
      if (type === "exec") return { ...instantBehaviour, exit: endsSoon };
      return { ...instantBehaviour, startUp: { type: "constant", value: 1000 * SECOND } };
    case "accepts":
    case "has no such port":
      return instantBehaviour;
  }
}

function scriptOf(result: number, output: string, duration: number): ContainerScript {
  const windows = [{ from: 0, result, duration, attempts: null, output }];
  return { runs: [], stop: null, exec: { [command.join(" ")]: windows }, http: { port: 0, paths: { [PATH]: windows } } };
}
