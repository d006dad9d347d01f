import { isWorkload, podTemplateOf } from "../engine/kubernetes/objects/index.ts";
import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { formatIssue, formatIssues, sortedIssues } from "./issues.ts";
import { readManifest, type Manifest } from "./manifest.ts";
import { parseYaml } from "./yaml.ts";

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 3
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - name: web
          image: web:v1
          ports: [{ containerPort: 80, name: http }]
          readinessProbe: { httpGet: { port: http } }
`;

const service = `apiVersion: v1
kind: Service
metadata: { name: web }
spec:
  selector: { app: web }
  ports: [{ port: 80 }]
`;

function read(text: string, minor: number = 36): Manifest {
  const { documents, issues } = parseYaml(text, "m.yaml", { hasOldBooleans: true });
  expect(issues).toEqual([]);
  return readManifest(documents, minor);
}

function problems(text: string, minor?: number): readonly string[] {
  return sortedIssues(read(text, minor).issues).map((issue) => formatIssue(issue).replace(/^m\.yaml:/, ""));
}

/** What is replaced, by what, what is said then (without the file), and by which minor version. */
type BadInput = readonly [search: string, replacement: string, expected: readonly string[], minor?: number];

const badDeployments: readonly BadInput[] = [
  [
    "replicas: 3",
    "replicas: -1",
    ["5:13: spec.replicas: found -1, expected 0 or more [Kubernetes: Invalid value: -1: must be greater than or equal to 0]"],
  ],
  ["replicas: 3", 'replicas: "3"', ['5:13: spec.replicas: found "3", expected a whole number (hint: drop the quotes: 3)']],
  ["replicas: 3", "replicas: 1.5", ["5:13: spec.replicas: found 1.5, expected a whole number"]],
  ["replicas: 3", "replicas: .nan", ["5:13: spec.replicas: found NaN, expected a whole number"]],
  ["replicas: 3", "replicas: 99999999999", ["5:13: spec.replicas: found 99999999999, expected 2147483647 or less"]],
  [
    "  replicas: 3",
    "  replcas: 3",
    [
      '5:3: spec.replcas: found unknown field "replcas", expected one of replicas, selector, template, strategy, minReadySeconds, progressDeadlineSeconds, revisionHistoryLimit, paused (hint: did you mean replicas?)',
    ],
  ],
  [
    "name: web }",
    "name: Web }",
    [
      "3:19: metadata.name: found \"Web\", expected lower case letters, digits, '-' and '.' [Kubernetes: Invalid value: \"Web\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character]",
    ],
  ],
  ["metadata: { name: web }\n", "metadata: {}\n", ["3:11: metadata.name: found nothing, expected a name [Kubernetes: Required value]"]],
  [
    "metadata: { name: web }\n",
    "metadata: { generateName: web- }\n",
    [
      "3:11: metadata.name: found only generateName, expected a name (hint: runs are repeatable, so names aren't generated: give the object one)",
    ],
  ],
  [
    "name: web }",
    "name: web, namespace: A }",
    [
      "3:35: metadata.namespace: found \"A\", expected lower case letters, digits and '-' [Kubernetes: Invalid value: \"A\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character]",
    ],
  ],
  [
    "name: web }",
    "name: web, labels: { team: -x } }",
    [
      "3:40: metadata.labels[team]: found \"-x\", expected at most 63 letters, digits, '-', '_' and '.' [Kubernetes: Invalid value: \"-x\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character]",
    ],
  ],
  [
    "name: web }",
    "name: web, labels: { version: 1.10 } }",
    ["3:43: metadata.labels.version: found 1.1, expected text (hint: put it in quotes)"],
  ],
  ["name: web }", "name: web, labels: { on: yes } }", ["3:38: metadata.labels.on: found true, expected text (hint: put it in quotes)"]],
  [
    "  selector: { matchLabels: { app: web } }\n",
    "",
    ["5:3: spec.selector: found nothing, expected a selector that matches the labels of the template [Kubernetes: Required value]"],
  ],
  [
    "matchLabels: { app: web }",
    "",
    [
      "6:13: spec.selector: found an empty mapping, expected at least one label [Kubernetes: Invalid value: an empty mapping: empty selector is invalid for deployment]",
    ],
  ],
  [
    "labels: { app: web }",
    "labels: { app: api }",
    [
      "8:25: spec.template.metadata.labels: found a mapping of app, expected labels that spec.selector matches (hint: the selector wants app: web) [Kubernetes: Invalid value: a mapping of app: `selector` does not match template `labels`]",
    ],
  ],
  [
    "matchLabels: { app: web }",
    "matchExpressions: [{ key: app, operator: in, values: [web] }]",
    [
      '6:56: spec.selector.matchExpressions[0].operator: found "in", expected one of "In", "NotIn", "Exists", "DoesNotExist" [Kubernetes: Unsupported value: "in": supported values: "In", "NotIn", "Exists", "DoesNotExist"]',
    ],
  ],
  [
    "matchLabels: { app: web }",
    "matchExpressions: [{ key: app, operator: In }]",
    [
      "6:34: spec.selector.matchExpressions[0].values: found nothing, expected at least one value [Kubernetes: Required value: must be specified when `operator` is 'In' or 'NotIn']",
    ],
  ],
  [
    "replicas: 3",
    "strategy: { type: Rolling }",
    [
      '5:21: spec.strategy.type: found "Rolling", expected one of "Recreate", "RollingUpdate" [Kubernetes: Unsupported value: "Rolling": supported values: "Recreate", "RollingUpdate"]',
    ],
  ],
  [
    "replicas: 3",
    "strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } }",
    [
      "5:61: spec.strategy.rollingUpdate.maxUnavailable: found 0, expected more than 0 here or in maxSurge (hint: no Pod could ever be replaced) [Kubernetes: Invalid value: 0: may not be 0 when `maxSurge` is 0]",
    ],
  ],
  [
    "replicas: 3",
    "strategy: { rollingUpdate: { maxUnavailable: 150% } }",
    [
      '5:48: spec.strategy.rollingUpdate.maxUnavailable: found "150%", expected at most 100% [Kubernetes: Invalid value: "150%": must not be greater than 100%]',
    ],
  ],
  [
    "replicas: 3",
    'strategy: { rollingUpdate: { maxSurge: "25" } }',
    [
      "5:42: spec.strategy.rollingUpdate.maxSurge: found \"25\", expected a count such as 1, or a percentage such as \"25%\" [Kubernetes: Invalid value: \"25\": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')]",
    ],
  ],
  [
    "replicas: 3",
    "strategy: { type: Recreate, rollingUpdate: { maxSurge: 1 } }",
    [
      "5:46: spec.strategy.rollingUpdate: found a mapping of maxSurge, expected nothing (hint: use type RollingUpdate, or drop the block) [Kubernetes: Forbidden: may not be specified when strategy `type` is 'Recreate']",
    ],
  ],
  [
    "replicas: 3",
    "progressDeadlineSeconds: 5\n  minReadySeconds: 5",
    [
      "5:28: spec.progressDeadlineSeconds: found 5, expected more than minReadySeconds, 5 [Kubernetes: Invalid value: 5: must be greater than minReadySeconds]",
    ],
  ],
  [
    "      containers:",
    "      restartPolicy: Never\n      containers:",
    [
      '10:22: spec.template.spec.restartPolicy: found "Never", expected "Always" [Kubernetes: Unsupported value: "Never": supported values: "Always"]',
    ],
  ],
  [
    "      containers:",
    "      activeDeadlineSeconds: 5\n      containers:",
    [
      "10:30: spec.template.spec.activeDeadlineSeconds: found 5, expected nothing [Kubernetes: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported]",
    ],
  ],
  [
    "      containers:",
    "      tolerations: [{ key: a, operator: Exists, value: b }]\n      containers:",
    [
      '10:56: spec.template.spec.tolerations[0].value: found "b", expected no value with Exists [Kubernetes: Invalid value: "b": value must be empty when `operator` is \'Exists\']',
    ],
  ],
  [
    "      containers:",
    "      tolerations: [{ operator: Equal }]\n      containers:",
    [
      '10:33: spec.template.spec.tolerations[0].operator: found "Equal", expected Exists, or a key [Kubernetes: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"]',
    ],
  ],
  [
    "      containers:",
    "      tolerations: [{ key: a, effect: NoExec }]\n      containers:",
    [
      '10:39: spec.template.spec.tolerations[0].effect: found "NoExec", expected one of "NoSchedule", "PreferNoSchedule", "NoExecute" [Kubernetes: Unsupported value: "NoExec": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"]',
    ],
  ],
  [
    "      containers:",
    "      tolerations: [{ key: a, value: b, tolerationSeconds: 5 }]\n      containers:",
    [
      '10:21: spec.template.spec.tolerations[0].effect: found "", expected NoExecute, or no tolerationSeconds [Kubernetes: Invalid value: "": effect must be \'NoExecute\' when `tolerationSeconds` is set]',
    ],
  ],
  [
    "      containers:",
    "      securityContext: { runAsUsr: 5 }\n      containers:",
    [
      '10:26: spec.template.spec.securityContext.runAsUsr: found unknown field "runAsUsr", expected a known field (hint: did you mean runAsUser?)',
    ],
  ],
  [
    "      containers:",
    "      ephemeralContainers: []\n      containers:",
    [
      "10:28: spec.template.spec.ephemeralContainers: found an empty list, expected nothing [Kubernetes: Forbidden: cannot be set on create]",
    ],
  ],
  [
    "      containers:\n        - name: web\n          image: web:v1\n          ports: [{ containerPort: 80, name: http }]\n          readinessProbe: { httpGet: { port: http } }\n",
    "      containers: []\n",
    ["10:19: spec.template.spec.containers: found nothing, expected at least one container [Kubernetes: Required value]"],
  ],
  [
    "image: web:v1",
    "imagePullPolicy: Sometimes",
    [
      "11:11: spec.template.spec.containers[0].image: found nothing, expected an image [Kubernetes: Required value]",
      '12:28: spec.template.spec.containers[0].imagePullPolicy: found "Sometimes", expected one of "Always", "IfNotPresent", "Never" [Kubernetes: Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never"]',
    ],
  ],
  [
    "image: web:v1",
    'image: " web:v1"',
    [
      '12:18: spec.template.spec.containers[0].image: found " web:v1", expected an image without blanks around it [Kubernetes: Invalid value: " web:v1": must not have leading or trailing whitespace]',
    ],
  ],
  [
    "- name: web",
    "- name: Web_1",
    [
      "11:17: spec.template.spec.containers[0].name: found \"Web_1\", expected lower case letters, digits and '-' [Kubernetes: Invalid value: \"Web_1\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character]",
    ],
  ],
  [
    "image: web:v1",
    "image: web:v1\n        - { name: web, image: b }\n        - name: c\n          image: c",
    [
      '13:19: spec.template.spec.containers[1].name: found "web" again, expected a name that no other container of the Pod has [Kubernetes: Duplicate value: "web"]',
    ],
  ],
  [
    "containerPort: 80",
    "containerPort: 70000",
    [
      "13:36: spec.template.spec.containers[0].ports[0].containerPort: found 70000, expected a port from 1 to 65535 [Kubernetes: Invalid value: 70000: must be between 1 and 65535, inclusive]",
    ],
  ],
  [
    "containerPort: 80",
    "hostPort: 80",
    [
      "13:19: spec.template.spec.containers[0].ports[0].containerPort: found nothing, expected a port from 1 to 65535 [Kubernetes: Required value]",
    ],
  ],
  [
    "name: http }]",
    "name: HTTP-port }]",
    [
      '13:46: spec.template.spec.containers[0].ports[0].name: found "HTTP-port", expected a port name: at most 15 of a-z, 0-9 and \'-\', with a letter [Kubernetes: Invalid value: "HTTP-port": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)]',
    ],
  ],
  [
    "name: http }]",
    "name: http, protocol: tcp }]",
    [
      '13:62: spec.template.spec.containers[0].ports[0].protocol: found "tcp", expected one of "TCP", "UDP", "SCTP" [Kubernetes: Unsupported value: "tcp": supported values: "TCP", "UDP", "SCTP"]',
    ],
  ],
  [
    "port: http }",
    'port: "8080" }',
    [
      '14:46: spec.template.spec.containers[0].readinessProbe.httpGet.port: found "8080", expected a port name: at most 15 of a-z, 0-9 and \'-\', with a letter (hint: a number stands without quotes: 8080) [Kubernetes: Invalid value: "8080": must contain at least one letter (a-z)]',
    ],
  ],
  [
    "port: http }",
    "port: http, scheme: https }",
    [
      '14:60: spec.template.spec.containers[0].readinessProbe.httpGet.scheme: found "https", expected one of "HTTP", "HTTPS" [Kubernetes: Unsupported value: "https": supported values: "HTTP", "HTTPS"]',
    ],
  ],
  [
    "port: http }",
    "path: /x }",
    [
      "14:38: spec.template.spec.containers[0].readinessProbe.httpGet.port: found nothing, expected a port number or name [Kubernetes: Required value]",
    ],
  ],
  [
    "httpGet: { port: http }",
    "",
    [
      "14:27: spec.template.spec.containers[0].readinessProbe: found no handler, expected one of exec, httpGet, tcpSocket, grpc [Kubernetes: Required value: must specify a handler type]",
    ],
  ],
  [
    "httpGet: { port: http }",
    "httpGet: { port: http }, exec: { command: [a] }",
    [
      "14:38: spec.template.spec.containers[0].readinessProbe.httpGet: found exec and httpGet, expected one handler [Kubernetes: Forbidden: may not specify more than 1 handler type]",
    ],
  ],
  [
    "httpGet: { port: http }",
    "exec: { command: [] }",
    ["14:46: spec.template.spec.containers[0].readinessProbe.exec.command: found nothing, expected a command [Kubernetes: Required value]"],
  ],
  [
    "httpGet: { port: http }",
    "exec: { command: ls -l }",
    [
      '14:46: spec.template.spec.containers[0].readinessProbe.exec.command: found "ls -l", expected a list (hint: begin each item with a dash)',
    ],
  ],
  [
    "httpGet: { port: http }",
    "grpc: { port: http }",
    ['14:43: spec.template.spec.containers[0].readinessProbe.grpc.port: found "http", expected a whole number'],
  ],
  [
    "httpGet: { port: http }",
    "httpGet: { port: http }, periodSeconds: -5",
    [
      "14:69: spec.template.spec.containers[0].readinessProbe.periodSeconds: found -5, expected 0 or more [Kubernetes: Invalid value: -5: must be greater than or equal to 0]",
    ],
  ],
  [
    "httpGet: { port: http }",
    "httpGet: { port: http }, terminationGracePeriodSeconds: 5",
    [
      "14:85: spec.template.spec.containers[0].readinessProbe.terminationGracePeriodSeconds: found 5, expected nothing [Kubernetes: Forbidden: must not be set for readinessProbes]",
    ],
  ],
  [
    "readinessProbe: { httpGet: { port: http }",
    "livenessProbe: { tcpSocket: { port: 80 }, successThreshold: 2",
    [
      "14:71: spec.template.spec.containers[0].livenessProbe.successThreshold: found 2, expected 1 [Kubernetes: Invalid value: 2: must be 1]",
    ],
  ],
  [
    "readinessProbe: { httpGet: { port: http }",
    "livenessProbe: { tcpSocket: { port: 80 }, terminationGracePeriodSeconds: 0",
    [
      "14:84: spec.template.spec.containers[0].livenessProbe.terminationGracePeriodSeconds: found 0, expected more than 0 [Kubernetes: Invalid value: 0: must be greater than 0]",
    ],
  ],
  [
    "readinessProbe: { httpGet: { port: http } }",
    "lifecycle: { preStop: { sleep: { seconds: 60 } } }",
    [
      "14:53: spec.template.spec.containers[0].lifecycle.preStop.sleep.seconds: found 60, expected 0 to 30 (terminationGracePeriodSeconds) [Kubernetes: Invalid value: 60: must be non-negative and less than terminationGracePeriodSeconds (30)]",
    ],
  ],
  [
    "readinessProbe: { httpGet: { port: http } }",
    "lifecycle: { preStop: {} }",
    [
      "14:33: spec.template.spec.containers[0].lifecycle.preStop: found no handler, expected one of exec, httpGet, tcpSocket, sleep [Kubernetes: Required value: must specify a handler type]",
    ],
  ],
  [
    "readinessProbe: { httpGet: { port: http } }",
    "resources: { requests: { cpu: 2 }, limits: { cpu: 500m } }",
    [
      '14:34: spec.template.spec.containers[0].resources.requests: found "2", expected at most the limit, 500m [Kubernetes: Invalid value: "2": must be less than or equal to cpu limit of 500m]',
    ],
  ],
  [
    "readinessProbe: { httpGet: { port: http } }",
    "resources: { limits: { memory: 64MB } }",
    [
      "14:42: spec.template.spec.containers[0].resources.limits[memory]: found \"64MB\", expected a quantity such as 250m, 1.5 or 64Mi [Kubernetes: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$']",
    ],
  ],
  [
    "readinessProbe: { httpGet: { port: http } }",
    "resources: { limits: { mem: 64Mi } }",
    [
      '14:39: spec.template.spec.containers[0].resources.limits[mem]: found "mem", expected cpu, memory, ephemeral-storage, hugepages-<size> or a name such as example.com/gpu [Kubernetes: Invalid value: "mem": must be a standard resource for containers]',
    ],
  ],
  [
    "readinessProbe: { httpGet: { port: http } }",
    "resources: { limits: { memory: -64Mi } }",
    [
      '14:42: spec.template.spec.containers[0].resources.limits[memory]: found "-64Mi", expected 0 or more [Kubernetes: Invalid value: "-64Mi": must be greater than or equal to 0]',
    ],
  ],
  [
    "readinessProbe: { httpGet: { port: http } }",
    "env: [{ name: A, value: 1 }]",
    ["14:35: spec.template.spec.containers[0].env[0].value: found 1, expected text (hint: put it in quotes)"],
  ],
  [
    "readinessProbe: { httpGet: { port: http } }",
    "env: [{ name: A, valueFrom: {} }]",
    [
      '14:39: spec.template.spec.containers[0].env[0].valueFrom: found no source, expected one source [Kubernetes: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`]',
    ],
  ],
  [
    "readinessProbe: { httpGet: { port: http } }",
    "env: { A: b }",
    ["14:16: spec.template.spec.containers[0].env: found a mapping of A, expected a list (hint: begin each item with a dash)"],
  ],
  [
    "readinessProbe: { httpGet: { port: http } }",
    "restartPolicy: Always",
    [
      '14:26: spec.template.spec.containers[0].restartPolicy: found "Always", expected nothing (hint: Kubernetes 1.30 knows it for init containers only (since 1.35 for all)) [Kubernetes: Forbidden: may not be set for non-init containers]',
    ],
    30,
  ],
  [
    "      containers:",
    "      initContainers: [{ name: init, image: i, livenessProbe: { exec: { command: [a] } } }]\n      containers:",
    [
      "10:63: spec.template.spec.initContainers[0].livenessProbe: found a mapping of exec, timeoutSeconds, periodSeconds, ..., expected nothing (hint: restartPolicy: Always makes it a sidecar, which may have one) [Kubernetes: Forbidden: may not be set for init containers without restartPolicy=Always]",
    ],
  ],
  [
    "      containers:",
    "      initContainers: [{ name: init, image: i, restartPolicy: Sometimes }]\n      containers:",
    [
      '10:63: spec.template.spec.initContainers[0].restartPolicy: found "Sometimes", expected one of "Always", "OnFailure", "Never" [Kubernetes: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"]',
    ],
  ],
  [
    "httpGet: { port: http }",
    "grpc: { port: 80 }",
    [
      "14:35: spec.template.spec.containers[0].readinessProbe.grpc: found grpc, expected another handler (hint: Kubernetes 1.20 doesn't know grpc here (since 1.24))",
    ],
    20,
  ],
  ["kind: Deployment", "kind: deployment", ['2:7: kind: found "deployment", expected a kind of apps/v1 (hint: did you mean Deployment?)']],
  [
    "apps/v1",
    "extensions/v1beta1",
    ['1:13: apiVersion: found "extensions/v1beta1", expected "apps/v1" (hint: a Deployment is of apps/v1)'],
  ],
  ["apps/v1", "v1", ['1:13: apiVersion: found "v1", expected "apps/v1" (hint: a Deployment is of apps/v1)']],
  ["kind: Deployment\n", "", ["1:1: kind: found nothing, expected a kind such as Deployment"]],
];

