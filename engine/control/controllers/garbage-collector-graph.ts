/**
 * Who owns whom, built from what the informers of every kind tell (`pkg/controller/garbagecollector/graph_builder.go`, `graph.go`). An owner that is
 * named but has not been seen stands in the graph as virtual, until it shows up or a live look proves it absent.
 *
 * It decides nothing but what has to be looked at again, and puts that into two queues by uid. Left out: dependents that give one uid different
 * names. Upstream tries the names in turn; here the first that proves absent removes the virtual owner, and the dependents are each looked at.
 */
import { isDeleting, type KubeObject, type OwnerReference } from "../../api/object.ts";
import { type AbsentOwners, absentKey } from "./garbage-collector-absent.ts";

export const FINALIZER_FOREGROUND = "foregroundDeletion";
export const FINALIZER_ORPHAN = "orphan";

/** An object as others refer to it. */
export interface Identity {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly uid: string;
}

export class GraphNode {
  identity: Identity;
  owners: readonly OwnerReference[] = NO_OWNERS;
  /** In the order in which they were met. Most objects never have any. */
  dependents: Set<GraphNode> | undefined;
  beingDeleted = false;
  /** In foreground deletion: stays until its dependents are gone. */
  deletingDependents = false;
  /** Only named by others so far. */
  virtual: boolean;

  constructor(identity: Identity, virtual: boolean) {
    this.identity = identity;
    this.virtual = virtual;
  }
}

const NO_OWNERS: readonly OwnerReference[] = [];

/** Where the graph puts what has to be looked at. */
export interface GraphQueues {
  attemptToDelete(uid: string): void;
  attemptToOrphan(uid: string): void;
  /** An owner was seen in another namespace than its dependent. */
  invalidNamespace(dependent: GraphNode, owner: OwnerReference): void;
}

export class OwnerGraph {
  private readonly nodes = new Map<string, GraphNode>();
  private readonly queues: GraphQueues;
  private readonly absent: AbsentOwners;

  constructor(queues: GraphQueues, absent: AbsentOwners) {
    this.queues = queues;
    this.absent = absent;
  }

  get(uid: string): GraphNode | undefined {
    return this.nodes.get(uid);
  }

  /** An object was added or changed. */
  see(old: KubeObject | undefined, object: KubeObject): void {
    const { uid, ownerReferences = NO_OWNERS } = object.metadata;
    let node = this.nodes.get(uid);
    if (node === undefined) {
      node = new GraphNode(identityOf(object), false);
      this.nodes.set(uid, node);
      node.owners = ownerReferences;
      node.deletingDependents = isDeleting(object) && hasFinalizer(object, FINALIZER_FOREGROUND);
      this.join(node, ownerReferences);
    } else {
      if (node.virtual) this.becomeReal(node, identityOf(object));
      this.reown(node, ownerReferences);
    }
    if (isDeleting(object)) node.beingDeleted = true;
    this.followDeletion(old, object, node);
  }

  /** An object is gone, or was proved never to have been there. */
  forget(uid: string): void {
    const node = this.nodes.get(uid);
    if (node === undefined) return;
    this.nodes.delete(uid);
    this.leave(node, node.owners);
    if (node.dependents?.size) this.absent.add(absentKey(node.identity, node.identity.namespace));
    for (const dependent of node.dependents ?? []) this.queues.attemptToDelete(dependent.identity.uid);
    for (const { uid: owner } of node.owners)
      if (this.nodes.get(owner)?.deletingDependents) this.queues.attemptToDelete(owner);
  }

  private becomeReal(node: GraphNode, identity: Identity): void {
    node.virtual = false;
    if (sameIdentity(node.identity, identity)) return;
    node.identity = identity;
    for (const dependent of node.dependents ?? []) {
      const reference = dependent.owners.find(({ uid }) => uid === identity.uid);
      if (reference === undefined || agrees(dependent, reference, identity)) continue;
      if (isElsewhere(dependent, identity)) this.queues.invalidNamespace(dependent, reference);
      this.queues.attemptToDelete(dependent.identity.uid);
    }
  }

