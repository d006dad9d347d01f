/** ObjectMeta and what every object shares, with the API's field names. Times are whole seconds of virtual time. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Left out: none. */
  readonly finalizers?: readonly string[];
  /** Its file says nothing of replicas, so that an apply leaves them as they are. */
  readonly leavesReplicas?: true;
}

export interface LabelSelector {
  readonly matchLabels: Readonly<Record<string, string>>;
  readonly matchExpressions: readonly LabelSelectorRequirement[];
}

export interface LabelSelectorRequirement {
  readonly key: string;
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
  readonly values: readonly string[];
}

/** 3 or "25%". */
export type IntOrString = number | string;

export interface Toleration {
  readonly key: string;
  readonly operator: "Exists" | "Equal";
  readonly value: string;
  readonly effect: "" | "NoSchedule" | "PreferNoSchedule" | "NoExecute";
  /** Seconds; null: for ever. */
  readonly tolerationSeconds: number | null;
}

export interface Taint {
  readonly key: string;
  readonly value: string;
  readonly effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
}