const badServices: readonly BadInput[] = [
  [
    "port: 80",
    "port: 0",
    [
      "6:19: spec.ports[0].port: found 0, expected a port from 1 to 65535 [Kubernetes: Invalid value: 0: must be between 1 and 65535, inclusive]",
    ],
  ],
  ["ports: [{ port: 80 }]", "ports: []", ["6:10: spec.ports: found nothing, expected at least one port [Kubernetes: Required value]"]],
  [
    "[{ port: 80 }]",
    "[{ port: 80 }, { port: 80 }]",
    [
      "6:11: spec.ports[0].name: found nothing, expected a name, as there are several ports [Kubernetes: Required value]",
      "6:25: spec.ports[1].name: found nothing, expected a name, as there are several ports [Kubernetes: Required value]",
      '6:25: spec.ports[1]: found "80/TCP" again, expected each port and protocol once [Kubernetes: Duplicate value: "80/TCP"]',
    ],
  ],
  [
    "name: web }",
    "name: 1web }",
    [
      "3:19: metadata.name: found \"1web\", expected lower case letters, digits and '-', starting with a letter [Kubernetes: Invalid value: \"1web\": a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character]",
    ],
  ],
  [
    "  selector",
    "  type: LoadBalancr\n  selector",
    [
      '5:9: spec.type: found "LoadBalancr", expected one of "ClusterIP", "ExternalName", "LoadBalancer", "NodePort" [Kubernetes: Unsupported value: "LoadBalancr": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]',
    ],
  ],
  [
    "  selector",
    "  clusterIP: None\n  type: NodePort\n  selector",
    [
      '5:14: spec.clusterIP: found "None", expected an address, or type ClusterIP [Kubernetes: Invalid value: "None": may not be set to \'None\' for NodePort services]',
    ],
  ],
  [
    "  selector",
    "  sessionAffinity: Client\n  selector",
    [
      '5:20: spec.sessionAffinity: found "Client", expected one of "ClientIP", "None" [Kubernetes: Unsupported value: "Client": supported values: "ClientIP", "None"]',
    ],
  ],
  [
    "  selector",
    "  sessionAffinity: ClientIP\n  sessionAffinityConfig: { clientIP: { timeoutSeconds: 86401 } }\n  selector",
    [
      "6:56: spec.sessionAffinityConfig.clientIP.timeoutSeconds: found 86401, expected 1 to 86400 [Kubernetes: Invalid value: 86401: must be greater than 0 and less than 86400]",
    ],
  ],
  [
    "  selector",
    "  sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } }\n  selector",
    [
      "5:26: spec.sessionAffinityConfig: found a mapping of clientIP, expected nothing [Kubernetes: Forbidden: must not be set when session affinity is None]",
    ],
  ],
  [
    "  selector",
    "  trafficDistribution: Near\n  selector",
    [
      '5:24: spec.trafficDistribution: found "Near", expected one of "PreferClose", "PreferSameNode", "PreferSameZone" [Kubernetes: Unsupported value: "Near": supported values: "PreferClose", "PreferSameNode", "PreferSameZone"]',
    ],
  ],
  [
    "port: 80 }",
    "port: 80, targetPort: x_y }",
    [
      '6:35: spec.ports[0].targetPort: found "x_y", expected a port name: at most 15 of a-z, 0-9 and \'-\', with a letter [Kubernetes: Invalid value: "x_y": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)]',
    ],
  ],
  ["kind: Service\n", "kind: Servce\n", ['2:7: kind: found "Servce", expected a kind of v1 (hint: did you mean Service?)']],
];

