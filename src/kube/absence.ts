// Answers that mean "not there", told from failures.
import { ApiFailure } from './api-status.ts';

/** What an answer resolves to, or undefined when it was "not there". */
export async function unlessAbsent<R>(call: Promise<R>, absent = notFound): Promise<R | undefined> {
  try {
    return await call;
  } catch (cause) {
    if (cause instanceof ApiFailure && absent.has(cause.httpStatus)) return undefined;
    throw cause;
  }
}

const notFound: ReadonlySet<number | undefined> = new Set([404]);
/** 400: the container has not started, or is not one of the pod's. */
export const noLogYet: ReadonlySet<number | undefined> = new Set([400, 404]);
