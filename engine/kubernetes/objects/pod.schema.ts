/** Shape of a Pod: every field of Kubernetes 1.36 (core/v1 PodSpec), the ones the model doesn't use marked so. */
import { z } from "zod";
import { unused, unusedFields, unusedList } from "../../values/shape.schema.ts";
import {
  envelope,
  flag,
  integer,
  integerOrText,
  longInteger,
  metaSchema,
  resources,
  templateMetaSchema,
  text,
  textMap,
  texts,
} from "./meta.schema.ts";
import { affinitySchema, gatesSchema, spreadSchema } from "./scheduling.schema.ts";
import type {
  WrittenContainer,
  WrittenHook,
  WrittenPod,
  WrittenPodSpec,
  WrittenPodTemplate,
  WrittenProbe,
  WrittenVolume,
} from "./written.ts";

const exec = z.strictObject({ command: texts }).optional();
const tcpSocket = z.strictObject({ port: integerOrText, host: text }).optional();
const httpGet = z
  .strictObject({
    path: text,
    port: integerOrText,
    host: text,
    scheme: text,
    httpHeaders: z.array(z.strictObject({ name: text, value: text })).optional(),
  })
  .optional();

const probe: z.ZodType<WrittenProbe> = z.strictObject({
  exec,
  httpGet,
  tcpSocket,
  grpc: z.strictObject({ port: integer, service: text }).optional(),
  initialDelaySeconds: integer,
  timeoutSeconds: integer,
  periodSeconds: integer,
  successThreshold: integer,
  failureThreshold: integer,
  terminationGracePeriodSeconds: longInteger,
});

const hook: z.ZodType<WrittenHook> = z.strictObject({
  exec,
  httpGet,
  tcpSocket,
  sleep: z.strictObject({ seconds: longInteger }).optional(),
});

const securityOptions =
  "seLinuxOptions{user role type level} windowsOptions{gmsaCredentialSpecName gmsaCredentialSpec runAsUserName hostProcess} seccompProfile{type localhostProfile} appArmorProfile{type localhostProfile} runAsUser runAsGroup runAsNonRoot";

const container: z.ZodType<WrittenContainer> = z.strictObject({
  name: text,
  image: text,
  command: texts,
  args: texts,
  workingDir: text,
  env: z
    .array(
      z.strictObject({
        name: text,
        value: text,
        valueFrom: z
          .strictObject({
            fieldRef: z.strictObject({ apiVersion: text, fieldPath: text }).optional(),
            configMapKeyRef: unused("name key optional"),
            secretKeyRef: unused("name key optional"),
            resourceFieldRef: unused("containerName resource divisor"),
            fileKeyRef: unused("volumeName path key optional"),
          })
          .optional(),
      }),
    )
    .optional(),
  ports: z.array(z.strictObject({ name: text, containerPort: integer, protocol: text, hostPort: integer, hostIP: unused() })).optional(),
  resources: z.strictObject({ requests: resources, limits: resources, claims: unusedList("name request") }).optional(),
  imagePullPolicy: text,
  livenessProbe: probe.optional(),
  readinessProbe: probe.optional(),
  startupProbe: probe.optional(),
  lifecycle: z.strictObject({ postStart: hook.optional(), preStop: hook.optional(), stopSignal: unused() }).optional(),
  restartPolicy: text,
  restartPolicyRules: z
    .array(
      z.strictObject({
        action: text,
        exitCodes: z.strictObject({ operator: text, values: z.array(z.number().int()).optional() }).optional(),
      }),
    )
    .optional(),
  envFrom: unusedList("prefix configMapRef{name optional} secretRef{name optional}"),
  resizePolicy: unusedList("resourceName restartPolicy"),
  securityContext: unused(`${securityOptions} capabilities{add drop} privileged readOnlyRootFilesystem allowPrivilegeEscalation procMount`),
  volumeDevices: unusedList("name devicePath"),
  volumeMounts: unusedList("name mountPath subPath subPathExpr readOnly recursiveReadOnly mountPropagation"),
  ...unusedFields("stdin", "stdinOnce", "tty", "terminationMessagePath", "terminationMessagePolicy"),
});

const volume: z.ZodType<WrittenVolume> = z.strictObject({
  name: text,
  emptyDir: z
    .strictObject({ medium: text, sizeLimit: z.union([z.string(), z.number()]).optional() })
    .nullable()
    .optional(),
  ...unusedFields(
    "awsElasticBlockStore",
    "azureDisk",
    "azureFile",
    "cephfs",
    "cinder",
    "configMap",
    "csi",
    "downwardAPI",
    "ephemeral",
    "fc",
    "flexVolume",
    "flocker",
    "gcePersistentDisk",
    "gitRepo",
    "glusterfs",
    "hostPath",
    "image",
    "iscsi",
    "nfs",
    "persistentVolumeClaim",
    "photonPersistentDisk",
    "portworxVolume",
    "projected",
    "quobyte",
    "rbd",
    "scaleIO",
    "secret",
    "storageos",
    "vsphereVolume",
  ),
});

export const podSpecSchema: z.ZodType<WrittenPodSpec> = z.strictObject({
  containers: z.array(container).optional(),
  initContainers: z.array(container).optional(),
  ephemeralContainers: z.unknown().optional(),
  restartPolicy: text,
  terminationGracePeriodSeconds: longInteger,
  nodeName: text,
  nodeSelector: textMap,
  tolerations: z.array(z.strictObject({ key: text, operator: text, value: text, effect: text, tolerationSeconds: longInteger })).optional(),
  hostNetwork: flag,
  priority: integer,
  priorityClassName: text,
  overhead: resources,
  activeDeadlineSeconds: longInteger,
  affinity: affinitySchema,
  topologySpreadConstraints: spreadSchema,
  preemptionPolicy: text,
  securityContext: unused(
    `${securityOptions} fsGroup fsGroupChangePolicy supplementalGroups supplementalGroupsPolicy seLinuxChangePolicy sysctls[name value]`,
  ),
  volumes: z.array(volume).optional(),
  dnsConfig: unused("nameservers searches options[name value]"),
  hostAliases: unusedList("ip hostnames"),
  imagePullSecrets: unusedList("name"),
  readinessGates: z.array(z.strictObject({ conditionType: z.string().optional() })).optional(),
  resourceClaims: unusedList("name source resourceClaimName resourceClaimTemplateName"),
  schedulingGates: gatesSchema,
  os: unused("name"),
  ...unusedFields(
    "automountServiceAccountToken",
    "dnsPolicy",
    "enableServiceLinks",
    "hostIPC",
    "hostPID",
    "hostUsers",
    "hostname",
    "hostnameOverride",
    "resources",
    "runtimeClassName",
    "schedulerName",
    "schedulingGroup",
    "workloadRef",
    "serviceAccount",
    "serviceAccountName",
    "setHostnameAsFQDN",
    "shareProcessNamespace",
    "subdomain",
  ),
});

export const podTemplateSchema: z.ZodType<WrittenPodTemplate> = z.strictObject({
  metadata: templateMetaSchema.optional(),
  spec: podSpecSchema.optional(),
});

export const podSchema: z.ZodType<WrittenPod> = z.strictObject({
  ...envelope,
  metadata: metaSchema.optional(),
  spec: podSpecSchema.optional(),
});
