import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { NO_VERSION, ServiceVersions, STILL } from "./service-versions.ts";

/** Moves a place's belief and its requests in one go. */
function move(versions: ServiceVersions, place: number, from: number, to: number): void {
  versions.believe(place, from, to);
  versions.send(place, from, to);
}

describe("versions of a Service's endpoints", () => {
  test("begin with places that see no endpoints", () => {
    const versions = new ServiceVersions(7, 0, [4]);
    expect(versions.shareWithoutEndpoint(0)).toBe(1);
    expect(versions.mayBeEmpty).toBe(true);
    expect(versions.bound).toBe(0);
  });

  test("settled, give each endpoint an equal share and draw candidates at exactly that", () => {
    const versions = new ServiceVersions(0, 0, [4, 9]);
    versions.add(0, 5);
    versions.settle();
    expect(versions.live.map((version) => version.position)).toEqual([0]);
    expect(versions.shareOf(0, 0, STILL)).toBe(0.2);
    expect(versions.shareOf(1, 0, STILL)).toBe(0.2);
    expect(versions.bound).toBe(0.2);
    expect(versions.mayBeEmpty).toBe(false);
  });

  test("split an endpoint's share by what places believe", () => {
    const versions = new ServiceVersions(0, 0, [4]);
    versions.add(0, 2);
    versions.settle();
    versions.add(1, 4);
    move(versions, 0, 0, 1);
    // One place of four spreads over four endpoints, three over two.
    expect(versions.shareOf(0, 1, STILL)).toBeCloseTo(1 / 16);
    expect(versions.shareOf(0, 0, STILL)).toBeCloseTo(1 / 16 + 3 / 8);
    expect(versions.shareOf(0, 0, 1)).toBeCloseTo(3 / 8);
  });

  test("count only the places of the audience", () => {
    const versions = new ServiceVersions(0, 0, [2, 3]);
    versions.add(0, 1);
    versions.settle();
    versions.add(1, 2);
    move(versions, 2, 0, 1);
    expect(versions.shareOf(0, 1, STILL)).toBe(0);
    expect(versions.shareOf(1, 1, STILL)).toBeCloseTo(1 / 6);
  });

  test("keep a version that a slower place may still come to believe, and forget it when none can", () => {
    const versions = new ServiceVersions(0, 0, [2]);
    versions.add(0, 3);
    versions.settle();
    versions.add(1, 2);
    versions.add(2, 3);
    move(versions, 0, 0, 2);
    expect(versions.live.map((version) => version.position)).toEqual([0, 1, 2]);
    move(versions, 1, 0, 1);
    expect(versions.live.map((version) => version.position)).toEqual([1, 2]);
    move(versions, 1, 1, 2);
    expect(versions.live.map((version) => version.position)).toEqual([2]);
    expect(versions.bound).toBeCloseTo(1 / 3);
  });

  test("requests on their way keep a version alive that nobody believes", () => {
    const versions = new ServiceVersions(0, 0, [1]);
    versions.add(0, 1);
    versions.settle();
    versions.add(1, 0);
    versions.believe(0, 0, 1);
    expect(versions.shareOf(0, 0, 1)).toBe(1);
    expect(versions.shareWithoutEndpoint(0)).toBe(1);
    versions.send(0, 0, 1);
    expect(versions.shareOf(0, 0, 1)).toBe(0);
    expect(versions.bound).toBe(0);
  });

  property.prop([
    fc.integer({ min: 1, max: 6 }),
    fc.array(fc.oneof(fc.record({ size: fc.integer({ min: 0, max: 8 }) }), fc.record({ place: fc.nat(5), ahead: fc.nat(3) })), {
      maxLength: 80,
    }),
  ])("all shares of a version's endpoints and of those without add up to one, and none passes the bound", (places, steps) => {
    const versions = new ServiceVersions(0, 0, [places]);
    const beliefs = new Array<number>(places).fill(NO_VERSION);
    let position = -1;
    for (const step of steps) {
      if ("size" in step) versions.add(++position, step.size);
      else {
        const place = step.place % places;
        const to = Math.min(position, beliefs[place]! + step.ahead);
        if (to === beliefs[place]) continue;
        move(versions, place, beliefs[place]!, to);
        beliefs[place] = to;
      }
      const total = versions.live.reduce((sum, version) => sum + version.size * version.share[0]!, 0);
      expect(total + versions.shareWithoutEndpoint(0)).toBeCloseTo(1);
      expect(versions.shareOf(0, NO_VERSION, STILL)).toBeLessThanOrEqual(versions.bound * 1.0000001);
      expect(versions.live.length).toBeLessThanOrEqual(position - Math.min(...beliefs) + 1);
    }
  });
});
