import { describe, expect, it } from '@jest/globals';
import { AppError, defineErrors, withPointers } from './app-error.js';
import { ErrorRegistry, problemType } from './error-registry.js';

const TestErrors = defineErrors('test_area', {
  tooManyThings: { status: 409, title: 'Too many things' },
});

describe('a named error', () => {
  it('has the code of its area and name, and is in the registry', () => {
    const error = TestErrors.tooManyThings();
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({
      name: 'AppError',
      code: 'test_area.too_many_things',
      message: 'Too many things',
      details: {},
    });
    expect(ErrorRegistry.get(error.code)).toBe(error.definition);
    expect(ErrorRegistry.codes()).toContain(error.code);
  });

  it('carries its details and its cause', () => {
    const cause = new Error('why');
    const error = TestErrors.tooManyThings({ detail: 'There are 3.', extra: { count: 3 }, cause });
    expect(error.message).toBe('There are 3.');
    expect(error.cause).toBe(cause);
    expect(error.details.extra).toEqual({ count: 3 });
  });

  it('takes other pointers, and keeps all else', () => {
    const details = { errors: [{ pointer: '/a/0', message: 'is wrong' }], retryAfter: 3 };
    const error = withPointers(TestErrors.tooManyThings(details), (pointer) => `/b${pointer}`);
    expect(error).toMatchObject({
      code: TestErrors.tooManyThings.code,
      details: { errors: [{ pointer: '/b/a/0', message: 'is wrong' }], retryAfter: 3 },
    });
    for (const other of [TestErrors.tooManyThings(), new Error('why'), 'text'])
      expect(withPointers(other, () => '/never')).toBe(other);
  });

  it('cannot be defined twice', () => {
    expect(() =>
      defineErrors('test_area', { tooManyThings: { status: 400, title: 'Other' } }),
    ).toThrow('test_area.too_many_things is defined twice');
  });
});

describe('the registry', () => {
  it('lists its codes in order', () => {
    expect(ErrorRegistry.codes()).toEqual([...ErrorRegistry.codes()].sort());
  });

  it('knows nothing of a code that was never defined', () => {
    expect(ErrorRegistry.get('test_area.nope')).toBeUndefined();
  });

  it('gives each code a type that is a URI', () => {
    expect(problemType('request.malformed')).toBe('urn:threadkeep:problem:request.malformed');
  });
});
