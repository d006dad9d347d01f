/** Containers of a Pod through whole syncs: images, hooks, restart rules, changed definitions, ephemeral containers, and what is recorded of them. */
import { describe, expect, it } from "vitest";
import type { ApplicationBehaviour } from "../../application/application.ts";
import { SECOND } from "../../kernel/time.ts";
import { POD_HERE, PodCondition, type Container, type PodStatus, type PodTemplate } from "../objects/pod.ts";
import { versionsOfMinor } from "../versions.ts";
import { instantBehaviour, sleepHook, testContainer, TestNodes, testTemplate, type TestNodeOptions } from "./test-node.ts";

const at = (seconds: number): number => seconds * SECOND;
const exitingAfter = (seconds: number, code = 0): ApplicationBehaviour => ({
  ...instantBehaviour,
  exit: { after: { type: "constant", value: at(seconds) }, code },
});
const absent: ApplicationBehaviour = { ...instantBehaviour, image: { size: 100_000_000, present: false } };

/** Reasons of a container's state over time, as patched: a state's type, or its reason. */
function story(nodes: TestNodes, pod: number, pick = (status: PodStatus) => status.containers[0]): string[] {
  const words = nodes.patches(pod).map(({ status }) => {
    const state = pick(status)?.state;
    if (state === undefined) return "none";
    return state.type === "running" ? "running" : state.reason;
  });
  return words.filter((word, index) => word !== words[index - 1]);
}

/** What the first container waited for and why, as patched, each message once. */
function told(nodes: TestNodes, reason: string): (string | undefined)[] {
  const states = nodes.patches(0).flatMap(({ status }) => status.containers[0]?.state ?? []);
  return [...new Set(states.flatMap((state) => (state.type === "waiting" && state.reason === reason ? [state.message] : [])))];
}

function run(template: PodTemplate, seconds: number, options: TestNodeOptions = {}): TestNodes {
  const nodes = new TestNodes(options);
  nodes.addPod(template);
  nodes.run(at(seconds));
  return nodes;
}

const web = (change: Partial<Container> = {}): PodTemplate => testTemplate([testContainer("web", change)]);

describe("starting a container", () => {
  it("is told in two Events, without the name since 1.35", () => {
    expect(run(web(), 5).messages(0, "Created", "Started")).toEqual(["Container created", "Container started"]);
    const older = run(web(), 5, { versions: versionsOfMinor(34) });
    expect(older.messages(0, "Created", "Started")).toEqual(["Created container web", "Started container web"]);
  });

  it("says of an image that is there what its release says", () => {
    expect(run(web(), 5).messages(0, "Pulled")).toEqual([
      'Container image "web:v1" already present on machine and can be accessed by the pod',
    ]);
    expect(run(web(), 5, { versions: versionsOfMinor(20) }).messages(0, "Pulled")).toEqual([
      'Container image "web:v1" already present on machine',
    ]);
  });
});

describe("a container that can't be started", () => {
  it("waits with RunContainerError, then crash-loops, and its last state is StartError 128", () => {
    const nodes = run(web(), 40, { behaviour: { ...instantBehaviour, startFails: 1 } });
    expect(story(nodes, 0)).toEqual(expect.arrayContaining(["ContainerCreating", "RunContainerError", "CrashLoopBackOff"]));
    expect(nodes.status(0).containers[0]!.lastState).toMatchObject({ reason: "StartError", exitCode: 128 });
    expect(nodes.messages(0, "Failed")[0]).toBe('Error: failed to start container "web"');
    expect(told(nodes, "RunContainerError")).toEqual(['failed to start container "web"']);
  });
});

