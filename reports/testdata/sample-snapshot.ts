/** A small cluster at 108 s, written by hand: what the views' texts are held against. */
import type { ApiContainerStatus, ApiEvent, ApiPod, ApiSnapshot } from "../../engine/kubernetes/views/api-object.ts";

const uid = "00000000-0000-4000-8000-000000000001";
const START = "2000-01-01T00:00:00Z";

const web: ApiContainerStatus = {
  name: "web",
  image: "web:v1",
  imageID: "web:v1",
  containerID: "containerd://2",
  ready: true,
  started: true,
  restartCount: 4,
  state: { running: { startedAt: "2000-01-01T00:01:36Z" } },
  lastState: {
    terminated: { reason: "Error", exitCode: 143, startedAt: "2000-01-01T00:01:00Z", finishedAt: "2000-01-01T00:01:36Z" },
  },
};
const db: ApiContainerStatus = {
  name: "db",
  image: "db:v1",
  imageID: "db:v1",
  containerID: "containerd://1",
  ready: true,
  started: true,
  restartCount: 0,
  state: { running: { startedAt: START } },
  lastState: {},
};

export const samplePod: ApiPod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web-db", namespace: "default", uid, creationTimestamp: START, labels: { tier: "front", app: "web" } },
  spec: {
    nodeName: "node-0",
    restartPolicy: "Always",
    terminationGracePeriodSeconds: 30,
    priority: 0,
    tolerations: [
      { key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 },
      { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 },
    ],
    containers: [
      {
        name: "web",
        image: "web:v1",
        imagePullPolicy: "IfNotPresent",
        command: ["serve", "--port=8080"],
        env: [
          { name: "MODE", value: "fast" },
          { name: "IP", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "status.podIP" } } },
        ],
        ports: [{ containerPort: 8080, protocol: "TCP" }],
        resources: {},
        livenessProbe: {
          httpGet: { path: "/healthz", port: 8080, scheme: "HTTP" },
          timeoutSeconds: 1,
          periodSeconds: 10,
          successThreshold: 1,
          failureThreshold: 3,
        },
      },
      {
        name: "db",
        image: "db:v1",
        imagePullPolicy: "IfNotPresent",
        resources: { limits: { memory: "256Mi" }, requests: { cpu: "250m", memory: "256Mi" } },
      },
    ],
  },
  status: {
    phase: "Running",
    qosClass: "Burstable",
    hostIP: "172.18.0.2",
    podIP: "10.64.0.1",
    podIPs: [{ ip: "10.64.0.1" }],
    startTime: START,
    conditions: [
      { type: "Initialized", status: "True", lastTransitionTime: START },
      { type: "Ready", status: "True", lastTransitionTime: START },
    ],
    containerStatuses: [web, db],
  },
};

function event(reason: string, message: string, first: string, last: string, count: number): ApiEvent {
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: `web-db.${reason.toLowerCase()}`, namespace: "default", uid, creationTimestamp: first },
    involvedObject: { kind: "Pod", apiVersion: "v1", namespace: "default", name: "web-db", uid, fieldPath: "spec.containers{web}" },
    type: reason === "Unhealthy" ? "Warning" : "Normal",
    reason,
    message,
    source: { component: "kubelet", host: "node-0" },
    firstTimestamp: first,
    lastTimestamp: last,
    count,
    eventTime: null,
    reportingComponent: "kubelet",
    reportingInstance: "node-0",
  };
}

const scheduled: ApiEvent = {
  ...event("Scheduled", "Successfully assigned default/web-db to node-0", START, START, 1),
  source: {},
  firstTimestamp: null,
  lastTimestamp: null,
  eventTime: "2000-01-01T00:00:00.250000Z",
  reportingComponent: "default-scheduler",
  reportingInstance: "",
};

