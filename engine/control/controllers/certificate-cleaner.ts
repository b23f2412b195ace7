/**
 * Deletes certificate signing requests that have served their time, once an hour (`pkg/controller/certificates/cleaner/cleaner.go`).
 */
import { isApiError } from "../../api/error.ts";
import {
  type CertificateSigningRequest,
  csrCondition,
  isApproved,
} from "../../api/kinds/certificate-signing-request.ts";
import { keyOf } from "../../api/object.ts";
import { type Duration, hours, type Instant } from "../../base/units.ts";
import type { Controller, ControllerContext } from "../../client/controller.ts";
import { type Informer, whenSynced } from "../../client/informer.ts";
import { type Process, sleep } from "../../kernel/process.ts";
import type { ControllerManagerSettings } from "../settings.ts";
import { CERTIFICATE_CONTROLLER } from "./certificate-request.ts";

type Context = ControllerContext<ControllerManagerSettings>;

const PERIOD = hours(1);
const SETTLED_FOR = hours(1);
const PENDING_FOR = hours(24);

export const certificateCleaner: Controller<ControllerManagerSettings> = {
  name: "certificatesigningrequest-cleaner",
  serviceAccount: CERTIFICATE_CONTROLLER,
  start(context) {
    const requests = context.informers.of("CertificateSigningRequest");
    context.daemon.spawn("certificatesigningrequest-cleaner", run(context, requests));
  },
};

function* run({ daemon, client }: Context, requests: Informer<CertificateSigningRequest>): Process<never> {
  yield* whenSynced([requests]);
  for (;;) {
    for (const request of requests.list())
      if (isSpent(request, daemon.now())) {
        try {
          yield* client.delete("CertificateSigningRequest", keyOf(request));
        } catch (error) {
          if (!isApiError(error)) throw error;
        }
      }
    yield* sleep(PERIOD);
  }
}

/** Issued, denied or failed an hour ago; waiting for approval or for its certificate for a day; or its certificate has run out. Pure. */
export function isSpent(request: CertificateSigningRequest, now: Instant): boolean {
  const { certificate } = request.status;
  const old = (since: Instant | undefined, limit: Duration) => since !== undefined && now - since >= limit;
  const [approvedAt, deniedAt, failedAt] = (["Approved", "Denied", "Failed"] as const).map(
    (type) => csrCondition(request, type)?.lastUpdateTime,
  );
  if (certificate !== undefined && now > certificate.notAfter) return true;
  if (isApproved(request)) return old(approvedAt, certificate === undefined ? PENDING_FOR : SETTLED_FOR);
  if (deniedAt !== undefined || failedAt !== undefined) return old(deniedAt, SETTLED_FOR) || old(failedAt, SETTLED_FOR);
  return old(request.metadata.creationTimestamp, PENDING_FOR);
}
