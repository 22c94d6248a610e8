// Decides about a body from the request's head: its type, its length, and whether there is memory
// for it.
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Config } from '../config/config.js';
import { RequestErrors, ServerErrors } from '../errors/index.js';
import { limitedAddress } from './addresses.js';
import { BodyBudget } from './body-budget.js';
import { Connections } from './connections.js';
import type { DoorStep } from './door-step.js';
import type { BodySize, RouteRules } from './route-rules.js';

/** Content types that are accepted. */
export const JSON_TYPE = /^application\/([\w.-]+\+)?json\s*(;.*)?$/i;
const RETRY_AFTER_SECONDS = 1;
const BODYLESS = new Set(['GET', 'HEAD']);

/** The bytes that one request may read, and those it has taken from the budget. */
export class BodyAllowance {
  private taken = 0;

  constructor(
    private readonly budget: BodyBudget,
    private readonly owner: string,
    /** In bytes. */
    readonly limit: number,
  ) {}

  /**
   * Takes memory up to `bytes` in total.
   * @throws AppError 413 beyond the limit of the route, 503 when all bodies together need too much
   */
  reach(bytes: number): void {
    if (bytes <= this.taken) return;
    if (bytes > this.limit)
      throw RequestErrors.tooLarge({ detail: `The body may have at most ${this.limit} bytes.` });
    if (!this.budget.take(this.owner, this.taken, bytes))
      throw ServerErrors.busy({ retryAfter: RETRY_AFTER_SECONDS });
    this.taken = bytes;
  }

  readonly release = (): void => {
    if (this.taken > 0) this.budget.give(this.owner, this.taken);
    this.taken = 0;
  };
}

@Injectable()
export class BodyStep implements DoorStep {
  private readonly budget: BodyBudget;
  private readonly limits: Record<BodySize, number>;

  constructor(
    { door }: Config,
    private readonly connections: Connections,
  ) {
    this.budget = new BodyBudget(door.maxBodyBytesInFlight);
    this.limits = { small: door.maxSmallBodyBytes, large: door.maxLargeBodyBytes };
  }

  enter(request: FastifyRequest, reply: FastifyReply, { body, keepsAsSent }: RouteRules): void {
    const { headers } = request;
    const length = headers['content-length'];
    const isCounted = length !== undefined;
    if ((!isCounted || length === '0') && headers['transfer-encoding'] === undefined) return;
    if (BODYLESS.has(request.method)) return this.connections.refuseBody(request, reply);
    if (!JSON_TYPE.test(headers['content-type'] ?? '')) throw RequestErrors.unsupportedMediaType();
    const allowance = new BodyAllowance(
      this.budget,
      request.context.principal?.credentialId ?? limitedAddress(request),
      this.limits[body],
    );
    if (isCounted) allowance.reach(Number(length));
    request.bodyAllowance = allowance;
    request.keepsAsSent = keepsAsSent;
    // A broken connection emits this too.
    reply.raw.once('close', allowance.release);
    if (headers.expect !== undefined) reply.raw.writeContinue();
  }
}
