import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Length, MaxLength } from 'class-validator';
import { commonFields } from '../../platform/http/index.js';
import { EXTERNAL_ID_FORM, EXTERNAL_ID_MAX_CHARACTERS } from '../../platform/context/index.js';
import {
  BodyField,
  type EntityOrRow,
  HasForm,
  IsOpaqueObject,
  rfc3339,
} from '../../platform/input/index.js';
import { PageOf } from '../../platform/list/index.js';
import { type User, USER_STATUSES, type UserStatus } from '../user.entity.js';
import { IsEmailAddress } from './email-address.js';

/** ASCII only: an invisible character would make two names that look the same. */
export const USERNAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

export class UpdateOwnUserDto {
  @BodyField({ description: 'Name of the user.', example: 'Ada Lovelace' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  name?: string | null;

  @BodyField({
    description:
      "The application's JSON object, at most 64 KiB. An edit is merged into it as RFC 7396 says: null removes a field, an object is merged, another value replaces. Null for all of it keeps it. Where `timeZone` is the IANA name of a time zone, dates in questions are read in it.",
    example: { language: 'en' },
  })
  @IsOptional()
  @IsOpaqueObject()
  settings?: Record<string, unknown>;
}

export class UpdateUserDto extends UpdateOwnUserDto {
  @BodyField({
    ...EXTERNAL_ID_FORM,
    description:
      "The application's own id of the user, stored in Unicode NFC without surrounding space. An id that looks like a UUIDv7 is written `external:<id>`.",
  })
  @IsOptional()
  @IsString()
  @Length(1, EXTERNAL_ID_MAX_CHARACTERS + 'external:'.length)
  externalId?: string | null;

  @BodyField({
    description:
      'Name that the user picks, unique among the users whatever its capitals: up to 64 ASCII letters, digits, dots, hyphens and underscores.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  @HasForm(USERNAME, 'ASCII letters, digits and . _ -', 'ada.lovelace')
  username?: string | null;

  @BodyField({ description: 'Email address, unique among the users whatever its capitals.' })
  @IsOptional()
  @IsString()
  @MaxLength(320)
  @IsEmailAddress()
  email?: string | null;

  @BodyField({
    enum: USER_STATUSES,
    description:
      'Only an `active` user is acted for. When another status is stored, the credentials of the user stop at once, and service keys cannot act for the user. `pending` is for users who are not let in yet.',
  })
  @IsOptional()
  @IsIn(USER_STATUSES)
  status?: UserStatus;
}

export class CreateUserDto extends UpdateUserDto {}

export class UserDto {
  @ApiProperty(commonFields.id) id: string;
  @ApiProperty({
    type: String,
    nullable: true,
    description: "The application's own id of the user, or null.",
    example: 'customer-17',
  })
  externalId: string | null;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Name that the user picked, or null.',
    example: 'ada.lovelace',
  })
  username: string | null;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Email address, or null.',
    example: 'ada@example.com',
  })
  email: string | null;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Name, or null.',
    example: 'Ada Lovelace',
  })
  name: string | null;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The outside issuer whose tokens act for the user, or null.',
    example: 'https://auth.example.com/',
  })
  issuer: string | null;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The id of the user at the issuer, or null.',
    example: 'auth0|507f1f77bcf86cd799439011',
  })
  subject: string | null;
  @ApiProperty({
    enum: USER_STATUSES,
    enumName: 'UserStatus',
    description: 'Only an `active` user is acted for.',
    example: 'active',
  })
  status: UserStatus;
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: "The application's own JSON object.",
    example: { language: 'en' },
  })
  settings: Record<string, unknown>;
  @ApiProperty(commonFields.version) version: number;
  @ApiProperty(commonFields.createdAt) createdAt: string;
  @ApiProperty(commonFields.updatedAt) updatedAt: string;
}

export const UserPageDto = PageOf(UserDto);

export type UserState = EntityOrRow<User>;

export function toUserDto(user: UserState): UserDto {
  const { id, externalId, username, email, name, issuer, subject, status, settings, version } =
    user;
  return {
    id,
    externalId,
    username,
    email,
    name,
    issuer,
    subject,
    status,
    settings,
    version,
    createdAt: rfc3339(user.createdAt),
    updatedAt: rfc3339(user.updatedAt),
  };
}
