/**
 * A watcher never goes back in time: once an informer's copy has stood at a resourceVersion, no list, event or bookmark brings it an older one
 * (the promise of consistent reads, kubernetes issue 59848). Informers themselves tell when it happens, and never do otherwise.
 */
import { copyWentBack } from "../../client/happening.ts";
import { always } from "./invariant.ts";

export const resourceVersionNeverBack = always({
  name: "resource-version-never-back",
  summary: "no informer's copy goes back to an older resourceVersion",
  listens: [copyWentBack],
  begin:
    () =>
    ({ host, subject, detail: { component, from, to } }) =>
      `${component} on ${host} goes back with its ${subject}s from resourceVersion ${from} to ${to}`,
});
