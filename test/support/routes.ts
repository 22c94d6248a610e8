// Every route the server answers, read from the router itself, with the decision about who may call it.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type INestApplication, RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner, ModulesContainer, Reflector } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { ACCESS, type Access } from '../../src/platform/context/index.js';

export interface Route {
  method: string;
  /** With parameters as `:name`. */
  path: string;
  /** Undefined: nobody has decided, or the route goes past the guard. */
  access: Access | undefined;
  /** `Class.method`, or undefined for a route that was given to Fastify directly. */
  handler: string | undefined;
}

export interface Recorded<T> {
  result: T;
  /** What Fastify was asked to answer, in the order of registration. */
  table: { method: string; path: string }[];
}

/** Runs `start`, which creates one application, and notes every route that is registered meanwhile. */
export async function recordRoutes<T>(start: () => Promise<T>): Promise<Recorded<T>> {
  const table: Recorded<T>['table'] = [];
  const listen = (message: unknown) => {
    (message as { fastify: FastifyInstance }).fastify.addHook('onRoute', ({ method, url }) => {
      for (const one of [method].flat()) table.push({ method: one, path: url });
    });
  };
  subscribe('fastify.initialization', listen);
  try {
    return { result: await start(), table };
  } finally {
    unsubscribe('fastify.initialization', listen);
  }
}

/** The router's table, each entry with the handler behind it and that handler's decision. */
export function census(app: INestApplication, table: Recorded<unknown>['table']): Route[] {
  const handlers = new Map(
    controllerRoutes(app).map((route) => [`${route.method} ${route.path}`, route]),
  );
  return table.map(({ method, path }) => {
    // Fastify answers HEAD with the handler of GET.
    const found =
      handlers.get(`${method} ${path}`) ??
      (method === 'HEAD' ? handlers.get(`GET ${path}`) : undefined);
    return { method, path, access: found?.access, handler: found?.handler };
  });
}

/** The API document, its pages, and the console, which are for everybody. */
const isForReaders = ({ method, path }: Route) =>
  ['GET', 'HEAD'].includes(method) &&
  /^\/(openapi\.json$|llms(-full)?\.txt$|docs(\.md$|\/|$)|$|console\/)/.test(path);

/** Routes about which nobody has decided who may call them. */
export const undecided = (routes: Route[]): Route[] =>
  routes.filter((route) => route.access === undefined && !isForReaders(route));

/** What the API itself answers: everything but its own description and the console. */
export const apiRoutes = (routes: Route[]): Route[] =>
  routes.filter((route) => !isForReaders(route));

function controllerRoutes(app: INestApplication): Route[] {
  const discovery = new DiscoveryService(app.get(ModulesContainer));
  const classes = discovery.getControllers().map((wrapper) => wrapper.metatype as Type);
  return [...new Set(classes)].flatMap(routesOf);
}

function routesOf(controller: Type): Route[] {
  const reflector = new Reflector();
  const prototype = controller.prototype as Record<string, Type>;
  return new MetadataScanner().getAllMethodNames(prototype).flatMap((name) => {
    const handler = prototype[name]!;
    const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
    if (method === undefined) return [];
    const access = reflector.getAllAndOverride<Access | undefined>(ACCESS, [handler, controller]);
    return pathsOf(controller, handler).map((path) => ({
      method: RequestMethod[method],
      path,
      access,
      handler: `${controller.name}.${name}`,
    }));
  });
}

function pathsOf(controller: Type, handler: Type): string[] {
  const [outer, inner] = [controller, handler].map((target) =>
    [(Reflect.getMetadata(PATH_METADATA, target) as string | string[] | undefined) ?? ''].flat(),
  );
  return outer!.flatMap((left) =>
    inner!.map(
      (right) =>
        `/${[left, right]
          .flatMap((part) => part.split('/'))
          .filter(Boolean)
          .join('/')}`,
    ),
  );
}
