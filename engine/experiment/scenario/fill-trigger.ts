/** The `when` of a step: a moment that can come, about names that exist, and no circle of steps that wait for each other. */

import type { Duration } from "../../base/units.ts";
import { ELECTED_COMPONENTS, LEASED_COMPONENTS } from "../../cluster/machine.ts";
import type { Desk } from "./desk.ts";
import type { Places } from "./fill-selection.ts";
import type { Objects } from "./objects.ts";
import type { Path } from "./problem.ts";
import type { Step } from "./scenario.ts";
import { describeValue } from "./suggestion.ts";
import { parseTrigger, type Trigger, type TriggerNames, TriggerSlip } from "./trigger.ts";
import { isRead, readDuration } from "./writing.ts";

interface Draft {
  readonly when?: unknown;
  readonly after?: unknown;
}

interface Stage extends Desk {
  readonly places: Places;
  readonly objects: Objects;
}

/** The trigger of a step, its `after` counted in; undefined for a step without one, and for one that is wrong. */
export function fillTrigger(draft: Draft, path: Path, names: TriggerNames, desk: Desk): Trigger | undefined {
  const { source, problems } = desk;
  const later = fillAfter(draft, path, desk);
  if (draft.when === undefined) return undefined;
  if (typeof draft.when !== "string") {
    problems.at(
      source,
      [...path, "when"],
      `found ${describeValue(draft.when)}, expected text`,
      "for example `when: deployment/web converged`",
    );
    return undefined;
  }
  const trigger = parseTrigger(draft.when, names);
  if (!(trigger instanceof TriggerSlip)) return { ...trigger, later: (trigger.later + later) as Duration };
  problems.inside(source, [...path, "when"], trigger.offset, trigger.message, trigger.suggestion);
  return undefined;
}

function fillAfter({ when, after }: Draft, path: Path, { source, problems }: Desk): Duration {
  if (after === undefined) return 0 as Duration;
  const at = [...path, "after"];
  if (when === undefined)
    problems.at(source, at, "is for steps with `when`", "add it to `at`, or give the step a `when`", true);
  const reading = readDuration(after);
  if (isRead(reading)) return reading.value;
  problems.at(source, at, reading.message, reading.suggestion);
  return 0 as Duration;
}

/** Kinds whose objects the scenario itself brings in. */
const DECLARED = ["Deployment", "Thermostat"];

export function triggerNames({ places, objects, vocabulary }: Stage, steps: readonly string[]): TriggerNames {
  const nodes = places.hosts.filter(({ role }) => role === "node").map(({ name }) => name);
  return {
    steps,
    components: ELECTED_COMPONENTS,
    leases: [
      ...LEASED_COMPONENTS.map((component) => `kube-system/${component}`),
      ...nodes.map((name) => `kube-node-lease/${name}`),
    ],
    users: [
      ...vocabulary.controllers.map((name) => `${name}-controller`),
      ...[
        "node-controller",
        "generic-garbage-collector",
        "pod-garbage-collector",
        "kube-controller-manager",
        "kube-scheduler",
        "kubelet",
        "kubernetes-admin",
        "apiserver",
      ],
      ...nodes,
    ],
    objects(kind, namespace) {
      if (kind === "Node") return places.known ? nodes : undefined;
      return DECLARED.includes(kind) && objects.complete ? objects.names(kind, namespace) : undefined;
    },
  };
}

/** Tells each step that waits, by way of others, for itself. */
export function checkCircles(steps: readonly (Step & { readonly place: Path })[], { source, problems }: Desk): void {
  const awaited = (step: Step) => {
    const moment = step.when?.moment;
    return moment?.on === "step" ? steps.find(({ name }) => name === moment.step) : undefined;
  };
  for (const step of steps) {
    let other = awaited(step);
    for (let hops = 1; other !== undefined && other !== step && hops < steps.length; hops++) other = awaited(other);
    if (other === step) problems.at(source, [...step.place, "when"], "waits for itself, so it never comes");
  }
}