function named([search, replacement, expected, minor]: BadInput): {
  search: string;
  replacement: string;
  expected: readonly string[];
  minor: number | undefined;
} {
  return { search, replacement, expected, minor };
}

describe("a bad manifest is refused with its place, and with what to do about it", () => {
  test.each(badDeployments.map(named))("Deployment: $search → $replacement", ({ search, replacement, expected, minor }) => {
    expect(deployment).toContain(search);
    expect(problems(deployment.replace(search, replacement), minor)).toEqual(expected);
  });

  test.each(badServices.map(named))("Service: $search → $replacement", ({ search, replacement, expected, minor }) => {
    expect(service).toContain(search);
    expect(problems(service.replace(search, replacement), minor)).toEqual(expected);
  });
});

describe("several problems", () => {
  test("are all reported at once, over all documents, in order of their places", () => {
    const text = [
      deployment.replace("replicas: 3", "replicas: -1").replace("image: web:v1", "imag: web:v1"),
      service.replace("port: 80", "port: 0"),
    ].join("---\n");
    expect(problems(text).map((line) => line.split(" found ")[0])).toEqual([
      "5:13: spec.replicas:",
      "11:11: spec.template.spec.containers[0].image:",
      "12:11: spec.template.spec.containers[0].imag:",
      "21:19: spec.ports[0].port:",
    ]);
  });

  test("an object given twice names both places, over files too", () => {
    const documents = [...parseYaml(service, "a.yaml").documents, ...parseYaml(`---\n${service}`, "b.yaml").documents];
    expect(formatIssues(readManifest(documents, 36).issues)).toBe(
      'b.yaml:4:19: metadata.name: found Service "web" of namespace default again, expected each object once (hint: the first stands at a.yaml:3)',
    );
  });

  test("the same name in another namespace or kind is another object", () => {
    const text = [service, service.replace("name: web", "name: web, namespace: shop"), deployment].join("---\n");
    expect(problems(text)).toEqual([]);
  });

  test("what has the wrong shape is not missed a second time", () => {
    expect(problems(deployment.replace("image: web:v1", "image: 5"))).toEqual([
      "12:18: spec.template.spec.containers[0].image: found 5, expected text (hint: put it in quotes)",
    ]);
  });
});

