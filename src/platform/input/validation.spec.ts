import { describe, expect, it } from '@jest/globals';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, MaxLength, ValidateNested } from 'class-validator';
import { AppError } from '../errors/index.js';
import {
  BodyValidationPipe,
  isBoundedObject,
  IsOpaqueObject,
  JSON_OBJECT_MAX_BYTES,
  validateBody,
} from './validation.js';
import { isPlainObject } from './json-value.js';

class Inner {
  @IsInt() count: number;
}

class Base {
  @IsOptional() @IsOpaqueObject() metadata?: Record<string, unknown>;
}

class Outer extends Base {
  @IsString() @MaxLength(5) name: string;
  @IsOptional() @ValidateNested() @Type(() => Inner) 'in/ner~'?: Inner;
}

function errorsOf(value: unknown): unknown {
  try {
    validateBody(Outer, value);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    expect(error.code).toBe('request.invalid_body');
    return error.details.errors;
  }
  throw new Error('nothing was refused');
}

describe('a body', () => {
  it('becomes an instance of its class', () => {
    const body = validateBody(Outer, { name: 'ada', 'in/ner~': { count: 1 } });
    expect(body).toBeInstanceOf(Outer);
    expect(body).toEqual({ name: 'ada', 'in/ner~': { count: 1 } });
  });

  it('keeps an opaque object of a parent class as the very value it came as', () => {
    const metadata = JSON.parse(
      '{"constructor":{"prototype":1},"toString":null,"nested":[{"hasOwnProperty":[]}]}',
    ) as Record<string, unknown>;
    expect(validateBody(Outer, { name: 'ada', metadata }).metadata).toBe(metadata);
  });

  it.each([null, [], 'text', 1, true])('is refused when it is %j', (value) => {
    expect(errorsOf(value)).toEqual([{ pointer: '', message: 'must be a JSON object' }]);
  });

  it('names every wrong field with a JSON Pointer', () => {
    expect(errorsOf({ name: 'too long', 'in/ner~': { count: 'x' }, metadata: [] })).toEqual([
      { pointer: '/name', message: 'must be shorter than or equal to 5 characters' },
      { pointer: '/in~1ner~0/count', message: 'must be an integer number' },
      {
        pointer: '/metadata',
        message: `must be a JSON object of at most ${JSON_OBJECT_MAX_BYTES} bytes`,
      },
    ]);
  });

  it.each(['nope', 'constructor', 'toString', 'hasOwnProperty', 'a/b'])(
    'is refused with the unknown field %s',
    (field) => {
      const pointer = `/${field.replace('/', '~1')}`;
      expect(errorsOf(JSON.parse(`{"name":"ada","${field}":{"x":1}}`))).toEqual([
        { pointer, message: 'is not a known field' },
      ]);
    },
  );

  it('is refused with a field called constructor inside another', () => {
    const pointer = '/name/0/constructor';
    expect(errorsOf({ name: [{ constructor: { prototype: 1 } }] })).toEqual([
      { pointer, message: 'is not a known field' },
    ]);
  });

  it('is refused at once with very many fields, wherever they are', () => {
    const many = Object.fromEntries(Array.from({ length: 190_000 }, (_, i) => [`k${i}`, i]));
    expect(errorsOf(many)).toEqual([{ pointer: '', message: 'has more than 200 fields' }]);
    expect(errorsOf({ name: [1, { 'a/b': many }] })).toEqual([
      { pointer: '/name/1/a~1b', message: 'has more than 200 fields' },
    ]);
  });

  it('may have very many keys in an opaque object', () => {
    const metadata = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`k${i}`, i]));
    expect(validateBody(Outer, { name: 'ada', metadata }).metadata).toBe(metadata);
  });
});

describe('an opaque object', () => {
  it('may have 64 KiB and not a byte more, counted in UTF-8', () => {
    const filled = (bytes: number) => ({ a: 'é'.repeat((bytes - 8) / 2) });
    expect(isBoundedObject(filled(JSON_OBJECT_MAX_BYTES))).toBe(true);
    expect(isBoundedObject(filled(JSON_OBJECT_MAX_BYTES + 2))).toBe(false);
  });

  it('is neither null nor an array nor a scalar', () => {
    expect([{}, null, [], '', 0, undefined].map(isPlainObject)).toEqual([
      true,
      false,
      false,
      false,
      false,
      false,
    ]);
  });
});

describe('the validation pipe', () => {
  const pipe = new BodyValidationPipe();

  it('validates a body that is typed by a class, also when none was sent', () => {
    expect(pipe.transform({ name: 'ada' }, { type: 'body', metatype: Outer })).toBeInstanceOf(
      Outer,
    );
    expect(() => pipe.transform(undefined, { type: 'body', metatype: Outer })).toThrow(AppError);
  });

  it('leaves everything else alone', () => {
    const value = { anything: 1 };
    expect(pipe.transform(value, { type: 'query', metatype: Outer })).toBe(value);
    expect(pipe.transform(value, { type: 'body' })).toBe(value);
    expect(pipe.transform(value, { type: 'body', metatype: Object })).toBe(value);
  });
});
