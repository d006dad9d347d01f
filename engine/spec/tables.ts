/**
 * What every shard computes from the spec before the run: templates, workloads, Services and behaviours by
 * small numbers, in order of first appearance (objects, then what the actions make of them, in time order).
 */
import type { ActionSpec } from "../actions/action.ts";
import { changedTemplate, isPodChange, mayChange, type PodChange } from "../actions/change-pod.ts";
import { changedTemplateOf, isTemplateChange } from "../actions/template-change.ts";
import type { ApplicationBehaviour, AwaitedService } from "../application/application.ts";
import { readContainerScript, scriptAnnotationPrefix, type ContainerScript } from "../application/container-script.ts";
import { assert } from "../kernel/assert.ts";
import { NEVER, type Duration, type VirtualTime } from "../kernel/time.ts";
import { isWorkload, podTemplateOf, type KubernetesObject } from "../kubernetes/objects/index.ts";
import { Definitions, type TemplateId } from "../kubernetes/objects/definitions.ts";
import { mayHaveLabels } from "../kubernetes/objects/given-labels.ts";
import type { PodTemplate } from "../kubernetes/objects/pod.ts";
import type { ImageFacts } from "../kubernetes/scheduler/node-images.ts";
import { mergedTemplate } from "../kubernetes/objects/apply-merge.ts";
import type { Service } from "../kubernetes/objects/service.ts";
import { ServiceIndex } from "../kubernetes/objects/service-index.ts";
import { containerOfPort } from "../kubernetes/objects/service-port.ts";
import { Workloads, type Workload } from "../kubernetes/objects/workloads.ts";
import type { ApplicationRule, ScenarioSpec, WorkloadSelector } from "../scenario-spec.ts";
import { callsOf } from "./calls.ts";
import type { CallEdge } from "../traffic/caller.ts";
import type { LoadSpec } from "../traffic/load-model.ts";
import { Issues } from "../values/issue.ts";

/** What was worked out about one template of a workload: asked for with each container that starts. */
interface WorkloadFacts {
  readonly template: TemplateId;
  /** Numbers of the Services whose selector matches; null: nobody asked yet. */
  services: readonly number[] | null;
  /** By container: the first load or call that comes to it, -1: none. */
  readonly targets: number[];
  /** By container. */
  readonly behaviours: ApplicationBehaviour[];
}

export class SpecTables {
  readonly definitions: Definitions = new Definitions();
  readonly workloads: Workloads = new Workloads();
  /** Every Service of the manifests and of the apply actions, as it is first; its index is its number. */
  readonly services: Service[] = [];
  /** By the Service's number: all that it becomes, in time order. */
  private readonly forms: { readonly from: VirtualTime; readonly service: Service }[][] = [];
  /** Service number of each load. */
  readonly serviceOfLoad: readonly number[];
  /** Calls between Services; as targets they are numbered behind the loads. */
  readonly calls: readonly CallEdge[];
  /** Until the nodes' proxies know what an action makes of a Service's ports. */
  private readonly portDelay: Duration;
  private readonly applications: readonly ApplicationRule[];
  private readonly objects: readonly KubernetesObject[];
  private readonly actions: readonly ActionSpec[];
  /** By workload. */
  private readonly versions: ReadonlyMap<string, readonly PodTemplate[]>;
  /** Loads, then calls. */
  private readonly targets: readonly Pick<LoadSpec, "port">[];
  private readonly serviceOfTarget: readonly number[];
  /** By load, then form of its Service, then template. */
  private readonly behind: number[][][] = [];
  /** By namespace and name. */
  private readonly serviceNumbers = new Map<string, number>();
  /** Null: nobody asked yet. */
  private byLabel: ServiceIndex | null = null;
  /** By workload. */
  private readonly known: WorkloadFacts[][] = [];