export const sampleSnapshot: ApiSnapshot = {
  at: 108_000_000,
  printing: {
    jobsTellStatus: true,
    cronJobsTellZone: true,
    restartsTellWhen: true,
    endedPodsStayEnded: true,
    failuresOutrankCompleted: true,
    autoscalersNameMetrics: true,
  },
  pods: [samplePod],
  replicasets: [],
  deployments: [
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: {
        name: "shop",
        namespace: "default",
        uid,
        creationTimestamp: START,
        annotations: { "deployment.kubernetes.io/revision": "1" },
      },
      spec: {
        replicas: 3,
        progressDeadlineSeconds: 600,
        revisionHistoryLimit: 10,
        selector: { matchLabels: { app: "shop" }, matchExpressions: [{ key: "tier", operator: "In", values: ["b", "a"] }] },
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: 1 } },
        template: {
          metadata: { labels: { app: "shop" } },
          spec: {
            restartPolicy: "Always",
            terminationGracePeriodSeconds: 30,
            containers: [{ name: "shop", image: "shop:v1", imagePullPolicy: "IfNotPresent", resources: {} }],
          },
        },
      },
      status: {
        observedGeneration: 1,
        replicas: 3,
        updatedReplicas: 3,
        readyReplicas: 2,
        availableReplicas: 2,
        unavailableReplicas: 1,
        conditions: [{ type: "Available", status: "True", reason: "MinimumReplicasAvailable", lastTransitionTime: START }],
      },
    },
  ],
  horizontalpodautoscalers: [
    {
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: { name: "shop", namespace: "default", uid, creationTimestamp: START },
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "shop" },
        minReplicas: 2,
        maxReplicas: 10,
        metrics: [
          { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } },
          { type: "Resource", resource: { name: "memory", target: { type: "AverageValue", averageValue: "256Mi" } } },
        ],
      },
      status: {
        currentReplicas: 3,
        desiredReplicas: 3,
        currentMetrics: [{ type: "Resource", resource: { name: "cpu", current: { averageUtilization: 63 } } }, { type: "Resource" }],
        conditions: [
          {
            type: "AbleToScale",
            status: "True",
            reason: "ReadyForNewScale",
            message: "recommended size matches current size",
            lastTransitionTime: START,
          },
        ],
      },
    },
  ],
  services: [
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "shop", namespace: "default", uid, creationTimestamp: START },
      spec: {
        type: "NodePort",
        clusterIP: "10.96.0.10",
        selector: { app: "shop" },
        ports: [
          { port: 80, targetPort: 8080, protocol: "TCP", nodePort: 30080 },
          { port: 443, targetPort: 8443, protocol: "TCP" },
        ],
        sessionAffinity: "None",
        internalTrafficPolicy: "Cluster",
      },
    },
  ],
  replicationcontrollers: [],
  statefulsets: [],
  daemonsets: [],
  jobs: [],
  cronjobs: [],
  controllerrevisions: [],
  poddisruptionbudgets: [],
  resourcequotas: [],
  limitranges: [],
  priorityclasses: [],
  endpoints: [],
  endpointslices: [],
  nodes: [
    {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: "node-0", uid, creationTimestamp: "1999-12-31T00:00:00Z", labels: { "node-role.kubernetes.io/worker": "" } },
      spec: { unschedulable: true, taints: [{ key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" }] },
      status: {
        capacity: { cpu: "4", memory: "8Gi", pods: "110" },
        allocatable: { cpu: "4", memory: "8Gi", pods: "110" },
        conditions: [
          {
            type: "Ready",
            status: "True",
            reason: "KubeletReady",
            message: "kubelet is posting ready status",
            lastHeartbeatTime: START,
            lastTransitionTime: START,
          },
        ],
        addresses: [{ type: "InternalIP", address: "172.18.0.2" }],
        nodeInfo: { kubeletVersion: "v1.36.0" },
      },
    },
  ],
  namespaces: [],
  events: [
    event("Killing", "Container web failed liveness probe, will be restarted", START, "2000-01-01T00:01:36Z", 4),
    scheduled,
    event("Unhealthy", "Liveness probe failed: HTTP probe failed with statuscode: 500", "2000-01-01T00:01:26Z", "2000-01-01T00:01:26Z", 1),
  ],
  leases: { "node-0": "2000-01-01T00:01:40.250000Z" },
};