describe("what is accepted", () => {
  test("lists are unpacked, and their items keep their place", () => {
    const text =
      "apiVersion: v1\nkind: List\nitems:\n  - apiVersion: v1\n    kind: Namespace\n    metadata: { name: a }\n  - apiVersion: v1\n    kind: Service\n    metadata: { name: b }\n    spec: { ports: [{ port: 99999 }] }\n";
    const manifest = read(text);
    expect(manifest.objects.map(({ object }) => `${object.kind}/${object.metadata.name}`)).toEqual(["Namespace/a"]);
    expect(manifest.issues.map((issue) => `${issue.line ?? 0}: ${issue.path}`)).toEqual(["10: items[1].spec.ports[0].port"]);
  });

  test("items of a typed list take its kind", () => {
    const text =
      "apiVersion: apps/v1\nkind: DeploymentList\nitems:\n  - metadata: { name: web }\n    spec: { selector: { matchLabels: { a: b } }, template: { metadata: { labels: { a: b } }, spec: { containers: [{ name: c, image: d }] } } }\n";
    expect(read(text).objects.map(({ object }) => object.kind)).toEqual(["Deployment"]);
  });

  test.each([
    ["v1", "ServiceAccount"],
    ["v1", "ConfigMap"],
    ["apps/v1", "ControllerRevision"],
    ["rbac.authorization.k8s.io/v1", "ClusterRole"],
    ["example.com/v1", "Widget"],
    ["networking.k8s.io/v1", "Ingress"],
  ])("%s %s is listed as not modelled", (apiVersion, kind) => {
    const manifest = read(`apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: x }\nanything: [at, all]\n`);
    expect(manifest).toMatchObject({ notModelled: [`${kind}/x`], issues: [], objects: [] });
  });

  test("nulls are absent fields", () => {
    expect(problems(deployment.replace("replicas: 3", "replicas:\n  paused: null"))).toEqual([]);
  });

  test("JSON is YAML", () => {
    const text = JSON.stringify({ apiVersion: "v1", kind: "Service", metadata: { name: "a" }, spec: { ports: [{ port: 1 }] } }, null, "\t");
    expect(read(text).objects).toHaveLength(1);
  });

  test("what kubectl get prints can be read back: the server's fields have no effect", () => {
    const text =
      deployment.replace(
        "{ name: web }",
        '{ name: web, uid: abc, resourceVersion: "5", generation: 2, creationTimestamp: "2030-01-01T00:00:00Z", managedFields: [{ manager: x }] }',
      ) + "status: { replicas: 3, conditions: [] }\n";
    const manifest = read(text);
    expect(manifest.issues).toEqual([]);
    expect([...manifest.noEffect.keys()].sort()).toEqual([
      "metadata.creationTimestamp",
      "metadata.generation",
      "metadata.managedFields",
      "metadata.resourceVersion",
      "metadata.uid",
      "status",
    ]);
  });

  test("fields of Kubernetes that the model doesn't use are counted by path, at their outermost", () => {
    const text = deployment
      .replace(
        "      containers:",
        "      serviceAccountName: web\n      affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: a, labelSelector: { matchLabels: { a: b } } }] } }\n      topologySpreadConstraints: [{ maxSkew: 1, topologyKey: a, whenUnsatisfiable: DoNotSchedule }]\n      imagePullSecrets: [{ name: a }]\n      volumes: [{ name: a, emptyDir: {} }, { name: b, configMap: { name: x, items: [{ key: a, path: b }] } }]\n      securityContext: { runAsUser: 5, seccompProfile: { type: RuntimeDefault } }\n      containers:\n        - { name: a, image: b, securityContext: { capabilities: { drop: [ALL] } }, volumeMounts: [{ name: a, mountPath: /a }], envFrom: [{ configMapRef: { name: c } }] }",
      )
      .replace(
        "image: web:v1",
        "image: web:v1\n          securityContext: { privileged: true }\n          env: [{ name: A, valueFrom: { secretKeyRef: { name: s, key: k } } }, { name: B, valueFrom: { fieldRef: { fieldPath: status.podIP } } }]",
      );
    const manifest = read(text);
    expect(formatIssues(manifest.issues)).toBe("");
    const pod = "spec.template.spec";
    expect(Object.fromEntries(manifest.noEffect)).toEqual({
      [`${pod}.serviceAccountName`]: 1,
      [`${pod}.imagePullSecrets`]: 1,
      [`${pod}.volumes.configMap`]: 1,
      [`${pod}.securityContext`]: 1,
      [`${pod}.containers.securityContext`]: 2,
      [`${pod}.containers.volumeMounts`]: 1,
      [`${pod}.containers.envFrom`]: 1,
      [`${pod}.containers.env.valueFrom.secretKeyRef`]: 1,
    });
  });

  test("values that the model doesn't carry out are counted, the others aren't", () => {
    const local = read(
      service.replace(
        "  selector",
        "  sessionAffinity: ClientIP\n  externalTrafficPolicy: Local\n  internalTrafficPolicy: Local\n  selector",
      ),
    );
    expect([...local.noEffect.keys()]).toEqual([]);
    const pod = deployment
      .replace("      containers:", "      hostNetwork: true\n      containers:")
      .replace("name: http }]", "name: http, hostPort: 80 }]")
      .replace("{ name: web }", "{ name: web, annotations: { a: b } }")
      .replace("image: web:v1", "image: web:v1\n          resources: { limits: { ephemeral-storage: 1Gi } }");
    const path = "spec.template.spec";
    expect(Object.fromEntries(read(pod).noEffect)).toEqual({
      "metadata.annotations": 1,
      [`${path}.hostNetwork`]: 1,
    });
    expect([
      ...read(
        service.replace("spec:", "spec:\n  type: NodePort").replace("{ name: web }", "{ name: web, labels: { a: b } }"),
      ).noEffect.keys(),
    ]).toEqual(["metadata.labels"]);
    expect([...read(service.replace("  selector", "  sessionAffinity: None\n  selector")).noEffect.keys()]).toEqual([]);
  });
});