describe("an image that isn't there", () => {
  const pulls: Partial<TestNodeOptions> = { behaviour: absent, settings: { imagePullLatency: at(0.5), imagePullRate: 50_000_000 } };

  it("is pulled for its size over the rate, and told so", () => {
    const nodes = run(web(), 5, pulls);
    expect(nodes.messages(0, "Pulling", "Pulled")).toEqual([
      'Pulling image "web:v1"',
      'Successfully pulled image "web:v1" in 2.5s (2.5s including waiting). Image size: 100000000 bytes.',
    ]);
    expect(run(web(), 5, { ...pulls, versions: versionsOfMinor(20) }).messages(0, "Pulled")).toEqual([
      'Successfully pulled image "web:v1" in 2.5s',
    ]);
  });

  it("waits for the pull before it on its node, unless pulls run in parallel", () => {
    const pulledAt = (settings: Partial<TestNodeOptions["settings"]>): number[] => {
      const nodes = new TestNodes({ ...pulls, settings: { ...pulls.settings, ...settings } });
      for (const name of ["a", "b", "c"]) nodes.addPod(testTemplate([testContainer(name)]));
      nodes.run(at(20));
      return nodes.events.filter(({ message }) => message.startsWith("Successfully")).map((event) => Math.round(event.at / at(0.1)) / 10);
    };
    expect(pulledAt({})).toEqual([2.5, 5, 7.5]);
    expect(pulledAt({ serializeImagePulls: 0 })).toEqual([2.5, 2.5, 2.5]);
    expect(pulledAt({ serializeImagePulls: 0, maxParallelImagePulls: 2 })).toEqual([2.5, 2.5, 5]);
  });

  it("is fetched once for two Pods that pull it at the same time", () => {
    const nodes = new TestNodes({ ...pulls, settings: { ...pulls.settings, serializeImagePulls: 0 } });
    nodes.addPod(web());
    nodes.addPod(web(), at(1));
    nodes.run(at(20));
    const pulled = nodes.events.filter(({ message }) => message.startsWith("Successfully"));
    expect(pulled.map((event) => Math.round(event.at / at(0.1)) / 10)).toEqual([2.5, 2.5]);
  });

  it("alternates between ErrImagePull and ImagePullBackOff while the registry fails, with delays 10, 20, 40", () => {
    const behaviour = { ...absent, image: { ...absent.image, pull: { failures: 3, error: "not found" } } };
    const nodes = run(web(), 200, { ...pulls, behaviour });
    expect(story(nodes, 0)).toEqual([
      "ContainerCreating",
      "ErrImagePull",
      "ImagePullBackOff",
      "ErrImagePull",
      "ImagePullBackOff",
      "ErrImagePull",
      "ImagePullBackOff",
      "running",
    ]);
    const tries = nodes.events.filter(({ reason }) => reason === "Pulling").map((event) => Math.round(event.at / SECOND));
    expect(tries[0]).toBe(0);
    const gaps = tries.slice(1).map((time, index) => time - tries[index]!);
    [10, 20, 40].forEach((delay, index) => {
      expect(gaps[index]).toBeGreaterThanOrEqual(delay);
      expect(gaps[index]).toBeLessThan(delay + 12);
    });
    expect(new Set(nodes.messages(0, "Failed"))).toEqual(
      new Set(['Failed to pull image "web:v1": not found', "Error: ErrImagePull", "Error: ImagePullBackOff"]),
    );
    expect(new Set(nodes.messages(0, "BackOff"))).toEqual(new Set(['Back-off pulling image "web:v1"']));
  });

  it.each([
    [31, 'Back-off pulling image "web:v1"'],
    [32, 'Back-off pulling image "web:v1": ErrImagePull: not found'],
  ])("keeps its container waiting with the registry's words, in the back-off too since 1.32 (1.%i)", (minor, message) => {
    const behaviour = { ...absent, image: { ...absent.image, pull: { failures: 2, error: "not found" } } };
    const nodes = run(web(), 100, { ...pulls, behaviour, versions: versionsOfMinor(minor) });
    expect(told(nodes, "ErrImagePull")).toEqual(["not found"]);
    expect(told(nodes, "ImagePullBackOff")).toEqual([message]);
    expect(story(nodes, 0).at(-1)).toBe("running");
  });

  it("is asked for once by a Pod whose containers share it: the back-off is the Pod's and the image's", () => {
    const behaviour = { ...absent, image: { ...absent.image, pull: { failures: Infinity, error: "not found" } } };
    const image = "shared:v1";
    const nodes = run(testTemplate([testContainer("a", { image }), testContainer("b", { image })]), 9, { ...pulls, behaviour });
    expect(nodes.messages(0, "Pulling")).toHaveLength(1);
    expect(nodes.status(0).containers.map(({ state }) => state)).toEqual([
      { type: "waiting", reason: "ErrImagePull", message: "not found" },
      { type: "waiting", reason: "ImagePullBackOff", message: 'Back-off pulling image "shared:v1": ErrImagePull: not found' },
    ]);
  });

  it("is never pulled under policy Never", () => {
    const nodes = run(web({ imagePullPolicy: "Never" }), 15, pulls);
    expect(story(nodes, 0).at(-1)).toBe("ErrImageNeverPull");
    expect(nodes.messages(0, "ErrImageNeverPull")[0]).toBe('Container image "web:v1" is not present with pull policy of Never');
    expect(told(nodes, "ErrImageNeverPull")).toEqual(['Container image "web:v1" is not present with pull policy of Never']);
  });

  it("must have a name that a runtime can parse", () => {
    const nodes = run(web({ image: "Web:v1" }), 15);
    expect(story(nodes, 0).at(-1)).toBe("InvalidImageName");
    expect(told(nodes, "InvalidImageName")).toEqual([
      'Failed to apply default image tag "Web:v1": couldn\'t parse image name "Web:v1": invalid reference format',
    ]);
  });

  it("fails while a fault keeps the registry from this node, and comes afterwards", () => {
    const nodes = new TestNodes(pulls);
    nodes.addPod(web(), at(1));
    nodes.fault({ kind: "disturbPulls", image: null, rate: 1, slowdown: 1, until: at(20) }, 1);
    nodes.run(at(60));
    expect(story(nodes, 0)).toContain("ErrImagePull");
    expect(story(nodes, 0).at(-1)).toBe("running");
  });

  it("comes slowly while a fault slows the registry", () => {
    const nodes = new TestNodes(pulls);
    nodes.addPod(web(), at(1));
    nodes.fault({ kind: "disturbPulls", image: "web:v1", rate: 0, slowdown: 5, until: at(20) }, 1);
    // Of two that overlap the worse one counts.
    nodes.fault({ kind: "disturbPulls", image: null, rate: 0, slowdown: 2, until: at(20) }, 2);
    nodes.run(at(60));
    expect(nodes.messages(0, "Pulled")[0]).toMatch(/in 10\.5s/);
  });
});

