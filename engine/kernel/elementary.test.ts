import { expect, it } from "vitest";
import { exp, log, pow } from "./elementary.ts";

/** Correctly rounded values, computed with 60 decimal digits. */
const truth: readonly (readonly ["log" | "exp" | "pow", number, number, number])[] = [
  ["log", 1.0000001, 0, 9.999999505838704e-8],
  ["log", 0.9999999, 0, -1.0000000494736474e-7],
  ["log", 0.5, 0, -0.6931471805599453],
  ["log", 2.0, 0, 0.6931471805599453],
  ["log", 3.0, 0, 1.0986122886681098],
  ["log", 10.0, 0, 2.302585092994046],
  ["log", 0.1, 0, -2.3025850929940455],
  ["log", 1e-310, 0, -713.8013788281542],
  ["log", 5e-324, 0, -744.4400719213812],
  ["log", 1e308, 0, 709.1962086421661],
  ["log", 1.4142135623730951, 0, 0.3465735902799727],
  ["log", 0.7071067811865476, 0, -0.3465735902799726],
  ["log", 123456.789, 0, 11.723646487185881],
  ["log", 1e-5, 0, -11.512925464970229],
  ["log", 0.01, 0, -4.605170185988091],
  ["log", 0.99, 0, -0.01005033585350145],
  ["exp", 1e-9, 0, 1.000000001],
  ["exp", -1e-9, 0, 0.999999999],
  ["exp", 0.1, 0, 1.1051709180756477],
  ["exp", -0.1, 0, 0.9048374180359595],
  ["exp", 0.34, 0, 1.4049475905635938],
  ["exp", 0.35, 0, 1.4190675485932571],
  ["exp", 1.0, 0, 2.718281828459045],
  ["exp", -1.0, 0, 0.36787944117144233],
  ["exp", 1.03, 0, 2.801065834699079],
  ["exp", 1.05, 0, 2.857651118063164],
  ["exp", 5.5, 0, 244.69193226422038],
  ["exp", -5.5, 0, 0.004086771438464067],
  ["exp", 50.25, 0, 6.657293676747253e21],
  ["exp", -50.25, 0, 1.5021118919431522e-22],
  ["exp", 300.125, 0, 2.201057464963801e130],
  ["exp", -300.125, 0, 4.543270750163927e-131],
  ["exp", 709.7, 0, 1.6549840276802644e308],
  ["exp", -708.3, 0, 2.450295530965988e-308],
  ["exp", -740.5, 0, 2.5e-322],
  ["exp", 20.0, 0, 485165195.4097903],
  ["pow", 2.0, 0.5, 1.4142135623730951],
  ["pow", 0.5, 0.3333333333333333, 0.7937005259840998],
  ["pow", 10.0, -3.7, 0.00019952623149688788],
  ["pow", 1.5, 100.25, 4.4993390443029523e17],
  ["pow", 0.001, 0.01, 0.933254300796991],
  ["pow", 1.0000001, 1000000000.0, 2.6881038582144647e43],
  ["pow", 0.9999, 12345.678, 0.2909425271540516],
  ["pow", 123.456, 7.89, 3.1771028258180936e16],
  ["pow", 3.3, -200.5, 1.0913273881767422e-104],
  ["pow", 0.7, 0.1, 0.9649610951198176],
  ["pow", 2.0, 1023.5, 1.2711610061536464e308],
  ["pow", 1e-300, 0.9, 9.999999999999847e-271],
  ["pow", 7.0, -0.5882352941176471, 0.318334351464743],
  ["pow", 0.05, 1.6666666666666667, 0.006786044041487266],
];

const float = new Float64Array(1);
const bits = new BigInt64Array(float.buffer);

function bitsOf(x: number): bigint {
  float[0] = x;
  return bits[0]!;
}

function computed(name: "log" | "exp" | "pow", x: number, y: number): number {
  return name === "log" ? log(x) : name === "exp" ? exp(x) : pow(x, y);
}

it.each(truth)("%s(%d, %d) is within one unit in the last place", (name, x, y, value) => {
  const distance = bitsOf(computed(name, x, y)) - bitsOf(value);
  expect(distance <= 1n && distance >= -1n).toBe(true);
});

it("has pinned bits: a hash over many arguments never changes", () => {
  let hash = 0n;
  const add = (x: number): void => {
    hash = BigInt.asUintN(64, (hash ^ bitsOf(x)) * 0x100000001b3n);
  };
  let state = 1;
  for (let round = 0; round < 20_000; round++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const x = (state + 1) / 65536;
    const y = (state % 2000) / 100 - 10;
    add(log(x));
    add(exp(y));
    add(pow(x, y / 3));
  }
  expect(hash.toString(16)).toBe("d2b6dca57c125b3c");
});

it.each([
  ["pow", 0, -1, Infinity],
  ["pow", -0, -1, -Infinity],
  ["pow", -0, 2, 0],
  ["pow", -2, 3, -8],
  ["pow", -2, 0.5, NaN],
  ["pow", 1, Infinity, NaN],
  ["pow", 2, -Infinity, 0],
  ["pow", NaN, 0, 1],
  ["pow", -Infinity, 3, -Infinity],
  ["pow", 2, 1024, Infinity],
  ["pow", 2, -1075, 0],
  ["pow", 2, -1074, 5e-324],
  ["log", 0, 0, -Infinity],
  ["log", -1, 0, NaN],
  ["log", Infinity, 0, Infinity],
  ["log", 1, 0, 0],
  ["exp", 0, 0, 1],
  ["exp", -Infinity, 0, 0],
  ["exp", 710, 0, Infinity],
  ["exp", NaN, 0, NaN],
] as const)("%s(%d, %d) is the special value %d", (name, x, y, value) => {
  expect(computed(name, x, y)).toBe(value);
});
