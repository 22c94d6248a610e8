// The rules that each route declares, read once at the start from Nest's controllers.
import { type INestApplication, RequestMethod, SetMetadata, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { DiscoveryService, MetadataScanner, ModulesContainer, Reflector } from '@nestjs/core';
import {
  ACCESS,
  type Access,
  type KeyScope,
  RESOURCE_METADATA,
  ROUTE_SCOPE,
  TIME_LIMITS,
  type TimeLimits,
  USER_IN_BODY,
  USER_IN_QUERY,
  type UserInBodyPlace,
} from '../context/index.js';
import { isDialect } from '../http/index.js';
import { PROBLEM_ADDITIONS, type ProblemAdditions } from '../errors/index.js';

export type BodySize = 'small' | 'large';

const BODY_SIZE = Symbol('body size');

/**
 * The largest body that the route takes: `small` by default (`MAX_SMALL_BODY_BYTES`), or `large`
 * for bodies with many items (`MAX_BODY_BYTES`).
 */
export const BodyLimit = (size: BodySize) => SetMetadata(BODY_SIZE, size);

const KEEPS_AS_SENT = Symbol('keeps as sent');

/**
 * Lets NUL, lone surrogates and numbers that a double would change into the body, for a handler
 * that stores them as JSON text and refuses them elsewhere (`storableFaults`).
 */
export const KeepsAsSent = () => SetMetadata(KEEPS_AS_SENT, true);

export interface RouteRules {
  /** Method and path, with parameters as `:name`. */
  title: string;
  /** False when no route matches. */
  exists: boolean;
  /** Undefined when the route declares none: it is refused then. */
  access: Access | undefined;
  /** The key's scope that the route needs. By default it follows from `access` and the method. */
  scope: KeyScope | undefined;
  /** Whether clients of another API call it, whose credentials have other forms. */
  isDialect: boolean;
  /** Path of the document that a 401 names, if any. */
  resourceMetadata: string | undefined;
  /** The parameter of the query that names the user. Undefined for a route without one. */
  userInQuery: string | undefined;
  /** Undefined for a route whose body names no user. */
  userInBody: UserInBodyPlace | undefined;
  /**
   * True for a read whose handler takes no query. False for probes and metrics, which ignore a
   * query: some monitors add a parameter to every address.
   */
  refusesQuery: boolean;
  limits: TimeLimits | undefined;
  problemAdditions: ProblemAdditions | undefined;
  body: BodySize;
  keepsAsSent: boolean;
  hasParameters: boolean;
}

export const NO_ROUTE: RouteRules = {
  title: 'no route',
  exists: false,
  access: undefined,
  scope: undefined,
  isDialect: false,
  resourceMetadata: undefined,
  userInQuery: undefined,
  userInBody: undefined,
  refusesQuery: false,
  limits: undefined,
  problemAdditions: undefined,
  body: 'small',
  keepsAsSent: false,
  hasParameters: false,
};

/** Rules by `METHOD /path`. */
export class RouteTable {
  private readonly rules: Map<string, RouteRules>;

  constructor(app: INestApplication) {
    const rules = declaredRules(app.get(ModulesContainer));
    this.rules = new Map(rules.map((one) => [one.title, one]));
  }

  /**
   * The rules of a route. A route without a controller is refused, except the API's description
   * and the console, which are public.
   */
  get(method: string, path: string): RouteRules {
    // Fastify answers HEAD with the handler of GET.
    const title = `${method === 'HEAD' ? 'GET' : method} ${path}`;
    const known = this.rules.get(`${method} ${path}`) ?? this.rules.get(title);
    if (known) return { ...known, title: `${method} ${path}` };
    const isCatchAll = path === '*';
    return {
      ...NO_ROUTE,
      title,
      exists: !isCatchAll,
      access: isDescription(path) || isConsole(path) ? 'public' : undefined,
      hasParameters: path.includes(':'),
    };
  }
}

/** The rules of all routes that controllers declare. */
export function declaredRules(modules: ModulesContainer): RouteRules[] {
  const controllers = new DiscoveryService(modules).getControllers();
  const classes = new Set(controllers.map((wrapper) => wrapper.metatype as Type));
  return [...classes].flatMap(rulesOf);
}

/** The page of the API reference, which alone has scripts. */
export const REFERENCE_PATH = '/docs/api';

/** The documentation: its pages, the API document, and the texts for models. */
export const isDescription = (path: string): boolean =>
  /^\/(openapi\.json$|llms(-full)?\.txt$|docs(\.md$|\/|$))/.test(path);

/** The page of the console, which holds no data, and its files. */
const isConsole = (path: string): boolean => path === '/' || path.startsWith('/console/');

function rulesOf(controller: Type): RouteRules[] {
  const reflector = new Reflector();
  const prototype = controller.prototype as Record<string, Type>;
  return new MetadataScanner().getAllMethodNames(prototype).flatMap((name) => {
    const handler = prototype[name]!;
    const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
    if (method === undefined) return [];
    const both = [handler, controller];
    const access = reflector.getAllAndOverride<Access | undefined>(ACCESS, both);
    const common = {
      exists: true,
      access,
      scope: reflector.getAllAndOverride<KeyScope | undefined>(ROUTE_SCOPE, both),
      resourceMetadata: reflector.getAllAndOverride<string | undefined>(RESOURCE_METADATA, both),
      userInQuery: reflector.get<string | undefined>(USER_IN_QUERY, handler),
      userInBody: reflector.get<UserInBodyPlace | undefined>(USER_IN_BODY, handler),
      refusesQuery:
        method === RequestMethod.GET && access !== 'public' && !takesQuery(controller, name),
      limits: reflector.get<TimeLimits | undefined>(TIME_LIMITS, handler),
      problemAdditions: reflector.getAllAndOverride<ProblemAdditions | undefined>(
        PROBLEM_ADDITIONS,
        both,
      ),
      body: reflector.getAllAndOverride<BodySize | undefined>(BODY_SIZE, both) ?? 'small',
      keepsAsSent: reflector.get<boolean | undefined>(KEEPS_AS_SENT, handler) === true,
    };
    return pathsOf(controller, handler).map((path) => ({
      ...common,
      isDialect: isDialect(path),
      title: `${RequestMethod[method]} ${path}`,
      hasParameters: path.includes(':'),
    }));
  });
}

/** Whether the handler has a `@Query()`. */
function takesQuery(controller: Type, handler: string): boolean {
  const args = Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, handler) as object | undefined;
  return Object.keys(args ?? {}).some((key) => key.startsWith(`${RouteParamtypes.QUERY}:`));
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
