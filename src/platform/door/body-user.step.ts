// Decides the scope of a request whose body names the user: its key was checked before the body was
// read, its user is looked up after.
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { EXTERNAL_ID_MAX_CHARACTERS, readAt, type UserInBodyPlace } from '../context/index.js';
import { AccessErrors, RequestErrors } from '../errors/index.js';
import type { DoorStep } from './door-step.js';
import { RateLimitStep } from './rate-limit.step.js';
import type { RouteRules } from './route-rules.js';
import { isSame, UserScopeStep, userReference } from './user-scope.step.js';

/** True while only the body can tell for whom a service key acts. */
export const awaitsUserInBody = ({ context, headers }: FastifyRequest, rules: RouteRules) =>
  rules.userInBody !== undefined &&
  context.principal?.userId === null &&
  headers['threadkeep-user'] === undefined;

/** `external:` and an externalId. */
const MAX_NAME_LENGTH = EXTERNAL_ID_MAX_CHARACTERS + 9;

const mayBeName = (value: unknown): boolean =>
  typeof value === 'string' && value !== '' && value.length <= MAX_NAME_LENGTH;

@Injectable()
export class BodyUserStep implements DoorStep {
  constructor(
    private readonly scopes: UserScopeStep,
    private readonly limit: RateLimitStep,
  ) {}

  /**
   * @throws AppError 400 when nothing names the user, 403 when the body names another one than the
   * key or the header, 422 for a text that cannot be a name; also as `UserScopeStep`
   */
  enter(request: FastifyRequest, reply: FastifyReply, rules: RouteRules): void | Promise<void> {
    const place = rules.userInBody!;
    const name = place.read(request.body);
    if (name === undefined) {
      if (awaitsUserInBody(request, rules)) throw this.userMissing(request, reply, place);
      return;
    }
    if (!mayBeName(name)) {
      // The handler refuses what is no text, or too long: it checks the body.
      if (!awaitsUserInBody(request, rules)) return;
      this.limit.count(request, reply, undefined);
    }
    const named = readAt(name, place.pointer, RequestErrors.invalidBody);
    const inHeader = userReference(request);
    if (inHeader && !isSame(inHeader, named))
      throw AccessErrors.forbidden({
        detail: `Threadkeep-User and ${place.pointer} of the body name different users.`,
      });
    if (inHeader) return;
    if (awaitsUserInBody(request, rules)) this.limit.count(request, reply, named.text);
    return this.scopes.admit(request, rules, named);
  }

  /** Such requests count for the key alone. */
  private userMissing(request: FastifyRequest, reply: FastifyReply, { pointer }: UserInBodyPlace) {
    this.limit.count(request, reply, undefined);
    return AccessErrors.userRequired({
      detail: `Name the user in Threadkeep-User, or at ${pointer} of the body.`,
    });
  }
}
