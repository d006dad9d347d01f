/**
 * A small HTTP server as people write them: answers requests, has health endpoints, and on SIGTERM stops
 * listening, finishes what runs and exits with 0. With UNHEALTHY_AFTER its health endpoints begin to fail
 * so many seconds after each start. Environment: HOST, PORT, and NAME for its answers.
 */
import { createServer } from "node:http";

const startedAt = performance.now();
const unhealthyAfter = Number(process.env.UNHEALTHY_AFTER ?? Infinity) * 1000;
const isHealthy = () => performance.now() - startedAt < unhealthyAfter;

const server = createServer((request, response) => {
  if (request.url === "/healthz" || request.url === "/readyz") {
    response.writeHead(isHealthy() ? 200 : 500).end(isHealthy() ? "ok\n" : "unhealthy\n");
    return;
  }
  response.end(`hello from ${process.env.NAME}\n`);
});

process.on("SIGTERM", () => {
  console.log("SIGTERM: finishing what runs");
  server.close(() => process.exit(0));
});

server.listen(Number(process.env.PORT), process.env.HOST, () => {
  console.log(`listening on ${process.env.HOST}:${process.env.PORT}`);
});
