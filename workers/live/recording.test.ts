/** The recording of a live run: what is written is read back, torn ends and other files are recognised. */
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ScenarioSpec } from "../../engine/scenario-spec.ts";
import { RECORDING_FORMAT, RecordingError, RecordingWriter, readRecording, type RecordedAnswer, type RecordedEnd } from "./recording.ts";

describe("a recording", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "podstorm-recording-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const spec = { name: "x", seed: 1, nodes: [{}], objects: [], load: [{ until: Infinity, from: 0 }] } as unknown as ScenarioSpec;
  const answer: RecordedAnswer = {
    at: 12_345,
    number: 1,
    node: 0,
    input: { kind: "containerExited", row: 0, container: 1, generation: 2, exitCode: 137, oomKilled: true },
  };
  const end: RecordedEnd = {
    end: 99,
    fingerprint: "ab",
    isPartial: false,
    load: { metrics: { counters: {}, histograms: {}, timeSeries: {}, bucketWidth: 1 }, losses: [] },
  };

  function written(name: string): string {
    const path = join(folder, name);
    const writer = new RecordingWriter(path, { format: RECORDING_FORMAT, version: "1", spec });
    writer.answer(answer);
    writer.answer({ ...answer, number: 2 });
    writer.close(end);
    return path;
  }

  it("is read back as it was written, also what lasts to the end", () => {
    const { header, answers, end: last } = readRecording(written("whole"));
    expect(header.spec).toEqual(spec);
    expect(answers).toEqual([answer, { ...answer, number: 2 }]);
    expect(last).toEqual(end);
  });

  it("is read up to a torn last line", () => {
    const path = written("torn");
    appendFileSync(path, '{"at":5,"num');
    expect(readRecording(path).answers).toHaveLength(2);
  });

  const whole = '{"format":"podstorm.dev/live-run/v1","version":"1","spec":{"nodes":[{}],"load":[],"objects":[]}}\n';
  it.each([
    ["", /:1: found nothing, expected the header of a live run's recording/],
    ['{"apiVersion":"v1"}\n', /:1: found something else in JSON, expected the header/],
    ["apiVersion: v1\n", /:1: found a line that isn't JSON, expected the header/],
    ['{"format":"podstorm.dev/live-run/v1"}\n', /:1: found a header without the specification/],
    [`${whole}{"at":1}\n`, /:2: found something else in JSON, expected an answer/],
    [`${whole}nonsense\n${whole}`, /:2: found a line that isn't JSON/],
    [`${whole}{"at":1,"number":1,"node":1,"input":{"kind":"x"}}\n`, /:2: found an answer for node 1, expected one of the 1 nodes/],
  ])("refuses a file that is something else: %j", (content, message) => {
    const path = join(folder, "other");
    writeFileSync(path, content);
    expect(() => readRecording(path)).toThrow(message);
    expect(() => readRecording(path)).toThrow(RecordingError);
  });

  it("refuses what is no file", () => {
    expect(() => readRecording(folder)).toThrow(/: found a directory, expected the recording of a live run/);
    expect(() => readRecording(join(folder, "missing"))).toThrow(/missing: found no such file, expected/);
  });
});
