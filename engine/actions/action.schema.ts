/** Shape of an entry of `actions`: an instant, and one thing to do. */
import { z } from "zod";
import { workloadSelectorSchema, type WrittenSelector } from "../kubernetes/objects/selector.schema.ts";
import { expecting } from "../values/shape.schema.ts";
import { countSchema, durationSchema, quantitySchema, type WrittenDuration, type WrittenQuantity } from "../values/values.schema.ts";

/** As kubectl takes them: KEY=value, and KEY- to take one away. */
export type WrittenChanges = string | readonly string[];

interface WrittenRollout {
  readonly deployment?: string | undefined;
  readonly statefulSet?: string | undefined;
  readonly daemonSet?: string | undefined;
  readonly namespace?: string | undefined;
}

interface WrittenTemplated extends WrittenRollout {
  readonly replicaSet?: string | undefined;
  readonly replicationController?: string | undefined;
}

export interface WrittenSetImage extends WrittenTemplated {
  readonly pod?: string | undefined;
  readonly container?: string | undefined;
  readonly image: string;
}

export interface WrittenSetEnv extends WrittenTemplated {
  readonly container?: string | undefined;
  readonly env: WrittenChanges;
}

export interface WrittenSetResources extends WrittenTemplated {
  readonly container?: string | undefined;
  readonly requests?: Readonly<Record<string, WrittenQuantity>> | undefined;
  readonly limits?: Readonly<Record<string, WrittenQuantity>> | undefined;
}

export type WrittenRestart = WrittenRollout;

export interface WrittenUndo extends WrittenRollout {
  readonly toRevision?: number | undefined;
}

export interface WrittenPause {
  readonly deployment: string;
  readonly namespace?: string | undefined;
}

export interface WrittenRolloutStatus extends WrittenRollout {
  readonly timeout?: WrittenDuration | undefined;
}

interface WrittenLabelled extends WrittenTemplated {
  readonly pod?: string | undefined;
  readonly selector?: WrittenSelector | undefined;
  readonly count?: number | undefined;
  readonly overwrite?: boolean | undefined;
}

export interface WrittenLabel extends WrittenLabelled {
  readonly node?: string | undefined;
  readonly labels: WrittenChanges;
}

export interface WrittenAnnotate extends WrittenLabelled {
  readonly annotations: WrittenChanges;
}

export interface WrittenScale {
  readonly deployment?: string | undefined;
  readonly replicaSet?: string | undefined;
  readonly replicationController?: string | undefined;
  readonly statefulSet?: string | undefined;
  readonly namespace?: string | undefined;
  readonly replicas: number;
}

export interface WrittenDelete extends WrittenTemplated {
  readonly node?: string | undefined;
  readonly pod?: string | undefined;
  readonly service?: string | undefined;
  readonly job?: string | undefined;
  readonly cronJob?: string | undefined;
  readonly kind?: string | undefined;
  readonly name?: string | undefined;
  readonly cascade?: "background" | "foreground" | "orphan" | undefined;
  readonly gracePeriod?: WrittenDuration | undefined;
  readonly force?: boolean | undefined;
}

export interface WrittenSetCondition {
  readonly selector?: WrittenSelector | undefined;
  readonly pod?: string | undefined;
  readonly namespace?: string | undefined;
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
}

export interface WrittenDebug {
  readonly selector?: WrittenSelector | undefined;
  readonly pod?: string | undefined;
  readonly namespace?: string | undefined;
  readonly image: string;
  readonly name?: string | undefined;
  readonly target?: string | undefined;
}

export interface WrittenNode {
  readonly node: string;
}

export interface WrittenTaintAction {
  readonly node: string;
  readonly taint: string | readonly string[];
  readonly overwrite?: boolean | undefined;
}

export interface WrittenEvict {
  readonly selector?: WrittenSelector | undefined;
  readonly pod?: string | undefined;
  readonly namespace?: string | undefined;
  readonly gracePeriod?: WrittenDuration | undefined;
}

export interface WrittenDrain {
  readonly node: string;
  readonly force?: boolean | undefined;
  readonly ignoreDaemonSets?: boolean | undefined;
  readonly disableEviction?: boolean | undefined;
  readonly gracePeriod?: WrittenDuration | undefined;
  readonly timeout?: WrittenDuration | undefined;
}

