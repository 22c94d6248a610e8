import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Max,
  Min,
} from 'class-validator';
import { BodyField } from './body-field.js';
import { HasForm, IsId, IsListOf, IsOmittable, IsOpaqueObject } from './body-rules.js';

class Item {
  @BodyField({ description: 'Id.' }) @IsId() id: string;
}

class Body {
  @BodyField({ description: 'Title.', example: 'Trip' }) @IsString() @Length(1, 9) title: string;
  @BodyField({}) @IsOptional() @IsInt() @Min(0) @Max(7) count?: number | null;
  @BodyField({}) @IsOmittable() @IsIn(['a', 'b']) kind?: string;
  @BodyField({}) @IsArray() @ArrayMaxSize(3) @Length(1, 5, { each: true }) tags: string[];
  @BodyField({}) @IsString() @HasForm(/^[a-z]+$/, 'lower-case letters', 'en') language: string;
  @BodyField({}) @IsOptional() @IsOpaqueObject() metadata?: object | null;
  @BodyField({}) @IsListOf(() => Item) @ArrayMaxSize(2) items: Item[];
}

const documented = (name: string): unknown =>
  Reflect.getMetadata('swagger/apiModelProperties', Body.prototype, name);

describe('a documented field', () => {
  it.each([
    [
      'title',
      { type: 'string', minLength: 1, maxLength: 9, description: 'Title.', example: 'Trip' },
    ],
    ['count', { type: 'integer', minimum: 0, maximum: 7, required: false, nullable: true }],
    ['kind', { type: 'string', enum: ['a', 'b'], required: false }],
    ['tags', { type: 'array', maxItems: 3, items: { type: 'string', minLength: 1, maxLength: 5 } }],
    ['language', { type: 'string', pattern: '^[a-z]+$' }],
    ['metadata', { type: 'object', additionalProperties: true, required: false, nullable: true }],
    ['items', { maxItems: 2, isArray: true }],
  ])('%s has the type and limits of its decorators', (name, schema) => {
    expect(documented(name)).toMatchObject(schema);
  });
});