  private reown(node: GraphNode, owners: readonly OwnerReference[]): void {
    const before = node.owners;
    if (before === owners) return;
    node.owners = owners;
    const added = owners.filter(({ uid }) => !before.some((owner) => owner.uid === uid));
    const removed = before.filter(({ uid }) => !owners.some((owner) => owner.uid === uid));
    for (const owner of before) {
      const after = owners.find(({ uid }) => uid === owner.uid);
      const unblocked = owner.blockOwnerDeletion === true && after?.blockOwnerDeletion !== true;
      if (unblocked && this.nodes.has(owner.uid)) this.queues.attemptToDelete(owner.uid);
    }
    this.join(node, added);
    this.leave(node, removed);
  }

  /** `addDependentToOwners`: an owner that nobody has seen is made up, and looked for; one that does not fit makes its dependent suspect. */
  private join(node: GraphNode, owners: readonly OwnerReference[]): void {
    let suspect = false;
    for (const reference of owners) {
      const owner = this.nodes.get(reference.uid);
      if (owner !== undefined) {
        owner.dependents ??= new Set();
        owner.dependents.add(node);
        if (isElsewhere(node, owner.identity) && !owner.virtual) this.queues.invalidNamespace(node, reference);
        suspect ||= !agrees(node, reference, owner.identity);
        continue;
      }
      const { apiVersion, kind, name, uid } = reference;
      const virtual = new GraphNode({ apiVersion, kind, namespace: node.identity.namespace, name, uid }, true);
      virtual.dependents = new Set([node]);
      this.nodes.set(uid, virtual);
      this.queues.attemptToDelete(uid);
    }
    if (suspect) this.queues.attemptToDelete(node.identity.uid);
  }

  private leave(node: GraphNode, owners: readonly OwnerReference[]): void {
    for (const { uid } of owners) this.nodes.get(uid)?.dependents?.delete(node);
  }

  /** `processTransitions`: a deletion that begins with one of the two finalizers is this collector's to finish. */
  private followDeletion(old: KubeObject | undefined, object: KubeObject, node: GraphNode): void {
    const { uid } = node.identity;
    if (beginsDeletionWith(FINALIZER_ORPHAN, old, object)) {
      this.queues.attemptToOrphan(uid);
    } else if (beginsDeletionWith(FINALIZER_FOREGROUND, old, object)) {
      node.deletingDependents = true;
      for (const dependent of node.dependents ?? []) this.queues.attemptToDelete(dependent.identity.uid);
      this.queues.attemptToDelete(uid);
    }
  }
}

/** The dependents that hold up the foreground deletion of their owner. */
export const blockingDependents = ({ dependents, identity }: GraphNode): readonly GraphNode[] =>
  [...(dependents ?? [])].filter(({ owners }) =>
    owners.some(({ uid, blockOwnerDeletion }) => uid === identity.uid && blockOwnerDeletion === true),
  );

export const hasFinalizer = (object: KubeObject, finalizer: string): boolean =>
  object.metadata.finalizers?.includes(finalizer) ?? false;

const beginsDeletionWith = (finalizer: string, old: KubeObject | undefined, object: KubeObject): boolean =>
  isDeleting(object) &&
  hasFinalizer(object, finalizer) &&
  (old === undefined || !isDeleting(old) || !hasFinalizer(old, finalizer));

function identityOf({ apiVersion, kind, metadata: { namespace, name, uid } }: KubeObject): Identity {
  return { apiVersion, kind, namespace, name, uid };
}

const sameIdentity = (a: Identity, b: Identity): boolean => a.namespace === b.namespace && sameCoordinates(a, b);

const sameCoordinates = (a: Omit<Identity, "namespace">, b: Omit<Identity, "namespace">): boolean =>
  a.uid === b.uid && a.name === b.name && a.kind === b.kind && a.apiVersion === b.apiVersion;

/** The owner lives in a namespace that is not the dependent's. */
const isElsewhere = (dependent: GraphNode, { namespace }: Identity): boolean =>
  namespace !== undefined && namespace !== dependent.identity.namespace;

/** What a dependent says of its owner is what the owner is. */
const agrees = (dependent: GraphNode, reference: OwnerReference, owner: Identity): boolean =>
  !isElsewhere(dependent, owner) && sameCoordinates(reference, owner);