export interface WrittenAction {
  readonly at: WrittenDuration;
  readonly apply?: string | readonly string[] | undefined;
  readonly setImage?: WrittenSetImage | undefined;
  readonly setEnv?: WrittenSetEnv | undefined;
  readonly setResources?: WrittenSetResources | undefined;
  readonly restart?: WrittenRestart | undefined;
  readonly undo?: WrittenUndo | undefined;
  readonly pause?: WrittenPause | undefined;
  readonly resume?: WrittenPause | undefined;
  readonly rolloutStatus?: WrittenRolloutStatus | undefined;
  readonly label?: WrittenLabel | undefined;
  readonly annotate?: WrittenAnnotate | undefined;
  readonly scale?: WrittenScale | undefined;
  readonly delete?: WrittenDelete | undefined;
  readonly setCondition?: WrittenSetCondition | undefined;
  readonly debug?: WrittenDebug | undefined;
  readonly cordon?: WrittenNode | undefined;
  readonly uncordon?: WrittenNode | undefined;
  readonly taint?: WrittenTaintAction | undefined;
  readonly evict?: WrittenEvict | undefined;
  readonly drain?: WrittenDrain | undefined;
}

const name = z.string().optional();
const rollout = { deployment: name, statefulSet: name, daemonSet: name, namespace: name };
const templated = { ...rollout, replicaSet: name, replicationController: name };
const anyContainer = name.meta({ description: "Default: every regular container." });
const amounts = z.record(z.string(), quantitySchema).optional();
const changes = z.union([z.string(), z.array(z.string()).min(1)], expecting("KEY=value or KEY-, or a list of them"));
const labelled = {
  ...templated,
  pod: name.meta({ description: "A Pod of the manifests." }),
  selector: workloadSelectorSchema.optional().meta({ description: "In place of a name: the Pods that are there then." }),
  count: countSchema.optional().meta({ description: "With a selector: so many Pods, the oldest first; default: all." }),
  overwrite: z.boolean().optional().meta({ description: "Also where another value stands." }),
};

