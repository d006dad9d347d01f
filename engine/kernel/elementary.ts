/**
 * log, exp and pow with pinned bits: only IEEE additions, multiplications, divisions and words of the
 * representation, which every machine rounds alike. The `Math` functions differ between versions of the
 * runtime in the last bit, and a bit is enough to reorder two events.
 *
 * The methods are those of fdlibm (Sun Microsystems, 1993, freely distributable): argument reduction and
 * a minimax polynomial; error below 1 ulp (exp, log) and 0.7 ulp (pow).
 */
const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);
const HIGH = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0;
const LOW = 1 - HIGH;

const LN2_HIGH = 6.9314718036912381649e-1;
const LN2_LOW = 1.90821492927058770002e-10;
const INVERSE_LN2 = 1.4426950408889634;
const TWO_54 = 18014398509481984;
const TWO_53 = 9007199254740992;
const TWO_1023 = 8.98846567431158e307;
const TWO_MINUS_1000 = 9.332636185032189e-302;

/** 2^-k at k + 1022, for k in [-1022, 1024]. */
const inversePowersOfTwo = new Float64Array(2047);
for (let k = 0, power = 1; k <= 1024; k++, power /= 2) inversePowersOfTwo[k + 1022] = power;
for (let k = 0, power = 1; k >= -1022; k--, power *= 2) inversePowersOfTwo[k + 1022] = power;

/** Natural logarithm. */
export function log(x: number): number {
  float[0] = x;
  let high = words[HIGH]! | 0;
  let exponent = 0;
  if (high < 0x00100000) {
    if (x === 0) return -Infinity;
    if (high < 0) return NaN;
    exponent = -54;
    float[0] = x * TWO_54;
    high = words[HIGH]! | 0;
  }
  if (high >= 0x7ff00000) return x + x;
  const unbiased = (high >> 20) - 1023;
  high &= 0x000fffff;
  // Halves the mantissa above √2, so that the reduced argument lies in [√2/2, √2). The product is exact,
  // and three times faster than writing the exponent into the representation.
  const carry = (high + 0x95f64) >> 20;
  const f = float[0]! * inversePowersOfTwo[unbiased + carry + 1022]! - 1;
  exponent += unbiased + carry;
  if ((0x000fffff & (2 + high)) < 3) {
    if (f === 0) return exponent * LN2_HIGH + exponent * LN2_LOW;
    const cubic = f * f * (0.5 - 0.3333333333333333 * f);
    return exponent * LN2_HIGH - (cubic - exponent * LN2_LOW - f);
  }
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const even = w * (3.999999999940941908e-1 + w * (2.222219843214978396e-1 + w * 1.531383769920937332e-1));
  const odd = z * (6.66666666666673513e-1 + w * (2.857142874366239149e-1 + w * (1.818357216161805012e-1 + w * 1.479819860511658591e-1)));
  const rest = odd + even;
  if (((high - 0x6147a) | (0x6b851 - high)) > 0) {
    const half = 0.5 * f * f;
    return exponent * LN2_HIGH - (half - (s * (half + rest) + exponent * LN2_LOW) - f);
  }
  return exponent * LN2_HIGH - (s * (f - rest) - exponent * LN2_LOW - f);
}

/** e to the power of x. */
export function exp(x: number): number {
  if (!(x <= 709.782712893384)) return x !== x ? x : Infinity;
  if (x < -745.1332191019411) return 0;
  const size = x < 0 ? -x : x;
  if (size < 3.725290298461914e-9) return 1 + x;
  let high = x;
  let low = 0;
  let exponent = 0;
  if (size > 0.34657359027997264) {
    // Within 1.5 ln 2 the multiple is ±1; the general formula gives the same there.
    exponent = (INVERSE_LN2 * x + (x < 0 ? -0.5 : 0.5)) | 0;
    high = x - exponent * LN2_HIGH;
    low = exponent * LN2_LOW;
  }
  const reduced = high - low;
  const square = reduced * reduced;
  const c = reduced - square * expPolynomial(square);
  if (exponent === 0) return 1 - ((reduced * c) / (c - 2) - reduced);
  const y = 1 - (low - (reduced * c) / (2 - c) - high);
  return scaledByPowerOfTwo(y, exponent);
}

function expPolynomial(t: number): number {
  return (
    1.66666666666666019037e-1 +
    t * (-2.77777777770155933842e-3 + t * (6.61375632143793436117e-5 + t * (-1.6533902205465251539e-6 + t * 4.13813679705723846039e-8)))
  );
}

function scaledByPowerOfTwo(y: number, exponent: number): number {
  if (exponent === 1024) return y * 2 * TWO_1023;
  if (exponent >= -1021) return y * powerOfTwo(exponent);
  return y * powerOfTwo(exponent + 1000) * TWO_MINUS_1000;
}

function powerOfTwo(exponent: number): number {
  words[HIGH] = (exponent + 1023) << 20;
  words[LOW] = 0;
  return float[0]!;
}

/** The number with its low 32 bits of mantissa cleared: products of two such are exact. */
function truncated(x: number): number {
  float[0] = x;
  words[LOW] = 0;
  return float[0]!;
}

