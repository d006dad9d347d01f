/** What the API server refuses of the further kinds, in its own words and paths, by version where it matters. */
import { expect, test } from "vitest";
import { defaultSettings } from "../../settings.ts";
import { Issues } from "../../values/issue.ts";
import { admittedObjects } from "./admitted-template.ts";
import { isServed, kinds, podTemplateOf, type Kind, type KubernetesObject, type WorkloadObject } from "./index.ts";
import { amountText } from "./resource-quota.ts";

const labels = { app: "web" };
const containers = [{ name: "app", image: "web:v1" }];
const template = { metadata: { labels }, spec: { containers } };
const oneShot = { metadata: { labels }, spec: { containers, restartPolicy: "Never" } };
const selector = { matchLabels: labels };

function problems(kind: Kind, written: object, minor = 36): string[] {
  const issues = new Issues();
  admit(kind, { metadata: { name: "web" }, ...written }, minor, issues);
  return issues.list.map(({ path, kubernetes = "" }) => `${path}: ${kubernetes}`);
}

function admit(kind: Kind, written: object, minor = 36, issues = new Issues()): KubernetesObject {
  const definition: { admit(written: object, minor: number, issues: Issues, defaults: typeof defaultSettings): KubernetesObject } =
    kinds[kind];
  return definition.admit(written, minor, issues, defaultSettings);
}