export const actionSchema: z.ZodType<WrittenAction> = z
  .strictObject({
    at: durationSchema,
    apply: z
      .union([z.string(), z.array(z.string()).min(1)], expecting("a file, or a list of files"))
      .optional()
      .meta({ description: "Manifests, as kubectl apply -f." }),
    setImage: z
      .strictObject({
        ...templated,
        pod: name.meta({ description: "In place of a workload: a Pod of the manifests, whose container is restarted." }),
        container: anyContainer,
        image: z.string().min(1, expecting("an image")),
      })
      .optional()
      .meta({ description: "As kubectl set image." }),
    setEnv: z
      .strictObject({
        ...templated,
        container: anyContainer,
        env: changes.meta({ description: "NAME=value, or NAME- to take it away." }),
      })
      .optional()
      .meta({ description: "As kubectl set env." }),
    setResources: z
      .strictObject({ ...templated, container: anyContainer, requests: amounts, limits: amounts })
      .optional()
      .meta({ description: "As kubectl set resources." }),
    restart: z.strictObject(rollout).optional().meta({ description: "As kubectl rollout restart." }),
    undo: z
      .strictObject({ ...rollout, toRevision: countSchema.optional().meta({ description: "Default: the one before." }) })
      .optional()
      .meta({ description: "As kubectl rollout undo." }),
    pause: z.strictObject({ deployment: z.string(), namespace: name }).optional().meta({ description: "As kubectl rollout pause." }),
    resume: z.strictObject({ deployment: z.string(), namespace: name }).optional().meta({ description: "As kubectl rollout resume." }),
    rolloutStatus: z
      .strictObject({ ...rollout, timeout: durationSchema.optional().meta({ description: "When to give up; default: never." }) })
      .optional()
      .meta({ description: "As kubectl rollout status: watches until the rollout has ended; the report says how." }),
    label: z
      .strictObject({ ...labelled, node: name, labels: changes.meta({ description: "KEY=value, or KEY- to take it away." }) })
      .optional()
      .meta({ description: "As kubectl label." }),
    annotate: z
      .strictObject({ ...labelled, annotations: changes.meta({ description: "KEY=value, or KEY- to take it away." }) })
      .optional()
      .meta({ description: "As kubectl annotate." }),
    scale: z
      .strictObject({
        deployment: name,
        replicaSet: name,
        replicationController: name,
        statefulSet: name,
        namespace: name,
        replicas: countSchema,
      })
      .optional()
      .meta({ description: "As kubectl scale." }),
    delete: z
      .strictObject({
        ...templated,
        pod: name,
        service: name,
        job: name,
        cronJob: name,
        node: name.meta({ description: "The Node object; its machine goes on." }),
        kind: name.meta({ description: "With a name, in place of the above: any kind that is modelled." }),
        name,
        cascade: z
          .enum(["background", "foreground", "orphan"], expecting("background, foreground or orphan"))
          .optional()
          .meta({ description: "What becomes of what it owns; default: background." }),
        gracePeriod: durationSchema.optional().meta({ description: "For a pod only; default: its own." }),
        force: z.boolean().optional().meta({ description: "For a pod only." }),
      })
      .optional()
      .meta({ description: "As kubectl delete." }),
    setCondition: z
      .strictObject({
        selector: workloadSelectorSchema.optional(),
        pod: name.meta({ description: "In place of a selector: one Pod of the manifests." }),
        namespace: name.meta({ description: "Of pod; default: default." }),
        type: z.string().meta({ description: "A readiness gate of the Pods." }),
        status: z.enum(["True", "False", "Unknown"]),
      })
      .optional()
      .meta({ description: "A readiness gate's condition, as the controller behind it patches it." }),
    debug: z
      .strictObject({
        selector: workloadSelectorSchema.optional(),
        pod: name.meta({ description: "In place of a selector: one Pod of the manifests." }),
        namespace: name.meta({ description: "Of pod; default: default." }),
        image: z.string().min(1, expecting("an image")),
        name: name.meta({ description: "Of the ephemeral container; default: debugger, then debugger-2, …" }),
        target: name.meta({ description: "Container whose processes it shall see; nothing in the model follows from it." }),
      })
      .optional()
      .meta({ description: "As kubectl debug: an ephemeral container for each Pod that is there." }),
    cordon: z.strictObject({ node: z.string() }).optional().meta({ description: "As kubectl cordon: new Pods stay away." }),
    uncordon: z.strictObject({ node: z.string() }).optional().meta({ description: "As kubectl uncordon." }),
    taint: z
      .strictObject({
        node: z.string(),
        taint: z
          .union([z.string(), z.array(z.string()).min(1)], expecting("a taint, or a list of taints"))
          .meta({ description: "key=value:Effect or key:Effect; with - at the end it is taken away." }),
        overwrite: z.boolean().optional().meta({ description: "Also where one of that key and effect stands." }),
      })
      .optional()
      .meta({ description: "As kubectl taint." }),
    evict: z
      .strictObject({
        selector: workloadSelectorSchema.optional(),
        pod: name.meta({ description: "In place of a selector: one Pod of the manifests." }),
        namespace: name.meta({ description: "Of pod; default: default." }),
        gracePeriod: durationSchema.optional().meta({ description: "Default: the Pod's own." }),
      })
      .optional()
      .meta({
        description: "One request to the eviction API for each Pod that is there; what a disruption budget refuses isn't tried again.",
      }),
    drain: z
      .strictObject({
        node: z.string(),
        force: z.boolean().optional().meta({ description: "Also Pods without a controller; default: no, the drain fails." }),
        ignoreDaemonSets: z.boolean().optional().meta({ description: "Leave Pods of DaemonSets alone; default: no, the drain fails." }),
        disableEviction: z.boolean().optional().meta({ description: "Delete Pods without asking their budgets." }),
        gracePeriod: durationSchema.optional().meta({ description: "Default: the Pods' own." }),
        timeout: durationSchema.optional().meta({ description: "When to give up; default: never." }),
      })
      .optional()
      .meta({ description: "As kubectl drain: cordons the node, evicts its Pods, waits until they are gone." }),
  })
  .meta({
    title: "action",
    description:
      "What an operator does at an instant: one of apply, setImage, setEnv, setResources, restart, undo, pause, resume, rolloutStatus, label, annotate, scale, delete, setCondition, debug, cordon, uncordon, taint, evict, drain.",
    minProperties: 2,
    maxProperties: 2,
  });
