// What can go wrong between us and the API server, as types. Messages never hold a request body, a header or a token.
import type { V1Status } from '@kubernetes/client-node';

/** The API server refused or failed a request. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** HTTP status. */
  readonly code: number;
  /** `metav1.Status.reason`, for example `NotFound`, `Conflict`, `Forbidden`, `Invalid`. */
  readonly reason: string;
  readonly details: V1Status['details'];

  constructor(code: number, reason: string, message: string, details?: V1Status['details']) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = details;
  }
}

/** No answer at all: refused, reset, timed out. Whether a write happened is unknown. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
}

/** A write was held back because this process may no longer be the leader. */
export class NotLeading extends Error {
  override readonly name = 'NotLeading';
}

/** A failure that someone can act on. The controller hands `reason` and `message` to its spec's `onError`, which writes them into
 *  the Ready condition; any other error is our own fault: it is logged, counted and retried, and the status says "InternalError". */
export class ReconcileError extends Error {
  override readonly name = 'ReconcileError';
  /** CamelCase, documented with the kind. */
  readonly reason: string;
  /** false: only a change of the cluster can help, so there is no timed retry. */
  readonly retry: boolean;

  constructor(reason: string, message: string, options: { retry?: boolean; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.reason = reason;
    this.retry = options.retry ?? true;
  }
}

const hasCode = (error: unknown, code: number): error is ApiError => error instanceof ApiError && error.code === code;

export const isNotFound = (error: unknown): error is ApiError => hasCode(error, 404);
/** Somebody else was faster, or the object is not the one that was meant (uid, resourceVersion). */
export const isConflict = (error: unknown): error is ApiError => hasCode(error, 409) && error.reason !== 'AlreadyExists';
export const isAlreadyExists = (error: unknown): error is ApiError => hasCode(error, 409) && error.reason === 'AlreadyExists';
/** The cluster is away or busy, or we do not lead: nothing that a status could say better. */
export const isTransient = (error: unknown): boolean =>
  error instanceof ConnectionError ||
  error instanceof NotLeading ||
  (error instanceof ApiError && (error.code >= 500 || error.code === 429));
/** Admission, RBAC or quota said no. */
export const isForbidden = (error: unknown): error is ApiError => hasCode(error, 403);
/** The API server refuses to create anything in a namespace that is being deleted: nothing to do but wait. */
export const isNamespaceTerminating = (error: unknown): error is ApiError =>
  isForbidden(error) && (error.details?.causes ?? []).some(({ reason }) => reason === 'NamespaceTerminating');