describe("what a release hasn't", () => {
  const local = service.replace("  selector", "  internalTrafficPolicy: Local\n  selector");

  test("is dropped as its API server does, and counted", () => {
    const manifest = read(local, 21);
    expect(formatIssues(manifest.issues)).toBe("");
    expect(Object.fromEntries(manifest.noEffect)).toEqual({ "spec.internalTrafficPolicy": 1 });
    expect(manifest.objects[0]!.object).toMatchObject({ spec: { internalTrafficPolicy: "Cluster" } });
    expect(read(local, 22).objects[0]!.object).toMatchObject({ spec: { internalTrafficPolicy: "Local" } });
  });

  test("isn't held against anything", () => {
    const wrong = local.replace("Local", "Nowhere");
    expect(problems(wrong, 21)).toEqual([]);
    expect(problems(wrong, 22).join()).toContain('Unsupported value: "Nowhere"');
  });
});

test("annotations that hint at endpoints are read of Services, and nothing else", () => {
  const hinted = (text: string): readonly string[] => [
    ...read(text.replace("{ name: web }", "{ name: web, annotations: { service.kubernetes.io/topology-mode: Auto } }")).noEffect.keys(),
  ];
  expect(hinted(service)).toEqual([]);
  expect(hinted(deployment)).toEqual(["metadata.annotations"]);
});

