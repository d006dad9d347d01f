/** Loopback addresses of Pods: distinct, stable, and never anything but loopback. */
import { describe, expect, it } from "vitest";
import { isLoopback, takeAddresses } from "./addresses.ts";

describe("addresses", () => {
  it("gives each Pod one of its own, the same at each call", async () => {
    const addresses = await takeAddresses();
    const [a, b, again] = [addresses.of(1, false), addresses.of(2, false), addresses.of(1, false)];
    expect(again).toBe(a);
    expect(addresses.known(3)).toBeUndefined();
    expect(isLoopback(a.ip)).toBe(true);
    if (addresses.hasNetwork) expect(a.ip).not.toBe(b.ip);
    expect(a.portOf(8080)).toBe(8080);
    addresses.close();
  });

  it("keeps two runs on one machine apart", async () => {
    const [one, other] = [await takeAddresses(), await takeAddresses()];
    expect(one.of(1, false).ip !== other.of(1, false).ip).toBe(one.hasNetwork);
    one.close();
    other.close();
  });

  it("maps ports to free ones, one for each Pod and containerPort, when the manifest asks for them", async () => {
    const addresses = await takeAddresses();
    const [a, b] = [addresses.of(1, true), addresses.of(2, true)];
    const ports = [a.portOf(8080), a.portOf(9090), b.portOf(8080)];
    expect(new Set(ports).size).toBe(3);
    expect(a.portOf(8080)).toBe(ports[0]);
    addresses.close();
  });

  it("goes past 255 Pods", async () => {
    const addresses = await takeAddresses();
    const ips = Array.from({ length: 600 }, (_, pod) => addresses.of(pod, false).ip);
    expect(ips.every(isLoopback)).toBe(true);
    if (addresses.hasNetwork) expect(new Set(ips).size).toBe(600);
    addresses.close();
  });
});

describe("loopback", () => {
  it.each([
    ["127.0.0.1", true],
    ["127.255.1.9", true],
    ["localhost", true],
    ["::1", true],
    ["[::1]", true],
    ["128.0.0.1", false],
    ["127.0.0.1.example", false],
    ["127.0.0.999", false],
    ["0.0.0.0", false],
    ["example.com", false],
    ["10.0.0.1", false],
    ["", false],
  ])("%s: %s", (host, expected) => {
    expect(isLoopback(host)).toBe(expected);
  });
});
