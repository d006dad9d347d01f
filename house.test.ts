/**
 * The rules of the house that the linter and the compiler can't say, as a test: who may import whom, which
 * package lives where, what pure code must never touch, complete lists, no import cycles. The tables below
 * are the rules; ARCHITECTURE.md explains them.
 */
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";

/** Files that every zone of the engine but kernel and values may import: names and constants, no behaviour. */
const engineWords = [
  "engine/settings.ts",
  "engine/cause-kinds.ts",
  "engine/version.ts",
  "engine/kubernetes/versions.ts",
  "engine/kubernetes/events/event-recorder.ts",
];
const apiServerRecords = ["engine/kubernetes/api-server/pod-record.ts", "engine/kubernetes/api-server/node-messages.ts"];
/** What a client of the API server holds; the token bucket is its rate limiter. */
const apiServerClient = ["engine/kubernetes/api-server/client.ts", "engine/kubernetes/api-server/token-bucket.ts", ...apiServerRecords];

/** Zone → what it may import besides itself. The longest matching prefix names a file's zone. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  "engine/kernel": [],
  "engine/values": [],
  "engine/settings.ts": ["engine/kernel/time.ts"],
  "engine/cause-kinds.ts": [],
  "engine/version.ts": [],
  "engine/lp-layout.ts": ["engine/kernel"],
  "engine/metrics": ["engine/kernel"],
  "engine/application": ["engine/kernel", "engine/values", "engine/metrics/histogram.ts", ...engineWords],
  "engine/kubernetes/objects": ["engine/values", "engine/kernel/time.ts", "engine/kubernetes/versions.ts"],
  "engine/kubernetes/api-server": [
    "engine/kernel",
    "engine/metrics",
    "engine/kubernetes/objects",
    "engine/kubernetes/network/endpoint-log.ts",
    "engine/lp-layout.ts",
    "engine/values",
    ...engineWords,
  ],
  "engine/kubernetes/network": [
    "engine/kernel",
    "engine/metrics",
    "engine/kubernetes/objects",
    "engine/lp-layout.ts",
    ...apiServerClient,
    ...engineWords,
  ],
  "engine/kubernetes/probes": ["engine/kernel", "engine/values", "engine/application", "engine/kubernetes/objects", ...engineWords],
  "engine/kubernetes/kubelet": [
    "engine/kernel",
    "engine/values",
    "engine/metrics",
    "engine/application",
    "engine/kubernetes/objects",
    "engine/kubernetes/probes",
    "engine/lp-layout.ts",
    ...apiServerClient,
    ...engineWords,
  ],
  "engine/kubernetes/scheduler": [
    "engine/kernel",
    "engine/values",
    "engine/metrics",
    "engine/kubernetes/objects",
    "engine/lp-layout.ts",
    ...apiServerClient,
    ...engineWords,
  ],
  "engine/kubernetes/controllers": [
    "engine/kernel",
    "engine/values",
    "engine/metrics",
    "engine/kubernetes/objects",
    "engine/kubernetes/network/endpoint-log.ts",
    "engine/lp-layout.ts",
    ...apiServerClient,
    ...engineWords,
  ],
  "engine/kubernetes/versions.ts": ["engine/settings.ts"],
  "engine/kubernetes/events": [
    "engine/kernel",
    "engine/values",
    "engine/kubernetes/objects",
    "engine/kubernetes/api-server/names.ts",
    "engine/kubernetes/api-server/pod-record.ts",
    "engine/kubernetes/api-server/token-bucket.ts",
    ...engineWords,
  ],
  "engine/kubernetes/views": ["engine/kernel", "engine/values", "engine/kubernetes", ...engineWords],
  "engine/kubernetes/deviations.ts": [],
  "engine/kubernetes/control-plane.ts": ["engine"],
  "engine/actions": ["engine/kernel", "engine/values", "engine/kubernetes/objects", ...apiServerClient, ...engineWords],
  "engine/traffic": [
    "engine/kernel",
    "engine/values",
    "engine/metrics",
    "engine/application",
    "engine/kubernetes/network",
    "engine/kubernetes/objects",
    "engine/kubernetes/api-server/pod-record.ts",
    "engine/lp-layout.ts",
    "engine/result.ts",
    ...engineWords,
  ],
  "engine/chaos": ["engine/kernel", "engine/values", "engine/application/disturbance.ts", "engine/kubernetes/objects", ...engineWords],
  "engine/invariants": [
    "engine/kernel",
    "engine/kubernetes/objects",
    "engine/kubernetes/api-server/pod-record.ts",
    "engine/kubernetes/control-view.ts",
    "engine/kubernetes/node-view.ts",
    "engine/traffic/outcome.ts",
    "engine/result.ts",
    ...engineWords,
  ],
  engine: ["engine"],
  scenarios: ["engine"],
  "scenarios/fuzz": ["engine", "scenarios", "reports"],
  workers: ["engine"],
  "workers/fuzz": ["engine", "scenarios", "reports", "workers"],
  reports: [
    "engine/result.ts",
    "engine/metrics",
    "engine/kernel/time.ts",
    "engine/kernel/causes.ts",
    "engine/cause-kinds.ts",
    "engine/settings.ts",
    "engine/traffic/outcome.ts",
    "engine/scenario-spec.ts",
    "engine/kubernetes/views/api-object.ts",
    "engine/values/calendar.ts",
    "engine/values/quantity.ts",
  ],
  bench: ["engine", "scenarios", "workers", "package.json"],
  cli: ["scenarios", "workers", "reports", "bench", "engine"],
};

/** Package → the only files (or endings) that may import it; tests may import any. */
const packageHome: Readonly<Record<string, readonly string[]>> = {
  piscina: ["workers/pool.ts"],
  undici: ["workers/live/probes/http-get.ts", "workers/live/load-client.ts"],
  "@grpc/grpc-js": ["workers/live/probes/grpc.ts", "bench/live-probe.bench.ts"],
  "@grpc/proto-loader": ["workers/live/probes/grpc.ts"],
  "hdr-histogram-js": ["reports/hdr.ts"],
  "fast-check": [".arbitrary.ts", ".exam.ts", "scenarios/fuzz/"],
  yaml: ["cli/api-text.ts", "scenarios/yaml.ts"],
  zod: [".schema.ts", "scenarios/json-schema.ts"],
  commander: ["cli/"],
  tinyqueue: ["bench/"],
  flatqueue: ["bench/"],
};

