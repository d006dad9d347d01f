/** Places in plain documents, and documents with a place changed: what shrinking and mutation are made of. Nothing is changed in place. */

export type DocumentPath = readonly (string | number)[];

export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function valueAt(root: unknown, path: DocumentPath): unknown {
  let value = root;
  for (const key of path) {
    if (Array.isArray(value)) value = (value as readonly unknown[])[key as number];
    else if (isMapping(value) && Object.hasOwn(value, key)) value = value[key];
    else return undefined;
  }
  return value;
}

/** `change` gets the value at the path, undefined if nothing is there; undefined from it takes the place away, and an entry of a list with it. */
export function withChanged<Root>(root: Root, path: DocumentPath, change: (value: unknown) => unknown): Root {
  const [key, ...rest] = path;
  if (key === undefined) return change(root) as Root;
  if (Array.isArray(root)) {
    const changed = withChanged((root as readonly unknown[])[key as number], rest, change);
    return root.flatMap((value: unknown, index) => (index !== key ? [value] : changed === undefined ? [] : [changed])) as Root;
  }
  if (!isMapping(root)) return root;
  const changed = withChanged(root[key], rest, change);
  if (changed !== undefined) return { ...root, [key]: changed };
  return Object.fromEntries(Object.entries(root).filter(([name]) => name !== key)) as Root;
}

export function withoutAt<Root>(root: Root, path: DocumentPath): Root {
  return withChanged(root, path, () => undefined);
}

/** Every place but the root, those above before those below: whole lists and mappings come before what is in them. */
export function placesOf(root: unknown): readonly DocumentPath[] {
  const places: DocumentPath[] = [];
  let level: readonly DocumentPath[] = [[]];
  while (level.length > 0) {
    level = level.flatMap((path) => keysOf(valueAt(root, path)).map((key) => [...path, key]));
    places.push(...level);
  }
  return places;
}

function keysOf(value: unknown): readonly (string | number)[] {
  if (Array.isArray(value)) return value.map((_, index) => index);
  return isMapping(value) ? Object.keys(value) : [];
}
