import { describe, expect, it } from '@jest/globals';
import { AppError } from '../errors/index.js';
import { boolean, IdParameter, integer, isUuid, oneOf, QueryShape, text } from './query.js';

function errorsOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    expect(error.code).toBe('request.invalid_query');
    return error.details.errors;
  }
  throw new Error('nothing was refused');
}

const shape = new QueryShape({
  limit: integer(1, 100, 20),
  afterSeq: integer(0, 2_147_483_647, undefined),
  order: oneOf(['asc', 'desc'], 'desc'),
  status: oneOf(['active', 'archived'], undefined),
  tag: text(5, false),
  purge: boolean(),
});

const wrong = (query: Record<string, unknown>) => errorsOf(() => shape.transform(query));

describe('a query shape', () => {
  it('fills in what was not given', () => {
    expect(shape.transform({})).toEqual({
      limit: 20,
      afterSeq: undefined,
      order: 'desc',
      status: undefined,
      tag: undefined,
      purge: false,
    });
  });

  it('reads what was given', () => {
    const given = {
      limit: '100',
      afterSeq: '0',
      order: 'asc',
      status: 'archived',
      tag: 'a b c',
      purge: 'true',
    };
    expect(shape.transform(given)).toEqual({
      limit: 100,
      afterSeq: 0,
      order: 'asc',
      status: 'archived',
      tag: 'a b c',
      purge: true,
    });
    expect(shape.transform({ purge: 'false' }).purge).toBe(false);
  });

  it('names every wrong parameter', () => {
    expect(wrong({ limit: '0', order: 'up', purge: '1', tag: '', nope: 'x' })).toEqual([
      { pointer: '?limit', message: 'must be a whole number from 1 to 100' },
      { pointer: '?order', message: 'must be one of asc, desc' },
      { pointer: '?tag', message: 'must be 1 to 5 characters' },
      { pointer: '?purge', message: 'must be true or false' },
      {
        pointer: '?nope',
        message: 'is not known here; known are limit, afterSeq, order, status, tag, purge',
      },
    ]);
  });

  it.each(['constructor', 'toString', 'hasOwnProperty', '__proto__'])(
    'does not take %s for a known parameter',
    (name) => {
      const query = Object.assign(
        Object.create(null) as object,
        JSON.parse(`{"${name}":"x"}`),
      ) as Record<string, unknown>;
      expect(errorsOf(() => shape.transform(query))).toEqual([
        expect.objectContaining({ pointer: `?${name}` }),
      ]);
    },
  );

  it('says so where no parameter is taken', () => {
    expect(errorsOf(() => new QueryShape({}).transform({ a: '1' }))).toEqual([
      { pointer: '?a', message: 'takes no query parameters' },
    ]);
  });

  it('refuses a parameter that is given twice', () => {
    expect(wrong({ limit: ['1', '2'] })).toEqual([
      { pointer: '?limit', message: 'must be given once' },
    ]);
  });

  it.each(['-1', '+1', '1.0', '1e1', ' 1', '', 'x', '0x10', '101', '99999999999'])(
    'refuses limit=%j',
    (limit) => {
      expect(wrong({ limit })).toEqual([
        { pointer: '?limit', message: 'must be a whole number from 1 to 100' },
      ]);
    },
  );

  it.each(['a\0b', 'a\ufffdb', 'a\ud800b'])('refuses text that cannot be stored: %j', (tag) => {
    expect(wrong({ tag })).toEqual([
      { pointer: '?tag', message: 'must be well-formed text without NUL' },
    ]);
  });

  it('counts an emoji as one character', () => {
    expect(shape.transform({ tag: '😀'.repeat(5) }).tag).toBe('😀'.repeat(5));
    expect(wrong({ tag: '😀'.repeat(6) })).toEqual([
      { pointer: '?tag', message: 'must be 1 to 5 characters' },
    ]);
  });

  it('refuses a missing text that is required', () => {
    const search = new QueryShape({ q: text(1_000, true) }, ['q']);
    expect(errorsOf(() => search.transform({}))).toEqual([
      { pointer: '?q', message: 'must be 1 to 1000 characters' },
    ]);
    expect(search.transform({ q: 'x' })).toEqual({ q: 'x' });
  });

  it('refuses a missing number that is required', () => {
    const diff = new QueryShape({ from: integer(1, 9, undefined), to: integer(1, 9, undefined) }, [
      'from',
    ]);
    expect(errorsOf(() => diff.transform({ to: '2' }))).toEqual([
      { pointer: '?from', message: 'is required' },
    ]);
    expect(diff.transform({ from: '1' })).toEqual({ from: 1, to: undefined });
  });

  it('passes on a failure that is not about the value', () => {
    const broken = new QueryShape({
      a: {
        schema: {},
        read: () => {
          throw new TypeError('broken');
        },
      },
    });
    expect(() => broken.transform({})).toThrow(TypeError);
  });
});

describe('a UUID in the path', () => {
  const id = '018F2C4E-7B1A-7C3D-8E4F-0123456789AB';

  it('is read in lower case', () => {
    expect(IdParameter.transform(id, { type: 'param', data: 'id' })).toBe(id.toLowerCase());
    expect(isUuid(id)).toBe(true);
  });

  it.each([
    '',
    'x',
    id.slice(1),
    `${id}0`,
    id.replaceAll('-', ''),
    `{${id}}`,
    id.replace('0', 'g'),
  ])('refuses %j', (value) => {
    expect(
      errorsOf(() => IdParameter.transform(value, { type: 'param', data: 'messageId' })),
    ).toEqual([{ pointer: ':messageId', message: 'must be a UUID' }]);
  });

  it('is called id where the route does not name it', () => {
    expect(errorsOf(() => IdParameter.transform('x', { type: 'param' }))).toEqual([
      { pointer: ':id', message: 'must be a UUID' },
    ]);
  });
});
