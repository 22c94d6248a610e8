import { ApiProperty } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  IsUUID,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { KEY_SCOPES, type KeyScope } from '../../platform/context/index.js';
import { type EntityOrRow, IsTime, rfc3339, rfc3339OrNull } from '../../platform/input/index.js';
import { PageOf } from '../../platform/list/index.js';
import type { ApiKey } from '../api-keys/api-key.entity.js';
import { scopesOf } from '../api-keys/key-kinds.js';

export class CreateApiKeyDto {
  @ApiProperty({
    type: String,
    required: false,
    nullable: true,
    maxLength: 200,
    description: 'What the key is for.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  name?: string | null;

  @ApiProperty({
    type: String,
    format: 'uuid',
    required: false,
    nullable: true,
    description: 'The one user the key is for; without it, a service key.',
  })
  @IsOptional()
  @IsUUID()
  userId?: string | null;

  @ApiProperty({
    required: false,
    nullable: true,
    enum: KEY_SCOPES,
    isArray: true,
    minItems: 1,
    uniqueItems: true,
    description:
      'What the key may do; without it, all that such a key may and the one that makes it may. A key of a user may have read, write and import.',
  })
  @IsOptional()
  @ArrayMinSize(1)
  @ArrayMaxSize(KEY_SCOPES.length)
  @ArrayUnique()
  @IsIn(KEY_SCOPES, { each: true })
  scopes?: KeyScope[] | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    required: false,
    nullable: true,
    description: 'From then on the key is refused. It must be in the future.',
  })
  @IsOptional()
  @IsTime()
  expiresAt?: string | null;

  @ApiProperty({
    type: Boolean,
    required: false,
    nullable: true,
    default: false,
    description: 'Refuses every method but GET and HEAD, whatever the scopes.',
  })
  @IsOptional()
  @IsBoolean()
  readOnly?: boolean | null;
}

/** Seconds: thirty days. */
const OVERLAP_MAX = 2_592_000;
export const OVERLAP_DEFAULT = 3_600;

export class RotateApiKeyDto {
  @ApiProperty({
    type: 'integer',
    required: false,
    nullable: true,
    minimum: 0,
    maximum: OVERLAP_MAX,
    default: OVERLAP_DEFAULT,
    description:
      'Seconds for which the old key can be used beside the new one; with 0 it is revoked.',
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(OVERLAP_MAX)
  overlapSeconds?: number | null;
}

export class ApiKeyDto {
  @ApiProperty({ format: 'uuid' }) id: string;
  @ApiProperty({ enum: ['service', 'user'] }) kind: 'service' | 'user';
  @ApiProperty({ type: String, format: 'uuid', nullable: true }) userId: string | null;
  @ApiProperty({ type: String, nullable: true }) name: string | null;
  @ApiProperty({ description: 'The last four characters.' }) hint: string;
  @ApiProperty() readOnly: boolean;
  @ApiProperty({ format: 'date-time' }) createdAt: string;
  @ApiProperty({ enum: KEY_SCOPES, isArray: true }) scopes: readonly KeyScope[];
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) expiresAt: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'To the minute.' })
  lastUsedAt: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) revokedAt: string | null;
}

export class CreatedApiKeyDto extends ApiKeyDto {
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Shown this once; null in a replay of the request.',
  })
  key: string | null;
}

export const ApiKeyPageDto = PageOf(ApiKeyDto);

export type ApiKeyState = EntityOrRow<Omit<ApiKey, 'hash'>>;

export function toApiKeyDto(key: ApiKeyState): ApiKeyDto {
  const { id, userId, name, hint, readOnly } = key;
  const kind = userId === null ? 'service' : 'user';
  return {
    id,
    kind,
    userId,
    name,
    hint,
    readOnly,
    scopes: scopesOf(key),
    createdAt: rfc3339(key.createdAt),
    expiresAt: rfc3339OrNull(key.expiresAt),
    lastUsedAt: rfc3339OrNull(key.lastUsedAt),
    revokedAt: rfc3339OrNull(key.revokedAt),
  };
}
