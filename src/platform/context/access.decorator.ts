// Declares who may call a route. A route without a declaration is refused, and fails the scope
// matrix.
import { createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/**
 * `user`: a user's key, or a service key acting for a user. `service`: a service key acting for no
 * user. `any`: each of them.
 */
export type Access = 'public' | 'user' | 'service' | 'any';

export const ACCESS = Symbol('access');

/** Needs no credential: health and documentation. */
export const Public = () => SetMetadata(ACCESS, 'public' satisfies Access);
export const AccessibleBy = (access: Exclude<Access, 'public'>) => SetMetadata(ACCESS, access);

export const RESOURCE_METADATA = Symbol('resource metadata');

/**
 * A 401 of these routes names the document at this path (RFC 9728), by which a client finds where
 * to get a token. It names none when no authorization server is configured.
 */
export const DescribedAt = (path: string) => SetMetadata(RESOURCE_METADATA, path);

export const USER_IN_QUERY = Symbol('user in query');
const USER_PARAMETER = 'userId';

/**
 * On this route, a service key may name the user by a parameter of the query instead of the header
 * Threadkeep-User.
 */
export const UserInQuery = (parameter = USER_PARAMETER) => SetMetadata(USER_IN_QUERY, parameter);

export const USER_IN_BODY = Symbol('user in body');

/** Where the body of a route names the user. */
export interface UserInBodyPlace {
  /** JSON Pointer of the name. */
  pointer: string;
  /** Reads the name from a body that nothing has checked; undefined without one. */
  read: (body: unknown) => unknown;
}

/**
 * On this route, a service key may name the user in the body instead of the header Threadkeep-User.
 * The scope of such a request is decided after its body was read.
 */
export const UserInBody = (place: UserInBodyPlace) => SetMetadata(USER_IN_BODY, place);

/** The Fastify request, for the few handlers that need a header. */
export const Request = createParamDecorator((_: unknown, context: ExecutionContext) =>
  context.switchToHttp().getRequest<FastifyRequest>(),
);