describe("hooks", () => {
  const exec = { type: "exec", command: ["warm", "up"] } as const;
  const failing = { duration: { type: "constant", value: at(1) }, fails: 1, exitCode: 3 } as const;

  it("take as long as the scenario says, and the container shows as running only afterwards", () => {
    const hooks = { postStart: { ...failing, fails: 0, duration: { type: "constant", value: at(7) } as const } };
    const nodes = run(web({ postStart: exec }), 20, { behaviour: { ...instantBehaviour, hooks } });
    const running = nodes.patches(0).find(({ status }) => status.containers[0]?.state.type === "running");
    expect(Math.floor(running!.at / SECOND)).toBe(7);
  });

  it.each([
    [36, true, ["request to HTTPS lifecycle hook 10.64.0.1:80 got HTTP response, retry with HTTP succeeded"]],
    [26, true, ["request to HTTPS lifecycle hook 10.64.0.1:80 got HTTP response, retry with HTTP succeeded"]],
    [25, true, []],
    [36, false, []],
  ])("of HTTPS on a port without TLS go through, and since 1.26 an Event says so: 1.%i, %s", (minor, isPlain, expected) => {
    const https = { type: "httpGet", path: "/", port: "http", host: "", scheme: "HTTPS", httpHeaders: [] } as const;
    const hook = { duration: null, fails: 0, exitCode: 1, ...(isPlain ? { isPlainHttp: true as const } : {}) };
    const behaviour = { ...instantBehaviour, hooks: { postStart: hook } };
    const nodes = run(web({ postStart: https }), 20, { behaviour, versions: versionsOfMinor(minor) });
    expect(nodes.messages(0, "LifecycleHTTPFallback")).toEqual(expected);
    expect(nodes.messages(0, "FailedPostStartHook")).toEqual([]);
    expect(nodes.status(0).containers[0]?.state.type).toBe("running");
  });

  it("postStart that fails kills its container, which restarts with back-off", () => {
    const nodes = run(web({ postStart: exec }), 30, { behaviour: { ...instantBehaviour, hooks: { postStart: failing } } });
    expect(nodes.messages(0, "FailedPostStartHook")[0]).toBe("PostStartHook failed");
    expect(nodes.messages(0, "Killing")[0]).toBe("FailedPostStartHook");
    expect(story(nodes, 0)).toContain("PostStartHookError");
    expect(told(nodes, "PostStartHookError")).toEqual([
      `Exec lifecycle hook ([warm up]) for Container "web" in Pod "${POD_HERE}" failed - error: command 'warm up' exited with 3: , message: ""`,
    ]);
    expect(story(nodes, 0)).toContain("CrashLoopBackOff");
  });

  it("postStart that fails is told with the runtime's words in 1.20, as its reason too", () => {
    const behaviour = { ...instantBehaviour, hooks: { postStart: failing } };
    const nodes = run(web({ postStart: exec }), 30, { behaviour, versions: versionsOfMinor(20) });
    expect(nodes.messages(0, "FailedPostStartHook")[0]).toBe(
      `Exec lifecycle hook ([warm up]) for Container "web" in Pod "web-0_default(uid-0)" failed - error: command 'warm up' exited with 3: , message: ""`,
    );
    expect(story(nodes, 0)).toContain("PostStartHookError: command 'warm up' exited with 3: ");
  });

  it("preStop that fails is recorded and holds nothing up", () => {
    const nodes = new TestNodes({ behaviour: { ...instantBehaviour, hooks: { preStop: failing } } });
    nodes.addPod(web({ preStop: exec }));
    nodes.deletePod(0, at(10), 30);
    nodes.run(at(20));
    expect(nodes.messages(0, "FailedPreStopHook")).toEqual(["PreStopHook failed"]);
    expect(nodes.table.rowOf(0)).toBe(-1);
  });

  it("preStop that overruns dies with its container: 1.20 names exit code 137, after the kill", () => {
    const hooks = { preStop: { ...failing, fails: 0, duration: { type: "constant", value: at(60) } as const } };
    const nodes = new TestNodes({ behaviour: { ...instantBehaviour, hooks, shutdown: { type: "ignore" } }, versions: versionsOfMinor(20) });
    nodes.addPod(web({ preStop: exec }));
    nodes.deletePod(0, at(10), 5);
    nodes.run(at(40));
    expect(nodes.messages(0, "FailedPreStopHook")).toEqual([expect.stringContaining("command 'warm up' exited with 137: ")]);
    const [killing] = nodes.events.filter(({ reason }) => reason === "Killing");
    const [failed] = nodes.events.filter(({ reason }) => reason === "FailedPreStopHook");
    expect(Math.round((failed!.at - killing!.at) / SECOND)).toBe(7);
  });

  it("sleep hooks outlast nothing but themselves", () => {
    const nodes = new TestNodes();
    nodes.addPod(web({ preStop: sleepHook(4) }));
    nodes.deletePod(0, at(10), 30);
    nodes.run(at(13.5));
    expect(nodes.table.rowOf(0)).not.toBe(-1);
    nodes.run(at(20));
    expect(nodes.messages(0, "FailedPreStopHook")).toEqual([]);
  });
});

