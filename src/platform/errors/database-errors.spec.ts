import { describe, expect, it } from '@jest/globals';
import {
  fromDatabaseError,
  isConnectionFailure,
  isConnectionLoss,
  isTermination,
  isUnsent,
  mapConstraint,
} from './database-errors.js';
import { RequestErrors } from './platform.errors.js';

const failure = (fields: object, message = 'Key (email)=(ada@example.org) already exists.') =>
  Object.assign(new Error(message), fields);

const codeOf = (error: unknown) => fromDatabaseError(error)?.code;

describe('a failure of PostgreSQL', () => {
  it.each([
    ['22P05', 'request.invalid_body'],
    ['22003', 'request.invalid_body'],
    ['23514', 'request.invalid_body'],
    ['54000', 'request.invalid_body'],
    ['57014', 'server.timeout'],
    ['55P03', 'server.timeout'],
    ['53100', 'server.storage_full'],
    ['53300', 'server.unavailable'],
    ['08006', 'server.unavailable'],
    ['57P01', 'server.unavailable'],
    ['25P02', 'server.unavailable'],
    ['40001', 'server.unavailable'],
    ['40P01', 'server.unavailable'],
  ])('with SQLSTATE %s becomes %s', (code, expected) => {
    expect(codeOf(failure({ code }))).toBe(expected);
  });

  it.each(['42501', '42P01', 'XX000', undefined])(
    'with SQLSTATE %s is nobody’s fault but ours',
    (code) => {
      expect(fromDatabaseError(failure({ code }))).toBeNull();
    },
  );

  it('is recognised inside the error of TypeORM', () => {
    expect(codeOf(failure({ driverError: failure({ code: '22P05' }) }))).toBe(
      'request.invalid_body',
    );
  });

  it('says nothing of what the database said', () => {
    const error = fromDatabaseError(failure({ code: '23505', detail: 'ada@example.org' }))!;
    expect(
      JSON.stringify([
        error.message,
        error.details.detail,
        error.details.errors,
        error.details.extra,
      ]),
    ).not.toContain('ada');
  });

  it('asks the client to come back after a moment when it may pass', () => {
    expect(fromDatabaseError(failure({ code: '40P01' }))?.details.retryAfter).toBe(1);
    expect(fromDatabaseError(failure({ code: '57014' }))?.details.retryAfter).toBe(1);
    expect(fromDatabaseError(failure({ code: '53100' }))?.details.retryAfter).toBeUndefined();
    expect(fromDatabaseError(failure({ code: '22P05' }))?.details.retryAfter).toBeUndefined();
  });

  it('of a constraint with a meaning is that meaning', () => {
    mapConstraint('test__meaning', () => RequestErrors.preconditionFailed());
    expect(codeOf(failure({ code: '23505', constraint: 'test__meaning' }))).toBe(
      'request.precondition_failed',
    );
    expect(codeOf(failure({ code: '23505', constraint: 'test__other' }))).toBe(
      'request.invalid_body',
    );
  });
});

describe('a failure of the connection', () => {
  it.each([
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
    'ETIMEDOUT',
    'EHOSTUNREACH',
    'ENOTFOUND',
    'EAI_AGAIN',
    '08006',
    '57P01',
    '57P03',
  ])('is told by its code %s', (code) => {
    expect(isConnectionFailure(failure({ code }))).toBe(true);
    expect(fromDatabaseError(failure({ code }))).toMatchObject({
      code: 'server.unavailable',
      details: { retryAfter: 1 },
    });
  });

  it.each([
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'Client has encountered a connection error and is not queryable',
    'Query read timeout',
    'timeout expired',
    'Client was closed and is not queryable',
    'Query runner already released. Cannot run queries anymore.',
  ])('is told by its message: %s', (message) => {
    expect(isConnectionFailure(failure({}, message))).toBe(true);
  });

  it('is seen behind a name with several addresses, on any network, and in a login that was changed', () => {
    const all = Object.assign(
      new AggregateError([failure({ code: 'ENETUNREACH' }), failure({ code: 'ECONNREFUSED' })]),
      {},
    );
    expect(isConnectionFailure(all)).toBe(true);
    for (const code of ['ENETUNREACH', 'EHOSTDOWN', '28P01', '3D000'])
      expect(fromDatabaseError(failure({ code }))).toMatchObject({
        code: 'server.unavailable',
        details: { retryAfter: 1 },
      });
  });

  it('is a loss when the connection was there before', () => {
    for (const code of ['ECONNRESET', 'EPIPE', '57P01', '57P02', '08006'])
      expect(isConnectionLoss(failure({ code }))).toBe(true);
    for (const code of ['ECONNREFUSED', 'ETIMEDOUT', '57P03', '08007', '25P03', '23505'])
      expect(isConnectionLoss(failure({ code }))).toBe(false);
    expect(isConnectionLoss(failure({}, 'Connection terminated unexpectedly'))).toBe(true);
    expect(isConnectionLoss(failure({}, 'Connection terminated due to connection timeout'))).toBe(
      false,
    );
    expect(isConnectionLoss(failure({}, 'Query read timeout'))).toBe(false);
    expect(isConnectionLoss(undefined)).toBe(false);
  });

  it('is certain to have done nothing when nothing was sent', () => {
    expect(
      isUnsent(failure({}, 'Client has encountered a connection error and is not queryable')),
    ).toBe(true);
    expect(isUnsent(failure({}, 'Connection terminated unexpectedly'))).toBe(false);
    expect(isUnsent(null)).toBe(false);
  });

  it('is a termination when the server had answered before', () => {
    expect(isTermination(failure({ code: '57P01' }))).toBe(true);
    expect(isTermination(failure({}, 'Client has encountered a connection error and'))).toBe(true);
    for (const code of ['ECONNREFUSED', 'ECONNRESET', '57P02', '57P03'])
      expect(isTermination(failure({ code }))).toBe(false);
    expect(isTermination(failure({}, 'Connection terminated unexpectedly'))).toBe(false);
    expect(isTermination(undefined)).toBe(false);
  });

  it('is not that all connections are in use: the client hears which of the two it is', () => {
    const exhausted = failure({}, 'timeout exceeded when trying to connect');
    expect(isConnectionFailure(exhausted)).toBe(false);
    expect(fromDatabaseError(exhausted)).toMatchObject({
      code: 'server.overloaded',
      details: { retryAfter: 1 },
    });
  });

  it('is nothing else', () => {
    expect(isConnectionFailure(failure({ code: '23505' }))).toBe(false);
    expect(isConnectionFailure(new TypeError('x is undefined'))).toBe(false);
    expect(isConnectionFailure('Connection terminated')).toBe(false);
    expect(fromDatabaseError(undefined)).toBeNull();
  });
});
