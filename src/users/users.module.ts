// Stores users and API keys, and authenticates requests.
import { Global, Module } from '@nestjs/common';
import { CredentialVerifier, UserDirectory } from '../platform/context/index.js';
import { ApiKeysController } from './api-keys/api-keys.controller.js';
import { ApiKeysRepository } from './api-keys/api-keys.repository.js';
import { ApiKeysService } from './api-keys/api-keys.service.js';
import { KeyLookups } from './authentication/key-lookups.js';
import { KeyUses } from './api-keys/key-uses.js';
import { PrincipalCache } from './authentication/principal-cache.js';
import { ApiKeyVerifier } from './authentication/api-key-verifier.js';
import { SweepKeys } from './api-keys/sweep-keys.job.js';
import { UsageController } from './usage.controller.js';
import { UserAudit } from './user-audit.js';
import { UserNames } from './user-names.js';
import { UsersController } from './users.controller.js';
import { UsersRepository } from './users.repository.js';
import { UsersService } from './users.service.js';

@Global()
@Module({
  controllers: [UsageController, UsersController, ApiKeysController],
  providers: [
    ApiKeysRepository,
    ApiKeysService,
    KeyLookups,
    KeyUses,
    PrincipalCache,
    SweepKeys,
    UserAudit,
    UsersRepository,
    UsersService,
    { provide: CredentialVerifier, useClass: ApiKeyVerifier },
    { provide: UserDirectory, useClass: UserNames },
  ],
  exports: [CredentialVerifier, UserDirectory, ApiKeysService],
})
export class UsersModule {}
