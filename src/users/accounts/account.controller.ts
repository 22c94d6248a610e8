// The routes of a user's own account, and those of an administrator.
import { Body, Controller, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import {
  AccessibleBy,
  NeedsScope,
  Request,
  RequestContexts,
} from '../../platform/context/index.js';
import { RequestErrors } from '../../platform/errors/index.js';
import {
  type Answer,
  answered,
  Operation,
  TakesIdempotencyKey,
} from '../../platform/http/index.js';
import { BodyValidationPipe, IdParameter } from '../../platform/input/index.js';
import { UserId } from '../user-id.js';
import { UserErrors } from '../users.errors.js';
import { AccountGuard } from './account-guard.js';
import { AccountErrors } from './accounts.errors.js';
import { AccountsService } from './accounts.service.js';
import {
  ChangeEmailDto,
  ChangePasswordDto,
  SessionListDto,
  SetPasswordDto,
  toSessionDto,
} from './dto/account.dto.js';
import { repeatingCallerOf } from './caller.js';
import { SessionsService } from './sessions.service.js';

@ApiTags('accounts')
@AccessibleBy('user')
@Controller('v1/auth')
export class AccountController {
  constructor(
    private readonly accounts: AccountsService,
    private readonly sessions: SessionsService,
    private readonly contexts: RequestContexts,
  ) {}

  @Operation({
    summary: 'Change the password',
    description: 'All other sessions of the user end. API keys stay.',
    errors: [
      AccountErrors.loginFailed,
      AccountErrors.missing,
      AccountErrors.weakPassword,
      UserErrors.notFound,
      RequestErrors.rateLimited,
    ],
  })
  @TakesIdempotencyKey()
  @Put('password')
  @HttpCode(204)
  @ApiNoContentResponse()
  async changePassword(
    @Body(BodyValidationPipe) { currentPassword, newPassword }: ChangePasswordDto,
    @Request() request: FastifyRequest,
  ): Promise<Answer<undefined>> {
    const isRepeated = await this.accounts.changePassword(
      currentPassword,
      newPassword,
      this.sessionId ?? null,
      repeatingCallerOf(request),
    );
    return answered(undefined, isRepeated);
  }

  @Operation({
    summary: 'Ask for another email address',
    description: 'It counts when the secret that is mailed to it was sent to `/v1/auth/confirm`.',
    errors: [
      AccountErrors.loginFailed,
      AccountErrors.missing,
      AccountErrors.noMail,
      UserErrors.notFound,
      RequestErrors.rateLimited,
      RequestErrors.refused,
    ],
  })
  @TakesIdempotencyKey()
  @Put('email')
  @HttpCode(204)
  @ApiNoContentResponse()
  async changeEmail(
    @Body(BodyValidationPipe, AccountGuard) { email, password }: ChangeEmailDto,
    @Request() request: FastifyRequest,
  ): Promise<Answer<undefined>> {
    const caller = repeatingCallerOf(request);
    return answered(undefined, await this.accounts.askForEmail(email, password, caller));
  }

  @Operation({ summary: 'List the sessions of the acting user' })
  @Get('sessions')
  @ApiOkResponse({ type: SessionListDto })
  async list(): Promise<SessionListDto> {
    const rows = await this.sessions.list();
    return { data: rows.map((row) => toSessionDto(row, this.sessionId)) };
  }

  @Operation({
    summary: 'Sign out everywhere',
    description: 'Ends all sessions, the one of this request, too. API keys stay.',
  })
  @Delete('sessions')
  @HttpCode(204)
  @ApiNoContentResponse()
  endAll(): Promise<void> {
    return this.sessions.endAll(null, 'signed_out_everywhere');
  }

  @Operation({
    summary: 'End a session',
    description: 'Its tokens stop at once.',
    errors: [AccountErrors.sessionNotFound],
  })
  @Delete('sessions/:id')
  @HttpCode(204)
  @ApiNoContentResponse()
  async end(@Param('id', IdParameter) id: string): Promise<void> {
    if (!(await this.sessions.end(id))) throw AccountErrors.sessionNotFound();
  }

  private get sessionId(): string | undefined {
    return this.contexts.current()?.principal?.sessionId;
  }
}

@ApiTags('accounts')
@AccessibleBy('service')
@Controller('v1/users/:id')
export class UserAccountController {
  constructor(private readonly accounts: AccountsService) {}

  @Operation({
    summary: "Set a user's password",
    description:
      'With it a guest becomes an account: nothing else of the user changes. All sessions end; API keys stay. A password acts for its user, so this needs the scope `keys`.',
    errors: [
      UserErrors.notFound,
      UserErrors.merged,
      AccountErrors.loginMissing,
      AccountErrors.weakPassword,
      RequestErrors.tooMuchAtOnce,
    ],
  })
  @TakesIdempotencyKey()
  @Put('password')
  @NeedsScope('keys')
  @HttpCode(204)
  @ApiNoContentResponse()
  async setPassword(
    @Param('id', UserId) id: string,
    @Body(BodyValidationPipe) { password }: SetPasswordDto,
    @Request() request: FastifyRequest,
  ): Promise<Answer<undefined>> {
    const caller = repeatingCallerOf(request);
    return answered(undefined, await this.accounts.setPassword(id, password, caller));
  }

  @Operation({
    summary: 'Sign a user out everywhere',
    description: 'API keys stay.',
    errors: [UserErrors.notFound, UserErrors.merged],
  })
  @Delete('sessions')
  @HttpCode(204)
  @ApiNoContentResponse()
  endSessions(@Param('id', UserId) id: string): Promise<void> {
    return this.accounts.endSessions(id);
  }
}