test.each([
  ["Europe/Berlin", null],
  ["Etc/GMT+5", null],
  ["UTC", null],
  ["Mars/Base", "unknown time zone Mars/Base"],
  ["europe/berlin", "unknown time zone europe/berlin"],
  ["+02:00", "unknown time zone +02:00"],
  ["Local", "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones"],
  ["", "timeZone must be nil or non-empty string"],
])("time zone %j of a CronJob: %s", (zone, problem) => {
  const template = { spec: { restartPolicy: "Never", containers: [{ name: "a", image: "b" }] } };
  const spec = { schedule: "* * * * *", timeZone: zone, jobTemplate: { spec: { template } } };
  const text = JSON.stringify({ apiVersion: "batch/v1", kind: "CronJob", metadata: { name: "nightly" }, spec });
  const expected =
    problem === null ? [] : [expect.stringContaining(`[Kubernetes: Invalid value: ${JSON.stringify(zone)}: ${problem}]`) as unknown];
  expect(problems(text)).toEqual(expected);
});

describe("what only a process would notice", () => {
  test("has an effect on live runs alone", () => {
    const handler = "{ path: /a, port: 80, host: a.example, scheme: HTTPS, httpHeaders: [{ name: a, value: b }] }";
    const text = deployment.replace(
      "image: web:v1",
      `image: web:v1
          command: [a]
          args: [b]
          workingDir: /c
          env: [{ name: D, value: e }]
          livenessProbe: { httpGet: ${handler} }
          startupProbe: { exec: { command: [a] } }
          lifecycle: { preStop: { exec: { command: [sleep, "5"] } }, postStart: { tcpSocket: { port: 80, host: b.example } } }
          resources: { limits: { cpu: 1 } }`,
    );
    const manifest = read(text);
    expect(formatIssues(manifest.issues)).toBe("");
    const container = "spec.template.spec.containers";
    expect([...manifest.noEffect.keys()]).toEqual([]);
    expect([...manifest.liveOnly.keys()]).toEqual(
      [
        "command",
        "args",
        "workingDir",
        "env",
        ...["path", "host", "scheme", "httpHeaders"].map((field) => `livenessProbe.httpGet.${field}`),
        "startupProbe.exec.command",
        "lifecycle.postStart.tcpSocket.host",
      ].map((field) => `${container}.${field}`),
    );
  });
});

