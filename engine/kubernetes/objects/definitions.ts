/**
 * Pod templates by small number, interned by content in the order of their first appearance in the
 * spec: objects first, then what the actions will make of them, in time order. All shards build the
 * same table from the spec before the run, so a template crosses shards as its number.
 */
import type { PodTemplate } from "./pod.ts";

export type TemplateId = number;

const contents = new WeakMap<PodTemplate, string>();

/** All of a template as text; templates never change. */
export function templateContent(template: PodTemplate): string {
  let content = contents.get(template);
  if (content === undefined) contents.set(template, (content = JSON.stringify(template)));
  return content;
}

export class Definitions {
  private readonly byContent = new Map<string, TemplateId>();
  private readonly templates: PodTemplate[] = [];

  intern(template: PodTemplate): TemplateId {
    const content = templateContent(template);
    const known = this.byContent.get(content);
    if (known !== undefined) return known;
    const id = this.templates.length;
    this.templates.push(template);
    this.byContent.set(content, id);
    return id;
  }

  /** The number of a template that must be known already. */
  idOf(template: PodTemplate): TemplateId {
    const id = this.byContent.get(templateContent(template));
    if (id === undefined) throw new Error("podstorm bug: a template that no object or action of the spec makes");
    return id;
  }

  template(id: TemplateId): PodTemplate {
    return this.templates[id]!;
  }

  get size(): number {
    return this.templates.length;
  }
}