const pureZones = ["engine/", "reports/"];
const clocksAndChance =
  /\b(Date\.now|new Date\b|Math\.random|localeCompare|Intl\.|performance\.|setTimeout|setInterval|setImmediate|queueMicrotask|structuredClone|process\.|console\.)/;
const otherMath = /\bMath\.(?!(?:abs|min|max|floor|ceil|round|trunc|imul|clz32|sqrt)\b)\w+/;
const kubernetesWords = /\b(pods?|kubelet|kubernetes|deployments?|replicaset|namespace|endpoints?|probes?|containers?)\b/i;

/** ◆ folders: each file is a kind and stands in index.ts, but for these: contracts and what several kinds share. */
const lists: Readonly<Record<string, readonly string[]>> = {
  "cli/commands": ["command.ts"],
  "engine/actions": ["action.ts", "pods-of.ts", "workload.ts"],
  "engine/chaos": [
    "fault.ts",
    "fault-control.ts",
    "fault-messages.ts",
    "disturb-pods.ts",
    "targets.ts",
    "schedule.ts",
    "without-effect.ts",
  ],
  "engine/invariants": ["invariant.ts", "recent.ts"],
  "engine/kubernetes/probes": ["probe.ts", "port.ts"],
  "engine/kubernetes/scheduler/plugins": ["plugin.ts"],
  "reports/analysis": ["section.ts"],
  "reports/formats": ["format.ts"],
  "workers/live/probes": ["attempt.ts", "misbehaving-server.ts"],
};

const files = globSync("{engine,scenarios,workers,reports,bench,cli}/**/*.ts")
  .map((file) => file.replaceAll("\\", "/"))
  .sort();
