// Calls the routes of this service for a client that speaks another protocol. Each call passes the
// door with the client's own credential, so scopes, limits, checks and errors are those of the route.
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isPlainObject } from '../platform/input/index.js';

export interface OwnCall {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** The path with its values encoded: use `pathOf`. */
  path: string;
  /** Undefined values are left out. */
  query?: Readonly<Record<string, string | number | undefined>>;
  body?: object;
}

/** What the route answered: an object, and empty for an answer without a body. */
export type OwnAnswer = Readonly<Record<string, unknown>>;

/** A route refused a call. */
export class RouteRefusedError extends Error {
  constructor(
    readonly status: number,
    /** RFC 9457. */
    readonly problem: OwnAnswer,
  ) {
    super(sentenceOf(problem, status));
  }
}

/** Headers that say who calls, for whom, and at which host. */
const PASSED_ON = ['authorization', 'threadkeep-user', 'host'] as const;

/** Writes a path whose values are encoded: `` pathOf`v1/memories/${id}` ``. */
export const pathOf = (parts: TemplateStringsArray, ...values: readonly string[]): string =>
  `/${String.raw({ raw: parts }, ...values.map((value) => encodeURIComponent(value)))}`;

@Injectable()
export class OwnApi {
  constructor(private readonly host: HttpAdapterHost) {}

  /**
   * @param caller the request of the client
   * @throws RouteRefusedError when the route answers with a problem
   */
  async call(
    caller: FastifyRequest,
    { method, path, query = {}, body }: OwnCall,
  ): Promise<OwnAnswer> {
    // A model that has written something reads it next: a replica may not have it yet.
    const headers: Record<string, string> = { 'threadkeep-read': 'primary' };
    for (const name of PASSED_ON) {
      const value = caller.headers[name];
      if (typeof value === 'string') headers[name] = value;
    }
    const given = Object.entries(query).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)] as const],
    );
    const instance = this.host.httpAdapter.getInstance<FastifyInstance>();
    const answer = await instance.inject({
      ...{ method, url: path, query: Object.fromEntries(given), headers },
      remoteAddress: caller.ip,
      ...(body === undefined ? {} : { payload: body }),
    });
    const value: unknown = answer.body === '' ? {} : answer.json();
    const object = isPlainObject(value) ? value : {};
    if (answer.statusCode >= 400) throw new RouteRefusedError(answer.statusCode, object);
    return object;
  }
}

/** A problem as one line for a person or a model. */
function sentenceOf({ title, detail, errors, code }: OwnAnswer, status: number): string {
  const said = [title ?? `The service answered ${status}`, detail]
    .filter((part) => typeof part === 'string' && part !== '')
    .join('. ');
  const wrong = Array.isArray(errors)
    ? errors.filter(isPlainObject).map(({ pointer, message }) => [pointer, message].join(' '))
    : [];
  const details = wrong.length > 0 ? `: ${wrong.join('; ')}` : '';
  return `${said}${details}${typeof code === 'string' ? ` (${code})` : ''}`;
}
