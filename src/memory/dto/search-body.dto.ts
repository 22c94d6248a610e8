import { ApiPropertyOptional, type ApiPropertyOptions, getSchemaPath } from '@nestjs/swagger';
import {
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import {
  BodyField,
  bodyRule,
  CheckedBy,
  IsTimeZone,
  MAX_ZONE_LENGTH,
  words,
} from '../../platform/input/index.js';
import { describeFilter, PAGE_LIMIT, readFilter } from '../../platform/list/index.js';
import { MEMORY_FILTER } from '../recall/memory-filter.js';
import { IsAsOf, OPTIONAL_AS_OF_SCHEMA } from '../as-of.js';

export const SEARCH_TARGETS = ['memories', 'messages'] as const;
export type SearchTarget = (typeof SEARCH_TARGETS)[number];

export const SEARCH_MATCHES = ['any', 'all'] as const;
export type SearchMatch = (typeof SEARCH_MATCHES)[number];

export const SEARCH_LIMITS = { queryLength: 2_000, neighbours: 5 } as const;

const MAX_VALUES = 100;

/** A value, or an array of values. */
const oneOrMore = (values: readonly string[]) =>
  ({
    oneOf: [
      { type: 'string', enum: [...values] },
      {
        type: 'array',
        items: { type: 'string', enum: [...values] },
        minItems: 1,
        maxItems: MAX_VALUES,
      },
      { type: 'null' },
    ],
  }) as unknown as ApiPropertyOptions;

const IsOneOrSeveralOf = (values: readonly string[]) =>
  bodyRule(
    'isOneOrSeveralOf',
    (value) => {
      const given = [value].flat() as string[];
      return (
        given.length > 0 && given.length <= MAX_VALUES && given.every((one) => values.includes(one))
      );
    },
    words.someOf(values),
  )();

/** A filter as it is sent. Its members are those of `MEMORY_FILTER`, in the API document, too. */
export class MemoryFilterDto {
  [member: string]: unknown;
}
describeFilter(MemoryFilterDto, MEMORY_FILTER);

export class SearchMemoriesDto {
  @BodyField({
    description:
      'What to look for, in plain words. A `"phrase"` must occur, and a word or phrase behind `-` must not, as in the search of messages. In a question that ends with a question mark a phrase only ranks, unless `match` is `all`.',
    example: 'What does the user drink?',
  })
  @IsString()
  @Length(1, SEARCH_LIMITS.queryLength)
  query: string;
  @BodyField({
    enum: SEARCH_MATCHES,
    default: 'any',
    description:
      '`any`: a hit has some of the words. `all`: it has all of them, or all of an alternative that `or` divides from others, as in the search of messages.',
  })
  @IsOptional()
  @IsIn(SEARCH_MATCHES)
  match?: SearchMatch | null;
  @BodyField({
    default: false,
    description:
      'Takes the last word as the beginning of a word that must occur, to search while somebody types. PostgreSQL scans for it.',
  })
  @IsOptional()
  @IsBoolean()
  prefix?: boolean | null;
  @BodyField({ default: 10, description: 'Most hits.' })
  @IsOptional()
  @IsInt()
  @Min(PAGE_LIMIT.min)
  @Max(PAGE_LIMIT.max)
  limit?: number | null;
  @ApiPropertyOptional({
    ...oneOrMore(SEARCH_TARGETS),
    default: ['memories'],
    description: 'What to search: memories, messages, or both.',
  })
  @IsOptional()
  @IsOneOrSeveralOf(SEARCH_TARGETS)
  in?: SearchTarget | SearchTarget[] | null;
  @ApiPropertyOptional({
    oneOf: [{ $ref: getSchemaPath(MemoryFilterDto) }, { type: 'null' }],
    description:
      'What every hit meets. All members of a filter must hold; an empty one holds for everything. For messages the conditions count that a message can have (`id`, `conversationId`, `metadata`, `metadataValues`, `createdAt`, `from`, `to`); others are left out.',
    example: {
      kind: ['fact', 'preference'],
      or: [{ importance: { gte: 0.5 } }, { createdAt: { gte: '2026-01-01' } }],
      not: { tags: 'draft' },
    },
  })
  @IsOptional()
  @CheckedBy((filter) => readFilter(MEMORY_FILTER, filter).faults)
  filter?: MemoryFilterDto | null;
  @ApiPropertyOptional(OPTIONAL_AS_OF_SCHEMA)
  @IsOptional()
  @IsAsOf()
  asOf?: string | number | null;
  @BodyField({ default: false, description: 'Adds `parts` to each hit: how its score is made up.' })
  @IsOptional()
  @IsBoolean()
  explain?: boolean | null;
  @BodyField({
    default: 0,
    description: 'Number of memories or messages to add from directly before and after each hit.',
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(SEARCH_LIMITS.neighbours)
  neighbours?: number | null;
  @BodyField({
    description:
      'IANA name of the time zone of dates in the query, such as "on Monday" or "8 May", and in the filter. Without it, dates in the query are those of `settings.timeZone` of the user, if that is such a name, and others are UTC.',
    example: 'Europe/Oslo',
  })
  @IsOptional()
  @IsString()
  @MaxLength(MAX_ZONE_LENGTH)
  @IsTimeZone()
  timeZone?: string | null;
}
