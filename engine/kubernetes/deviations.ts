/** Where the model knowingly differs from Kubernetes. Reports print what touches a run; the code says `Differs: <name>` where it happens. */
export interface Deviation {
  readonly name: string;
  readonly text: string;
  /** What it may do to a result. */
  readonly effect: string;
}

export const deviations: readonly Deviation[] = [
  {
    name: "no adoption of orphans",
    text: "A ReplicaSet owns the Pods that it made; it neither adopts matching Pods nor releases those that stopped to match.",
    effect: "A bare Pod whose labels match a ReplicaSet's selector isn't counted as its replica.",
  },
  {
    name: "no default topology spread",
    text: "The scheduler scores free resources, balance and taints; PodTopologySpread, InterPodAffinity, NodeAffinity's preferences and ImageLocality are not scored.",
    effect: "Replicas of one workload may share a node or zone more often than on a cluster.",
  },
  {
    name: "no preemption",
    text: "A Pod that fits nowhere waits for room; Pods of lower priority are not evicted for it.",
    effect: "High-priority Pods may wait longer in a full cluster.",
  },
  {
    name: "nodes are scanned in order",
    text: "The scheduler's 16 parallel filter workers are one scan in order, which ends at the first node that makes enough.",
    effect: "The next search may begin a few nodes earlier than on a cluster.",
  },
  {
    name: "template hash of our own dump",
    text: "pod-template-hash is fnv32a over the model's form of the template, not over Go's dump of it.",
    effect: "Names of ReplicaSets and Pods look alike but aren't the ones a cluster would choose.",
  },
  {
    name: "unscheduled condition without text",
    text: "The scheduler's message of PodScheduled=False is kept for output only; its patch changes no object version.",
    effect: "One watch event fewer for each Pod that waits for room.",
  },
  {
    name: "live images",
    text: "A live run pulls no images: its containers are processes of this machine, started by the manifest's command after a modelled delay.",
    effect: "Live runs: what an image would bring along (files, users, its entrypoint) is this machine's.",
  },
  {
    name: "live init process",
    text: "A live container's process is not process 1 of a namespace of its own.",
    effect: "Live runs: a process that doesn't handle SIGTERM dies of it at once; in a container it would live until SIGKILL.",
  },
  {
    name: "live memory",
    text: "Live memory is the resident set of the container's main process, read once a second.",
    effect: "Live runs: a kill for memory comes up to a second late, and memory of child processes and page cache doesn't count.",
  },
  {
    name: "live Service proxy",
    text: "The live load learns of endpoints as soon as a watch could, without a Service proxy's sync period.",
    effect: "Live runs: fewer requests go to an endpoint that has just been removed.",
  },
  {
    name: "operator without a rate limit",
    text: "Actions send one request after the other without kubectl's own limit of 50 requests a second, burst 300.",
    effect: "Applying several hundred objects takes a little less time.",
  },
  {
    name: "no local storage",
    text: "Requests and limits of ephemeral-storage are accepted and not counted; nodes have no size for it.",
    effect: "No Pod waits for local storage, and none is evicted for using too much of it.",
  },
  {
    name: "no priority classes",
    text: "Only system-cluster-critical and system-node-critical give a priority; other class names leave it at 0.",
    effect: "Pods of a class of one's own queue like all others.",
  },
  {
    name: "clients beside the cluster",
    text: "Load comes from client places, hosts of their own with a Service proxy each; they are on no node and no fault reaches them. Every request opens a connection.",
    effect: "Losing a node takes no client away; connections that outlive a removal from the endpoints don't occur.",
  },
  {
    name: "the way out takes its floor",
    text: "A request's way to the endpoint always takes networkLatencyFloor; what both ways take beyond lies on the way back.",
    effect: "Round trips have the distribution of two draws; a request may reach its endpoint a fraction of a millisecond earlier.",
  },
  {
    name: "proxies run only for changes",
    text: "A Service proxy runs when it learnt of a change, at least proxyMinSync after its last run; runs never fail, and the hourly full run is left out. 1.20's burst of two runs is one.",
    effect: "None while runs succeed; for 1.20 a second change within a second is programmed up to a second later.",
  },
  {
    name: "traffic policies are Cluster",
    text: "Every place spreads over all endpoints uniformly: external and internal traffic policy Local, session affinity, topology hints and ipvs schedulers are not modelled yet.",
    effect: "Traffic is more even than with these.",
  },
  {
    name: "exec hooks",
    text: "Of a preStop or postStart command only its `sleep` is understood; any other command is one short process (20–100 ms).",
    effect: "Hooks that wait for something else than time end too early in the model.",
  },
  {
    name: "init containers",
    text: "An init container of which the scenario says nothing ends with exit code 0 when its start-up time is over.",
    effect: "Real init containers may take longer or fail.",
  },
  {
    name: "no kubelet admission",
    text: "The kubelet runs every Pod that is bound to its node; it doesn't check resources, affinity and taints again.",
    effect: "After a race a node may run more than it has room for, where a cluster would fail the Pod (OutOfcpu, OutOfmemory).",
  },
  {
    name: "no active deadline",
    text: "activeDeadlineSeconds of a Pod is not enforced.",
    effect: "Pods that would be ended with DeadlineExceeded go on.",
  },
  {
    name: "address of a new sandbox",
    text: "A Pod whose sandbox is made anew (after its node returned) keeps its address.",
    effect: "Clients with an old view find the Pod again; on a cluster they would reach nobody.",
  },
  {
    name: "every port is listened on",
    text: "Kubernetes doesn't ask a Pod to declare its ports, so a process is taken to listen on every port that a Service or a probe names by number, the first container's if none declares it.",
    effect: "A wrong number in targetPort or in a probe goes unnoticed; on a cluster connections would be refused. A name that no container declares is noticed.",
  },
  {
    name: "one list of endpoints for all ports",
    text: "A Pod that has some of a Service's named ports is an endpoint of all of them.",
    effect: "Requests to a port that the Pod doesn't have are refused by the Pod instead of finding no endpoint.",
  },
];
