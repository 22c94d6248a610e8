import { describe, expect, it, jest } from '@jest/globals';
import {
  type ArgumentsHost,
  BadRequestException,
  HttpException,
  Logger,
  NotFoundException,
  ServiceUnavailableException,
} from '@nestjs/common';
import { AccessErrors, IdempotencyErrors, RequestErrors, ServerErrors } from './platform.errors.js';
import { problemDocument, ProblemFilter, toAppError } from './problem.filter.js';

const request = { id: 'r1', url: '/v1/users/x?secret=1' };

function answerTo(error: unknown) {
  const headers: Record<string, string> = {};
  const answer = { status: 0, body: '', headers };
  const reply = {
    status: (status: number) => Object.assign(reply, void (answer.status = status)),
    header: (name: string, value: string) => Object.assign(reply, void (headers[name] = value)),
    send: (body: string) => void (answer.body = body),
  };
  const host = { switchToHttp: () => ({ getRequest: () => request, getResponse: () => reply }) };
  new ProblemFilter().catch(error, host as unknown as ArgumentsHost);
  return { ...answer, body: JSON.parse(answer.body) as Record<string, unknown> };
}

const fastifyError = (statusCode: number, code = 'FST_ERR_X') =>
  Object.assign(new Error('internal text'), { statusCode, code });

describe('a problem document', () => {
  it('has the members of RFC 9457 and ours', () => {
    expect(problemDocument(RequestErrors.routeNotFound(), request)).toEqual({
      type: 'urn:threadkeep:problem:request.route_not_found',
      title: 'No such route',
      status: 404,
      code: 'request.route_not_found',
      instance: '/v1/users/x',
      requestId: 'r1',
    });
  });

  it('tells details, wrong fields and what else belongs to the error', () => {
    const errors = [{ pointer: '/a', message: 'is wrong' }];
    expect(
      problemDocument(
        RequestErrors.invalidBody({ detail: 'why', errors, extra: { lastSeq: 3 } }),
        request,
      ),
    ).toMatchObject({ detail: 'why', errors, lastSeq: 3 });
  });
});

describe('the filter', () => {
  it('answers with the problem, its status and its media type', () => {
    const { status, headers, body } = answerTo(RequestErrors.malformed());
    expect({ status, headers, code: body['code'] }).toEqual({
      status: 400,
      headers: {
        'content-type': 'application/problem+json',
        link: '</docs/errors/request.malformed>; rel="help"',
      },
      code: 'request.malformed',
    });
  });

  it('says how to authenticate, and when to come back', () => {
    expect(answerTo(AccessErrors.unauthenticated()).headers['www-authenticate']).toBe('Bearer');
    expect(answerTo(IdempotencyErrors.inFlight({ retryAfter: 1 })).headers['retry-after']).toBe(
      '1',
    );
  });

  it('logs a failure of ours with its cause, and tells the client nothing of it', () => {
    const log = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const cause = new Error('password authentication failed for user "postgres"');
    const { status, body } = answerTo(cause);
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain('password');
    expect(log).toHaveBeenCalledWith({ err: cause, requestId: 'r1', code: 'server.internal' });
    log.mockClear();
    const own = ServerErrors.unavailable();
    answerTo(own);
    expect(log).toHaveBeenCalledWith({ err: own, requestId: 'r1', code: 'server.unavailable' });
    log.mockRestore();
  });
});

describe('any error', () => {
  it('is left as it is when it has a name', () => {
    const error = RequestErrors.tooLarge();
    expect(toAppError(error)).toBe(error);
  });

  it.each([
    [new NotFoundException(), 'request.route_not_found'],
    [new BadRequestException(), 'request.malformed'],
    [new HttpException('x', 401), 'access.unauthenticated'],
    [new HttpException('x', 403), 'access.forbidden'],
    [new HttpException('x', 414), 'request.uri_too_long'],
    [new HttpException('x', 500), 'server.internal'],
    [new ServiceUnavailableException(), 'server.unavailable'],
    [fastifyError(413), 'request.too_large'],
    [fastifyError(415), 'request.unsupported_media_type'],
    [fastifyError(400), 'request.malformed'],
    [fastifyError(500), 'server.internal'],
    [fastifyError(404, 'ENOENT'), 'server.internal'],
    [Object.assign(new Error('x'), { code: '22P05' }), 'request.invalid_body'],
    ['a string', 'server.internal'],
    [null, 'server.internal'],
    [undefined, 'server.internal'],
  ])('of the framework, the database or nobody becomes one of the registry (%#)', (error, code) => {
    expect(toAppError(error).code).toBe(code);
  });
});
