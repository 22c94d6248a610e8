const MESSAGES = {
  invalid: 'The URL is not a complete http or https URL in its plain spelling.',
  scheme: 'The URL must begin with https://.',
  credentials: 'The URL may not carry credentials.',
  fragment: 'The URL may not have a fragment.',
  host: 'The host is not a public name.',
  address: 'The host has an address that is not public.',
  port: 'The port belongs to another protocol.',
  unresolved: 'The name of the host has no address.',
  redirect:
    'The server redirects to another origin, too often, or with another method. Use the URL that it redirects to.',
  too_large: 'The answer is too large.',
  too_slow: 'The answer took too long.',
} as const;

export type EgressReason = keyof typeof MESSAGES;

/**
 * A connection was refused, or an answer was too large. The message never contains the URL, which
 * may hold a secret.
 */
export class EgressError extends Error {
  override readonly name = 'EgressError';

  constructor(readonly reason: EgressReason) {
    super(MESSAGES[reason]);
  }

  /** Finds the EgressError behind an error: fetch wraps the failures of its connections. */
  static behind(error: unknown): EgressError | null {
    for (let cause = error; cause instanceof Error; cause = cause.cause) {
      if (cause instanceof EgressError) return cause;
    }
    return null;
  }
}
