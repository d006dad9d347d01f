/**
 * Manifests that many cases of a campaign share are read once: those of a person's scenario are in each of its cases, and
 * what is mutated mostly keeps its objects. By content, since cases are copies of each other.
 */
import { defaultSettings, type Settings } from "../../engine/settings.ts";
import { settingsOfVersion } from "../../engine/kubernetes/versions.ts";
import { readManifest, type Manifest } from "../manifest.ts";
import type { YamlDocument } from "../yaml.ts";

/** Sets of documents; the one that was asked for longest ago goes first. */
const KEPT = 32;

const known = new Map<string, Manifest>();

/** As `readManifest`, of plain JSON. What it gives is frozen by the first scenario that uses it. */
export function readKnownManifest(documents: readonly YamlDocument[], minor: number, settings: Settings = defaultSettings): Manifest {
  const own = settings === settingsOfVersion(minor) ? null : settings;
  const key = JSON.stringify([minor, own, documents.map(({ file, value }) => [file, value])]);
  const manifest = known.get(key) ?? readManifest(documents, minor, settings);
  known.delete(key);
  // Issues name their documents, and faults are made of Chaos Mesh's anew each time.
  if (manifest.issues.length > 0 || manifest.chaos.length > 0) return manifest;
  known.set(key, manifest);
  const oldest = known.keys().next();
  if (known.size > KEPT && oldest.done !== true) known.delete(oldest.value);
  return manifest;
}
