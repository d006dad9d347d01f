/** What StatefulSets, DaemonSets and Jobs add to the labels of their Pods, in the way of the run's version. */
import type { GivenLabels } from "../api-server/client.ts";
import {
  COMPLETION_INDEX,
  JOB_NAME,
  JOB_UID,
  OLD_JOB_NAME,
  OLD_JOB_UID,
  POD_INDEX_LABEL,
  POD_NAME_LABEL,
  REVISION_HASH,
  TEMPLATE_GENERATION,
} from "../objects/given-labels.ts";
import type { Versions } from "../versions.ts";

const none: readonly string[] = Object.freeze([]);

/** `revision`: name of the ControllerRevision. */
export function statefulSetLabels(revision: string, { podIndexLabels }: Pick<Versions, "podIndexLabels">): GivenLabels {
  const byIndex = podIndexLabels ? [POD_INDEX_LABEL] : none;
  return { labels: { [REVISION_HASH]: revision }, byName: [POD_NAME_LABEL], byIndex, annotationsByIndex: none };
}

/** `hash`: of the template; `generation`: how often the set has had another template, from 1. */
export function daemonSetLabels(hash: string, generation: number): GivenLabels {
  const labels = { [REVISION_HASH]: hash, [TEMPLATE_GENERATION]: String(generation) };
  return { labels, byName: none, byIndex: none, annotationsByIndex: none };
}

/** One that chooses its selector itself (manualSelector) gets no labels but the index. */
export function jobLabels(
  {
    name,
    uid,
    isIndexed,
    hasOwnSelector,
  }: { readonly name: string; readonly uid: string; readonly isIndexed: boolean; readonly hasOwnSelector: boolean },
  { podIndexLabels, prefixedJobLabels }: Pick<Versions, "podIndexLabels" | "prefixedJobLabels">,
): GivenLabels {
  const old = { [OLD_JOB_NAME]: name, [OLD_JOB_UID]: uid };
  const generated = prefixedJobLabels ? { [JOB_NAME]: name, [JOB_UID]: uid, ...old } : old;
  return {
    labels: hasOwnSelector ? {} : generated,
    byName: none,
    byIndex: isIndexed && podIndexLabels ? [COMPLETION_INDEX] : none,
    annotationsByIndex: isIndexed ? [COMPLETION_INDEX] : none,
  };
}
