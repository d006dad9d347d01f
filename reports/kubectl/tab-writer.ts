/**
 * Columns as Go's text/tabwriter lines them up, since kubectl prints with it: a column is a block of
 * neighbouring lines that have a tab-ended cell at that place; what follows a line's last tab has no column.
 */

/** `padding` spaces after the widest cell of a column, which is at least `least` wide with them. */
export function alignedColumns(text: string, least: number, padding: number): string {
  const lines = text.split("\n").map((line) => line.split("\t"));
  const out: string[] = [];
  format(lines, 0, lines.length, [], out, least, padding);
  return out.join("\n");
}

type Lines = readonly (readonly string[])[];

/** Source: text/tabwriter Writer.format. */
function format(lines: Lines, from: number, to: number, widths: readonly number[], out: string[], least: number, padding: number): void {
  const column = widths.length;
  let start = from;
  let at = from;
  while (at < to) {
    if (column >= lines[at]!.length - 1) {
      at++;
      continue;
    }
    write(lines, start, at, widths, out);
    start = at;
    let width = least;
    while (at < to && column < lines[at]!.length - 1) width = Math.max(width, lengthOf(lines[at++]![column]!) + padding);
    format(lines, start, at, [...widths, width], out, least, padding);
    start = at;
  }
  write(lines, start, to, widths, out);
}

function write(lines: Lines, from: number, to: number, widths: readonly number[], out: string[]): void {
  for (const line of lines.slice(from, to)) {
    out.push(line.map((cell, index) => cell + " ".repeat(Math.max(0, (widths[index] ?? 0) - lengthOf(cell)))).join(""));
  }
}

function lengthOf(cell: string): number {
  return [...cell].length;
}