/** x to the power of y, with the special cases of ECMAScript. */
export function pow(x: number, y: number): number {
  if (y === 0) return 1;
  if (x !== x || y !== y) return NaN;
  if (y === Infinity || y === -Infinity) {
    const size = Math.abs(x);
    if (size === 1) return NaN;
    return size > 1 === y > 0 ? Infinity : 0;
  }
  if (y === 1) return x;
  const isInteger = Math.trunc(y) === y;
  const isOdd = isInteger && Math.abs(y) < TWO_53 && Math.abs(y % 2) === 1;
  const isNegative = x < 0 || Object.is(x, -0);
  if (x < 0 && x !== -Infinity && !isInteger) return NaN;
  const size = Math.abs(x);
  if (size === 0 || size === Infinity) {
    const value = (size === 0) === y > 0 ? 0 : Infinity;
    return isNegative && isOdd ? -value : value;
  }
  const value = size === 1 ? 1 : powerOfPositive(size, y);
  return isNegative && isOdd ? -value : value;
}

/** 2^(y · log2 x) with log2 x carried in two doubles; x is positive, finite and not 1. */
function powerOfPositive(x: number, y: number): number {
  const extreme = y > 0 === x > 1 ? Infinity : 0;
  if (Math.abs(y) > 1.8446744073709552e19) {
    // |log x| ≥ 2⁻⁵³, so the result is out of range.
    return extreme;
  }
  let exponent = 0;
  float[0] = x;
  if (words[HIGH]! < 0x00100000) {
    float[0] = x * TWO_53;
    exponent = -53;
  }
  let high = words[HIGH]!;
  exponent += (high >> 20) - 0x3ff;
  const mantissa = high & 0x000fffff;
  high = mantissa | 0x3ff00000;
  // The interval of the reduced argument: around 1, around 1.5, or around 1 again with the next exponent.
  let isUpper = false;
  if (mantissa > 0x3988e) {
    if (mantissa < 0xbb67a) isUpper = true;
    else {
      exponent++;
      high -= 0x00100000;
    }
  }
  words[HIGH] = high;
  const ax = float[0]!;
  const base = isUpper ? 1.5 : 1;
  const numerator = ax - base;
  const inverse = 1 / (ax + base);
  const s = numerator * inverse;
  const sHigh = truncated(s);
  words[HIGH] = ((high >> 1) | 0x20000000) + 0x00080000 + (isUpper ? 0x00040000 : 0);
  words[LOW] = 0;
  const tHigh = float[0]!;
  const tLow = ax - (tHigh - base);
  const sLow = inverse * (numerator - sHigh * tHigh - sHigh * tLow);
  const s2 = s * s;
  let r =
    s2 *
    s2 *
    (5.99999999999994648725e-1 +
      s2 *
        (4.28571428578550184252e-1 +
          s2 *
            (3.33333329818377432918e-1 +
              s2 * (2.72728123808534006489e-1 + s2 * (2.30660745775561754067e-1 + s2 * 2.06975017800338417784e-1)))));
  r += sLow * (sHigh + s);
  const square = sHigh * sHigh;
  const cubicHigh = truncated(3 + square + r);
  const cubicLow = r - (cubicHigh - 3 - square);
  const u = sHigh * cubicHigh;
  const v = sLow * cubicHigh + cubicLow * s;
  const pHigh = truncated(u + v);
  const pLow = v - (pHigh - u);
  const zHigh = 9.61796700954437255859e-1 * pHigh;
  const zLow = -7.02846165095275826516e-9 * pHigh + pLow * 9.61796693925975554329e-1 + (isUpper ? 1.35003920212974897128e-8 : 0);
  const baseHigh = isUpper ? 5.84962487220764160156e-1 : 0;
  const log2High = truncated(zHigh + zLow + baseHigh + exponent);
  const log2Low = zLow - (log2High - exponent - baseHigh - zHigh);
  return powerOfTwoOfProduct(y, log2High, log2Low);
}

function powerOfTwoOfProduct(y: number, log2High: number, log2Low: number): number {
  const yHigh = truncated(y);
  const low = (y - yHigh) * log2High + y * log2Low;
  let high = yHigh * log2High;
  const z = low + high;
  if (z >= 1024) {
    if (z > 1024 || low + 8.008566259537294e-17 > z - high) return Infinity;
  } else if (z <= -1075) {
    if (z < -1075 || low <= z - high) return 0;
  }
  const exponent = Math.abs(z) > 0.5 ? Math.floor(z + 0.5) : 0;
  high -= exponent;
  const t = truncated(low + high);
  const u = t * 6.93147182464599609375e-1;
  const v = (low - (t - high)) * 6.93147180559945286227e-1 + t * -1.90465429995776804525e-9;
  const sum = u + v;
  const w = v - (sum - u);
  const square = sum * sum;
  const t1 = sum - square * expPolynomial(square);
  const r = (sum * t1) / (t1 - 2) - (w + sum * w);
  return scaledByPowerOfTwo(1 - (r - sum), exponent);
}
