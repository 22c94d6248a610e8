// Declares who may call a route. A route without a declaration is refused, and fails the scope
// matrix.
import { createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/**
 * `user`: a user's key, or a service key acting for a user. `service`: a service key acting for no
 * user.
 */
export type Access = 'public' | 'user' | 'service';

export const ACCESS = Symbol('access');

/** Needs no credential: health and documentation. */
export const Public = () => SetMetadata(ACCESS, 'public' satisfies Access);
export const AccessibleBy = (access: Exclude<Access, 'public'>) => SetMetadata(ACCESS, access);

export const USER_IN_QUERY = Symbol('user in query');
export const USER_PARAMETER = 'userId';

/**
 * On this route, a service key may name the user by the query parameter `userId` instead of the
 * header Threadkeep-User.
 */
export const UserInQuery = () => SetMetadata(USER_IN_QUERY, true);

/** The Fastify request, for the few handlers that need a header. */
export const Request = createParamDecorator((_: unknown, context: ExecutionContext) =>
  context.switchToHttp().getRequest<FastifyRequest>(),
);
