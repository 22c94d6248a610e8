import { describe, expect, it } from '@jest/globals';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  IsUrl,
  Length,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { AppError } from '../errors/index.js';
import { faultsOf, validateBody } from './body-reader.js';
import {
  CheckedBy,
  EACH_ITEM,
  HasForm,
  isBoundedObject,
  IsJsonObject,
  IsListOf,
  IsNested,
  IsOmittable,
  IsOpaqueObject,
  JSON_OBJECT_MAX_BYTES,
  MaxValues,
} from './body-rules.js';
import { isPlainObject } from './json-value.js';
import { BodyValidationPipe } from './validation.js';
import { VOCABULARY, words } from './words.js';

class Inner {
  @Min(1) @Max(9) @IsInt() count: number;
}

class Base {
  @IsOptional() @IsOpaqueObject() metadata?: Record<string, unknown>;
}

class Outer extends Base {
  @IsString() @MaxLength(5) name: string;
  @IsOptional() @IsNested(() => Inner) 'in/ner~'?: Inner;
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
  it('is the very value that was sent', () => {
    const body = { name: 'ada', 'in/ner~': { count: 1 } };
    expect(validateBody(Outer, body)).toBe(body);
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
      { pointer: '/name', message: 'must be at most 5 characters' },
      {
        pointer: '/in~1ner~0/count',
        message: 'must be an integer of at least 1 and at most 9',
      },
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

  it('is refused at once with very many fields', () => {
    const many = Object.fromEntries(Array.from({ length: 190_000 }, (_, i) => [`k${i}`, i]));
    const message = 'must have at most 200 fields';
    expect(errorsOf(many)).toEqual([{ pointer: '', message }]);
    expect(errorsOf({ name: 'ada', 'in/ner~': many })).toEqual([
      { pointer: '/in~1ner~0', message },
    ]);
  });

  it('may have very many keys in an opaque object', () => {
    const metadata = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`k${i}`, i]));
    expect(validateBody(Outer, { name: 'ada', metadata }).metadata).toBe(metadata);
  });

  it('is told at most 20 faults', () => {
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`k${i}`, i]));
    expect(errorsOf(many)).toHaveLength(20);
  });
});

class Fields {
  @IsString() @Length(1, 3) text: string;
  @Min(0) @Max(1) @IsNumber() share: number;
  @IsIn(['a', 'b']) letter: string;
  @IsArray()
  @ArrayMaxSize(2)
  @IsString({ each: true })
  @Length(1, 3, { each: true })
  tags: string[];
  @IsArray() @ArrayMaxSize(9) @IsString(EACH_ITEM) args: string[];
  @IsListOf(() => Inner) @ArrayMaxSize(2) inners: Inner[];
  @HasForm(/^[a-z]+$/, 'lower-case letters', 'en') language: string;
  @CheckedBy((value) => (value === 1 ? [] : [{ pointer: '/0', message: words.text }]))
  content: unknown;
}

const VALID = {
  text: '😀😀😀',
  share: 0.5,
  letter: 'a',
  tags: ['a'],
  args: [''],
  inners: [{ count: 1 }],
  language: 'en',
  content: 1,
};

/** The faults of a body that is valid but for these fields. */
function faultsWith(fields: object): unknown {
  try {
    validateBody(Fields, { ...VALID, ...fields });
    return [];
  } catch (error) {
    return (error as AppError).details.errors;
  }
}

