/** The writer behind `describe`: lines with a level of indentation, whose tabs are lined up at the end. */
import type { Labels } from "../../engine/kubernetes/views/api-object.ts";
import { alignedColumns } from "./tab-writer.ts";

/** Of kubectl's tabbedString. */
const PADDING = 2;

export class Description {
  private text = "";
  private block = "";

  /** A line; cells are divided by tabs. */
  line(level: number, text: string): this {
    this.block += `${"  ".repeat(level)}${text}\n`;
    return this;
  }

  /** What follows is lined up by itself. */
  flush(): this {
    this.text += alignedColumns(this.block, 0, PADDING);
    this.block = "";
    return this;
  }

  /** One pair per line, by key: `title:<tab>key=value`. Source: printLabelsMultilineWithIndent. */
  labels(title: string, labels: Labels | undefined, indent = "", separator = "="): this {
    const pairs = Object.entries(labels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
    return this.list(
      title,
      pairs.map(([key, value]) => `${key}${separator}${value}`),
      indent,
    );
  }

  list(title: string, texts: readonly string[], indent = ""): this {
    if (texts.length === 0) return this.line(0, `${indent}${title}:\t<none>`);
    texts.forEach((text, index) => this.line(0, `${indent}${index === 0 ? `${title}:` : ""}\t${text}`));
    return this;
  }

  end(): string {
    return this.flush().text;
  }
}
