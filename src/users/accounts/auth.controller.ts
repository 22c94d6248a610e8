// The routes of people who have no credential yet.
import { Body, Controller, Get, Header, HttpCode, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Public, Request } from '../../platform/context/index.js';
import { RequestErrors } from '../../platform/errors/index.js';
import {
  type Answer,
  answered,
  Operation,
  TakesIdempotencyKey,
} from '../../platform/http/index.js';
import { BodyValidationPipe } from '../../platform/input/index.js';
import { UserErrors } from '../users.errors.js';
import { AccountGuard } from './account-guard.js';
import { AccountErrors } from './accounts.errors.js';
import { AccountsService } from './accounts.service.js';
import {
  AskForMailDto,
  ConfirmEmailDto,
  KeySetDto,
  LoginDto,
  RefreshDto,
  RegisterDto,
  RegisteredDto,
  ResetPasswordDto,
  TokensDto,
  toTokensDto,
} from './dto/account.dto.js';
import { callerOf, repeatingCallerOf } from './caller.js';
import { RegistrationService } from './registration.service.js';
import { SessionsService } from './sessions.service.js';
import { KEY_SET_MAX_AGE_SECONDS, TokenKeys } from './tokens/token-keys.js';

@ApiTags('accounts')
@Public()
@Controller('v1/auth')
export class AuthController {
  constructor(
    private readonly registration: RegistrationService,
    private readonly accounts: AccountsService,
    private readonly sessions: SessionsService,
  ) {}

  @Operation({
    summary: 'Register a user with a password',
    description:
      'Creates a user with a password, where the operator lets people register. Where addresses have to be proved, a mail is sent, and the answer has no tokens. Repeated with its `Idempotency-Key` and password, it opens another session.',
    errors: [
      AccountErrors.registrationClosed,
      AccountErrors.weakPassword,
      AccountErrors.usernameTooEarly,
      UserErrors.emailTaken,
      UserErrors.usernameTaken,
      RequestErrors.refused,
    ],
  })
  @TakesIdempotencyKey()
  @Post('register')
  @ApiCreatedResponse({ type: RegisteredDto })
  async register(
    @Body(BodyValidationPipe, AccountGuard) values: RegisterDto,
    @Request() request: FastifyRequest,
  ): Promise<Answer<RegisteredDto>> {
    const { tokens, isRepeated } = await this.registration.register(
      values,
      repeatingCallerOf(request),
    );
    return answered({ tokens: tokens && toTokensDto(tokens) }, isRepeated);
  }

  @Operation({
    summary: 'Sign in with a password',
    description: 'An unknown name, a wrong password and a disabled user get the same answer.',
    errors: [AccountErrors.loginFailed],
  })
  @Post('login')
  @HttpCode(200)
  @ApiOkResponse({ type: TokensDto })
  async login(
    @Body(BodyValidationPipe) { login, password }: LoginDto,
    @Request() request: FastifyRequest,
  ): Promise<TokensDto> {
    return toTokensDto(await this.sessions.login(login, password, callerOf(request)));
  }

  @Operation({
    summary: 'Get the next tokens of a session',
    description:
      'Each refresh token is used once; within a minute the same one gets the same answer, in case that was lost. When an older one is sent, the session ends.',
    errors: [AccountErrors.sessionEnded],
  })
  @Post('refresh')
  @HttpCode(200)
  @ApiOkResponse({ type: TokensDto })
  async refresh(
    @Body(BodyValidationPipe) { refreshToken }: RefreshDto,
    @Request() request: FastifyRequest,
  ): Promise<TokensDto> {
    return toTokensDto(await this.sessions.refresh(refreshToken, callerOf(request)));
  }

  @Operation({
    summary: 'Sign out of a session',
    description: 'Ends the session. Its tokens stop at once.',
    errors: [AccountErrors.sessionEnded],
  })
  @Post('logout')
  @HttpCode(204)
  @ApiNoContentResponse()
  logout(
    @Body(BodyValidationPipe) { refreshToken }: RefreshDto,
    @Request() request: FastifyRequest,
  ): Promise<void> {
    return this.sessions.logout(refreshToken, callerOf(request));
  }

  @Operation({
    summary: 'Ask for the mail that proves an address',
    description: 'The answer is the same whether there is such a user or not.',
    errors: [AccountErrors.noMail],
  })
  @Post('verification')
  @HttpCode(204)
  @ApiNoContentResponse()
  askForVerification(
    @Body(BodyValidationPipe) { email }: AskForMailDto,
    @Request() request: FastifyRequest,
  ): void {
    this.accounts.askForMail('verify', email, callerOf(request));
  }

  @Operation({
    summary: 'Ask for the mail that lets a user choose a new password',
    description: 'The answer is the same whether there is such a user or not.',
    errors: [AccountErrors.noMail],
  })
  @Post('password-reset')
  @HttpCode(204)
  @ApiNoContentResponse()
  askForReset(
    @Body(BodyValidationPipe) { email }: AskForMailDto,
    @Request() request: FastifyRequest,
  ): void {
    this.accounts.askForMail('reset', email, callerOf(request));
  }

  @Operation({
    summary: 'Prove an address with the secret of a mail',
    errors: [AccountErrors.secretInvalid, UserErrors.emailTaken],
  })
  @TakesIdempotencyKey()
  @Post('confirm')
  @HttpCode(204)
  @ApiNoContentResponse()
  async confirm(
    @Body(BodyValidationPipe) { secret }: ConfirmEmailDto,
    @Request() request: FastifyRequest,
  ): Promise<Answer<undefined>> {
    const isRepeated = await this.accounts.confirm(secret, repeatingCallerOf(request));
    return answered(undefined, isRepeated);
  }

  @Operation({
    summary: 'Choose a new password with the secret of a mail',
    description: 'All sessions of the user end.',
    errors: [AccountErrors.secretInvalid, AccountErrors.weakPassword],
  })
  @TakesIdempotencyKey()
  @Post('reset')
  @HttpCode(204)
  @ApiNoContentResponse()
  async reset(
    @Body(BodyValidationPipe) { secret, password }: ResetPasswordDto,
    @Request() request: FastifyRequest,
  ): Promise<Answer<undefined>> {
    const isRepeated = await this.accounts.reset(secret, password, repeatingCallerOf(request));
    return answered(undefined, isRepeated);
  }
}

@ApiTags('accounts')
@Public()
@Controller('.well-known')
export class KeySetController {
  constructor(private readonly keys: TokenKeys) {}

  @Operation({
    summary: 'Read the keys of access tokens',
    description: 'Others verify our access tokens with them.',
  })
  @Get('jwks.json')
  @Header('cache-control', `public, max-age=${KEY_SET_MAX_AGE_SECONDS}`)
  @ApiOkResponse({ type: KeySetDto })
  async list(): Promise<KeySetDto> {
    return { keys: await this.keys.published() };
  }
}
