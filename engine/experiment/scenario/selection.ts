/**
 * Which machines, or which processes on them, a step of the timeline is about: `{ zone: a }`, `{ pool: workers, pick: 3 }`,
 * `{ leaderOf: kube-controller-manager }`. All conditions must hold; then `pick` or `fraction` draws among those that are left.
 *
 * `component` and `leaderOf` also say which process is meant, to faults that act on processes. Who leads is known only at the moment of
 * the step, so matching takes it from outside.
 */
import type { HostDescription } from "../../world/host.ts";

export interface Selection {
  readonly zone?: string;
  readonly role?: string;
  readonly pool?: string;
  /** A host's full name. */
  readonly host?: string;
  /** Hosts that run this daemon: `kubelet`, `kube-apiserver`, `etcd`, … */
  readonly component?: string;
  /** The host of the daemon that leads this component. */
  readonly leaderOf?: string;
  /** So many of them, drawn at random at the moment of the step. */
  readonly pick?: number;
  /** This share of them (0 to 1], rounded up, drawn at random. */
  readonly fraction?: number;
}

/** A host as selections see it. `world/host.ts` `Host` is one. */
export interface Selectable extends HostDescription {
  readonly daemons: { has(name: string): boolean };
}

/** Whether the host satisfies every condition but the draw. `leader` names the host that leads a component, if any does. */
export function matches(
  selection: Selection,
  host: Selectable,
  leader: (component: string) => string | undefined,
): boolean {
  const { zone, role, pool, component, leaderOf } = selection;
  if (zone !== undefined && host.zone !== zone) return false;
  if (role !== undefined && host.role !== role) return false;
  if (pool !== undefined && host.pool !== pool) return false;
  if (selection.host !== undefined && host.name !== selection.host) return false;
  if (component !== undefined && !host.daemons.has(component)) return false;
  return leaderOf === undefined || host.name === leader(leaderOf);
}

/**
 * The hosts that a selection means at this moment, in the order given. `draw` is a stream's `sample` (`kernel/random.ts`); it is asked only
 * when the selection draws. Empty when nothing matches, for instance while nobody leads.
 */
export function select<H extends Selectable>(
  selection: Selection,
  hosts: readonly H[],
  leader: (component: string) => string | undefined,
  draw: (hosts: readonly H[], count: number) => readonly H[],
): readonly H[] {
  const matching = hosts.filter((host) => matches(selection, host, leader));
  const count = drawn(selection, matching.length);
  if (count === undefined || count >= matching.length) return matching;
  const taken = new Set(draw(matching, count));
  return matching.filter((host) => taken.has(host));
}

function drawn(selection: Selection, available: number): number | undefined {
  if (selection.pick !== undefined) return selection.pick;
  return selection.fraction === undefined ? undefined : Math.ceil(selection.fraction * available);
}

/** The process that a selection names, if it names one. */
export const processOf = (selection: Selection): string | undefined => selection.leaderOf ?? selection.component;

/** As a person would say it: `zone a`, `leader of kube-scheduler`, `3 of pool workers`. */
export function describeSelection(selection: Selection): string {
  const { zone, role, pool, host, component, leaderOf, pick, fraction } = selection;
  const parts: string[] = [];
  if (leaderOf !== undefined) parts.push(`leader of ${leaderOf}`);
  if (host !== undefined) parts.push(host);
  if (component !== undefined) parts.push(component);
  if (pool !== undefined) parts.push(`pool ${pool}`);
  if (role !== undefined) parts.push(role);
  if (zone !== undefined) parts.push(`zone ${zone}`);
  const all = parts.join(" in ") || "every host";
  if (pick !== undefined) return `${pick} of ${all}`;
  return fraction === undefined ? all : `${Math.round(fraction * 10_000) / 100}% of ${all}`;
}