describe("restart rules of single containers", () => {
  const rule = (action: "Restart" | "RestartAllContainers", operator: "In" | "NotIn", ...values: number[]) => ({
    action,
    operator,
    values,
  });

  it("let one container of a Never Pod restart for some exit codes", () => {
    const template = testTemplate([testContainer("job", { restartPolicy: "Never", restartPolicyRules: [rule("Restart", "In", 42)] })], {
      restartPolicy: "Never",
    });
    const again = run(template, 30, { behaviour: exitingAfter(2, 42) });
    expect(again.status(0).containers[0]!.restartCount).toBeGreaterThan(0);
    const over = run(template, 30, { behaviour: exitingAfter(2, 1) });
    expect(over.status(0).containers[0]!.restartCount).toBe(0);
    expect(story(over, 0).at(-1)).toBe("Error");
  });

  it("let a container of an Always Pod end for good", () => {
    const template = testTemplate([testContainer("web"), testContainer("once", { restartPolicy: "Never" })]);
    const nodes = run(template, 60, { behaviourOf: (_, container) => (container === 1 ? exitingAfter(3, 1) : instantBehaviour) });
    expect(nodes.status(0).containers[1]!.restartCount).toBe(0);
    expect(nodes.status(0).containers[1]!.state.type).toBe("terminated");
    expect(nodes.status(0).containers[0]!.state.type).toBe("running");
  });

  it("RestartAllContainers starts the Pod over from its init containers, in the same sandbox", () => {
    const template = testTemplate(
      [testContainer("web"), testContainer("watch", { restartPolicyRules: [rule("RestartAllContainers", "In", 88)] })],
      { initContainers: [testContainer("setup")] },
    );
    const nodes = run(template, 8, { behaviourOf: (_, container) => (container === 2 ? exitingAfter(5, 88) : instantBehaviour) });
    const { containers, initContainers } = nodes.status(0);
    expect(containers.map(({ restartCount }) => restartCount)).toEqual([1, 1]);
    expect(initContainers[0]!.restartCount).toBe(1);
    expect(nodes.messages(0, "SandboxChanged")).toEqual([]);
    const restarting = nodes.patches(0).map(({ status }) => (status.conditions & PodCondition.AllContainersRestarting) !== 0);
    // True from the exit until the records are gone.
    expect(restarting.filter((value, index) => value !== restarting[index - 1])).toEqual([false, true, false]);
  });
});

