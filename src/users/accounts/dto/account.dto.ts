import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsString, Length, MaxLength } from 'class-validator';
import { EXAMPLE_ID, EXAMPLE_TIME } from '../../../platform/http/index.js';
import { BodyField, HasForm, IsOmittable } from '../../../platform/input/index.js';
import { IsEmailAddress } from '../../dto/email-address.js';
import { USERNAME } from '../../dto/user.dto.js';
import type { SessionRow } from '../sessions.repository.js';
import type { Tokens } from '../sessions.service.js';

const MIN_PASSWORD_CHARACTERS = 8;
const MAX_PASSWORD_CHARACTERS = 128;
const PASSWORD_EXAMPLE = 'three owls on a raft';

// `applyDecorators` applies in this order, and `BodyField` reads the rules that are there.

const NewPassword = () =>
  applyDecorators(
    Length(MIN_PASSWORD_CHARACTERS, MAX_PASSWORD_CHARACTERS),
    IsString(),
    BodyField({
      description: `A password of ${MIN_PASSWORD_CHARACTERS} to ${MAX_PASSWORD_CHARACTERS} characters of any kind. One that is guessed easily is refused.`,
      example: PASSWORD_EXAMPLE,
    }),
  );

const Password = (description: string) =>
  applyDecorators(
    Length(1, MAX_PASSWORD_CHARACTERS),
    IsString(),
    BodyField({ description, example: PASSWORD_EXAMPLE }),
  );

const Email = (description: string) =>
  applyDecorators(
    IsEmailAddress(),
    MaxLength(320),
    IsString(),
    BodyField({ description, example: 'ada@example.com' }),
  );

const Username = () =>
  applyDecorators(
    HasForm(USERNAME, 'ASCII letters, digits and . _ -', 'ada.lovelace'),
    MaxLength(64),
    IsString(),
    BodyField({
      description: 'Name to sign in with, unique among the users whatever its capitals.',
    }),
  );

const Secret = () =>
  applyDecorators(
    Length(1, 128),
    IsString(),
    BodyField({ description: 'The secret of the mail.', example: `tkm_${'a'.repeat(65)}` }),
  );

export class RegisterDto {
  @Email('Email address, unique among the users whatever its capitals.')
  email: string;

  @NewPassword()
  password: string;

  @Username()
  @IsOmittable()
  username?: string;

  @BodyField({ description: 'Name of the user.', example: 'Ada Lovelace' })
  @IsOmittable()
  @IsString()
  @MaxLength(200)
  name?: string;
}

export class LoginDto {
  @BodyField({ description: 'Email address or username.', example: 'ada@example.com' })
  @IsString()
  @Length(1, 320)
  login: string;

  @Password('The password.')
  password: string;
}

export class RefreshDto {
  @BodyField({
    description: 'The refresh token of the last answer.',
    example: `tkr_${'a'.repeat(108)}`,
  })
  @IsString()
  @Length(1, 128)
  refreshToken: string;
}

export class ChangePasswordDto {
  @Password('The password until now.')
  currentPassword: string;

  @NewPassword()
  newPassword: string;
}

export class SetPasswordDto {
  @NewPassword()
  password: string;
}

export class ChangeEmailDto {
  @Email('The new address.')
  email: string;

  @Password('The password.')
  password: string;
}

export class AskForMailDto {
  @Email('The address of the user.')
  email: string;
}

export class ConfirmEmailDto {
  @Secret()
  secret: string;
}

export class ResetPasswordDto {
  @Secret()
  secret: string;

  @NewPassword()
  password: string;
}

export class TokensDto {
  @ApiProperty({ enum: ['Bearer'], description: 'How the access token is sent.' })
  tokenType: 'Bearer';
  @ApiProperty({
    description: 'Send it as `Authorization: Bearer <token>`.',
    example: 'eyJhbGciOiJFUzI1NiJ9.e30.c2lnbmF0dXJl',
  })
  accessToken: string;
  @ApiProperty({
    type: 'integer',
    description: 'Seconds that the access token is valid.',
    example: 600,
  })
  expiresIn: number;
  @ApiProperty({
    description: 'Gets the next tokens, once.',
    example: `tkr_${'a'.repeat(108)}`,
  })
  refreshToken: string;
  @ApiProperty({ format: 'uuid', description: 'Id of the session.', example: EXAMPLE_ID })
  sessionId: string;
  @ApiProperty({ format: 'uuid', description: 'Id of the user.', example: EXAMPLE_ID })
  userId: string;
}

export class RegisteredDto {
  @ApiProperty({
    type: TokensDto,
    nullable: true,
    description: 'The tokens of a first session; null when the address has to be proved first.',
  })
  tokens: TokensDto | null;
}

export class SessionDto {
  @ApiProperty({ format: 'uuid', description: 'Id of the session.', example: EXAMPLE_ID })
  id: string;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'What the client says it is, or null.',
    example: 'Mozilla/5.0',
  })
  client: string | null;
  @ApiProperty({
    type: Boolean,
    description: 'True for the session of this request.',
    example: true,
  })
  isCurrent: boolean;
  @ApiProperty({ format: 'date-time', description: 'When it began.', example: EXAMPLE_TIME })
  createdAt: string;
  @ApiProperty({
    format: 'date-time',
    description: 'When its tokens were last replaced.',
    example: EXAMPLE_TIME,
  })
  lastUsedAt: string;
  @ApiProperty({
    format: 'date-time',
    description: 'When it ends, unless it is used before.',
    example: EXAMPLE_TIME,
  })
  expiresAt: string;
}

export class SessionListDto {
  @ApiProperty({ type: [SessionDto], description: 'The sessions, the last used first.' })
  data: SessionDto[];
}

export class KeySetDto {
  @ApiProperty({
    type: 'array',
    items: { type: 'object', additionalProperties: true },
    description: 'Public keys as JSON Web Keys.',
    example: [{ kty: 'EC', crv: 'P-256', kid: EXAMPLE_ID, alg: 'ES256', use: 'sig' }],
  })
  keys: object[];
}

export const toTokensDto = (tokens: Tokens): TokensDto => ({ tokenType: 'Bearer', ...tokens });

export const toSessionDto = (row: SessionRow, currentId: string | undefined): SessionDto => ({
  ...row,
  isCurrent: row.id === currentId,
});
