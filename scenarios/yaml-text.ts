/**
 * Plain values → YAML for people: what fits stands on one line, what doesn't is broken down, a list of plain settings over a few
 * lines; quotes only where they must be.
 */

/** Columns: what a terminal beside an editor shows whole. */
const WIDTH = 80;

export function yamlText(value: unknown): string {
  const lines = blockLines(value, WIDTH);
  return `${lines.join("\n")}\n`;
}

/** Mappings and lists one entry a line, each entry in its shortest form; a scalar is one line. */
function blockLines(value: unknown, width: number): readonly string[] {
  if (Array.isArray(value) && value.length > 0) return value.flatMap((entry) => entryLines(entry, width));
  if (isMapping(value)) {
    const entries = Object.entries(value).filter(([, part]) => part !== undefined);
    if (entries.length > 0) return entries.flatMap(([key, part]) => fieldLines(scalarText(key), part, width));
  }
  return [flowText(value)];
}

function fieldLines(key: string, value: unknown, width: number): readonly string[] {
  const line = `${key}: ${flowText(value)}`;
  if (line.length <= width || !isNested(value)) return [line];
  const filled = filledLines(`${key}: `, value, width);
  if (filled !== null) return filled;
  return [`${key}:`, ...blockLines(value, width - 2).map((part) => `  ${part}`)];
}

function entryLines(value: unknown, width: number): readonly string[] {
  const line = `- ${flowText(value)}`;
  if (line.length <= width || !isNested(value)) return [line];
  const filled = filledLines("- ", value, width);
  if (filled !== null) return filled;
  return blockLines(value, width - 2).map((part, index) => `${index === 0 ? "- " : "  "}${part}`);
}

/** More of them are easier to read one below the other. */
const FILLED_MAX = 3;

/** `{ one: 1, two: 2,` and on the next line `three: 3 }`: of mappings of plain settings. Null: it isn't one, or takes too many lines. */
function filledLines(start: string, value: unknown, width: number): readonly string[] | null {
  if (!isMapping(value) || !Object.values(value).every(isSmall)) return null;
  const fields = Object.entries(value).filter(([, part]) => part !== undefined);
  if (fields.length < 2) return null;
  const parts = fields.map(([key, part], at) => `${scalarText(key)}: ${flowText(part)}${at === fields.length - 1 ? " }" : ","}`);
  const lines: string[] = [];
  let current = `${start}{`;
  for (const part of parts) {
    if (current.length + 1 + part.length <= width) current = `${current} ${part}`;
    else {
      lines.push(current);
      current = `    ${part}`;
    }
  }
  lines.push(current);
  // A first line with one setting looks like a mistake.
  const isBroken = lines[0]!.length < start.length + 2 + parts[0]!.length + parts[1]!.length || lines.some((line) => line.length > width);
  return lines.length > FILLED_MAX || isBroken ? null : lines;
}

function flowText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flowText).join(", ")}]`;
  if (!isMapping(value)) return scalarText(value);
  const fields = Object.entries(value).filter(([, part]) => part !== undefined);
  return fields.length === 0 ? "{}" : `{ ${fields.map(([key, part]) => `${scalarText(key)}: ${flowText(part)}`).join(", ")} }`;
}

function scalarText(value: unknown): string {
  return typeof value === "string" && isPlain(value) ? value : JSON.stringify(value);
}

/** Words that YAML 1.1 or 1.2 reads as something else. */
const taken: ReadonlySet<string> = new Set(["true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf"]);

/** Reads back as this string in YAML 1.1 and 1.2, in flow as in block form. */
function isPlain(text: string): boolean {
  if (!/^[A-Za-z0-9_/](?:[A-Za-z0-9_./%=@()<>-]|:(?=[A-Za-z0-9_./]))*$/.test(text) || taken.has(text.toLowerCase())) return false;
  // Numbers in all their forms, times and dates.
  return !/^[\d_.:]+(?:e\d*)?$/i.test(text) && !/^0[xob]/i.test(text) && !/^\d+[-:e.]/i.test(text);
}

/** A scalar, or a mapping of one. */
function isSmall(value: unknown): boolean {
  if (!isNested(value)) return true;
  const parts: readonly unknown[] = Object.values(value as object);
  return parts.length === 1 && !parts.some(isNested);
}

function isNested(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : isMapping(value) && Object.keys(value).length > 0;
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
