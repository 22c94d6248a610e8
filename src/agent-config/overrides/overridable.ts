// Rules of a service's configuration for overrides: paths that users may change, and bounds of
// numbers.
import { applyDecorators } from '@nestjs/common';
import { getSchemaPath } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsNumber, IsString } from 'class-validator';
import type { FieldError } from '../../platform/errors/index.js';
import {
  BodyField,
  CheckedBy,
  faultsOf,
  HasForm,
  IsOmittable,
  words,
} from '../../platform/input/index.js';

const MAX_PATHS = 50;

const EXAMPLES = ['/systemPrompt', '/parameters/temperature', '/memory'];
const PATH =
  /^\/(?:model|systemPrompt|tools|parameters(?:\/[^/]{1,100})?|memory(?:\/(?:enabled|limit|blocks))?|context(?:\/budgetTokens)?)$/;
const pathSchema = { type: 'string', pattern: PATH.source, examples: EXAMPLES } as const;
const PATH_MEANING = 'a path of a part that can be overridden';
const IsPath = HasForm(PATH, PATH_MEANING, EXAMPLES.join(', '));

export class OverridableNumberDto {
  @BodyField({ examples: EXAMPLES, description: 'JSON Pointer of the number.' })
  @IsString()
  @IsPath
  path: string;

  @BodyField({ description: 'The least it may be.' })
  @IsOmittable()
  @IsNumber()
  min?: number;

  @BodyField({ description: 'The most it may be.' })
  @IsOmittable()
  @IsNumber()
  max?: number;
}

export type Overridable = (string | OverridableNumberDto)[];

export const OVERRIDABLE_SCHEMA = {
  anyOf: [
    {
      type: 'array',
      maxItems: MAX_PATHS,
      items: { anyOf: [pathSchema, { $ref: getSchemaPath(OverridableNumberDto) }] },
    },
    { type: 'null' },
  ],
  description:
    'Only for configurations of the service: JSON Pointers of what users may override, numbers within bounds. By default `/memory`, and `/parameters/temperature` from 0 to 1.',
};

const NO_PATH = words.suchAs(PATH_MEANING, EXAMPLES.join(', '));

function ruleFaults(rule: unknown, pointer: string): readonly FieldError[] {
  if (typeof rule === 'string') return PATH.test(rule) ? [] : [{ pointer, message: NO_PATH }];
  return typeof rule === 'object' && rule !== null
    ? faultsOf(OverridableNumberDto, rule, pointer)
    : [{ pointer, message: words.textOr('an object with a path and bounds') }];
}

export const IsOverridable = () =>
  applyDecorators(
    IsArray(),
    ArrayMaxSize(MAX_PATHS),
    CheckedBy((rules) => (rules as unknown[]).flatMap((rule, i) => ruleFaults(rule, `/${i}`))),
  );

/** Rules of a version that has none of its own. */
export const DEFAULT_OVERRIDABLE: Overridable = [
  '/memory',
  { path: '/parameters/temperature', min: 0, max: 1 },
];
