/**
 * One request over a connection of its own, by undici. Making a client costs half a probe, so clients that are
 * done wait for the next request to the same place; a connection never does.
 */
import { Client } from "undici";
import { onAbort } from "./cancellation.ts";
import { OUTPUT_MAX } from "../../../engine/kubernetes/probes/probe.ts";

export interface Answered {
  readonly status: number;
  readonly location: string | null;
  /** At most 10 KiB. Null: it broke off, or hung. */
  readonly body: string | null;
  /** Of a body that is null. */
  readonly failure: HttpFailure | null;
}

export interface Unanswered {
  readonly failure: HttpFailure;
}

export type HttpFailure = Error | "timeout" | "cancelled";

/** Clients without a connection, by place; beyond that many they are dropped. */
const idle = new Map<string, Client[]>();
const IDLE_MAX = 256;
let idleCount = 0;

/** Never rejects. */
export function requestOnce(
  url: URL,
  headers: Readonly<Record<string, string>>,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Answered | Unanswered> {
  return new Promise((resolve) => {
    const { origin } = url;
    const client = take(origin);
    let isOver = false;
    let status = 0;
    let location: string | null = null;
    let body = "";
    const end = (answer: Answered | Unanswered, isWhole: boolean): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      forget();
      if (isWhole) keep(origin, client);
      // Neither waits nor keeps anything: what is unread is dropped with the connection.
      else client.destroy(null, () => undefined);
      resolve(answer);
    };
    const fail = (failure: HttpFailure): void => end(status === 0 ? { failure } : { status, location, body: null, failure }, false);
    const cancel = (): void => fail("cancelled");
    const timer = setTimeout(() => fail("timeout"), timeoutMs);
    const forget = onAbort(signal, cancel);
    client.dispatch(
      { method: "GET", path: url.pathname + url.search, headers, reset: true },
      {
        onRequestStart: () => undefined,
        onResponseStart: (_controller, statusCode, responseHeaders) => {
          // One of 1xx is followed by the answer.
          if (statusCode < 200) return;
          status = statusCode;
          const value = responseHeaders["location"];
          location = typeof value === "string" ? value : null;
        },
        onResponseData: (_controller, chunk) => {
          if (isOver) return;
          body += chunk.toString("utf8");
          if (body.length >= OUTPUT_MAX) end({ status, location, body: body.slice(0, OUTPUT_MAX), failure: null }, false);
        },
        onResponseEnd: () => {
          leaveStackTracesOut();
          end({ status, location, body, failure: null }, true);
        },
        onResponseError: (_controller, error) => fail(error),
      },
    );
  });
}

/**
 * Until the present callback has returned: there undici makes an Error for the connection that it closes, whose
 * stack trace nobody reads and which would cost a fifth of the probe.
 */
function leaveStackTracesOut(): void {
  const { stackTraceLimit } = Error;
  if (stackTraceLimit === 0) return;
  Error.stackTraceLimit = 0;
  queueMicrotask(() => {
    Error.stackTraceLimit = stackTraceLimit;
  });
}

function take(origin: string): Client {
  const waiting = idle.get(origin)?.pop();
  if (waiting === undefined) {
    return new Client(origin, {
      pipelining: 1,
      connect: { rejectUnauthorized: false, timeout: 0, maxCachedSessions: 0 },
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }
  idleCount--;
  return waiting;
}

function keep(origin: string, client: Client): void {
  if (idleCount >= IDLE_MAX) return dropAll();
  idleCount++;
  const waiting = idle.get(origin);
  if (waiting === undefined) idle.set(origin, [client]);
  else waiting.push(client);
}

/** Places come and go with their Pods: now and then all start anew. */
function dropAll(): void {
  idle.clear();
  idleCount = 0;
}
