import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  Length,
  Max,
  Min,
} from 'class-validator';
import { commonFields } from '../../../platform/http/index.js';
import {
  BodyField,
  CheckedBy,
  EACH_ITEM,
  IsJsonObject,
  IsListOf,
  rfc3339,
  rfc3339OrNull,
} from '../../../platform/input/index.js';
import { labelsOf } from '../store-paths.js';
import { filterFaults } from '../store-filters.js';
import type { FoundItemRow, StoreItemRow } from '../store.repository.js';
import { newNamespaceFaults, STORE_LIMITS, namespaceFaults, valueFaults } from './store-checks.js';

const { labels, labelLength, keyLength } = STORE_LIMITS;
const NAMESPACE = {
  items: {
    type: 'string',
    minLength: 1,
    maxLength: labelLength,
    pattern: '^[^\\u0001]+$',
    examples: ['users', 'ada', 'notes'],
  },
  example: ['users', 'ada'],
} satisfies ApiPropertyOptions;
const ANY_VALUE = {
  anyOf: [
    { type: 'object', additionalProperties: true },
    { type: 'array', items: {} },
    { type: 'string' },
    { type: 'number' },
    { type: 'boolean' },
  ],
  example: { drink: 'green tea' },
} satisfies ApiPropertyOptions;

/** What a key is in, and the key. */
export class StorePlaceDto {
  @BodyField({ ...NAMESPACE, description: 'The namespace: its labels from the outermost.' })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(labels)
  @IsString(EACH_ITEM)
  @Length(1, labelLength, EACH_ITEM)
  @CheckedBy(namespaceFaults)
  namespace: string[];
  @BodyField({ description: 'The key in the namespace.', example: 'preferences' })
  @IsString()
  @Length(1, keyLength)
  key: string;
}