it("a crash loop says how long it waits", () => {
  const nodes = run(web(), 80, { behaviour: exitingAfter(1, 1) });
  const message = (delay: string): string => `back-off ${delay} restarting failed container=web pod=${POD_HERE}`;
  expect(told(nodes, "CrashLoopBackOff")).toEqual([message("10s"), message("20s"), message("40s")]);
});

describe("a Pod whose definition changes", () => {
  /** The application that belongs to an image. */
  const behaving = (of: Readonly<Record<string, ApplicationBehaviour>>): TestNodes => {
    const nodes: TestNodes = new TestNodes({
      settings: { imagePullLatency: at(0.5) },
      behaviourOf: (template, container) => {
        const { containers, ephemeralContainers = [] } = nodes.definitions.template(template).spec;
        return of[[...containers, ...ephemeralContainers][container]!.image]!;
      },
    });
    return nodes;
  };
  const bad: ApplicationBehaviour = { ...absent, image: { ...absent.image, pull: { failures: Infinity, error: "not found" } } };

  it("pulls an image that the node knows as that image's application does, not as the former one's", () => {
    const nodes = behaving({ "bad:1": bad, "good:latest": { ...absent, image: { size: 7, present: false } } });
    const pulled = (image: string): PodTemplate => web({ image, imagePullPolicy: "Always" });
    nodes.addPod(pulled("bad:1"));
    nodes.addPod(pulled("good:latest"), at(5));
    nodes.changePod(0, pulled("good:latest"), at(50));
    nodes.run(at(100));
    expect(nodes.status(0).containers[0]!.state).toMatchObject({ type: "running" });
    expect(nodes.messages(0, "Pulled")).toEqual([
      'Successfully pulled image "good:latest" in 500ms (500ms including waiting). Image size: 7 bytes.',
    ]);
  });

  it("pulls the image of a second ephemeral container as well as that of the first", () => {
    const nodes = behaving({ "web:v1": instantBehaviour, box: { ...absent, image: { size: 7, present: false } } });
    const template = web();
    const boxes = (...names: readonly string[]): PodTemplate => ({
      ...template,
      spec: {
        ...template.spec,
        ephemeralContainers: names.map((name) => testContainer(name, { image: "box", imagePullPolicy: "Always", ports: [] })),
      },
    });
    nodes.addPod(template);
    nodes.changePod(0, boxes("one"), at(20));
    nodes.changePod(0, boxes("one", "two"), at(30));
    nodes.run(at(60));
    expect(nodes.status(0).ephemeralContainers!.map(({ state }) => state.type)).toEqual(["running", "running"]);
  });

  it("has the image that was asked for, not the one that its container is given meanwhile", () => {
    const slow = { ...absent, image: { size: 7, present: false } };
    const nodes = behaving({ "old:1": slow, "new:1": bad });
    nodes.addPod(web({ image: "old:1" }));
    nodes.changePod(0, web({ image: "new:1" }), at(0.2));
    nodes.run(at(5));
    expect(nodes.messages(0, "Pulled")).toEqual([
      'Successfully pulled image "old:1" in 500ms (500ms including waiting). Image size: 7 bytes.',
    ]);
    expect([nodes.kubelet.hasImage("old:1"), nodes.kubelet.hasImage("new:1")]).toEqual([true, false]);
  });

  it("restarts the container whose image changed, whatever the policy, and leaves the others alone", () => {
    const template = testTemplate([testContainer("web"), testContainer("log")], { restartPolicy: "Never" });
    const nodes = new TestNodes();
    nodes.addPod(template);
    const [first, log] = template.spec.containers;
    nodes.changePod(0, { ...template, spec: { ...template.spec, containers: [{ ...first!, image: "web:v2" }, log!] } }, at(30));
    nodes.run(at(60));
    expect(nodes.messages(0, "Killing")).toEqual(["Container web definition changed, will be restarted"]);
    expect(nodes.status(0).containers.map(({ restartCount }) => restartCount)).toEqual([1, 0]);
    expect(nodes.messages(0, "Pulled").at(-1)).toContain('"web:v2"');
  });

  it("gets an ephemeral container beside the others, which is never restarted", () => {
    const template = web();
    const nodes = new TestNodes({ behaviourOf: (_, container) => (container === 1 ? exitingAfter(5, 2) : instantBehaviour) });
    nodes.addPod(template);
    nodes.changePod(0, { ...template, spec: { ...template.spec, ephemeralContainers: [testContainer("debug", { ports: [] })] } }, at(30));
    nodes.run(at(33));
    expect(nodes.status(0).ephemeralContainers![0]!.state).toEqual({ type: "running", startedAt: 30 });
    nodes.run(at(200));
    expect(nodes.status(0).ephemeralContainers![0]!.state).toMatchObject({ type: "terminated", reason: "Error", exitCode: 2 });
    expect(nodes.status(0).ephemeralContainers![0]!.restartCount).toBe(0);
    expect(nodes.status(0).containers[0]!.restartCount).toBe(0);
    expect(nodes.events.find(({ fieldPath }) => fieldPath === "spec.ephemeralContainers{debug}")).toBeDefined();
  });

  it("is held up by an ephemeral container that ignores SIGTERM until the grace is over", () => {
    const template = web();
    const behaviourOf = (_: number, container: number): ApplicationBehaviour =>
      container === 1 ? { ...instantBehaviour, shutdown: { type: "ignore" } } : instantBehaviour;
    const nodes = new TestNodes({ behaviourOf });
    nodes.addPod(template);
    nodes.changePod(0, { ...template, spec: { ...template.spec, ephemeralContainers: [testContainer("debug", { ports: [] })] } }, at(30));
    nodes.deletePod(0, at(40), 10);
    nodes.run(at(49));
    expect(nodes.table.rowOf(0)).not.toBe(-1);
    nodes.run(at(53));
    expect(nodes.table.rowOf(0)).toBe(-1);
  });
});
