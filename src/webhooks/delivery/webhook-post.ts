// One attempt: posts a signed event to the receiver, and reads nothing of the answer but its head.
import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { Egress, EgressError } from '../../platform/egress/index.js';
import { VERSION } from '../../platform/config/release.js';
import { rfc3339 } from '../../platform/input/index.js';
import type { ClaimedDelivery } from './delivery-statements.js';
import { readRetryAfter } from './retry-delay.js';
import { signatureHeaders } from './signature.js';

export interface Attempt {
  /** Of the answer; null without one. */
  status: number | null;
  /** Why it failed, as a short word; null after a success. */
  error: string | null;
  retryAfterSeconds: number | null;
}

@Injectable()
export class WebhookPost {
  private readonly timeoutMs: number;

  constructor(
    private readonly egress: Egress,
    config: Config,
  ) {
    this.timeoutMs = config.webhooks.timeout * 1_000;
  }

  /**
   * Never rejects, but for the reason of the signal. Redirects are failures: a receiver is where the
   * webhook says.
   * @param secrets of which each signs
   */
  async send(
    delivery: ClaimedDelivery,
    secrets: readonly string[],
    signal: AbortSignal,
  ): Promise<Attempt> {
    const body = bodyOf(delivery);
    const timestamp = Math.floor(Date.now() / 1_000);
    const headers = {
      'content-type': 'application/json',
      'user-agent': `Threadkeep/${VERSION}`,
      ...signatureHeaders({ id: delivery.id, timestamp, body }, secrets),
    };
    const init: RequestInit = { method: 'POST', headers, body, redirect: 'manual', signal };
    try {
      const answer = await this.egress.fetch(delivery.url, init, { timeout: this.timeoutMs });
      // The connection is closed with it, however much the receiver would send.
      await answer.body?.cancel();
      return readAnswer(answer);
    } catch (error) {
      signal.throwIfAborted();
      const reason = EgressError.behind(error)?.reason ?? 'unreachable';
      return { status: null, error: reason, retryAfterSeconds: null };
    }
  }
}

function readAnswer({ status, headers }: Response): Attempt {
  if (status >= 200 && status < 300) return { status, error: null, retryAfterSeconds: null };
  const error = status >= 300 && status < 400 ? 'redirect' : 'status';
  return { status, error, retryAfterSeconds: readRetryAfter(headers.get('retry-after')) };
}

/** The same in every attempt, unless the user was renamed. */
const bodyOf = ({ type, createdAt, userId, externalId, data }: ClaimedDelivery): string =>
  JSON.stringify({
    type,
    timestamp: rfc3339(createdAt),
    data: { ...(userId === null ? {} : { userId, externalId }), ...data },
  });