  constructor(spec: ScenarioSpec) {
    const versions = new Map<string, PodTemplate[]>();
    for (const object of spec.objects) this.learn(object, 0, versions);
    for (const action of actionsInOrder(spec.actions)) {
      if (action.type === "apply") for (const object of action.objects) this.learn(object, action.at, versions);
    }
    this.internChanges(spec.actions, versions);
    this.internPodChanges(spec.actions.filter(isPodChange), versions);
    this.versions = versions;
    this.portDelay = spec.settings.apiWriteLatency + spec.settings.watchLatency;
    this.applications = spec.applications;
    this.objects = spec.objects;
    this.actions = spec.actions;
    this.serviceOfLoad = spec.load.map((load) => this.serviceNumber(load.namespace, load.service));
    this.calls = callsOf(spec).map(({ caller, call }) => ({ caller, call, service: this.serviceNumber(call.namespace, call.service) }));
    this.targets = [...spec.load, ...this.calls.map(({ call }) => call)];
    this.serviceOfTarget = [...this.serviceOfLoad, ...this.calls.map(({ service }) => service)];
  }

  serviceNumber(namespace: string, name: string): number {
    return this.serviceNumbers.get(`${namespace}/${name}`) ?? -1;
  }

  /** How one container of a workload behaves; `container` counts init containers first. */
  behaviourOf(workload: number, template: TemplateId, container: number): ApplicationBehaviour {
    return (this.factsOf(workload, template).behaviours[container] ??= this.findBehaviour(workload, template, container));
  }

  private findBehaviour(workload: number, template: TemplateId, container: number): ApplicationBehaviour {
    const { spec, labels } = this.definitions.template(template);
    const definition = [...spec.initContainers, ...spec.containers, ...(spec.ephemeralContainers ?? [])][container];
    assert(definition !== undefined, `container ${container} of template ${template}`);
    const rule = this.applications.find(
      (candidate) =>
        selectsWorkload(candidate.selector, this.workloads.workload(workload), labels) &&
        (candidate.image === null || candidate.image === definition.image) &&
        (candidate.container === null || candidate.container === definition.name),
    );
    assert(rule !== undefined, "the last application rule matches everything");
    const script = scriptOf(this.definitions.template(template), definition.name);
    return script === null ? rule.behaviour : { ...rule.behaviour, script };
  }

  /** Images by name; what is said of one first holds. */
  images(): ReadonlyMap<string, ImageFacts> {
    const facts = new Map<string, ImageFacts>();
    for (const [key, templates] of this.versions) {
      const [kind, namespace = "", name = ""] = key.split("/");
      const workload = this.workloads.indexOf(kind as Workload["kind"], namespace, name);
      for (const template of templates) {
        [...template.spec.initContainers, ...template.spec.containers].forEach(({ image }, container) => {
          if (facts.has(image)) return;
          const { size, present } = this.behaviourOf(workload, this.definitions.idOf(template), container).image;
          facts.set(image, { size, isPresent: present });
        });
      }
    }
    return facts;
  }

  /**
   * From when on the cluster's DNS knows a Service: when it was first applied, or `delay` after its action.
   * Differs: names of Services. NEVER: no manifest and no action has it.
   */
  nameKnownFrom(workload: number, { service, namespace }: AwaitedService, delay: Duration): VirtualTime {
    const wanted = namespace ?? this.workloads.workload(workload).namespace;
    const isIt = ({ kind, metadata }: KubernetesObject): boolean =>
      kind === "Service" && metadata.name === service && metadata.namespace === wanted;
    if (this.objects.some(isIt)) return 0;
    const action = actionsInOrder(this.actions).find((candidate) => candidate.type === "apply" && candidate.objects.some(isIt));
    return action === undefined ? NEVER : action.at + delay;
  }

  /**
   * Numbers of the Services that at some time select Pods of a workload that began with a template, or some of
   * them: a Service may be applied with another selector, a Pod be given other labels.
   */
  servicesOf(workload: number, template: TemplateId): readonly number[] {
    return (this.factsOf(workload, template).services ??= this.findServices(workload, template));
  }

  private findServices(workload: number, template: TemplateId): readonly number[] {
    const owner = this.workloads.workload(workload);
    const changes = this.actions.filter(isPodChange).filter((change) => mayChange(change, owner));
    const labelled = this.afterChanges([this.definitions.template(template)], changes, owner).map(({ labels }) => labels);
    const selects = ({ metadata, spec: { selector } }: Service): boolean =>
      selector !== null && metadata.namespace === owner.namespace && labelled.some((labels) => mayHaveLabels(owner, labels, selector));
    return this.candidates(owner.namespace, labelled).filter((index) => this.forms[index]!.some(({ service }) => selects(service)));
  }