export class SearchItemsDto {
  @BodyField({
    ...NAMESPACE,
    description: 'The labels that a namespace begins with. None: all namespaces.',
  })
  @IsArray()
  @ArrayMaxSize(labels)
  @IsString(EACH_ITEM)
  @Length(1, labelLength, EACH_ITEM)
  @CheckedBy(namespaceFaults)
  prefix: string[];
  @BodyField({
    description:
      'Values that fields of the value have, or operators: `$eq`, `$ne`, `$gt`, `$gte`, `$lt`, `$lte`, `$in`, `$nin`. At most 20 conditions.',
    example: { kind: 'drink' },
  })
  @IsOptional()
  @IsJsonObject()
  @CheckedBy(filterFaults)
  filter?: Record<string, unknown> | null;
  @BodyField({
    description:
      'Words to look for. Items in which some stand come first, best first; the others follow, last changed first.',
    example: 'green tea',
  })
  @IsOptional()
  @IsString()
  @Length(1, STORE_LIMITS.queryLength)
  query?: string | null;
  @BodyField({ default: STORE_LIMITS.defaultHits, description: 'Most items.' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(STORE_LIMITS.hits)
  limit?: number | null;
  @BodyField({ default: 0, description: 'Items to leave out at the beginning.' })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(STORE_LIMITS.offset)
  offset?: number | null;
}

export class ListNamespacesDto {
  @BodyField({ ...NAMESPACE, description: 'Labels that it begins with; `*` is any label.' })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(labels)
  @IsString(EACH_ITEM)
  @Length(1, labelLength, EACH_ITEM)
  @CheckedBy(namespaceFaults)
  prefix?: string[] | null;
  @BodyField({ ...NAMESPACE, description: 'Labels that it ends with; `*` is any label.' })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(labels)
  @IsString(EACH_ITEM)
  @Length(1, labelLength, EACH_ITEM)
  @CheckedBy(namespaceFaults)
  suffix?: string[] | null;
  @BodyField({ description: 'Labels after which namespaces are cut. Each is listed once.' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(labels)
  maxDepth?: number | null;
  @BodyField({ default: 100, description: 'Most namespaces.' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(STORE_LIMITS.namespaces)
  limit?: number | null;
  @BodyField({ default: 0, description: 'Namespaces to leave out at the beginning.' })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(STORE_LIMITS.offset)
  offset?: number | null;
}

export class PutEntryDto {
  @BodyField({
    ...NAMESPACE,
    description:
      'The namespace: its labels from the outermost, without `.` and `:`. The first is not `langgraph`.',
  })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(labels)
  @IsString(EACH_ITEM)
  @Length(1, labelLength, EACH_ITEM)
  @CheckedBy(newNamespaceFaults)
  namespace: string[];
  @BodyField({ description: 'The key in the namespace.', example: 'preferences' })
  @IsString()
  @Length(1, keyLength)
  key: string;
  @BodyField({
    ...ANY_VALUE,
    description: 'The value, in place of an earlier one. At most 65,536 bytes as JSON.',
  })
  @CheckedBy(valueFaults)
  value: unknown;
  @BodyField({
    description:
      'Paths in the value that a search by words looks at, such as `title` and `chapters[*].text`. None for an empty list, and all of the value without it.',
    example: ['drink'],
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(STORE_LIMITS.indexPaths)
  @IsString(EACH_ITEM)
  @Length(1, 200, EACH_ITEM)
  index?: string[] | null;
  @BodyField({
    description: 'Minutes after which the item expires. Without it, it stays.',
    example: 1_440,
  })
  @IsOptional()
  @IsNumber()
  @Min(STORE_LIMITS.minTtlMinutes)
  @Max(STORE_LIMITS.maxTtlMinutes)
  ttlMinutes?: number | null;
}

/** What is read of a store, in one request. */
export class ReadStoreDto {
  @BodyField({ description: 'Items to read by their keys.' })
  @IsOptional()
  @IsListOf(() => StorePlaceDto)
  @ArrayMaxSize(STORE_LIMITS.gets)
  get?: StorePlaceDto[] | null;
  @BodyField({
    description: `Searches. Their limits and the keys of \`get\` are at most ${STORE_LIMITS.items} together.`,
  })
  @IsOptional()
  @IsListOf(() => SearchItemsDto)
  @ArrayMaxSize(STORE_LIMITS.searches)
  search?: SearchItemsDto[] | null;
  @BodyField({ description: 'Lists of namespaces.' })
  @IsOptional()
  @IsListOf(() => ListNamespacesDto)
  @ArrayMaxSize(STORE_LIMITS.searches)
  namespaces?: ListNamespacesDto[] | null;
}

/** What is read and written, in one transaction. */
export class StoreBatchDto extends ReadStoreDto {
  @BodyField({
    description:
      'Items to delete. One that is put as well is put. Not beside `get`, `search` and `namespaces`.',
  })
  @IsOptional()
  @IsListOf(() => StorePlaceDto)
  @ArrayMaxSize(STORE_LIMITS.puts)
  delete?: StorePlaceDto[] | null;
  @BodyField({ description: 'Items to write. Of two with the same key the last stays.' })
  @IsOptional()
  @IsListOf(() => PutEntryDto)
  @ArrayMaxSize(STORE_LIMITS.puts)
  put?: PutEntryDto[] | null;
  @BodyField({
    default: false,
    description: 'Whether the time to live of the items that are read begins again.',
  })
  @IsOptional()
  @IsBoolean()
  refreshTtl?: boolean | null;
}

export class StoreEntryDto {
  @ApiProperty(commonFields.id) id: string;
  @ApiProperty({ ...NAMESPACE, type: [String], description: 'The labels of its namespace.' })
  namespace: string[];
  @ApiProperty({ description: 'Its key in the namespace.', example: 'preferences' }) key: string;
  @ApiProperty({ ...ANY_VALUE, description: 'The value.' })
  value: unknown;
  @ApiProperty(commonFields.createdAt) createdAt: string;
  @ApiProperty(commonFields.updatedAt) updatedAt: string;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Time at which it expires; null when it does not.',
    example: null,
  })
  expiresAt: string | null;
}

export class StoreHitDto extends StoreEntryDto {
  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'How well the words fit, within one answer; null where none stands.',
    example: 0.06,
  })
  score: number | null;
}

export class StoreAnswerDto {
  @ApiProperty({
    type: 'array',
    items: { anyOf: [{ $ref: '#/components/schemas/StoreEntryDto' }, { type: 'null' }] },
    description: 'The items of `get`, in its order; null where there is none.',
  })
  get: (StoreEntryDto | null)[];
  @ApiProperty({
    type: 'array',
    items: { type: 'array', items: { $ref: '#/components/schemas/StoreHitDto' } },
    description: 'The items of each search.',
  })
  search: StoreHitDto[][];
  @ApiProperty({
    type: 'array',
    items: { type: 'array', items: { type: 'array', items: { type: 'string' } } },
    description: 'The namespaces of each list, in the order of their labels.',
    example: [[['users', 'ada']]],
  })
  namespaces: string[][][];
}

export const toStoreEntryDto = (row: StoreItemRow): StoreEntryDto => ({
  id: row.id,
  namespace: labelsOf(row.path),
  key: row.key,
  value: row.value,
  createdAt: rfc3339(row.createdAt),
  updatedAt: rfc3339(row.updatedAt),
  expiresAt: rfc3339OrNull(row.expiresAt),
});

export const toStoreHitDto = (row: FoundItemRow): StoreHitDto => ({
  ...toStoreEntryDto(row),
  score: row.rank,
});