const name = fc.stringMatching(/^[a-z]([a-z0-9]{0,5})$/);
const quantity = fc.constantFrom("100m", "1", "0.5", "64Mi", "1Gi", 2);
const handler = fc.oneof(
  fc.record({ httpGet: fc.record({ port: fc.integer({ min: 1, max: 65535 }), path: fc.constant("/x") }, { requiredKeys: ["port"] }) }),
  fc.record({ tcpSocket: fc.record({ port: fc.integer({ min: 1, max: 65535 }) }) }),
  fc.record({ exec: fc.record({ command: fc.array(name, { minLength: 1, maxLength: 3 }) }) }),
  fc.record({ grpc: fc.record({ port: fc.integer({ min: 1, max: 65535 }) }) }),
);
const probe = fc
  .tuple(
    handler,
    fc.record(
      { periodSeconds: fc.nat(100), timeoutSeconds: fc.nat(10), failureThreshold: fc.nat(5), initialDelaySeconds: fc.nat(50) },
      { requiredKeys: [] },
    ),
  )
  .map(([one, numbers]) => ({ ...one, ...numbers }));
const container = fc.record(
  {
    name,
    image: name,
    livenessProbe: probe,
    readinessProbe: probe,
    startupProbe: probe,
    resources: fc.record({ limits: fc.record({ cpu: quantity, memory: quantity }, { requiredKeys: [] }) }),
    args: fc.array(name),
  },
  { requiredKeys: ["name", "image"] },
);
const podSpec = fc.record(
  {
    containers: fc.uniqueArray(container, { minLength: 1, maxLength: 3, selector: (one) => one.name }),
    terminationGracePeriodSeconds: fc.nat(100),
    nodeSelector: fc.dictionary(name, name),
    hostNetwork: fc.boolean(),
  },
  { requiredKeys: ["containers"] },
);
const object = fc.tuple(fc.constantFrom("Deployment", "ReplicaSet", "Pod"), name, podSpec, fc.nat(5)).map(([kind, own, spec, replicas]) => {
  const metadata = { name: own, labels: { app: own } };
  if (kind === "Pod") return { apiVersion: "v1", kind, metadata, spec };
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: { name: own },
    spec: { replicas, selector: { matchLabels: { app: own } }, template: { metadata: { labels: { app: own } }, spec } },
  };
});