  /** Numbers of the Services that may select Pods with one of these sets of labels, ascending. */
  private candidates(namespace: string, labelled: readonly PodTemplate["labels"][]): readonly number[] {
    this.byLabel ??= new ServiceIndex(this.forms.flatMap((forms, index) => forms.map(({ service }) => ({ service, index }))));
    const { byLabel } = this;
    return [...new Set(labelled.flatMap((labels) => byLabel.candidates(namespace, labels)))].sort((a, b) => a - b);
  }

  /** The container (init containers counted) behind the Service's port that a load uses; -1: it has no such port. Asked for each request. */
  containerBehind(load: number, template: TemplateId, now: VirtualTime): number {
    return this.containerOfForm(load, this.formAt(this.serviceOfTarget[load]!, now), template);
  }

  /** Whether the Service's port that a load uses leads elsewhere at some instant. */
  movesTarget(load: number): boolean {
    return (this.forms[this.serviceOfTarget[load]!]?.length ?? 0) > 1;
  }

  private containerOfForm(load: number, form: number, template: TemplateId): number {
    const known = ((this.behind[load] ??= [])[form] ??= []);
    return (known[template] ??= this.findContainer(load, form, template));
  }

  /** Differs: target ports of Services. */
  private formAt(service: number, now: VirtualTime): number {
    const forms = this.forms[service] ?? [];
    let form = Math.max(0, forms.length - 1);
    while (form > 0 && forms[form]!.from + this.portDelay > now) form--;
    return form;
  }

  /** Whether some load's requests, or other Pods' calls, come to a container of a workload. */
  isReached(workload: number, template: TemplateId, container: number): boolean {
    return this.targetOn(workload, template, container) !== -1;
  }

  /** The first load whose requests come to a container of a workload; -1: none. */
  loadOn(workload: number, template: TemplateId, container: number): number {
    const target = this.targetOn(workload, template, container);
    return target < this.serviceOfLoad.length ? target : -1;
  }

  private targetOn(workload: number, template: TemplateId, container: number): number {
    return (this.factsOf(workload, template).targets[container] ??= this.findTarget(workload, template, container));
  }

  private factsOf(workload: number, template: TemplateId): WorkloadFacts {
    const known = (this.known[workload] ??= []);
    for (const facts of known) if (facts.template === template) return facts;
    const facts = { template, services: null, targets: [], behaviours: [] };
    known.push(facts);
    return facts;
  }

  private findTarget(workload: number, template: TemplateId, container: number): number {
    const services = this.servicesOf(workload, template);
    return this.serviceOfTarget.findIndex(
      (service, load) =>
        services.includes(service) && this.forms[service]!.some((_, form) => this.containerOfForm(load, form, template) === container),
    );
  }

  private findContainer(load: number, form: number, template: TemplateId): number {
    const ports = this.forms[this.serviceOfTarget[load]!]?.[form]?.service.spec.ports ?? [];
    const wanted = this.targets[load]!.port;
    const port = wanted === null ? ports[0] : ports.find((candidate) => candidate.port === wanted || candidate.name === wanted);
    const definition = this.definitions.template(template);
    return port === undefined ? definition.spec.initContainers.length : containerOfPort(definition, port);
  }

  private learn(object: KubernetesObject, from: VirtualTime, versions: Map<string, PodTemplate[]>): void {
    if (object.kind === "Service") {
      const { namespace, name } = object.metadata;
      const known = this.serviceNumber(namespace, name);
      if (known >= 0) {
        this.forms[known]!.push({ from, service: object });
        return;
      }
      this.serviceNumbers.set(`${namespace}/${name}`, this.services.length);
      this.forms[this.services.length] = [{ from, service: object }];
      this.services.push(object);
      return;
    }
    if (!isWorkload(object)) return;
    const template = podTemplateOf(object);
    this.workloads.add(object);
    this.definitions.intern(template);
    const key = `${object.kind}/${object.metadata.namespace}/${object.metadata.name}`;
    versions.set(key, [...(versions.get(key) ?? []), template]);
  }

