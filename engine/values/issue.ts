/** A problem in what the user gave: where, what was found, what was expected, how to mend it. */
export interface Issue {
  /** Kubernetes' own field path, or the scenario's: `spec.template.spec.containers[0].livenessProbe`. */
  readonly path: string;
  readonly found: string;
  readonly expected: string;
  readonly hint?: string;
}

/** Collects problems while a document is read; all are reported at once. */
export class Issues {
  readonly list: Issue[] = [];

  add(path: string, found: string, expected: string, hint?: string): void {
    this.list.push(hint === undefined ? { path, found, expected } : { path, found, expected, hint });
  }

  get isEmpty(): boolean {
    return this.list.length === 0;
  }
}
