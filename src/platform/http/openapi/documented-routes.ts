// Reads from the controllers what the API document says of each route.
import type { INestApplication, Type } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, ModulesContainer, Reflector } from '@nestjs/core';
import {
  ACCESS,
  type Access,
  defaultScope,
  type KeyScope,
  ROUTE_SCOPE,
} from '../../context/index.js';
import { takesIfMatch } from '../etag.js';
import { IDEMPOTENCY_KEY, OPERATION, type OperationWords } from './operation.js';

export interface DocumentedRoute {
  access: Access;
  /** The scope that the key needs; undefined on public routes. */
  scope: (method: string) => KeyScope | undefined;
  takesIfMatch: boolean;
  takesIdempotencyKey: boolean;
  words: OperationWords | undefined;
}

export const operationId = (controller: string, method: string): string =>
  `${controller.replace('Controller', '')}.${method}`;

/** Every handler by its operation id. */
export function documentedRoutes(app: INestApplication): Map<string, DocumentedRoute> {
  const discovery = new DiscoveryService(app.get(ModulesContainer));
  const controllers = discovery.getControllers().map(({ metatype }) => metatype as Type);
  return new Map(controllers.flatMap(routesOf));
}

function routesOf(controller: Type): [string, DocumentedRoute][] {
  const reflector = new Reflector();
  const prototype = controller.prototype as Record<string, Type>;
  return new MetadataScanner().getAllMethodNames(prototype).map((name) => {
    const both = [prototype[name]!, controller];
    const access = reflector.getAllAndOverride<Access | undefined>(ACCESS, both) ?? 'public';
    const named = reflector.getAllAndOverride<KeyScope | undefined>(ROUTE_SCOPE, both);
    const scope = (method: string) =>
      access === 'public' ? undefined : (named ?? defaultScope(access, method));
    const words = reflector.get<OperationWords | undefined>(OPERATION, prototype[name]!);
    return [
      operationId(controller.name, name),
      {
        access,
        scope,
        takesIfMatch: takesIfMatch(controller, name),
        takesIdempotencyKey:
          reflector.get<boolean | undefined>(IDEMPOTENCY_KEY, prototype[name]!) === true,
        words,
      },
    ];
  });
}