  /**
   * Every template that changes of workloads can make, in whatever order they reach the API server: two of them a
   * moment apart may overtake each other. An apply keeps what others added, whatever the file said before.
   */
  private internChanges(actions: readonly ActionSpec[], versions: Map<string, PodTemplate[]>): void {
    const changes = actionsInOrder(actions).filter((action) => isTemplateChange(action) || action.type === "undo");
    const keyOf = ({ kind, namespace, name }: (typeof changes)[number]): string => `${kind}/${namespace}/${name}`;
    const applied = [...versions].filter(([, templates]) => templates.length > 2).map(([key]) => key);
    const changesOf = Map.groupBy(changes, keyOf);
    for (const key of new Set([...changesOf.keys(), ...applied])) {
      const known = versions.get(key);
      if (known === undefined) continue;
      const own = (changesOf.get(key) ?? []).filter(isTemplateChange);
      const written = [...new Map(known.map((template) => [this.definitions.idOf(template), template])).values()];
      const ids = new Set(known.map((template) => this.definitions.idOf(template)));
      for (let at = 0; at < known.length; at++) {
        const template = known[at]!;
        for (const change of own) this.internVersion(changedTemplateOf(change, template), known, ids, key);
        for (const last of written)
          for (const wanted of written) this.internVersion(mergedTemplate(last, template, wanted), known, ids, key);
      }
    }
  }

  private internVersion(template: PodTemplate | null, known: PodTemplate[], ids: Set<TemplateId>, key: string): void {
    if (template === null) return;
    const id = this.definitions.intern(template);
    if (ids.has(id)) return;
    ids.add(id);
    known.push(template);
    assert(known.length <= VERSIONS_MAX, `the changes of ${key} make more than ${VERSIONS_MAX} templates`);
  }

  /** The same for changes of Pods themselves. */
  private internPodChanges(changes: readonly PodChange[], versions: Map<string, PodTemplate[]>): void {
    if (changes.length === 0) return;
    for (const [key, known] of versions) {
      const [kind = "", namespace = "", name = ""] = key.split("/");
      const workload = { kind: kind as Workload["kind"], namespace, name };
      const found = this.afterChanges(
        known,
        changes.filter((change) => mayChange(change, workload)),
        workload,
      );
      known.push(...found.slice(known.length));
    }
  }

  /** `templates`, and all that changes of a workload's Pods make of them, in whatever order. */
  private afterChanges(
    templates: readonly PodTemplate[],
    changes: readonly PodChange[],
    { kind, namespace, name }: Pick<Workload, "kind" | "namespace" | "name">,
  ): PodTemplate[] {
    const found = [...templates];
    const ids = new Set(templates.map((template) => this.definitions.idOf(template)));
    for (let at = 0; at < found.length; at++) {
      for (const change of changes) {
        const changed = changedTemplate(change, found[at]!, kind);
        if (changed === null) continue;
        const id = this.definitions.intern(changed);
        if (ids.has(id)) continue;
        ids.add(id);
        found.push(changed);
        assert(
          found.length <= VERSIONS_MAX,
          `the changes of the Pods of ${kind}/${namespace}/${name} make more than ${VERSIONS_MAX} templates`,
        );
      }
    }
    return found;
  }
}

/** The annotation's script of a container, checked when the manifest was read; null: it has none. */
function scriptOf({ annotations }: PodTemplate, container: string): ContainerScript | null {
  const text = annotations[scriptAnnotationPrefix + container];
  if (text === undefined) return null;
  const issues = new Issues();
  const script = readContainerScript(JSON.parse(text), "", issues);
  assert(issues.isEmpty, `a script that nobody checked: ${text}`);
  return script;
}

/** Combinations of changes of one workload's template. */
const VERSIONS_MAX = 4096;

/** Actions by time; of one instant, in the order of the scenario. */
export function actionsInOrder(actions: readonly ActionSpec[]): readonly ActionSpec[] {
  return [...actions].sort((a, b) => a.at - b.at);
}

/** Whether all given fields of a selector match a workload and its Pods' labels (nodes are not looked at). */
export function selectsWorkload(selector: WorkloadSelector, workload: Workload, labels: Readonly<Record<string, string>>): boolean {
  if (selector.namespace !== undefined && selector.namespace !== workload.namespace) return false;
  if (selector.deployment !== undefined && !(workload.kind === "Deployment" && workload.name === selector.deployment)) return false;
  if (selector.replicaSet !== undefined && !(workload.kind === "ReplicaSet" && workload.name === selector.replicaSet)) return false;
  if (selector.pod !== undefined && !(workload.kind === "Pod" && workload.name === selector.pod)) return false;
  return Object.entries(selector.labels ?? {}).every(([name, value]) => labels[name] === value);
}
