/** The formats a report can be written in, by the name that `--report` takes. */
import type { Format } from "./format.ts";
import { html } from "./html.ts";
import { json } from "./json.ts";
import { text } from "./text.ts";

export const formats: Readonly<Record<string, Format>> = { html, json, text };
