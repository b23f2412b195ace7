/**
 * kube-controller-manager: one process that runs many small controllers while it holds its lease, and ends when it has lost it
 * (`cmd/kube-controller-manager/app/controllermanager.go`). Nothing that they remembered outlives it: expectations, back-off, timers, views.
 *
 * All controllers see one shared set of informers, which are the manager's own; each speaks as a service account of its own, over a connection that
 * they share, with a client, and so a token bucket, of its own: a busy one does not slow another down. Their events take from the same bucket. A standby has no informers: a new leader begins with a list of everything.
 */
import { type Lease, termOf } from "../../api/kinds/lease.ts";
import { type Client, createClient } from "../../client/client.ts";
import type { Controller } from "../../client/controller.ts";
import { type Credentials, fixedCredentials, type TokenSource } from "../../client/credentials.ts";
import { createEventRecorder } from "../../client/event-recorder.ts";
import { type Informers, sharedInformers } from "../../client/informer.ts";
import { electionClientTimeout, electorIdentity, runElector } from "../../client/leader-election.ts";
import { createTransport, type Transport } from "../../client/transport.ts";
import type { Process } from "../../kernel/process.ts";
import type { Address, Daemon, Software } from "../../world/daemon.ts";
import type { ControllerManagerSettings } from "../settings.ts";
import { ControllerAccount, controllerClaim } from "./controller-account.ts";
import { garbageCollector } from "./garbage-collector.ts";
import { CONTROLLERS } from "./registry.ts";

export const CONTROLLER_MANAGER_LEASE = "kube-system/kube-controller-manager";

export interface ControllerManagerOptions {
  readonly settings: ControllerManagerSettings;
  /** The API servers behind the load balancer. */
  readonly servers: readonly Address[];
  /** The manager's own certificate; with it, each controller asks for tokens of a service account of its own. */
  readonly credentials?: Credentials | undefined;
  /** Controllers to choose from; those of the registry unless a reader brings his own. */
  readonly controllers?: readonly Controller<ControllerManagerSettings>[];
}

export const controllerManager =
  (options: ControllerManagerOptions): Software =>
  (daemon) => {
    daemon.spawn("kube-controller-manager", run(daemon, options));
  };

/** Stands by, leads, and ends. On a graceful stop the elector gives the lease back, if the settings say so. */
function* run(daemon: Daemon, options: ControllerManagerOptions): Process {
  const { leaderElection, kubeApiQps: qps, kubeApiBurst: burst } = options.settings;
  const transport = createTransport(daemon, options.servers, options.credentials);
  const timeout = electionClientTimeout(leaderElection.renewDeadline);
  yield* runElector({
    ...leaderElection,
    daemon,
    client: createClient(daemon, { user: MANAGER, servers: options.servers, qps, burst, timeout }, transport),
    lease: CONTROLLER_MANAGER_LEASE,
    identity: electorIdentity(daemon),
    lead: (lease) => startControllers(daemon, options, transport, lease),
  });
  daemon.exit("leaderelection lost");
}

function startControllers(daemon: Daemon, options: ControllerManagerOptions, transport: Transport, lease: Lease): void {
  const { settings, servers, controllers = CONTROLLERS } = options;
  const { kubeApiQps: qps, kubeApiBurst: burst } = settings;
  const root = createClient(daemon, { user: MANAGER, servers, qps, burst }, transport);
  const informers: Informers = sharedInformers(daemon, root, settings);
  const accounts = accountsOf(daemon, options, root);
  for (const controller of controllers) {
    if (!settings.controllers.includes(controller.name)) continue;
    const unfenced = clientOf(controller, daemon, options, accounts ?? { transport });
    const client = settings.fencing ? unfenced.inTerm(termOf(lease)) : unfenced;
    const events = createEventRecorder(daemon, client, `${controller.name}-controller`);
    controller.start({ daemon, client, informers, events, settings });
  }
  informers.start();
}

/** How controllers reach the API: a connection on which no certificate is shown, and a source of tokens for each account. */
interface Accounts {
  readonly transport: Transport;
  readonly tokensOf?: (account: string) => TokenSource;
}

function accountsOf(
  daemon: Daemon,
  { servers, credentials }: ControllerManagerOptions,
  root: Client,
): Accounts | undefined {
  if (credentials === undefined) return undefined;
  const sources = new Map<string, TokenSource>();
  const tokensOf = (account: string): TokenSource => {
    const source = sources.get(account) ?? new ControllerAccount(daemon, root, account);
    sources.set(account, source);
    return source;
  };
  return { transport: createTransport(daemon, servers, fixedCredentials(credentials.trust, undefined)), tokensOf };
}

/** The garbage collector may ask twice as often as the others, because it looks at everything. */
function clientOf(
  controller: Controller<ControllerManagerSettings>,
  daemon: Daemon,
  { settings, servers }: ControllerManagerOptions,
  { transport, tokensOf }: Accounts,
): Client {
  const account = controller.serviceAccount ?? `${controller.name}-controller`;
  const user = controllerClaim(account);
  const tokens = tokensOf?.(account);
  const qps = controller.name === garbageCollector.name ? settings.kubeApiQps * 2 : settings.kubeApiQps;
  return createClient(
    daemon,
    { user, servers, qps, burst: settings.kubeApiBurst, ...(tokens && { tokens }) },
    transport,
  );
}

const MANAGER = { name: "system:kube-controller-manager", groups: ["system:authenticated"] };
