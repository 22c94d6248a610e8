import { ApiProperty } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  IsUUID,
  Length,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { commonFields } from '../../platform/http/index.js';
import {
  EXTERNAL_ID_FORM,
  EXTERNAL_ID_MAX_CHARACTERS,
  KEY_SCOPES,
  type KeyScope,
} from '../../platform/context/index.js';
import {
  BodyField,
  type EntityOrRow,
  HasForm,
  IsOmittable,
  IsTime,
  rfc3339,
  rfc3339OrNull,
} from '../../platform/input/index.js';
import { PageOf } from '../../platform/list/index.js';
import type { ApiKey } from '../api-keys/api-key.entity.js';
import { scopesOf } from '../api-keys/key-kinds.js';

const DURATION = /^[1-9]\d{0,4}[smhd]$/;

export class CreateApiKeyDto {
  @BodyField({ description: 'What the key is for.', example: 'Backend in production' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  name?: string | null;

  @BodyField({
    description: 'Id of the only user that the key is for. Without it, the key is a service key.',
  })
  @IsOptional()
  @IsUUID()
  userId?: string | null;

  @BodyField({
    ...EXTERNAL_ID_FORM,
    description:
      'The same user by externalId or id, as in the `Threadkeep-User` header, in place of `userId`. A user who is not there is created, which needs the scope `write`, unless `AUTO_CREATE_USERS` is false.',
  })
  // Null would make a service key of a request whose user is missing by mistake.
  @IsOmittable()
  @IsString()
  @Length(1, EXTERNAL_ID_MAX_CHARACTERS + 'external:'.length)
  user?: string;

  @BodyField({
    description:
      'What the key may do. Without it, everything that this kind of key and the key of this request may do. A user key takes `read`, `write` and `import`.',
    example: ['act', 'read', 'write'],
  })
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(KEY_SCOPES.length)
  @ArrayUnique()
  @IsIn(KEY_SCOPES, { each: true })
  scopes?: KeyScope[] | null;

  @BodyField({
    description:
      'A future time from which the key is refused. Without it, the key does not expire.',
  })
  @IsOptional()
  @IsTime()
  expiresAt?: string | null;

  @BodyField({
    description: 'How long the key is valid, in place of `expiresAt`: `s`, `m`, `h` or `d`.',
    examples: ['1h', '90s', '7d'],
  })
  @IsOptional()
  @IsString()
  @HasForm(DURATION, 'a whole number of up to 5 digits and s, m, h or d', '1h')
  expiresIn?: string | null;

  @BodyField({
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
  @BodyField({
    default: OVERLAP_DEFAULT,
    description:
      'Seconds for which the old key still works beside the new one; 0 revokes it at once.',
    example: 600,
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(OVERLAP_MAX)
  overlapSeconds?: number | null;
}

export class ApiKeyDto {
  @ApiProperty(commonFields.id) id: string;
  @ApiProperty({
    enum: ['service', 'user'],
    description: '`user` when the key is for one user, otherwise `service`.',
  })
  kind: 'service' | 'user';
  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'Id of the user of a user key; null for a service key.',
  })
  userId: string | null;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'What the key is for.',
    example: 'Backend in production',
  })
  name: string | null;
  @ApiProperty({ description: 'The last four characters of the key.', example: 'x3Zq' })
  hint: string;
  @ApiProperty({ description: 'Whether the key only takes GET and HEAD.' }) readOnly: boolean;
  @ApiProperty(commonFields.createdAt) createdAt: string;
  @ApiProperty({
    enum: KEY_SCOPES,
    isArray: true,
    description: 'What the key may do.',
    example: ['act', 'read', 'write'],
  })
  scopes: readonly KeyScope[];
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Time from which the key is refused; null when it does not expire.',
  })
  expiresAt: string | null;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Time of the last use, to the minute; null when it was never used.',
  })
  lastUsedAt: string | null;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Time of the revocation; null when it is not revoked.',
  })
  revokedAt: string | null;
}

export class CreatedApiKeyDto extends ApiKeyDto {
  @ApiProperty({
    type: String,
    nullable: true,
    description:
      'The secret key, in this answer only; a retry with the same `Idempotency-Key` gets null.',
    example: 'tk_' + 'A'.repeat(43),
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
