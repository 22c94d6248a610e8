// What UsersModule provides for accounts.
import type { Provider, Type } from '@nestjs/common';
import { AccountController, UserAccountController } from './account.controller.js';
import { AccountMails, SendAccountMail } from './account-mails.js';
import { AccountsRepository } from './accounts.repository.js';
import { AccountsService } from './accounts.service.js';
import { AuthController, KeySetController } from './auth.controller.js';
import { MergeAccounts } from './merge-accounts.js';
import { Passwords } from './passwords/passwords.js';
import { RegistrationService } from './registration.service.js';
import { SessionTokens } from './session-tokens.js';
import { SessionsRepository } from './sessions.repository.js';
import { SessionsService } from './sessions.service.js';
import { AccessTokens } from './tokens/access-tokens.js';
import { SweepUnproved } from './sweep-unproved.job.js';
import { RotateTokenKeys } from './tokens/rotate-token-keys.job.js';
import { TokenKeys } from './tokens/token-keys.js';
import { TokenKeysRepository } from './tokens/token-keys.repository.js';

export const ACCOUNT_CONTROLLERS: Type[] = [
  AuthController,
  AccountController,
  UserAccountController,
  KeySetController,
];

export const ACCOUNT_PROVIDERS: Provider[] = [
  AccessTokens,
  AccountMails,
  AccountsRepository,
  AccountsService,
  MergeAccounts,
  Passwords,
  RegistrationService,
  RotateTokenKeys,
  SendAccountMail,
  SessionTokens,
  SessionsRepository,
  SessionsService,
  SweepUnproved,
  TokenKeys,
  TokenKeysRepository,
];
