// Makes of whatever a call throws, or a provider sends as an error, the one error of a call.
import { isNativeError } from 'node:util/types';
import { APICallError, InvalidPromptError, UnsupportedFunctionalityError } from '@ai-sdk/provider';
import { ModelCallError, type ModelErrorCode } from '../model-call-error.js';
import { quoted } from './provider-words.js';
import { retryAfterSeconds } from './retry-after.js';

export interface CallState {
  provider: string;
  apiKey: string | undefined;
  /** True once the request was sent: earlier failures are those of the call itself. */
  wasSent: boolean;
  /** True after the first event. */
  hasBegun: boolean;
  requestId?: string | undefined;
}

const MAX_CAUSES = 10;
/** Codes of undici's errors, with what they say of the provider. */
const CONNECTION_FAULTS: Readonly<Record<string, [ModelErrorCode, string]>> = {
  UND_ERR_HEADERS_TIMEOUT: ['model.timeout', 'did not begin to answer in time'],
  UND_ERR_BODY_TIMEOUT: ['model.timeout', 'was silent for too long'],
  UND_ERR_RES_EXCEEDED_MAX_SIZE: ['model.bad_answer', 'sent too much'],
};

export function failureOf(error: unknown, state: CallState): ModelCallError {
  if (error instanceof ModelCallError) return error;
  if (!state.wasSent)
    return failed('model.refused', 'cannot be sent this request', state, {
      words: reasonOf(error),
    });
  const limit = CONNECTION_FAULTS[codeBehind(error)];
  if (limit) return failed(limit[0], limit[1], state, { retryable: true });
  if (APICallError.isInstance(error) && (error.statusCode ?? 0) >= 400)
    return refusal(error, error.statusCode!, state);
  if (isConnectionFault(error))
    return state.hasBegun
      ? failed('model.interrupted', 'closed the connection', state, { retryable: true })
      : failed('model.unavailable', 'cannot be reached', state, { retryable: true });
  return state.hasBegun
    ? failed('model.interrupted', 'broke off its answer', state, { retryable: true })
    : failed('model.bad_answer', 'gave no answer of a model', state, { retryable: true });
}

/** Reads an error that the provider sends within its stream, which may be any value. */
export function failureInStream(error: unknown, state: CallState): ModelCallError {
  if (isNativeError(error)) return failureOf(error, state);
  const { message, type, code } = (typeof error === 'object' ? (error ?? {}) : {}) as {
    [name: string]: unknown;
  };
  const words = textOf(message ?? error);
  const kind = `${textOf(type)} ${textOf(code)}`;
  const details = { words, retryable: !REFUSALS.test(kind) };
  if (state.hasBegun) return failed('model.interrupted', 'broke off its answer', state, details);
  if (RATE_LIMITS.test(kind))
    return failed('model.rate_limited', 'takes no more calls for now', state, details);
  return REFUSALS.test(kind)
    ? failed('model.refused', 'refuses the request', state, details)
    : failed('model.unavailable', 'fails', state, details);
}

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';

const RATE_LIMITS = /rate_limit|\b429\b/;
const REFUSALS = /invalid_request|authentication|permission|not_found|insufficient_quota|billing/;

function refusal(error: APICallError, status: number, state: CallState): ModelCallError {
  const headers = error.responseHeaders;
  const wait = retryAfterSeconds(headers);
  const isExhausted = status === 429 && /insufficient_quota|billing/.test(bodyOf(error));
  const details = {
    words: wordsIn(error),
    status,
    retryable: isTransient(status) && !isExhausted && headers?.['x-should-retry'] !== 'false',
    ...(wait === undefined ? {} : { retryAfterSeconds: wait }),
  };
  if (status === 429)
    return failed('model.rate_limited', 'takes no more calls for now', state, details);
  return isTransient(status)
    ? failed('model.unavailable', `fails with status ${status}`, state, details)
    : failed('model.refused', `refuses the request with status ${status}`, state, details);
}

const bodyOf = ({ responseBody }: APICallError): string => responseBody?.slice(0, 4_000) ?? '';

/** The package knows the form of its own provider's errors, and others may stand behind its API. */
function wordsIn(error: APICallError): string {
  try {
    const { error: inner, message } = JSON.parse(bodyOf(error)) as Record<string, unknown>;
    return textOf((inner as { message?: unknown } | undefined)?.message ?? inner ?? message);
  } catch {
    return error.message;
  }
}

/** True for a status that may be gone at the next try. 529 is an overloaded Anthropic. */
const isTransient = (status: number): boolean =>
  status >= 500 || status === 408 || status === 409 || status === 429;

interface Details {
  words?: string;
  retryable?: boolean;
  status?: number;
  retryAfterSeconds?: number;
}

function failed(
  code: ModelErrorCode,
  what: string,
  { provider, apiKey, requestId }: CallState,
  { words, ...details }: Details,
): ModelCallError {
  const quote = words ? quoted(words, apiKey) : '';
  return new ModelCallError(
    code,
    `The provider ${provider} ${what}${quote === '' ? '.' : `: ${quote}`}`,
    { ...details, ...(requestId === undefined ? {} : { requestId }) },
  );
}

/** Finds the code of an error or of one behind it: fetch wraps the failures of its connections. */
function codeBehind(error: unknown): string {
  let cause = error;
  for (let depth = 0; depth < MAX_CAUSES && typeof cause === 'object' && cause; depth++) {
    const { code, cause: behind } = cause as { code?: unknown; cause?: unknown };
    if (typeof code === 'string') return code;
    cause = behind;
  }
  return '';
}

/** The package has no code for a connection that was refused, but a cause. */
const isConnectionFault = (error: unknown): boolean =>
  codeBehind(error) !== '' ||
  (APICallError.isInstance(error) && error.isRetryable) ||
  (isNativeError(error) && /^(?:fetch failed|terminated)$/i.test(error.message));

/** Only the package's own errors are known to quote nothing of the request. */
const reasonOf = (error: unknown): string =>
  UnsupportedFunctionalityError.isInstance(error) || InvalidPromptError.isInstance(error)
    ? error.message
    : '';
