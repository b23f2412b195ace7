/**
 * What the controllers of certificate signing requests share (`pkg/controller/certificates/certificate_controller.go`): a queue with its own waits, five
 * workers, and the account that they speak as. And which requests are a kubelet's (`pkg/apis/certificates/helpers.go`, IsKubeletClientCSR).
 */
import { type CertificateSigningRequest, KUBELET_CLIENT_SIGNER } from "../../api/kinds/certificate-signing-request.ts";
import { keyOf } from "../../api/object.ts";
import { milliseconds, seconds } from "../../base/units.ts";
import { type Controller, type ControllerContext, done, type Reconciled, runWorkers } from "../../client/controller.ts";
import { itemExponential, maxOf, sharedBucket } from "../../client/rate-limiter.ts";
import { createWorkQueue } from "../../client/work-queue.ts";
import type { Process } from "../../kernel/process.ts";
import type { ControllerManagerSettings } from "../settings.ts";

type Context = ControllerContext<ControllerManagerSettings>;

export const CERTIFICATE_CONTROLLER = "certificate-controller";
const WORKERS = 5;

/** A controller that looks at each request whenever it changes. What `handle` throws is tried again. */
export const certificateController = <Name extends string>(
  name: Name,
  handle: (request: CertificateSigningRequest, context: Context) => Process<Reconciled>,
): Controller<ControllerManagerSettings> & { readonly name: Name } => ({
  name,
  serviceAccount: CERTIFICATE_CONTROLLER,
  start(context) {
    const { daemon, informers } = context;
    const requests = informers.of("CertificateSigningRequest");
    const now = () => daemon.monotonic();
    const limiter = maxOf(itemExponential(milliseconds(200), seconds(1_000)), sharedBucket(now, 10, 100));
    const queue = createWorkQueue(daemon, name, limiter);
    const add = (request: CertificateSigningRequest) => queue.add(keyOf(request));
    requests.onChange({ added: add, updated: (_, request) => add(request) });
    runWorkers({
      daemon,
      queue,
      workers: WORKERS,
      informers: [requests],
      *reconcile(key) {
        const request = requests.get(key);
        return request === undefined || request.status.certificate !== undefined
          ? done()
          : yield* handle(request, context);
      },
    });
  },
});

const NODE_PREFIX = "system:node:";
const WITH_ENCIPHERMENT = ["client auth", "digital signature", "key encipherment"];
const WITHOUT = ["client auth", "digital signature"];

/** Whether a request is for the client certificate of a kubelet, and of nothing else. */
export function isKubeletClientRequest({ spec }: CertificateSigningRequest): boolean {
  const { subject, dnsNames } = spec.request;
  if (spec.signerName !== KUBELET_CLIENT_SIGNER) return false;
  if (subject.organizations.length !== 1 || subject.organizations[0] !== "system:nodes") return false;
  if (dnsNames.length > 0 || !subject.commonName.startsWith(NODE_PREFIX)) return false;
  const usages = [...spec.usages].sort().join();
  return usages === WITH_ENCIPHERMENT.join() || usages === WITHOUT.join();
}
