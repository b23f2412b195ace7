/** Speaks to the Kubernetes API as its pod's service account, over and over: an operator, a controller of one's own, a dashboard. */
import { isApiError } from "../../api/error.ts";
import { seconds } from "../../base/units.ts";
import { type Process, sleep } from "../../kernel/process.ts";
import { type Program, READY, SHUTDOWN, STARTUP } from "./program.ts";

export const apiClient: Program = {
  name: "api-client",
  summary:
    "Lists the pods of its own namespace again and again, with the token of its service account; ready while it is allowed to.",
  parameters: [
    STARTUP,
    READY,
    SHUTDOWN,
    {
      name: "every",
      type: "duration",
      default: seconds(30),
      minimum: 1,
      meaning: "From one request's end to the next.",
    },
  ],
  imageExists: true,
  *run(container): Process<number> {
    yield* sleep(container.duration("startup"));
    container.running();
    yield* sleep(container.duration("ready"));
    const client = container.api();
    const { namespace = "default" } = container.pod.metadata;
    for (let ready = false; ; yield* sleep(container.duration("every"))) {
      try {
        yield* client.list("Pod", { namespace });
        if (!ready) container.ready();
        ready = true;
      } catch (error) {
        if (!isApiError(error)) throw error;
      }
    }
  },
};
