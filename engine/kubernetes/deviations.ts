/** Where the model knowingly differs from Kubernetes. Reports print what touches a run; the code says `Differs: <name>` where it happens. */
export interface Deviation {
  readonly name: string;
  /** When it touches a run; without it, always. */
  readonly touches?: Touch;
  readonly text: string;
  /** What it may do to a result. */
  readonly effect: string;
}

/** Conditions on a run: workers/touching.ts judges them. */
export type Touch =
  | "a bare Pod that another controller would take"
  | "nodes whose zone changes"
  | "replicas on several nodes"
  | "terms about namespaces"
  | "more than 100 nodes"
  | "autoscaled workloads"
  | "metrics of one's own"
  | "groups of nodes that grow"
  | "Deployments"
  | "live runs"
  | "hundreds of actions"
  | "drains"
  | "volumes in memory"
  | "namespaces without a manifest"
  | "limit ranges"
  | "CronJobs"
  | "virtual load"
  | "clients that abandon attempts"
  | "calls between Services"
  | "connections that are kept"
  | "client-side discovery"
  | "Services that change"
  | "headless Services"
  | "topology hints"
  | "exec hooks"
  | "init containers"
  | "awaited Services"
  | "nodes that may run out of memory"
  | "disks with a size"
  | "static Pods"
  | "critical Pods"
  | "a node that returns"
  | "a frozen node"
  | "a network partition"
  | "a network delay or loss"
  | "an API server outage"
  | "ports that nobody declares"
  | "Services with several ports";

