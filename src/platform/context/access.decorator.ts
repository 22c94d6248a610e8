// Every route says who may call it; a route that does not say is refused, and fails the suite.
import { createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/** `user`: a user credential, or a service key acting for a user. `service`: a service key acting for nobody. */
export type Access = 'public' | 'user' | 'service';

export const ACCESS = Symbol('access');

/** No credential is asked for: health, documentation. */
export const Public = () => SetMetadata(ACCESS, 'public' satisfies Access);
export const AccessibleBy = (access: Exclude<Access, 'public'>) => SetMetadata(ACCESS, access);

export const USER_IN_QUERY = Symbol('user in query');
export const USER_PARAMETER = 'userId';

/** On this route a service key may name the user as `userId` in the query instead of in the Threadkeep-User header. */
export const UserInQuery = () => SetMetadata(USER_IN_QUERY, true);

/** The Fastify request, for the few handlers that need a header. */
export const Request = createParamDecorator((_: unknown, context: ExecutionContext) =>
  context.switchToHttp().getRequest<FastifyRequest>(),
);
