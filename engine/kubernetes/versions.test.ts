import { describe, expect, it, test } from "vitest";
import {
  firstWith,
  NEWEST_MINOR,
  newestVersions,
  OLDEST_MINOR,
  settingsOfVersion,
  versionsOf,
  versionsOfMinor,
  type Versions,
} from "./versions.ts";

const minors = Array.from({ length: NEWEST_MINOR - OLDEST_MINOR + 1 }, (_, index) => OLDEST_MINOR + index);

/** Release with which a fact changed, and what it was before: [minor, before]. */
function changeOf(fact: keyof Versions): (number | string | boolean)[] {
  return minors
    .slice(1)
    .filter((minor) => versionsOfMinor(minor)[fact] !== versionsOfMinor(minor - 1)[fact])
    .flatMap((minor) => [minor, versionsOfMinor(minor - 1)[fact]]);
}

describe("what differs between releases", () => {
  test.each([
    ["alwaysRandomProbeStart", 21, true],
    ["manualReadinessTrigger", 21, false],
    ["triggerShiftsGrid", 32, false],
    ["startupHoldsOnSuccess", 32, false],
    ["everyResultSyncs", 21, false],
    ["grpcProbes", 24, false],
    ["probeGracePeriod", 25, false],
    ["sleepHooks", 30, false],
    ["sidecars", 29, false],
    ["containerRestartRules", 35, false],
    ["terminalPhaseFirst", 27, false],
    ["podWorkerStates", 22, false],
    ["deleteAlwaysDispatched", 22, false],
    ["statusBatches", 27, false],
    ["readyToStartCondition", 29, false],
    ["disruptionTargetCondition", 26, false],
    ["wakesAtBackOffEnd", 35, false],
    ["backOffKeyIsImage", 34, false],
    ["readinessSurvivesRestart", 35, false],
    ["probesLinger", 27, false],
    ["onDemandRelist", 36, false],
    ["deadlineNotInPast", 25, false],
    ["podFailedReason", 25, false],
    ["endpointsTellTerminating", 22, false],
    ["proxyFallsBackOnTerminating", 26, false],
    ["queueingHints", 32, false],
    ["balanceIsDifference", 36, false],
    ["budgetUnhealthyPolicy", 27, false],
    ["terminatingReplicas", 35, false],
    ["servesBatchBeta", 25, true],
    ["servesAutoscalingBeta", 26, true],
    ["servesPolicyBeta", 25, true],
    ["jobModes", 22, false],
    ["serviceInternalPolicy", 22, false],
    ["schedulingGates", 27, false],
    ["statefulSetOrdinals", 27, false],
    ["sameNodeHints", 34, false],
    ["cronJobRefusesZones", 29, false],
    ["failuresOutrankCompleted", 25, false],
  ] as const)("%s: since 1.%i", (fact, minor, before) => {
    expect(changeOf(fact)).toEqual([minor, before]);
  });

  it("can be named in a text", () => {
    expect(firstWith("sidecars")).toBe("1.29");
    expect(firstWith("containerRestartRules")).toBe("1.35");
  });

  it("changes each fact at most once, and never again what is frozen", () => {
    for (const fact of Object.keys(newestVersions) as (keyof Versions)[]) {
      if (fact !== "text" && fact !== "untoleratedTaintNamed") expect(changeOf(fact).length).toBeLessThanOrEqual(2);
    }
    expect(Object.isFrozen(newestVersions)).toBe(true);
  });

  test.each([
    [20, { kubeletQps: 5, kubeletBurst: 10, nodeMonitorGrace: 40_000_000, unschedulableMaxStay: 60_000_000, plegOnDemandRelist: 0 }],
    [26, { kubeletQps: 5, unschedulableMaxStay: 300_000_000 }],
    [27, { kubeletQps: 50, kubeletBurst: 100, nodeMonitorGrace: 40_000_000 }],
    [35, { nodeMonitorGrace: 50_000_000, plegOnDemandRelist: 0 }],
    [36, { plegOnDemandRelist: 1 }],
  ])("1.%i has its own constants", (minor, expected) => {
    expect(settingsOfVersion(minor)).toMatchObject(expected);
  });
});

describe("a kubernetesVersion", () => {
  it("is a release that the model knows", () => {
    for (const minor of minors) expect(versionsOf(`1.${minor}`)!.text).toBe(`1.${minor}`);
  });
  test.each(["1.19", "1.37", "1.360", "1.36.1", "v1.36", "2.36", ""])("isn't %j", (text) => {
    expect(versionsOf(text)).toBeNull();
  });
});
