/** Thread entry of a live run's load: every load of the scenario, fed with endpoints, counting into shared memory. */
import { parentPort, workerData } from "node:worker_threads";
import type { VirtualTime } from "../../engine/kernel/time.ts";
import type { LoadSpec } from "../../engine/traffic/load-model.ts";
import type { LiveEndpoint } from "./endpoint-table.ts";
import { LoadBoard, type LoadBoardShape } from "./load-board.ts";
import { LoadClient, type LiveLoss } from "./load-client.ts";

export interface LoadWorkerData {
  readonly loads: readonly LoadSpec[];
  readonly boards: readonly LoadBoardShape[];
  readonly seed: number;
  readonly warmup: VirtualTime;
  readonly bucketWidth: number;
  /** Nanoseconds of the monotonic clock at virtual time 0. */
  readonly origin: bigint;
}

/** Host → thread. */
export type LoadOrder =
  | { readonly kind: "endpoints"; readonly load: number; readonly endpoints: readonly LiveEndpoint[] }
  | { readonly kind: "stop" };

/** Thread → host, after `stop`. */
export interface LoadReport {
  readonly losses: readonly (readonly LiveLoss[])[];
}

const { loads, boards, seed, warmup, bucketWidth, origin } = workerData as LoadWorkerData;
const now = (): VirtualTime => Number((process.hrtime.bigint() - origin) / 1000n);
const clients = loads.map((load, index) => {
  const shape = boards[index];
  if (shape === undefined) throw new Error("podstorm bug: a load without a board");
  return new LoadClient({ load, seed, warmup, bucketWidth, now, board: new LoadBoard(shape) });
});

parentPort?.on("message", (order: LoadOrder) => {
  if (order.kind === "endpoints") clients[order.load]?.setEndpoints(order.endpoints);
  else void finish();
});
for (const client of clients) client.start();

async function finish(): Promise<void> {
  await Promise.all(clients.map((client) => client.stop()));
  parentPort?.postMessage({ losses: clients.map((client) => client.losses) } satisfies LoadReport);
  parentPort?.close();
}
