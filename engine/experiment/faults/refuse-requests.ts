/**
 * API servers answer some requests with an error and do nothing else about them, as when etcd behind them does not keep up. Watches may be meant too: those
 * that are opened, not those that are open.
 */
import { ApiError, type Reason } from "../../api/error.ts";
import { serverDisturbance } from "../../hub/apiserver/disturbance.ts";
import { sleep } from "../../kernel/process.ts";
import { fault } from "./fault.ts";
import { REQUEST_FILTER, requestFilter } from "./request-filter.ts";

/** What each code says (apimachinery `pkg/api/errors`; the 500 in etcd's words). */
const ANSWERS: Readonly<Record<string, readonly [reason: Reason, message: string]>> = {
  "401": ["Unauthorized", "Unauthorized"],
  "403": ["Forbidden", "forbidden"],
  "429": ["TooManyRequests", "Too many requests, please try again later."],
  "500": ["InternalError", "etcdserver: request timed out"],
  "503": ["ServiceUnavailable", "the server is currently unable to handle the request"],
  "504": ["Timeout", "Timeout: request did not complete within the allotted timeout"],
};

export const refuseRequests = fault({
  name: "refuse-requests",
  summary: "makes API servers answer requests with an error",
  takes: {
    targets: "processes",
    components: ["kube-apiserver"],
    duration: "optional",
    parameters: [
      {
        name: "code",
        type: "number",
        default: 500,
        meaning: `the status of the answer: ${Object.keys(ANSWERS).join(", ")}`,
      },
      {
        name: "retryAfter",
        type: "number",
        minimum: 1,
        maximum: 3_600,
        meaning: "seconds after which the client is asked to come again; without it, nothing is said about that",
      },
      ...REQUEST_FILTER.map((parameter) =>
        parameter.name === "verb" ? { ...parameter, values: [...(parameter.values ?? []), "watch"] } : parameter,
      ),
      {
        name: "share",
        type: "fraction",
        default: 1,
        meaning: "of these requests, how many are refused, drawn for each",
      },
    ],
    check: ({ code }) =>
      Object.hasOwn(ANSWERS, String(code))
        ? undefined
        : `no answer is known with the code ${code}, only with ${Object.keys(ANSWERS).join(", ")}`,
  },
  *inject({ random }, { processes, lasting, with: given }) {
    const { code, retryAfter, share } = given;
    const [reason, message] = ANSWERS[String(code)]!;
    const error = new ApiError(Number(code), reason, message, {}, retryAfter as number | undefined);
    const refuse = () => (share === 1 || random.chance(share as number) ? error : undefined);
    const undo = processes.map((process) => process.lever(serverDisturbance).refuse(requestFilter(given), refuse));
    try {
      yield* sleep(lasting);
    } finally {
      for (const heal of undo) heal();
    }
  },
});
