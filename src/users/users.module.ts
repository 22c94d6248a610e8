// Stores users and API keys, and authenticates requests.
import { Global, Module } from '@nestjs/common';
import { CredentialVerifier, UserDirectory } from '../platform/context/index.js';
import { EgressModule } from '../platform/egress/index.js';
import { ApiKeysController } from './api-keys/api-keys.controller.js';
import { ApiKeysRepository } from './api-keys/api-keys.repository.js';
import { ApiKeysService } from './api-keys/api-keys.service.js';
import { KeyLookups } from './authentication/key-lookups.js';
import { KeyUses } from './api-keys/key-uses.js';
import { PrincipalCache } from './authentication/principal-cache.js';
import { ApiKeyVerifier } from './authentication/api-key-verifier.js';
import { BearerVerifier } from './authentication/bearer-verifier.js';
import { TokenVerifier } from './authentication/token-verifier.js';
import { OutsideUsers } from './issuers/outside-users.js';
import { OutsideUsersRepository } from './issuers/outside-users.repository.js';
import { SweepKeys } from './api-keys/sweep-keys.job.js';
import { UsageController } from './usage.controller.js';
import { UserAudit } from './user-audit.js';
import { UserSettings } from './user-settings.js';
import { UserNames } from './user-names.js';
import { UsersController } from './users.controller.js';
import { UsersRepository } from './users.repository.js';
import { UsersService } from './users.service.js';

@Global()
@Module({
  imports: [EgressModule],
  controllers: [UsageController, UsersController, ApiKeysController],
  providers: [
    ApiKeyVerifier,
    ApiKeysRepository,
    ApiKeysService,
    KeyLookups,
    KeyUses,
    OutsideUsers,
    OutsideUsersRepository,
    PrincipalCache,
    SweepKeys,
    TokenVerifier,
    UserAudit,
    UserSettings,
    UsersRepository,
    UsersService,
    { provide: CredentialVerifier, useClass: BearerVerifier },
    UserNames,
    { provide: UserDirectory, useExisting: UserNames },
  ],
  exports: [CredentialVerifier, UserDirectory, ApiKeysService],
})
export class UsersModule {}
