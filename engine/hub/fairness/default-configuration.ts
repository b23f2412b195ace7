/**
 * The priority levels and flow schemas that every API server has (apiserver `pkg/apis/flowcontrol/bootstrap/default.go`, Kubernetes 1.36).
 * Left out: the schemas for endpoints and probes, which nothing here asks for.
 */
import { type FlowSchema, inOrder, type Rule, type Subject } from "./flow-schema.ts";
import type { PriorityLevel, Queuing } from "./priority-level.ts";

const queuing = (queues: number, handSize: number): Queuing => ({ queues, handSize, queueLengthLimit: 50 });

const level = (name: string, shares: number, lendablePercent: number, queues?: Queuing): PriorityLevel => ({
  name,
  exempt: false,
  nominalConcurrencyShares: shares,
  lendablePercent,
  ...(queues && { queuing: queues }),
});

export const DEFAULT_LEVELS: readonly PriorityLevel[] = [
  { ...level("exempt", 0, 0), exempt: true },
  level("catch-all", 5, 0),
  level("system", 30, 33, queuing(64, 6)),
  level("node-high", 40, 25, queuing(64, 6)),
  level("leader-election", 10, 0, queuing(16, 4)),
  level("workload-high", 40, 50, queuing(128, 6)),
  level("workload-low", 100, 90, queuing(128, 6)),
  level("global-default", 20, 50, queuing(128, 6)),
];

const group = (name: string): Subject => ({ group: name });
const user = (name: string): Subject => ({ user: name });
const KUBE_SYSTEM_ACCOUNTS: Subject = { serviceAccountNamespace: "kube-system", name: "*" };
const EVERYBODY: readonly Subject[] = [group("system:authenticated"), group("system:unauthenticated")];

const everything = (...subjects: readonly Subject[]): Rule => ({ subjects, verbs: ["*"], kinds: ["*"] });

export const DEFAULT_SCHEMAS: readonly FlowSchema[] = inOrder([
  schema("exempt", 1, "exempt", [everything(group("system:masters"))]),
  schema(
    "system-leader-election",
    100,
    "leader-election",
    [
      {
        subjects: [user("system:kube-controller-manager"), user("system:kube-scheduler"), KUBE_SYSTEM_ACCOUNTS],
        verbs: ["get", "create", "update"],
        kinds: ["Lease"],
      },
    ],
    "user",
  ),
  schema(
    "system-node-high",
    400,
    "node-high",
    [{ subjects: [group("system:nodes")], verbs: ["*"], kinds: ["Node", "Lease"] }],
    "user",
  ),
  schema("system-nodes", 500, "system", [everything(group("system:nodes"))], "user"),
  schema(
    "kube-controller-manager",
    800,
    "workload-high",
    [everything(user("system:kube-controller-manager"))],
    "namespace",
  ),
  schema("kube-scheduler", 800, "workload-high", [everything(user("system:kube-scheduler"))], "namespace"),
  schema("kube-system-service-accounts", 900, "workload-high", [everything(KUBE_SYSTEM_ACCOUNTS)], "namespace"),
  schema("service-accounts", 9_000, "workload-low", [everything(group("system:serviceaccounts"))], "user"),
  schema("global-default", 9_900, "global-default", [everything(...EVERYBODY)], "user"),
  schema("catch-all", 10_000, "catch-all", [everything(user("*"))], "user"),
]);

function schema(
  name: string,
  matchingPrecedence: number,
  priorityLevel: string,
  rules: readonly Rule[],
  distinguisher?: FlowSchema["distinguisher"],
): FlowSchema {
  return { name, matchingPrecedence, priorityLevel, rules, ...(distinguisher && { distinguisher }) };
}
