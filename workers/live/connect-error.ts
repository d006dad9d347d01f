/** What Go's net package says where Node's sockets say a code. */
const dialTexts: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connect: connection refused",
  EHOSTUNREACH: "connect: no route to host",
  ENETUNREACH: "connect: network is unreachable",
  ETIMEDOUT: "connect: connection timed out",
  ECONNABORTED: "connect: software caused connection abort",
};

/** `address` is "127.0.0.1:8080". */
export function connectErrorText(error: Error, address: string): string {
  const code = (error as { code?: string }).code ?? "";
  if (code === "ECONNRESET") return `read tcp ${address}: read: connection reset by peer`;
  if (code === "EPIPE") return `write tcp ${address}: write: broken pipe`;
  return `dial tcp ${address}: ${dialTexts[code] ?? error.message}`;
}
