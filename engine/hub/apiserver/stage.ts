/**
 * The stages that a request passes before it is served, each a small thing that says yes, no with a status, or wait. Order of apiserver
 * `pkg/server/config.go` (`DefaultBuildHandlerChain`).
 *
 * Admission is not among them: it works on the object, inside a write.
 */
import type { ApiError } from "../../api/error.ts";
import type { ApiCall } from "./call.ts";

/** Wait: the stage calls `passStages` again when it has made up its mind. */
export const WAIT: unique symbol = Symbol("wait");

export type Serve = (call: ApiCall) => void;

export interface Stage {
  readonly name: string;
  /** Undefined: yes. */
  pass(call: ApiCall, serve: Serve): ApiError | undefined | typeof WAIT;
}

/** Who asks: sets `call.caller`. */
const authentication: Stage = {
  name: "authentication",
  pass(call, serve) {
    const refusal = call.guard.authenticate(call, serve, passStages);
    return refusal === false ? WAIT : refusal;
  },
};

const priorityAndFairness: Stage = {
  name: "priority and fairness",
  pass: (call, serve) => call.gate.admit(call, serve),
};

/** Whether the caller may. */
const authorization: Stage = {
  name: "authorization",
  pass: (call) => call.guard.authorize(call),
};

export const STAGES: readonly Stage[] = [authentication, priorityAndFairness, authorization];

/** Takes the call through the stages from where it stands, then serves it. */
export function passStages(call: ApiCall, serve: Serve): void {
  while (call.stage < STAGES.length) {
    const verdict = STAGES[call.stage++]!.pass(call, serve);
    if (verdict === WAIT || call.over) return;
    if (verdict !== undefined) {
      call.refuse(verdict);
      return;
    }
  }
  serve(call);
}