test.each<[Kind, object, string]>([
  [
    "StatefulSet",
    { spec: { selector, template, podManagementPolicy: "Some" } },
    "spec.podManagementPolicy: Invalid value: \"Some\": must be 'OrderedReady' or 'Parallel'",
  ],
  [
    "StatefulSet",
    { spec: { selector, template: oneShot } },
    'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
  ],
  [
    "DaemonSet",
    { spec: { selector, template, updateStrategy: { rollingUpdate: { maxUnavailable: 0 } } } },
    "spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0",
  ],
  [
    "DaemonSet",
    { spec: { selector, template, updateStrategy: { rollingUpdate: { maxSurge: 1 } } } },
    "spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero",
  ],
  ["Job", { spec: { template } }, 'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
  [
    "Job",
    { spec: { template: oneShot, parallelism: 2, completionMode: "Indexed" } },
    "spec.completions: Required value: when completion mode is Indexed",
  ],
  [
    "Job",
    { spec: { template: oneShot, backoffLimitPerIndex: 1 } },
    "spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode",
  ],
  [
    "CronJob",
    { spec: { schedule: "* *", jobTemplate: { spec: { template: oneShot } } } },
    'spec.schedule: Invalid value: "* *": expected exactly 5 fields, found 2: [* *]',
  ],
  ...(
    [
      ["61 * * * *", "end of range (61) above maximum (59): 61"],
      ["* 5-2 * * *", "beginning of range (5) beyond end of range (2): 5-2"],
      ["* * 0 * *", "beginning of range (0) below minimum (1): 0"],
      ["* * * foo *", 'failed to parse int from foo: strconv.Atoi: parsing "foo": invalid syntax'],
      ["* * * * 7", "end of range (7) above maximum (6): 7"],
      ["*/0 * * * *", "step of range should be a positive number: */0"],
    ] as const
  ).map(([schedule, why]): [Kind, object, string] => [
    "CronJob",
    { spec: { schedule, jobTemplate: { spec: { template: oneShot } } } },
    `spec.schedule: Invalid value: "${schedule}": ${why}`,
  ]),
  [
    "Service",
    { spec: { selector: { app: "web" }, type: "NodePort", ports: [{ port: 80, nodePort: 99 }] } },
    "spec.ports[0].nodePort: Invalid value: 99: provided port is not in the valid range. The range of valid ports is 30000-32767",
  ],
  ...(
    [
      [
        { externalTrafficPolicy: "Local" },
        'spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services',
      ],
      [{ ports: [{ port: 80, nodePort: 30_001 }] }, "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
      [
        {
          type: "NodePort",
          ports: [
            { name: "a", port: 80, nodePort: 30_080 },
            { name: "b", port: 81, nodePort: 30_080 },
          ],
        },
        "spec.ports[1].nodePort: Duplicate value: 30080",
      ],
      [{ clusterIP: "banana" }, 'Invalid value: "banana": must be a valid IP address'],
      [{ clusterIP: "10.96.0.300" }, 'Invalid value: "10.96.0.300": must be a valid IP address'],
      [{ type: "ExternalName", externalName: "a b" }, 'spec.externalName: Invalid value: "a b"'],
      [{ type: "ExternalName", externalName: "a.example", clusterIP: "10.0.0.1" }, "Forbidden: may not be set for ExternalName services"],
      [
        { healthCheckNodePort: 30_500 },
        "spec.healthCheckNodePort: Invalid value: 30500: may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
      ],
      [
        { loadBalancerSourceRanges: ["10.0.0.0/8"] },
        "spec.loadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'",
      ],
      [
        { allocateLoadBalancerNodePorts: true },
        "spec.allocateLoadBalancerNodePorts: Forbidden: may only be used when `type` is 'LoadBalancer'",
      ],
    ] as const
  ).map(([spec, why]): [Kind, object, string] => ["Service", { spec: { selector: { app: "web" }, ports: [{ port: 80 }], ...spec } }, why]),
  [
    "Job",
    {
      spec: { template: oneShot, podFailurePolicy: { rules: [{ action: "FailJob", onExitCodes: { operator: "In", values: [0, 3, 3] } }] } },
    },
    "spec.podFailurePolicy.rules[0].onExitCodes.values[0]: Invalid value: 0: must not be 0 for the In operator",
  ],
  [
    "Job",
    { spec: { template: oneShot, podFailurePolicy: { rules: [{ action: "FailJob", onExitCodes: { operator: "In", values: [3, 3] } }] } } },
    "spec.podFailurePolicy.rules[0].onExitCodes.values[1]: Duplicate value: 3",
  ],
  [
    "Job",
    { spec: { template: oneShot, podFailurePolicy: { rules: [{ action: "FailJob", onExitCodes: { operator: "In", values: [3, 2] } }] } } },
    "spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: a list of 2: must be ordered",
  ],
  [
    "Job",
    {
      spec: {
        template: oneShot,
        podFailurePolicy: { rules: [{ action: "FailJob", onExitCodes: { containerName: "nope", operator: "In", values: [1] } }] },
      },
    },
    'onExitCodes.containerName: Invalid value: "nope": must be one of the container or initContainer names in the pod template',
  ],
  [
    "Job",
    { spec: { template: { ...oneShot, spec: { ...oneShot.spec, restartPolicy: "OnFailure" } }, podFailurePolicy: { rules: [] } } },
    'spec.template.spec.restartPolicy: Invalid value: "OnFailure": only "Never" is supported when podFailurePolicy is specified',
  ],
  [
    "CronJob",
    { spec: { schedule: "TZ=UTC 0 0 * * *", jobTemplate: { spec: { template: oneShot } } } },
    'spec.schedule: Invalid value: "TZ=UTC 0 0 * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
  ],
  [
    "Deployment",
    {
      spec: {
        selector,
        template: { ...template, spec: { containers: [{ name: "a", image: "b", ports: [{ containerPort: 80, name: "a--b" }] }] } },
      },
    },
    'Invalid value: "a--b": must not contain consecutive hyphens',
  ],
  [
    "HorizontalPodAutoscaler",
    { spec: { scaleTargetRef: { kind: "Deployment", name: "web" }, minReplicas: 3, maxReplicas: 2 } },
    "spec.maxReplicas: Invalid value: 2: must be greater than or equal to `minReplicas`",
  ],
  ["PodDisruptionBudget", { spec: { minAvailable: "120%" } }, 'spec.minAvailable: Invalid value: "120%": must not be greater than 100%'],
  [
    "PriorityClass",
    { metadata: { name: "system-mine" }, value: 1 },
    "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only",
  ],
  ["ResourceQuota", { spec: { hard: { apples: 1 } } }, 'spec.hard[apples]: Invalid value: "apples": must be a standard resource for quota'],
  [
    "LimitRange",
    { spec: { limits: [{ type: "Container", min: { cpu: 2 }, max: { cpu: 1 } }] } },
    'spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1',
  ],
  ["ReplicationController", { spec: { selector: { app: "db" }, template } }, "`selector` does not match template `labels`"],
])("%s: refusal of %j", (kind, written, expected) => {
  expect(problems(kind, written).join("\n")).toContain(expected);
});

test("a traffic distribution is held against what the release knows, and not looked at while its gate is off", () => {
  const written = { spec: { selector: { app: "web" }, ports: [{ port: 80 }], trafficDistribution: "PreferSameZone" } };
  expect(problems("Service", written, 36)).toEqual([]);
  expect(problems("Service", written, 32).join()).toContain('Unsupported value: "PreferSameZone": supported values: "PreferClose"');
  expect(problems("Service", written, 29)).toEqual([]);
});

test("a time zone within a schedule is taken until 1.28, but not beside another one", () => {
  const spec = { schedule: "CRON_TZ=UTC 0 0 * * *", jobTemplate: { spec: { template: oneShot } } };
  expect(problems("CronJob", { spec }, 28)).toEqual([]);
  expect(problems("CronJob", { spec: { ...spec, timeZone: "UTC" } }, 28)).toEqual([
    'spec.schedule: Invalid value: "CRON_TZ=UTC 0 0 * * *": cannot use both timeZone field and TZ or CRON_TZ in schedule',
  ]);
});

test("1.20 words two of them otherwise", () => {
  expect(problems("Job", { spec: { template } }, 20)).toContain(
    'spec.template.spec.restartPolicy: Unsupported value: "Always": supported values: "OnFailure", "Never"',
  );
  expect(problems("DaemonSet", { spec: { selector, template, updateStrategy: { rollingUpdate: { maxUnavailable: 0 } } } }, 20)).toContain(
    "spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: 0: cannot be 0",
  );
});

test.each<[Kind, string, number, boolean]>([
  ["PodDisruptionBudget", "policy/v1", 36, true],
  ["PodDisruptionBudget", "policy/v1beta1", 24, true],
  ["PodDisruptionBudget", "policy/v1beta1", 25, false],
  ["HorizontalPodAutoscaler", "autoscaling/v1", 36, true],
  ["CronJob", "batch/v1beta1", 20, true],
])("%s of %s in 1.%i: served %j", (kind, apiVersion, minor, isThere) => {
  expect(isServed(kind, apiVersion, minor)).toBe(isThere);
});

test("admission gives a Pod its class's priority and its namespace's limits", () => {
  const deployment = admit("Deployment", { metadata: { name: "web" }, spec: { selector, template } });
  const gold = admit("PriorityClass", { metadata: { name: "gold" }, value: 7, globalDefault: true, preemptionPolicy: "Never" });
  const limits = admit("LimitRange", { metadata: { name: "l" }, spec: { limits: [{ type: "Container", max: { cpu: 1 } }] } });
  const all = [deployment, gold, limits];
  const { spec } = podTemplateOf(admittedObjects(all, all, all)[0] as WorkloadObject);
  expect(spec).toMatchObject({ priority: 7, priorityClassName: "gold", preemptionPolicy: "Never" });
  expect(spec.containers[0]?.resources).toEqual({ requests: { cpu: 1000 }, limits: { cpu: 1000 } });
});

test.each([
  ["requests.cpu", 1500, "1500m"],
  ["cpu", 2000, "2"],
  ["requests.memory", 1024 ** 3, "1Gi"],
  ["pods", 3, "3"],
])("quotas write %s %d as %s", (name, amount, text) => {
  expect(amountText(name, amount)).toBe(text);
});
