/**
 * Connections that the probes of one node leave behind: each attempt opens one anew, and its entry in the node's
 * connection table (and its port) is free again only when TIME_WAIT is over. A full table drops packets, so an attempt
 * that finds none waits for its timeout.
 *
 *   free ─attempt─▶ taken ─60 s, since 1.27 1 s─▶ free
 */
import { CauseKind } from "../../cause-kinds.ts";
import { NO_CAUSE, type CauseId } from "../../kernel/causes.ts";
import { SECOND, type VirtualTime } from "../../kernel/time.ts";
import type { NodeContext } from "./node-context.ts";

/** net.ipv4: TIME_WAIT of Linux; since kubernetes#115143 the kubelet sets SO_LINGER. */
const TIME_WAIT = 60 * SECOND;
const LINGER = 1 * SECOND;

export class ProbeConnections {
  private readonly node: NodeContext;
  /** Instants at which entries are free again, ascending, from `first` on. */
  private readonly free: VirtualTime[] = [];
  private first = 0;
  private cause: CauseId = NO_CAUSE;

  constructor(node: NodeContext) {
    this.node = node;
  }

  /** The node counts them at all. */
  get isCounted(): boolean {
    return this.node.template.probeConnections !== undefined;
  }

  /** Takes an entry; the row that says why there is none: it gets none. */
  take(now: VirtualTime): CauseId {
    const { free, node } = this;
    while (this.first < free.length && free[this.first]! <= now) this.first++;
    if (this.first > free.length / 2) {
      free.splice(0, this.first);
      this.first = 0;
    }
    if (free.length - this.first >= node.template.probeConnections!) return this.full(now);
    free.push(now + (node.version.probesLinger ? LINGER : TIME_WAIT));
    if (free.length - this.first < node.template.probeConnections! / 2) this.cause = NO_CAUSE;
    return NO_CAUSE;
  }

  /** Noted once, until half of them are free again. */
  private full(now: VirtualTime): CauseId {
    if (this.cause !== NO_CAUSE) return this.cause;
    const { causes, lp, node } = this.node;
    const { current } = causes;
    this.cause = causes.note(lp, CauseKind.nodeConnectionsFull, node, now, NO_CAUSE);
    causes.current = current;
    return this.cause;
  }
}
