/** The address that output shows for a Pod: nothing in the model looks at it, so it follows from the Pod's number. */

/** Out of 10.64.0.0/10, in the order of creation; a number beyond 4 million comes round again. */
export function podAddress(pod: number): string {
  const number = pod + 1;
  return `10.${64 + ((number >>> 16) & 63)}.${(number >>> 8) & 255}.${number & 255}`;
}