const isTest = (file: string): boolean => /\.(test|exam|arbitrary)\.ts$|\/testdata\//.test(file);
const isPure = (file: string): boolean => pureZones.some((zone) => file.startsWith(zone)) && !isTest(file) && !file.endsWith(".schema.ts");

const sources = new Map(files.map((file) => [file, readFileSync(file, "utf8")]));
const codes = new Map([...sources].map(([file, text]) => [file, withoutCommentsAndTexts(text)]));
const importsOf = new Map([...sources].map(([file, text]) => [file, imports(file, text)]));

describe("house", () => {
  test("there is something to check", () => {
    expect(files.length).toBeGreaterThan(50);
  });

  test("files import only from the zones their own zone may see", () => {
    const strays = sourceFiles().flatMap((file) =>
      importsOf
        .get(file)!
        .filter((edge) => edge.target !== null && !isAllowed(file, edge.target))
        .map((edge) => `${file} → ${edge.target}`),
    );
    expect(strays).toEqual([]);
  });

  test("schemas are imported by scenarios, other schemas and tests only", () => {
    const strays = sourceFiles().flatMap((file) =>
      file.startsWith("scenarios/") || file.endsWith(".schema.ts")
        ? []
        : importsOf
            .get(file)!
            .filter((edge) => edge.target?.endsWith(".schema.ts"))
            .map((edge) => `${file} → ${edge.target}`),
    );
    expect(strays).toEqual([]);
  });

  test("each package has one home", () => {
    const strays = sourceFiles().flatMap((file) =>
      importsOf
        .get(file)!
        .filter((edge) => edge.name !== null && !isAtHome(file, edge.name))
        .map((edge) => `${file} imports ${edge.name}`),
    );
    expect(strays).toEqual([]);
  });

  test("pure zones name no clock, no chance and nothing of Node.js", () => {
    expect(offences(isPure, clocksAndChance)).toEqual([]);
    const node = files.filter(isPure).filter((file) => importsOf.get(file)!.some((edge) => edge.name?.startsWith("node:")));
    expect(node).toEqual([]);
  });

  test("the engine uses only arithmetic whose bits are the same everywhere", () => {
    const isEngine = (file: string): boolean => file.startsWith("engine/") && isPure(file);
    expect(offences(isEngine, otherMath)).toEqual([]);
    expect(offences(isEngine, /\*\*/)).toEqual([]);
  });

  test("the engine knows no promises", () => {
    expect(offences((file) => file.startsWith("engine/") && isPure(file), /\b(async|await|Promise)\b/)).toEqual([]);
  });

  test("the kernel has never heard of Kubernetes", () => {
    const strays = files
      .filter((file) => file.startsWith("engine/kernel/") && !isTest(file))
      .filter((file) => kubernetesWords.test(codes.get(file)!));
    expect(strays).toEqual([]);
  });

  test("no file imports the index of its own folder", () => {
    const strays = sourceFiles().filter((file) =>
      importsOf.get(file)!.some((edge) => !edge.isType && edge.target === `${dirname(file)}/index.ts`),
    );
    expect(strays).toEqual([]);
  });

  test("there are no import cycles at run time", () => {
    expect(cycles()).toEqual([]);
  });

  test.each(Object.entries(lists).filter(([folder]) => existsSync(`${folder}/index.ts`)))(
    "every kind in %s stands in its index",
    (folder, others) => {
      const kinds = globSync(`${folder}/*.ts`)
        .map((file) => file.replaceAll("\\", "/"))
        .filter(
          (file) =>
            !/\.(test|exam|arbitrary|schema|worker)\.ts$|\/index\.ts$/.test(file) && !others.includes(file.slice(folder.length + 1)),
        );
      const listed = importsOf.get(`${folder}/index.ts`)!.map((edge) => edge.target);
      expect(kinds.filter((file) => !listed.includes(file))).toEqual([]);
    },
  );

  test("the first line of a file says what it is", () => {
    expect(sourceFiles().filter((file) => !/^(#!.*\n)?\/(\*\*|\/)/.test(sources.get(file)!))).toEqual([]);
  });

  test("no file leaves a note to be done later", () => {
    const word = new RegExp(["TO", "DO|FIX", "ME|X", "XX"].join(""));
    expect(files.filter((file) => word.test(sources.get(file)!))).toEqual([]);
  });

  test("names in file names are kebab-case", () => {
    expect(files.filter((file) => !/^[a-z0-9-]+(\.[a-z]+)*\.ts$/.test(file.split("/").at(-1)!))).toEqual([]);
  });

  test("every deviation named in the code is explained in the list of deviations", () => {
    const list = sources.get("engine/kubernetes/deviations.ts") ?? "";
    const named = files.flatMap((file) =>
      [...sources.get(file)!.matchAll(/^\s*(?:\/\/|\*) ?Differs: ([^.\n]+)/gm)].map((match) => ({ file, name: match[1]!.trim() })),
    );
    expect(named.filter(({ name }) => !list.includes(JSON.stringify(name))).map(({ file, name }) => `${file}: ${name}`)).toEqual([]);
  });
});

describe("the documents", () => {
  const documents = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    ...globSync("{engine,scenarios,workers,bench}/**/README.md", { exclude: ["**/node_modules/**"] }),
  ];
  const texts = documents.map((file) => ({ file, text: readFileSync(file, "utf8") }));

  test("name only commands that exist", () => {
    const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> };
    const entries = [...sources.get("cli/commands/index.ts")!.matchAll(/name: "([a-z]+)"/g)].map((match) => match[1]!);
    const unknown = texts.flatMap(({ file, text }) => [
      ...[...text.matchAll(/\bnpm run ([\w:-]+)/g)]
        .filter((match) => scripts[match[1]!] === undefined)
        .map((match) => `${file}: ${match[0]}`),
      ...[...text.matchAll(/(?:\bnpm start --|`podstorm|^ {4}podstorm) ([a-z]+)\b/gm)]
        .filter((match) => !entries.includes(match[1]!))
        .map((match) => `${file}: ${match[0]}`),
    ]);
    expect(unknown).toEqual([]);
  });

  test("name only files that exist", () => {
    const missing = texts.flatMap(({ file, text }) =>
      [...text.matchAll(/\]\((?!https?:|#)([^)#]+)\)/g)]
        .filter((match) => !existsSync(join(dirname(file), match[1]!)))
        .map((match) => `${file}: ${match[1]}`),
    );
    expect(missing).toEqual([]);
  });
});

describe("the checks themselves", () => {
  test("comments, texts and regular expressions are no code", () => {
    const code = withoutCommentsAndTexts(
      "const a = 'Math.sin'; // Math.cos\n/* Math.tan */ b = `x ${Math.exp(1)} Math.log`; c = /Math.pow/;",
    );
    expect(code).not.toMatch(/sin|cos|tan|log|pow/);
    expect(code).toContain("Math.exp(1)");
  });

  test("a forbidden import is seen", () => {
    expect(isAllowed("engine/kernel/simulator.ts", "engine/kubernetes/objects/pod.ts")).toBe(false);
    expect(isAllowed("engine/chaos/oom-kill.ts", "engine/kubernetes/kubelet/tables.ts")).toBe(false);
    expect(isAllowed("engine/kernel/simulator.ts", "engine/kernel/time.ts")).toBe(true);
    expect(isAtHome("workers/run.ts", "piscina")).toBe(false);
    expect(isAtHome("workers/run.ts", "node:fs")).toBe(true);
    expect(isAtHome("workers/run.ts", "left-pad")).toBe(false);
  });

  test("banned words are seen", () => {
    expect("Math.pow(2, 3)").toMatch(otherMath);
    expect("Math.floor(x)").not.toMatch(otherMath);
    expect("new Date()").toMatch(clocksAndChance);
  });
});

interface Edge {
  /** File in this tree, or null for a package. */
  readonly target: string | null;
  readonly name: string | null;
  readonly isType: boolean;
}

function imports(file: string, text: string): readonly Edge[] {
  const edges: Edge[] = [];
  const pattern = /^\s*(import|export)\s+(type\s)?(?:[^"';]*?\sfrom\s*)?"([^"]+)"|\bimport\("([^"]+)"\)/gm;
  for (const match of text.matchAll(pattern)) {
    const specifier = match[3] ?? match[4]!;
    const isLazyOrType = match[2] !== undefined || match[4] !== undefined;
    if (specifier.startsWith("."))
      edges.push({ target: normalize(join(dirname(file), specifier)).replaceAll("\\", "/"), name: null, isType: isLazyOrType });
    else edges.push({ target: null, name: specifier, isType: isLazyOrType });
  }
  return edges;
}

function sourceFiles(): readonly string[] {
  return files.filter((file) => !isTest(file));
}

function isAllowed(file: string, target: string): boolean {
  const zone = zoneOf(file);
  const within = (path: string): boolean => target === path || target.startsWith(`${path}/`);
  if (file.endsWith(".schema.ts") && target.endsWith(".schema.ts")) return true;
  return within(zone) || mayImport[zone]!.some(within);
}

function zoneOf(file: string): string {
  const zones = Object.keys(mayImport).filter((zone) => file === zone || file.startsWith(`${zone}/`));
  return zones.sort((left, right) => right.length - left.length)[0]!;
}

function isAtHome(file: string, specifier: string): boolean {
  if (specifier.startsWith("node:")) return true;
  const name = specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
  return packageHome[name]?.some((home) => file === home || file.endsWith(home) || (home.endsWith("/") && file.startsWith(home))) ?? false;
}

function offences(applies: (file: string) => boolean, banned: RegExp): readonly string[] {
  return files.filter(applies).flatMap((file) => {
    const match = banned.exec(codes.get(file)!);
    return match === null ? [] : [`${file}: ${match[0]}`];
  });
}

/** Depth-first over imports that exist at run time; lazy imports can't make a cycle at load time. */
function cycles(): readonly string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const walk = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) {
      found.push([...path.slice(path.indexOf(file)), file].join(" → "));
      return;
    }
    if (done.has(file)) return;
    for (const edge of importsOf.get(file) ?? []) if (edge.target !== null && !edge.isType) walk(edge.target, [...path, file]);
    done.add(file);
  };
  for (const file of sourceFiles()) walk(file, []);
  return found;
}

/** The code alone: comments, the texts of strings and regular expressions are blanked; `${…}` stays. */
function withoutCommentsAndTexts(text: string): string {
  let code = "";
  let position = 0;
  /** Depth of braces inside each open `${`. */
  const templates: number[] = [];
  const skipTemplate = (): void => {
    while (position < text.length) {
      if (text[position] === "\\") position += 2;
      else if (text[position] === "`") {
        position++;
        return;
      } else if (text.startsWith("${", position)) {
        position += 2;
        templates.push(0);
        return;
      } else position++;
    }
  };
  while (position < text.length) {
    const here = text[position]!;
    if (text.startsWith("//", position)) position = until(text, "\n", position);
    else if (text.startsWith("/*", position)) position = until(text, "*/", position) + 2;
    else if (here === '"' || here === "'") {
      position++;
      while (position < text.length && text[position] !== here) position += text[position] === "\\" ? 2 : 1;
      position++;
      code += '""';
    } else if (here === "`") {
      position++;
      code += " ";
      skipTemplate();
    } else if (here === "/" && /[(,=:[!&|?{};>]\s*$|\breturn\s*$/.test(code.slice(-20))) {
      position = endOfRegExp(text, position);
      code += " ";
    } else {
      if (templates.length > 0 && here === "{") templates[templates.length - 1]!++;
      if (templates.length > 0 && here === "}" && templates[templates.length - 1]!-- === 0) {
        templates.pop();
        position++;
        code += " ";
        skipTemplate();
        continue;
      }
      code += here;
      position++;
    }
  }
  return code;
}

function until(text: string, end: string, from: number): number {
  const at = text.indexOf(end, from);
  return at === -1 ? text.length : at;
}

function endOfRegExp(text: string, from: number): number {
  let isInClass = false;
  for (let position = from + 1; position < text.length; position++) {
    const here = text[position];
    if (here === "\\") position++;
    else if (here === "[") isInClass = true;
    else if (here === "]") isInClass = false;
    else if (here === "\n" || (here === "/" && !isInClass)) return position + 1;
  }
  return text.length;
}