export const deviations: readonly Deviation[] = [
  {
    name: "usage read at the instant",
    touches: "autoscaled workloads",
    text: "metrics-server reads what containers use at the instant of its pass; a kubelet would answer with what it looked up in the last 10 s.",
    effect: "An autoscaler's samples are up to 10 s younger than in a cluster, so it may act one look (15 s) earlier.",
  },
  {
    name: "autoscaler's Pods",
    touches: "autoscaled workloads",
    text: "An autoscaler looks at the Pods that its target owns; a cluster's takes all that match the target's selector.",
    effect: "Pods of other workloads with the same labels don't count.",
  },
  {
    name: "metrics of one's own",
    touches: "metrics of one's own",
    text: "There is no adapter for metrics of Pods, objects or from outside: an autoscaler that asks for one gets an error, as from a cluster without an adapter.",
    effect: "Such an autoscaler still scales out by its other metrics, but never in.",
  },
  {
    name: "simulation of the node autoscaler",
    touches: "groups of nodes that grow",
    text: "It fits Pods in by requests, selectors, node affinity and taints; it takes the first group that helps, drains one node at a time, lets a new node join after a fixed delay under the name of one that had gone, and doesn't look at Pod affinity, spread, volumes or Pods of kube-system.",
    effect: "It may order a node on which the scheduler doesn't put the Pod then, or take one away that a cluster would have kept.",
  },
  {
    name: "adoption by other controllers",
    touches: "a bare Pod that another controller would take",
    text: "ReplicaSets and ReplicationControllers adopt matching Pods and release those that stopped to match. Deployments take ReplicaSets, StatefulSets Pods and revisions, DaemonSets revisions that an earlier owner of the same name left behind, and release none; DaemonSets and Jobs own the Pods that they made. A StatefulSet doesn't put a Pod's name label right that an operator changed.",
    effect:
      "A bare Pod or ReplicaSet whose labels match such a controller's selector stays alone; a DaemonSet that is made anew puts Pods beside those left behind.",
  },
  {
    name: "zones of the beginning",
    touches: "nodes whose zone changes",
    text: "A node that gets another topology.kubernetes.io/zone counts there for the scheduler and for topology spread; for eviction rates, hints and traffic, and for the order in which nodes are scanned, it stays in the zone it began in.",
    effect: "Evictions of a zone are slowed by the former members of that zone.",
  },
  {
    name: "CronJob schedules in UTC",
    touches: "CronJobs",
    text: "A CronJob's times are UTC whatever its timeZone says, and it is looked at when a time has come, also before 1.21, where that was every 10 s.",
    effect: "Jobs may start hours earlier or later in the day, or (before 1.21) up to 10 s too early.",
  },
  {
    name: "Services of the default spread",
    touches: "replicas on several nodes",
    text: "Pods are spread over hosts and zones by the Services that the run's manifests and actions name, whether they stand already or not. Services that select by a label that a controller adds (a StatefulSet's Pod by its name) are none of them, unless spread or affinity of some template names such labels.",
    effect: "Bare Pods may be spread before their Service is applied.",
  },
  {
    name: "namespaces by name alone",
    touches: "terms about namespaces",
    text: "A namespaceSelector of Pod affinity finds namespaces by kubernetes.io/metadata.name, or all; their other labels aren't looked at.",
    effect: "A term with another selector speaks of no Pod.",
  },
  {
    name: "nodes are scanned in order",
    touches: "more than 100 nodes",
    text: "The scheduler's 16 parallel filter workers are one scan in order, which ends at the first node that makes enough.",
    effect: "The next search may begin a few nodes earlier than on a cluster.",
  },
  {
    name: "live images",
    touches: "live runs",
    text: "A live run pulls no images: its containers are processes of this machine, started by the manifest's command after a modelled delay.",
    effect: "What an image would bring along (files, users, its entrypoint) is this machine's.",
  },
  {
    name: "live init process",
    touches: "live runs",
    text: "A live container's process is not process 1 of a namespace of its own.",
    effect: "A process that doesn't handle SIGTERM dies of it at once; in a container it would live until SIGKILL.",
  },
  {
    name: "live memory",
    touches: "live runs",
    text: "Live memory is the resident set of the container's main process, read once a second.",
    effect: "A kill for memory comes up to a second late, and memory of child processes and page cache doesn't count.",
  },
  {
    name: "100 Continue that nobody asked for",
    touches: "live runs",
    text: "A live HTTP probe takes such a response for a broken one; the kubelet's client skips it.",
    effect: "A live probe of a server that sends it fails.",
  },
  {
    name: "live Service proxy",
    touches: "live runs",
    text: "The live load learns of endpoints as soon as a watch could, without a Service proxy's sync period, and takes any of them at random: traffic policies, session affinity and hints are for virtual runs.",
    effect: "Fewer requests go to an endpoint that has just been removed, and they are spread more evenly.",
  },
  {
    name: "operator without a rate limit",
    touches: "hundreds of actions",
    text: "Actions send one request after the other without kubectl's own limit of 50 requests a second, burst 300.",
    effect: "Applying several hundred objects takes a little less time.",
  },
  {
    name: "drains don't look at volumes",
    touches: "drains",
    text: "A drain takes Pods with local data (emptyDir) without being told to.",
    effect: "A drain that kubectl would refuse to begin without --delete-emptydir-data goes on.",
  },
  {
    name: "CPU of a full node",
    touches: "virtual load",
    text: "Containers that together want more CPU than their node has get their shares once a second, by what each used since then and wants at that instant, and as soon as a start-up that wants CPU (`cpu.startUp`) begins or ends; containers that no load reaches count with nothing once they have started, init containers never.",
    effect: "A burst of less than a second isn't slowed by its neighbours, and one may be slowed for up to a second after they stopped.",
  },
  {
    name: "answers of a throttled server",
    touches: "virtual load",
    text: "When a probe is answered, and when a process that drains is done, is worked out as it begins, from what the server's CPU limit and load make likely then.",
    effect: "On a server that is throttled, a probe may take a little longer or less than requests that come with it.",
  },
  {
    name: "volumes in memory",
    touches: "volumes in memory",
    text: "What a container writes into an emptyDir of medium Memory takes no memory, and goes on beyond sizeLimit until the kubelet evicts the Pod; from 1.22 on a cluster's would be full there.",
    effect: "Such a Pod is evicted at its sizeLimit instead of failing to write, and never killed for what it holds there.",
  },
  {
    name: "namespaces that nobody creates",
    touches: "namespaces without a manifest",
    text: "A namespace that no manifest holds exists all the same.",
    effect: "Objects of a misspelt namespace are created; on a cluster they would be refused.",
  },
  {
    name: "limit ranges that come later",
    touches: "limit ranges",
    text: "Defaults of a LimitRange are worked into the Pods of its namespace when the scenario is read; one that an action applies has bounds only.",
    effect: "Pods that are created after such an action have no requests and limits by default.",
  },
  {
    name: "clients beside the cluster",
    touches: "virtual load",
    text: "Load comes from client places, hosts of their own with a Service proxy each; they are on no node and no fault reaches them.",
    effect: "Losing a node takes no client away.",
  },
  {
    name: "abandoned work goes on",
    touches: "clients that abandon attempts",
    text: "A server finishes what its client has given up or, hedging, no longer needs; nobody tells it.",
    effect: "Servers that stop at a closed connection or a cancelled stream have less to do in an overload than here.",
  },
  {
    name: "deadlines of calls",
    touches: "calls between Services",
    text: "A Pod that calls another Service doesn't pass on how long its own client still waits, and opens a connection for each attempt; what it computes itself comes before its calls.",
    effect: "Chains that pass deadlines on give up earlier than here; calls by kept connections stay with their endpoint longer.",
  },
  {
    name: "connections are free",
    touches: "connections that are kept",
    text: "Opening a connection takes no round trip and no work, kept or not; a server that closes its connections lets requests on them end, and resets those that come before the client knows (no second GOAWAY).",
    effect: "What pools save in latency isn't seen; a drain of HTTP/2 loses the requests of one way more than with a graceful GOAWAY.",
  },
  {
    name: "a registry follows the endpoints",
    touches: "client-side discovery",
    text: "A client registry lists what the Service's endpoints were `discovery.lag` ago; instances don't register and deregister themselves.",
    effect: "Registration before readiness, and saying goodbye in a preStop hook, are approximated by the lag.",
  },
  {
    name: "the way out takes its floor",
    touches: "virtual load",
    text: "A request's way to the endpoint always takes networkLatencyFloor; what both ways take beyond lies on the way back.",
    effect: "Round trips have the distribution of two draws; a request may reach its endpoint a fraction of a millisecond earlier.",
  },
  {
    name: "proxies run only for changes",
    touches: "virtual load",
    text: "A Service proxy runs when it learnt of a change, at least proxyMinSync after its last run; runs never fail, and the hourly full run is left out.",
    effect: "None while runs succeed; a change that meets the hourly run is programmed a few milliseconds later.",
  },
  {
    name: "target ports of Services",
    touches: "Services that change",
    text: "Once an action has given a Service other target ports, requests come to them after one write and one watch latency, on every node at once; in a cluster each node's proxy learns of them in its own time, and not at all while the API server is out.",
    effect: "For some milliseconds after such an action requests may reach the other port than in a cluster.",
  },
  {
    name: "routes are those of the beginning",
    touches: "Services that change",
    text: "Traffic policies, session affinity and the kind of hints of a Service are those that it is first given; an action that changes them changes selectors and ports alone.",
    effect: "Traffic goes on by the Service's former policy.",
  },
  {
    name: "names are resolved on the clock",
    touches: "headless Services",
    text: "A place resolves the name of a headless Service every dnsTtl, asked or not, and picks one of all addresses at random.",
    effect: "Clients that pause learn of changes no later than busy ones.",
  },
  {
    name: "hints are dealt out anew",
    touches: "topology hints",
    text: "Under topology-mode Auto, zones get their endpoints by share of CPU at each write, instead of keeping those of the write before.",
    effect: "A few more endpoints may change their zone when one comes or goes.",
  },
  {
    name: "exec hooks",
    touches: "exec hooks",
    text: "Of a preStop or postStart command only its `sleep` is understood; any other command is one short process (20–100 ms) that succeeds, unless `applications` says what the hook comes to (`hooks`).",
    effect: "Hooks that wait for something else than time end too early in the model.",
  },
  {
    name: "init containers",
    touches: "init containers",
    text: "An init container of which the scenario says nothing ends with exit code 0 when its start-up time is over.",
    effect: "Real init containers may take longer or fail.",
  },
  {
    name: "names of Services",
    touches: "awaited Services",
    text: "A container that awaits a Service finds its name a write's and a watch's median latency after the action that applies it, also when the name was looked up just before (a cluster's DNS may remember for seconds that there was none), and also after the Service was deleted.",
    effect: "On a cluster such a container may wait up to some seconds longer.",
  },
  {
    name: "instants of a node out of memory",
    touches: "nodes that may run out of memory",
    text: "When a node's memory is used up follows from what its containers grow by; requests in flight are looked at once a second, and pages of the kernel and of the kubelet itself aren't counted.",
    effect: "A kill by the kernel may come up to a second late.",
  },
  {
    name: "local disk",
    touches: "disks with a size",
    text: "A container's part of a disk is what its running process wrote; images and containers that have ended take none.",
    effect: "There is nothing to clean up before a Pod is evicted for the disk.",
  },
  {
    name: "syncs while room is made",
    touches: "critical Pods",
    text: "While a kubelet ends Pods to admit a critical one it takes no new Pod and no change, but Pods that it has are still synced; upstream's loop stands still altogether.",
    effect:
      "Containers of other Pods on that node restart during this time, and probe results show; in a cluster both come when the critical Pod is admitted.",
  },
  {
    name: "static Pods begin with their mirrors",
    touches: "static Pods",
    text: "A static Pod starts when its mirror has been created, not when its kubelet has read the file.",
    effect: "At the beginning of an empty cluster it starts a few milliseconds later.",
  },
  {
    name: "address of a new sandbox",
    touches: "a node that returns",
    text: "A Pod whose sandbox is made anew (after its node returned) keeps its address.",
    effect: "Clients with an old view find the Pod again; on a cluster they would reach nobody.",
  },
  {
    name: "frozen requests are served",
    touches: "a frozen node",
    text: "Requests in flight at the moment a node freezes are answered as if it had not; those that come while it lasts find nobody.",
    effect: "At most one request for each busy worker is answered that would have waited.",
  },
  {
    name: "partitions between nodes",
    touches: "a network partition",
    text: "A partition cuts nodes off from the API server, from all clients of their Pods, or from other nodes, of which client place p is on node p; Service proxies of the nodes go on learning, and answers under way arrive.",
    effect: "At most the requests in flight as it begins are answered that would have been lost.",
  },
  {
    name: "an answer is one packet",
    touches: "a network delay or loss",
    text: "Delays and losses of packets meet an answer as a whole, and a new connection's handshake: lost ones come again after 200 ms and 1 s, doubled each time, as TCP's timers do; acknowledgements and fast retransmits aren't modelled.",
    effect: "Large answers over a bad network would be slower.",
  },
  {
    name: "control plane components keep their leases",
    touches: "an API server outage",
    text: "Scheduler and controllers don't end for a lease that they can't renew, and start anew. The node controller takes every node for fresh once it sees the API server again, as its successor would; the others go on with what they knew.",
    effect: "After a long outage the control plane is back some seconds earlier than on a cluster, where it restarts first.",
  },
  {
    name: "every port is listened on",
    touches: "ports that nobody declares",
    text: "Kubernetes doesn't ask a Pod to declare its ports, so a process is taken to listen on every port that a Service or a probe names by number, the first container's if none declares it.",
    effect:
      "A wrong number in targetPort or in a probe goes unnoticed; on a cluster connections would be refused. A name that no container declares is noticed.",
  },
  {
    name: "one list of endpoints for all ports",
    touches: "Services with several ports",
    text: "A Pod that has some of a Service's named ports is an endpoint of all of them.",
    effect: "Requests to a port that the Pod doesn't have are refused by the Pod instead of finding no endpoint.",
  },
  {
    name: "template hash of our own dump",
    touches: "Deployments",
    text: "pod-template-hash is fnv32a over the model's form of the template, not over Go's dump of it.",
    effect: "Names of ReplicaSets and Pods look alike but aren't the ones a cluster would choose.",
  },
];
