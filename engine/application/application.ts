/**
 * How the user's containers behave: what no manifest says. One behaviour per (selector, image); every
 * field has a default, named in the report with its source.
 */
import type { Distribution } from "../kernel/distribution.ts";
import type { Duration, VirtualTime } from "../kernel/time.ts";
import type { CallSpec, HealthChecks } from "./calls.ts";
import type { ContainerScript } from "./container-script.ts";

export interface ApplicationBehaviour {
  /** From the start of the process until it listens and answers. */
  readonly startUp: Distribution;
  /** Time a worker spends on one request. */
  readonly serviceTime: Distribution;
  /** Requests served at once. */
  readonly concurrency: number;
  /** Requests that may wait beyond those; more are refused with a server error. */
  readonly queue: number;
  /** Time a worker spends on one probe of kind http, tcp or grpc. */
  readonly probeTime: Distribution;
  /** What the container uses of the CPU; absent: its service time is CPU time, and it uses none besides. Scenarios always say. */
  readonly cpu?: CpuBehaviour;
  /** The first requests of each process, so many or so long after it listens, take `factor` times as long. */
  readonly warmUp?: { readonly requests: number; readonly for: Duration; readonly factor: number };
  /** From each age of the process on, requests take `factor` times as long; ascending. */
  readonly phases?: readonly { readonly from: Duration; readonly factor: number }[];
  /** Every so often all workers stop; the first pause comes somewhere in the first span. */
  readonly gc?: { readonly every: Distribution; readonly pause: Distribution };
  /** Ends by itself at random: crashes per second of life, with an exit code. */
  readonly crash?: { readonly rate: number; readonly code: number };
  /** Never gets ready: readiness and startup checks answer "failed" for ever. */
  readonly neverReady?: true;
  /** What each request asks of other Services, when its own work is done; absent: nothing. */
  readonly calls?: readonly CallSpec[];
  /** A worker serves others while its request waits for calls; absent: it waits too, a thread per request. */
  readonly freesWorkers?: true;
  /** What its health endpoints ask of other Services. */
  readonly healthChecks?: HealthChecks;
  /** Probes wait for a worker like requests (true), or have a port of their own (false). */
  readonly probesShareWorkers: boolean;
  readonly memory: {
    /** bytes */ readonly base: number;
    /** bytes for each request being served or queued */ readonly perRequest: number;
    /** bytes per second of life */ readonly growth: number;
    /** Whose memory grows. The kernel kills a child process alone where it kills no group (before 1.28): growth starts over. */
    readonly growsIn?: "main" | "children";
    /** Nobody takes the place of a child that the kernel killed: requests fail from then on, the main process and its health stay. */
    readonly missesKilledChild?: true;
    /** From this age on, for so long (Infinity: for ever), it needs `size` bytes more. Absent: no. */
    readonly spike?: { readonly at: Duration; readonly size: number; readonly for: Duration };
  };
  /** Local disk: bytes at the start and bytes per second of life. Left out: none. */
  readonly disk?: {
    readonly base: number;
    readonly growth: number;
    /** Written as logs, not into the container's own layer. */
    readonly isLogs?: true;
    /** Written into this emptyDir of the Pod instead. */
    readonly emptyDir?: string;
    /** Files at the start and files per second of life; left out: none. */
    readonly inodes?: { readonly base: number; readonly growth: number };
  };
  /** Processes of a running container. Left out: one. */
  readonly processes?: number;
  /** Reaction to SIGTERM. `exit`: at once; `drain`: stop listening, finish what runs, at most `atMost`; `ignore`: nothing. */
  readonly shutdown: { readonly type: "exit" } | { readonly type: "drain"; readonly atMost: Duration } | { readonly type: "ignore" };
  /** Exit by itself so long after each start (a batch job, a crash); null: runs for ever. */
  readonly exit: { readonly after: Distribution; readonly code: number } | null;
  /** Looks for the name of a Service every so often, from its start on, and exits with 0 when it is there; absent: no. */
  readonly awaits?: AwaitedService;
  /** The health endpoints answer "failed" from this age of the instance on; null: never. */
  readonly unhealthyAfter: Duration | null;
  /** Does as written instead: exits, reaction to SIGTERM, commands and HTTP answers. Absent: none. */
  readonly script?: ContainerScript;
  /** Bytes of the image and whether nodes have it already. */
  readonly image: {
    readonly size: number;
    readonly present: boolean;
    /** Pulls of it that fail; absent: none. */
    readonly pull?: PullBehaviour;
    /** Bytes per second at which its registry gives it; absent: the node's rate alone counts. */
    readonly rate?: number;
  };
  /** Chance that the runtime can't start the container (RunContainerError); absent: 0. */
  readonly startFails?: number;
  /** A ConfigMap or Secret that it needs and that isn't there from the beginning; absent: nothing is missing. */
  readonly configMissing?: MissingObject;
  /** What its hooks come to; absent: an exec hook takes what its sleeps say, and succeeds. */
  readonly hooks?: { readonly postStart?: HookBehaviour; readonly preStop?: HookBehaviour };
}

export interface CpuBehaviour {
  /** Cores that a worker uses while it serves: CPU time ÷ service time. */
  readonly share: number;
  /** Millicores that the process uses besides. */
  readonly idle: number;
  /** Cores that the start-up wants all the time; 0: its length is as given, whatever the container's limit. */
  readonly startUp: number;
}

export interface AwaitedService {
  readonly service: string;
  /** Null: the Pod's own. */
  readonly namespace: string | null;
  readonly every: Duration;
}

export interface MissingObject {
  readonly kind: "configmap" | "secret";
  readonly name: string;
  /** The volume that is made of it; null: environment variables are. */
  readonly volume: string | null;
  /** From the start of the run; Infinity: it never comes. */
  readonly until: VirtualTime;
  /** `until` is when an action applies it, not when nodes know of it. */
  readonly isApplied?: true;
}

export interface PullBehaviour {
  /** The first so many pulls on each node fail; Infinity: all. */
  readonly failures: number;
  /** What the registry says. */
  readonly error: string;
}

export interface HookBehaviour {
  /** Null: as long as without this. */
  readonly duration: Distribution | null;
  /** Chance that it fails. */
  readonly fails: number;
  /** Of a failed command. */
  readonly exitCode: number;
  /** The port of an HTTPS hook speaks plain HTTP; absent: TLS. */
  readonly isPlainHttp?: true;
}
