import { ApiProperty } from '@nestjs/swagger';
import { IsBoolean, IsOptional, IsString, IsUUID, MaxLength } from 'class-validator';
import { rfc3339, rfc3339OrNull } from '../../platform/http/index.js';
import { PageOf } from '../../platform/list/index.js';
import type { ApiKey } from '../api-key.entity.js';

export class CreateApiKeyDto {
  @ApiProperty({ type: String, required: false, nullable: true, maxLength: 200, description: 'What the key is for.' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  name?: string | null;

  @ApiProperty({ type: String, format: 'uuid', required: false, nullable: true, description: 'The one user the key is for; without it, a service key.' })
  @IsOptional()
  @IsUUID()
  userId?: string | null;

  @ApiProperty({ type: Boolean, required: false, nullable: true, default: false })
  @IsOptional()
  @IsBoolean()
  readOnly?: boolean | null;
}

export class ApiKeyDto {
  @ApiProperty({ format: 'uuid' }) id: string;
  @ApiProperty({ enum: ['service', 'user'] }) kind: 'service' | 'user';
  @ApiProperty({ type: String, format: 'uuid', nullable: true }) userId: string | null;
  @ApiProperty({ type: String, nullable: true }) name: string | null;
  @ApiProperty({ description: 'The last four characters.' }) hint: string;
  @ApiProperty() readOnly: boolean;
  @ApiProperty({ format: 'date-time' }) createdAt: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) revokedAt: string | null;
}

export class CreatedApiKeyDto extends ApiKeyDto {
  @ApiProperty({ type: String, nullable: true, description: 'Shown this once; null in a replay of the request.' }) key: string | null;
}

export const ApiKeyPageDto = PageOf(ApiKeyDto);

/** A row of the list, or an entity. */
export type ApiKeyState = Pick<ApiKey, 'id' | 'userId' | 'name' | 'hint' | 'readOnly'> & { createdAt: string | Date; revokedAt: string | Date | null };

export function toApiKeyDto(key: ApiKeyState): ApiKeyDto {
  const { id, userId, name, hint, readOnly, createdAt, revokedAt } = key;
  const kind = userId === null ? 'service' : 'user';
  return { id, kind, userId, name, hint, readOnly, createdAt: rfc3339(createdAt), revokedAt: rfc3339OrNull(revokedAt) };
}
