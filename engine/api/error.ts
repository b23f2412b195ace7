/**
 * The API's way of saying no: a plain status, thrown at the `yield*` that made the call. No stack is captured, because in a simulated
 * cluster these are everyday events. Words and codes as apimachinery `pkg/api/errors` has them.
 */
export type Reason =
  | "BadRequest"
  | "Unauthorized"
  | "Forbidden"
  | "NotFound"
  | "MethodNotAllowed"
  | "AlreadyExists"
  | "Conflict"
  | "Expired"
  | "Gone"
  | "Invalid"
  | "TooManyRequests"
  | "InternalError"
  | "ServiceUnavailable"
  | "Timeout"
  | "ServerTimeout"
  /** Ours: Kubernetes fences nobody, and has no word for it. */
  | "Fenced"
  /** No HTTP answer at all: the connection was refused, reset, lost, or the client's own limit ran out. Outcome unknown. */
  | "ConnectionRefused"
  | "ConnectionLost"
  | "ClientTimeout";

export interface ErrorDetails {
  readonly kind?: string;
  readonly name?: string;
  /** A machine-readable cause such as `ResourceVersionTooLarge` or `NamespaceTerminating`. */
  readonly cause?: string;
}

export class ApiError {
  /** HTTP status; 0 when there was no answer. */
  readonly code: number;
  readonly reason: Reason;
  readonly message: string;
  readonly details: ErrorDetails;
  /** Seconds the server asks the client to wait. */
  readonly retryAfter: number | undefined;

  constructor(code: number, reason: Reason, message: string, details: ErrorDetails = {}, retryAfter?: number) {
    this.code = code;
    this.reason = reason;
    this.message = message;
    this.details = details;
    this.retryAfter = retryAfter;
  }

  toString(): string {
    return `${this.reason}${this.code ? ` (${this.code})` : ""}: ${this.message}`;
  }
}

export const isApiError = (error: unknown, reason?: Reason): error is ApiError =>
  error instanceof ApiError && (reason === undefined || error.reason === reason);

/** True when no answer came, so that a write may or may not have happened. */
export const outcomeUnknown = (error: ApiError): boolean =>
  error.reason === "ConnectionLost" || error.reason === "ClientTimeout" || error.reason === "Timeout";

export const notFound = (kind: string, name: string): ApiError =>
  new ApiError(404, "NotFound", `${kind} "${name}" not found`, { kind, name });

export const alreadyExists = (kind: string, name: string): ApiError =>
  new ApiError(409, "AlreadyExists", `${kind} "${name}" already exists`, { kind, name });

export const conflict = (kind: string, name: string, why: string): ApiError =>
  new ApiError(409, "Conflict", `Operation cannot be fulfilled on ${kind} "${name}": ${why}`, { kind, name });

export const fenced = (kind: string, name: string, why: string): ApiError =>
  new ApiError(412, "Fenced", `Operation cannot be fulfilled on ${kind} "${name}": ${why}`, { kind, name });

export const invalid = (kind: string, name: string, why: string): ApiError =>
  new ApiError(422, "Invalid", `${kind} "${name}" is invalid: ${why}`, { kind, name });

export const expired = (message: string): ApiError => new ApiError(410, "Expired", message);

export const forbidden = (kind: string, name: string, why: string, cause?: string): ApiError =>
  new ApiError(403, "Forbidden", `${kind} "${name}" is forbidden: ${why}`, { kind, name, ...(cause && { cause }) });

export const requestTimeout = (message: string): ApiError => new ApiError(504, "Timeout", message);

export const clientTimeout = (): ApiError =>
  new ApiError(0, "ClientTimeout", "context deadline exceeded (Client.Timeout exceeded while awaiting headers)");

export const connectionRefused = (address: string): ApiError =>
  new ApiError(0, "ConnectionRefused", `dial tcp ${address}: connect: connection refused`);

export const connectionLost = (why: string): ApiError => new ApiError(0, "ConnectionLost", why);
