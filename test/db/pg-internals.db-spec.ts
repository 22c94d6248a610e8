import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import {
  connectionOf,
  prepareValue,
} from '../../src/platform/database/connections/scoped-query.js';
import { isClean } from '../../src/platform/database/connections/safe-pool.js';
import { eventually } from '../support/wait.js';

/** The fields of a pg client that safe-pool.ts reads, and what they say at each moment. */
const internals = (client: pg.Client) => {
  const { readyForQuery, _activeQuery, _queryQueue, _sentQueryQueue } = client as unknown as Record<
    string,
    unknown
  >;
  return {
    readyForQuery,
    active: Boolean(_activeQuery),
    queued: Array.isArray(_queryQueue) ? _queryQueue.length : 'not an array',
    sent: Array.isArray(_sentQueryQueue) ? _sentQueryQueue.length : 'not an array',
    transaction: client.getTransactionStatus(),
    clean: isClean(client as unknown as pg.PoolClient),
  };
};

const idle = {
  readyForQuery: true,
  active: false,
  queued: 0,
  sent: 0,
  transaction: 'I',
  clean: true,
};

describe.each([
  ['pipelining', true],
  ['not pipelining', false],
])('a pg client that is %s', (_title, pipeline) => {
  let url: string;
  let client: pg.Client;
  beforeAll(() => {
    url = process.env['TEST_ADMIN_URL']!;
  });
  beforeEach(async () => {
    client = new pg.Client({ connectionString: url, pipeline });
    await client.connect();
  });
  afterEach(() => client.end());

  /** The error is told before the server is ready for the next statement: until then the client shows the state before it. */
  const failing = async () => {
    await expect(client.query('select 1 / 0')).rejects.toMatchObject({ code: '22012' });
    await eventually(() => Promise.resolve(internals(client).readyForQuery === true));
  };

  it('is idle when it has connected, and again when a query is done', async () => {
    expect(internals(client)).toEqual(idle);
    await client.query('select 1');
    expect(internals(client)).toEqual(idle);
  });

  it('is idle when a query has failed', async () => {
    await failing();
    expect(internals(client)).toEqual(idle);
  });

  it('can hold back what it writes, and knows what it has prepared', async () => {
    const connection = connectionOf(client);
    const sends = {
      bind: expect.any(Function),
      execute: expect.any(Function),
      sync: expect.any(Function),
    };
    expect(connection).toMatchObject({ ...sends, parsedStatements: {} });
    expect(connection.stream).toMatchObject({
      cork: expect.any(Function),
      uncork: expect.any(Function),
    });
    await client.query({ name: 'one', text: 'select 1' });
    expect(connectionOf(client).parsedStatements['one']).toBe('select 1');
  });

  it('writes values as parameters the way its own queries do', () => {
    expect([null, 'text', 7, true, ['a"b', null], { a: 1 }].map(prepareValue)).toEqual([
      null,
      'text',
      '7',
      'true',
      '{"a\\"b",NULL}',
      '{"a":1}',
    ]);
  });

  it('shows the query that runs, and those behind it', async () => {
    const queries = [client.query('select 1'), client.query('select 2'), client.query('select 3')];
    const behind = pipeline ? { queued: 0, sent: 2 } : { queued: 2, sent: 0 };
    expect(internals(client)).toEqual({
      ...idle,
      ...behind,
      readyForQuery: false,
      active: true,
      clean: false,
    });
    await Promise.all(queries);
    expect(internals(client)).toEqual(idle);
  });

  it('shows an open transaction, a failed one, and its end', async () => {
    await client.query('begin');
    expect(internals(client)).toEqual({ ...idle, transaction: 'T', clean: false });
    await failing();
    expect(internals(client)).toEqual({ ...idle, transaction: 'E', clean: false });
    await client.query('rollback');
    expect(internals(client)).toEqual(idle);
  });
});
