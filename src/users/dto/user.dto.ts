import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsEmail, IsOptional, IsString, Length, MaxLength, ValidateIf } from 'class-validator';
import { EXTERNAL_ID_FORM, EXTERNAL_ID_MAX } from '../../platform/context/index.js';
import { type EntityOrRow, IsOpaqueObject, rfc3339 } from '../../platform/input/index.js';
import { PageOf } from '../../platform/list/index.js';
import type { User } from '../user.entity.js';

const given = (_: unknown, value: unknown) => value !== null && value !== undefined;
const NullableText = () => ValidateIf((object, value) => given(object, value));

export class UpdateOwnUserDto {
  @ApiProperty({ type: String, required: false, nullable: true, maxLength: 200 })
  @NullableText()
  @IsString()
  @MaxLength(200)
  name?: string | null;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: 'Replaced as a whole; null leaves it as it is.',
  })
  @IsOptional()
  @IsOpaqueObject()
  settings?: Record<string, unknown>;
}

export class UpdateUserDto extends UpdateOwnUserDto {
  @ApiProperty({
    type: String,
    required: false,
    nullable: true,
    minLength: 1,
    maxLength: EXTERNAL_ID_MAX + 'external:'.length,
    ...EXTERNAL_ID_FORM,
    description:
      "The application's own id, kept in Unicode NFC without surrounding space. One that looks like an id of Threadkeep (UUIDv7) is written `external:<id>`.",
  })
  @NullableText()
  @IsString()
  @Length(1, EXTERNAL_ID_MAX + 'external:'.length)
  externalId?: string | null;

  @ApiProperty({ type: String, format: 'email', required: false, nullable: true, maxLength: 320 })
  @NullableText()
  // Allows ASCII only: an invisible character would make two addresses that look the same.
  @IsEmail({ allow_utf8_local_part: false })
  @MaxLength(320)
  email?: string | null;
}

export class CreateUserDto extends UpdateUserDto {}

export class UserDto {
  @ApiProperty({ format: 'uuid' }) id: string;
  @ApiProperty({ type: String, nullable: true }) externalId: string | null;
  @ApiProperty({ type: String, nullable: true }) email: string | null;
  @ApiProperty({ type: String, nullable: true }) name: string | null;
  @ApiProperty({ type: 'object', additionalProperties: true }) settings: Record<string, unknown>;
  @ApiProperty() version: number;
  @ApiProperty({ format: 'date-time' }) createdAt: string;
  @ApiProperty({ format: 'date-time' }) updatedAt: string;
}

export const UserPageDto = PageOf(UserDto);

export type UserState = EntityOrRow<User>;

export function toUserDto(user: UserState): UserDto {
  const { id, externalId, email, name, settings, version, createdAt, updatedAt } = user;
  return {
    id,
    externalId,
    email,
    name,
    settings,
    version,
    createdAt: rfc3339(createdAt),
    updatedAt: rfc3339(updatedAt),
  };
}
