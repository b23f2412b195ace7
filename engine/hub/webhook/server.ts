/**
 * A webhook's backend: a program on a machine of its own that answers reviews, after a time that is drawn for each. It says yes or no to everything, or asks for
 * a label, and may set labels.
 */
import type { Labels } from "../../api/object.ts";
import type { Duration } from "../../base/units.ts";
import type { Software } from "../../world/daemon.ts";
import { rpcServer } from "../../world/rpc.ts";
import type { Spread } from "../settings.ts";
import type { AdmissionResponse, AdmissionReview } from "./review.ts";

export const WEBHOOK_PORT = 443;

export interface WebhookBackend {
  /** As the `service` of a webhook configuration names it. */
  readonly name: string;
  readonly latency: Spread;
  readonly verdict: "allow" | "deny";
  readonly message: string;
  /** Objects without this label are refused. */
  readonly requireLabel: string | undefined;
  /** Set on every object that is let through; only a mutating webhook's count. */
  readonly setLabels: Labels;
}

export const webhookServer =
  (backend: WebhookBackend): Software =>
  (daemon) => {
    const latencies = daemon.keyed("latency");
    const { minimum, median, sigma } = backend.latency;
    rpcServer(daemon, WEBHOOK_PORT, (exchange) => {
      const delay = Math.max(minimum, latencies.lognormal(median, sigma)) as Duration;
      exchange.reply(answer(backend, exchange.request as AdmissionReview), delay);
    });
  };

export function answer(backend: WebhookBackend, { object }: AdmissionReview): AdmissionResponse {
  const { verdict, message, requireLabel, setLabels } = backend;
  const missing = requireLabel !== undefined && object.metadata.labels?.[requireLabel] === undefined;
  if (verdict === "deny" || missing) return { allowed: false, code: 403, message };
  return Object.keys(setLabels).length === 0 ? { allowed: true } : { allowed: true, labels: setLabels };
}
