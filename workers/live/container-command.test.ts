/** From a manifest's container to a process: expansion, environment, directory. */
import { describe, expect, it } from "vitest";
import { asksForPorts, containerAt, containerCommand, execCommand, expanded, type LivePod } from "./container-command.ts";
import { testContainer, testTemplate } from "./testdata/pods.ts";

const env = { A: "1", B: "", HOME: "/h" };

describe("expansion", () => {
  // Cases of k8s.io/kubernetes/third_party/forked/golang/expansion/expand_test.go.
  it.each([
    ["$(A)", "1"],
    ["x$(A)y$(A)", "x1y1"],
    ["$(B)", ""],
    ["$(C)", "$(C)"],
    ["$$(A)", "$(A)"],
    ["$$$(A)", "$1"],
    ["$$", "$"],
    ["$A", "$A"],
    ["${A}", "${A}"],
    ["$(A", "$(A"],
    ["$()", "$()"],
    ["no reference", "no reference"],
    ["$(toString)", "$(toString)"],
  ])("%s becomes %s", (text, expected) => {
    expect(expanded(text, env)).toBe(expected);
  });
});

function podOf(container = testContainer()): LivePod {
  const template = testTemplate([container], {}, { app: "shop" });
  return {
    id: 7,
    namespace: "default",
    name: "web-0",
    nodeName: "node-1",
    template,
    address: { ip: "127.9.0.1", portOf: (port) => port + 1 },
  };
}

describe("a container's command", () => {
  it("joins command and arguments, with podstorm's and its own variables", () => {
    const container = testContainer({
      command: ["$(NODE)", "server.mjs"],
      args: ["--listen", "$(POD_IP):$(POD_PORT)", "$(GREETING)"],
      env: [{ name: "GREETING", value: "hello from $(POD_NAME)", fieldPath: null }],
      ports: [{ name: "http", containerPort: 8080, protocol: "TCP", hostPort: null }],
    });
    const command = containerCommand(podOf(container), container, "/scenario");
    expect(command).toMatchObject({
      file: process.execPath,
      arguments: ["server.mjs", "--listen", "127.9.0.1:8081", "hello from web-0"],
      directory: "/scenario",
    });
  });

  it("fills in the downward API and leaves out what it doesn't know", () => {
    const fields = [
      "status.podIP",
      "metadata.name",
      "metadata.namespace",
      "spec.nodeName",
      "status.hostIP",
      "metadata.labels['app']",
      "spec.serviceAccountName",
    ];
    const container = testContainer({
      command: ["x"],
      env: fields.map((fieldPath, index) => ({ name: `V${index}`, value: null, fieldPath })),
    });
    expect(containerCommand(podOf(container), container, "/")?.environment).toMatchObject({
      V0: "127.9.0.1",
      V1: "web-0",
      V2: "default",
      V3: "node-1",
      V4: "127.0.0.1",
      V5: "shop",
    });
    expect(containerCommand(podOf(container), container, "/")?.environment).not.toHaveProperty("V6");
  });

  it("hands on nothing of podstorm's own environment but where programs and the home are", () => {
    process.env["PODSTORM_TEST_SECRET"] = "hush";
    const container = testContainer({ command: ["x"] });
    expect(Object.keys(containerCommand(podOf(container), container, "/")?.environment ?? {}).sort()).toEqual([
      "HOME",
      "HOSTNAME",
      "NODE",
      "PATH",
      "POD_IP",
      "POD_NAME",
      "POD_NAMESPACE",
    ]);
    delete process.env["PODSTORM_TEST_SECRET"];
  });

  it.each([
    ["", "/s"],
    ["app", "/s/app"],
    ["./app", "/s/app"],
    ["/srv", "/srv"],
  ])("works in %j as %s", (workingDir, directory) => {
    const container = testContainer({ command: ["x"], workingDir });
    expect(containerCommand(podOf(container), container, "/s")?.directory).toBe(directory);
  });

  it("is nothing when the manifest leaves it to the image", () => {
    const container = testContainer({ args: ["--only"] });
    expect(containerCommand(podOf(container), container, "/")).toBeNull();
    expect(execCommand(podOf(container), container, ["cat", "$(POD_IP)"], "/")?.arguments).toEqual(["127.9.0.1"]);
  });

  it("finds init containers before regular ones", () => {
    const template = testTemplate([testContainer({ name: "b" })], { initContainers: [testContainer({ name: "a" })] });
    expect([0, 1].map((index) => containerAt(template, index).name)).toEqual(["a", "b"]);
  });

  it("asks for ports when it mentions them anywhere", () => {
    expect(asksForPorts(testTemplate([testContainer({ env: [{ name: "PORT", value: "$(podPort)", fieldPath: null }] })]))).toBe(true);
    expect(asksForPorts(testTemplate([testContainer({ args: ["$(POD_PORT)"] })]))).toBe(true);
    expect(asksForPorts(testTemplate([testContainer({ args: ["8080"] })]))).toBe(false);
  });
});