describe('a field', () => {
  const cases: [name: string, value: unknown, message: string, pointer?: string][] = [
    ['text', 7, 'must be text'],
    ['text', null, 'must be text'],
    ['text', ['a', 'b', 'c', 'd'], 'must be text'],
    ['text', undefined, 'is required'],
    ['text', '', 'must not be empty'],
    ['text', '😀😀😀😀', 'must be at most 3 characters'],
    // Variation selectors are characters, too.
    ['text', '\ufe0f'.repeat(4), 'must be at most 3 characters'],
    ['share', '1', 'must be a number of at least 0 and at most 1'],
    ['share', 1.1, 'must be a number of at least 0 and at most 1'],
    ['letter', 1, 'must be one of a, b'],
    ['tags', 'abc', 'must be a list'],
    ['tags', [1, 2, 3], 'must have at most 2 items'],
    ['tags', ['a', 1], 'each item must be text'],
    ['tags', ['', 'a'], 'each item must not be empty'],
    ['args', ['a', 1], 'must be text', '/args/1'],
    ['inners', {}, 'must be a list'],
    ['inners', [1, 2, 3], 'must have at most 2 items'],
    ['inners', [{ count: 1 }, 1], 'must be a JSON object', '/inners/1'],
    ['inners', [{}], 'is required', '/inners/0/count'],
    ['language', 'EN', 'must be lower-case letters, such as en'],
    ['content', 2, 'must be text', '/content/0'],
  ];

  it.each(cases)('%s of %j is refused: %s', (name, value, message, pointer = `/${name}`) => {
    expect(faultsWith({ [name]: value })).toEqual([{ pointer, message }]);
    expect(VOCABULARY.some((phrase) => phrase.test(message))).toBe(true);
  });

  it('is accepted within its limits', () => {
    expect(faultsWith({})).toEqual([]);
  });
});

@MaxValues(5)
class Free {
  @IsJsonObject() any: Record<string, unknown>;
  @IsOmittable() @IsString() label?: string;
}

describe('a body with an opaque object', () => {
  const faultsOfFree = (value: object) => faultsOf(Free, value);

  it('has at most so many values at all depths', () => {
    expect(validateBody(Free, { any: { a: [1, 2, 3] } })).toEqual({ any: { a: [1, 2, 3] } });
    expect(() => validateBody(Free, { any: { a: [1, 2, 3, 4] } })).toThrow(
      expect.objectContaining({
        details: { errors: [{ pointer: '', message: 'must have at most 5 values' }] },
      }),
    );
  });

  it('may leave out a field that may not be null', () => {
    expect(faultsOfFree({ any: {} })).toEqual([]);
    expect(faultsOfFree({ any: {}, label: null })).toEqual([
      { pointer: '/label', message: 'must be text' },
    ]);
  });
});

describe('a decorator with words of its own', () => {
  class Foreign {
    @IsUrl() url: string;
  }

  it('is refused when its class is first used', () => {
    expect(() => faultsOf(Foreign, {})).toThrow(/isUrl.*vocabulary/);
  });
});

describe('the vocabulary', () => {
  it('has no phrase that allows any message', () => {
    const other = [
      'must be shorter than 5',
      'Invalid input',
      'must be a text of 1 to 5 characters',
    ];
    expect(other.filter((text) => VOCABULARY.some((phrase) => phrase.test(text)))).toEqual([]);
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

class Unlimited {
  @IsArray() @IsString({ each: true }) names: string[];
}

class Unique {
  @IsArray() @ArrayMaxSize(200_000) @ArrayUnique() @IsString({ each: true }) names: string[];
}

describe('a list in a body', () => {
  it('needs a limit of its items', () => {
    expect(() => validateBody(Unlimited, { names: [] })).toThrow('names has no @ArrayMaxSize');
  });

  it('has each item once, which is found out in linear time', () => {
    const names = Array.from({ length: 200_000 }, (_, i) => String(i));
    expect(validateBody(Unique, { names }).names).toBe(names);
    names[199_999] = '0';
    expect(faultsOf(Unique, { names })).toEqual([
      { pointer: '/names', message: 'must have each item once' },
    ]);
  });
});

describe('the validation pipe', () => {
  const pipe = new BodyValidationPipe();

  it('validates a body that is typed by a class, also when none was sent', () => {
    const body = { name: 'ada' };
    expect(pipe.transform(body, { type: 'body', metatype: Outer })).toBe(body);
    expect(() => pipe.transform(undefined, { type: 'body', metatype: Outer })).toThrow(AppError);
  });

  it('leaves everything else alone', () => {
    const value = { anything: 1 };
    expect(pipe.transform(value, { type: 'query', metatype: Outer })).toBe(value);
    expect(pipe.transform(value, { type: 'body' })).toBe(value);
    expect(pipe.transform(value, { type: 'body', metatype: Object })).toBe(value);
  });
});
