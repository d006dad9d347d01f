/** Numbers as people read them: counts, shares and latencies, the same in every format. */

/** 1234567 → "1,234,567" */
export function formatCount(value: number): string {
  const [whole = "0", fraction] = String(Math.round(value * 1000) / 1000).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** 0.000834 → "0.083 %"; a share that isn't 0 never reads as 0. */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent === 0 || percent === 100) return `${percent} %`;
  if (percent < 0.001) return "<0.001 %";
  if (percent > 99.999) return ">99.999 %";
  return `${significant(percent, percent > 99 ? 5 : 3)} %`;
}

/** µs → three significant digits with a unit: "12.1 ms", "1.23 s" */
export function formatLatency(micros: number): string {
  if (micros < 999.5) return `${Math.round(micros)} µs`;
  if (micros < 999_500) return `${significant(micros / 1_000, 3)} ms`;
  if (micros < 60_000_000) return `${significant(micros / 1_000_000, 3)} s`;
  return `${significant(micros / 60_000_000, 3)} min`;
}

/** Virtual instants and spans in seconds: "93.2s", "2m05s" */
export function formatInstant(micros: number): string {
  const seconds = Math.round(micros / 100_000) / 10;
  if (seconds < 60) return `${seconds}s`;
  const whole = Math.round(seconds);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = String(whole % 60).padStart(2, "0");
  return hours === 0 ? `${minutes}m${rest}s` : `${hours}h${String(minutes).padStart(2, "0")}m${rest}s`;
}

/** Bytes in binary units: "181 MiB" */
export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${significant(value, 3)} ${units[unit]}`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

function significant(value: number, digits: number): string {
  const text = value.toPrecision(digits);
  return String(Number(text));
}
