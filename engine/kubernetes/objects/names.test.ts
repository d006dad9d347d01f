import { describe, expect, test } from "vitest";
import { Issues } from "../../values/issue.ts";
import { isName, isQualifiedName, validateAnnotations, validateLabelValue, validatePort, type NameRule } from "./names.ts";

describe("names", () => {
  test.each<[NameRule, string, boolean]>([
    ["subdomain", "web", true],
    ["subdomain", "web.shop", true],
    ["subdomain", "1web", true],
    ["subdomain", "Web", false],
    ["subdomain", "-web", false],
    ["subdomain", "web-", false],
    ["subdomain", "web..shop", false],
    ["subdomain", "", false],
    ["subdomain", "a".repeat(253), true],
    ["subdomain", "a".repeat(254), false],
    ["label", "web", true],
    ["label", "1", true],
    ["label", "web.shop", false],
    ["label", "a".repeat(63), true],
    ["label", "a".repeat(64), false],
    ["serviceLabel", "web1", true],
    ["serviceLabel", "1web", false],
  ])("%s: %j is valid: %s", (rule, name, isValid) => {
    expect(isName(name, rule)).toBe(isValid);
  });

  test.each([
    ["app", true],
    ["app.kubernetes.io/name", true],
    ["a_b.c-D", true],
    ["/a", false],
    ["a/", false],
    ["a/b/c", false],
    ["Example.com/a", false],
    ["a".repeat(64), false],
    ["é", false],
  ])("the label key %j is valid: %s", (key, isValid) => {
    expect(isQualifiedName(key)).toBe(isValid);
  });

  test.each([
    ["", true],
    ["1.10", true],
    ["a_b-c.D", true],
    ["-a", false],
    ["a b", false],
    ["a".repeat(64), false],
  ])("the label value %j is valid: %s", (value, isValid) => {
    const issues = new Issues();
    validateLabelValue(value, "p", issues);
    expect(issues.isEmpty).toBe(isValid);
  });

  test("annotation keys may be in upper case, their values are anything", () => {
    const issues = new Issues();
    validateAnnotations({ "Example.COM/Key": "any thing\n" }, "p", issues);
    expect(issues.list).toEqual([]);
  });

  test.each<[number | string | undefined, boolean]>([
    [1, true],
    [65535, true],
    [0, false],
    [65536, false],
    [1.5, false],
    ["http", true],
    ["a-b1", true],
    ["8080", false],
    ["HTTP", false],
    ["a--b", false],
    ["-a", false],
    ["abcdefghijklmnop", false],
    [undefined, false],
  ])("the port %j is valid: %s", (port, isValid) => {
    const issues = new Issues();
    validatePort(port, "p", issues);
    expect(issues.isEmpty).toBe(isValid);
  });
});
