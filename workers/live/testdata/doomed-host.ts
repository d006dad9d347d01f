/**
 * A stand-in for podstorm that a test kills: it starts a container with a child of its own, one that ignores
 * SIGTERM and one that has left its process group, says which processes there are, and waits.
 */
import { Safety } from "../safety.ts";
import { startProcess } from "../start-process.ts";

const safety = new Safety(() => process.exit(3));
const scripts = ["sleep 300 & sleep 301", "trap '' TERM; sleep 302", "setsid sleep 303 & sleep 304"];
let started = 0;
for (const script of scripts) {
  startProcess({ file: "sh", arguments: ["-c", script], environment: { PATH: process.env["PATH"] ?? "" }, directory: "/" }, safety, null, {
    started: () => {
      started++;
      if (started === scripts.length)
        setTimeout(() => process.stdout.write(`${JSON.stringify({ mark: safety.mark, guardian: safety.guardianId })}\n`), 100);
    },
    failed: (reason) => process.stdout.write(`${reason}\n`),
    exited: () => undefined,
  });
}
process.on("SIGINT", () => void safety.close(100).then(() => process.exit(130)));
setInterval(() => undefined, 1000);
