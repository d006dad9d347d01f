/**
 * The closed list of the timers of a node's kubelet, and which slot each has in the order of events. Slots
 * below 2³¹ belong to the kubelet (the node's arrivals use the rest): the Pod's admission number on this
 * node × 128 + kind, so a tie is decided by Pod, then by kind. Probes come first among what may tie, in the
 * order container, startup < liveness < readiness.
 *
 *   0 … 15                      the Pod's own (PodTimer)
 *   16 … 16 + p − 1             its p probe workers, steady grids
 *   then 8 for each container   ContainerTimer
 *   then p                      results of probes on their way (virtual runtime)
 *
 * A Pod too large for 128 kinds takes several admission numbers.
 */
export const SLOTS_PER_ADMISSION = 128;

/** The node's own: admission number 0. */
export const NodeTimer = {
  /** Renews the lease: every Jitter(leaseRenew), counted from the end of the renewal before. */
  lease: 0,
  /** PLEG: compares the runtime with what the kubelet has seen. Armed only while some Pod is dirty or waits for it. */
  relist: 1,
  /** The status manager's next step: GET, PATCH or DELETE. */
  statusPush: 2,
  /** The status manager looks at all Pods. Armed only while one waits for it. */
  statusPass: 3,
  /** Looks for pressure, or waits for an evicted Pod's clean-up. Armed only while the node might get short of something. */
  eviction: 16,
  /** The node's memory might be used up: looks who has to go. */
  memory: 17,
  /** Writes the node's conditions. */
  nodeStatus: 18,
  /** A group of Pods has had its time in a shutdown. */
  shutdown: 19,
  /** Containers of Pods that were removed while the kubelet was down. */
  housekeeping: 20,
  /** A node that shut down boots again. */
  boot: 21,
  /** metrics-server reads what Pods use. Armed only where an autoscaler looks at some. */
  usage: 22,
  /** Containers of a node whose CPU might be used up get their shares. */
  cpu: 24,
  /** The watch on the API server is there again. */
  watch: 23,
  /** The sync loop takes what came while it made room for a critical Pod. */
  held: 25,
} as const;

export const PodTimer = {
  /** The Pod worker wakes for another sync: resync, error, back-off. Armed on the sync ticker's grid. */
  sync: 0,
  /** Relist of this Pod alone, after a sync that did something (1.36). */
  relist: 1,
  /** Volumes and cgroup of a terminated Pod are gone. */
  cleanup: 2,
  /** Virtual runtime: the sandbox is up, or down. */
  sandbox: 3,
  /** activeDeadlineSeconds are over, at a tick of the sync ticker. */
  deadline: 4,
  /** A volume that couldn't be mounted is tried again, or the sync has waited for it long enough. */
  mount: 5,
} as const;

/** Two for each ephemeral container: the first is its kill, the second what the virtual runtime does with it. */
export const FIRST_EPHEMERAL_KIND = 6;
export const EPHEMERAL_MAX = 5;

export const FIRST_PROBE_KIND = 16;

export const ContainerTimer = {
  /** End of the preStop hook's time, of the wait for its turn, or of the grace after SIGTERM: whichever phase the kill is in. */
  kill: 0,
  /** Virtual runtime: created and started. */
  process: 1,
  /** Virtual runtime: start-up is over, the application listens. */
  listen: 2,
  /** Virtual runtime: the process ends. */
  exit: 3,
  /** Virtual runtime: the hook has finished. */
  hook: 4,
  /** Virtual runtime: the image is there. */
  image: 5,
  /** Virtual runtime: memory grew to the next step that matters. */
  memory: 6,
  /** Virtual runtime: something that holds the process up begins or ends. */
  pace: 7,
} as const;
export const KINDS_PER_CONTAINER = 8;