describe("random valid manifests", () => {
  property.prop([fc.uniqueArray(object, { minLength: 1, maxLength: 4, selector: (one) => `${one.kind}/${one.metadata.name}` })], {
    numRuns: 60,
  })("are accepted, and mean the same as one list, pretty or not", (objects) => {
    const several = read(objects.map((one) => JSON.stringify(one, null, 2)).join("\n---\n"));
    const listed = read(JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
    expect(formatIssues(several.issues)).toBe("");
    expect(several.objects.map((placed) => placed.object)).toEqual(listed.objects.map((placed) => placed.object));
    expect(several.objects.map((placed) => placed.object.metadata.name)).toEqual(objects.map((one) => one.metadata.name));
  });

  property.prop([object], { numRuns: 60 })("keep what was written and fill in the rest", (written) => {
    const [placed] = read(JSON.stringify(written)).objects;
    const model = placed?.object;
    if (model === undefined || !isWorkload(model)) throw new Error("another kind");
    const { spec } = podTemplateOf(model);
    const writtenSpec = "template" in written.spec ? written.spec.template.spec : written.spec;
    expect(spec.containers.map((one) => [one.name, one.image])).toEqual(writtenSpec.containers.map((one) => [one.name, one.image]));
    expect(spec.terminationGracePeriodSeconds).toBe(writtenSpec.terminationGracePeriodSeconds ?? 30);
    for (const [index, one] of spec.containers.entries()) {
      const probes = writtenSpec.containers[index];
      expect(one.livenessProbe?.periodSeconds).toBe(
        probes?.livenessProbe === undefined ? undefined : (probes.livenessProbe.periodSeconds ?? 0) || 10,
      );
      expect(one.resources.requests).toEqual(one.resources.limits);
    }
  });
});
