import { describe, expect, it } from '@jest/globals';
import { dataSourceOptions, toRfc3339 } from './data-source.js';

describe('a timestamp of PostgreSQL', () => {
  it.each([
    ['2026-11-22 10:00:00+00', '2026-11-22T10:00:00.000Z'],
    ['2026-11-22 10:00:00.5+00', '2026-11-22T10:00:00.500Z'],
    ['2026-11-22 10:00:00.05+00', '2026-11-22T10:00:00.050Z'],
    ['2026-11-22 10:00:00.123+00', '2026-11-22T10:00:00.123Z'],
    ['2026-11-22 12:00:00.123+02', '2026-11-22T10:00:00.123Z'],
    ['2026-11-22 15:30:00+05:30', '2026-11-22T10:00:00.000Z'],
  ])('%s is %s', (text, expected) => {
    expect(toRfc3339(text)).toBe(expected);
    expect(new Date(toRfc3339(text)).toISOString()).toBe(expected);
  });
});

describe('the options of the data source', () => {
  class Migration {
    up = async () => undefined;
    down = async () => undefined;
  }
  const schema = { entities: [], migrations: [Migration] };
  const extraOf = (connection: object) =>
    (
      dataSourceOptions(schema, { url: 'postgres://h/d', ...connection }) as {
        extra: Record<string, unknown>;
      }
    ).extra;

  it('never let TypeORM change the schema by itself', () => {
    expect(dataSourceOptions(schema, { url: 'postgres://h/d' })).toMatchObject({
      synchronize: false,
      installExtensions: false,
      migrations: [Migration],
    });
  });

  it('keep few connections, or as many as are said and more under load', () => {
    expect(extraOf({})).toMatchObject({ min: 2, max: 2 });
    expect(extraOf({ poolSize: 5, poolOverflow: 15, maxLifetime: 60_000 })).toMatchObject({
      min: 5,
      max: 20,
      maxLifetimeSeconds: 60,
    });
  });

  it('name a role and a time limit only when there is one', () => {
    expect(extraOf({})).not.toHaveProperty('options');
    expect(extraOf({})).not.toHaveProperty('query_timeout');
    expect(extraOf({ options: '-c role=x', queryTimeout: 5 })).toMatchObject({
      options: '-c role=x',
      query_timeout: 5,
    });
  });

  it('read times as RFC 3339 and everything else as the driver does', () => {
    const { getTypeParser } = extraOf({})['types'] as {
      getTypeParser: (oid: number, format?: string) => (text: string) => unknown;
    };
    expect(getTypeParser(1184, 'text')('2026-11-22 10:00:00+00')).toBe('2026-11-22T10:00:00.000Z');
    expect(getTypeParser(1184, 'text')('2026-11-22 10:00:00.1234+00')).toBe(
      '2026-11-22T10:00:00.123400Z',
    );
    expect(getTypeParser(1184, 'text')('2026-11-22 10:00:00.123456+05:30')).toBe(
      '2026-11-22T04:30:00.123456Z',
    );
    expect(getTypeParser(23, 'text')('42')).toBe(42);
  });
});
