// Stores users, accounts and API keys, and authenticates requests.
import { Global, Module } from '@nestjs/common';
import { CredentialVerifier, UserDirectory } from '../platform/context/index.js';
import { EgressModule } from '../platform/egress/index.js';
import { ACCOUNT_CONTROLLERS, ACCOUNT_PROVIDERS } from './accounts/account-providers.js';
import { ApiKeysController } from './api-keys/api-keys.controller.js';
import { ApiKeysRepository } from './api-keys/api-keys.repository.js';
import { ApiKeysService } from './api-keys/api-keys.service.js';
import { KeyLookups } from './authentication/key-lookups.js';
import { KeyUses } from './api-keys/key-uses.js';
import { PrincipalCache } from './authentication/principal-cache.js';
import { ApiKeyVerifier } from './authentication/api-key-verifier.js';
import { BearerVerifier } from './authentication/bearer-verifier.js';
import { TokenVerifier } from './authentication/token-verifier.js';
import { OutsideTokens } from './issuers/outside-tokens.js';
import { OutsideUsers } from './issuers/outside-users.js';
import { OutsideUsersRepository } from './issuers/outside-users.repository.js';
import { SweepKeys } from './api-keys/sweep-keys.job.js';
import { JobsStep } from './merging/jobs.step.js';
import { MergeSchemaRepository } from './merging/merge-schema.repository.js';
import { MergeSteps } from './merging/merge-steps.js';
import { MergeUsers } from './merging/merge-users.job.js';
import { MergingController } from './merging/merging.controller.js';
import { MergingRepository } from './merging/merging.repository.js';
import { MergingService } from './merging/merging.service.js';
import { MergeUndoRepository } from './merging/undo/merge-undo.repository.js';
import { UndoMerge } from './merging/undo/undo-merge.job.js';
import { UndoSchemaRepository } from './merging/undo/undo-schema.repository.js';
import { UndoingRepository } from './merging/undo/undoing.repository.js';
import { UndoingService } from './merging/undo/undoing.service.js';
import { AddressIndex } from './sealing/address-index.js';
import { SealUsers } from './sealing/seal-users.job.js';
import { SealedAnswer } from './sealing/sealed-answer.js';
import { SealedSearches } from './sealing/sealed-searches.js';
import { SealingRepository } from './sealing/sealing.repository.js';
import { UserFields } from './sealing/user-fields.js';
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
  controllers: [
    UsageController,
    UsersController,
    MergingController,
    ApiKeysController,
    ...ACCOUNT_CONTROLLERS,
  ],
  providers: [
    ...ACCOUNT_PROVIDERS,
    ApiKeyVerifier,
    ApiKeysRepository,
    ApiKeysService,
    KeyLookups,
    JobsStep,
    KeyUses,
    MergeSchemaRepository,
    MergeSteps,
    MergeUndoRepository,
    MergeUsers,
    MergingRepository,
    MergingService,
    AddressIndex,
    SealUsers,
    SealedAnswer,
    SealedSearches,
    SealingRepository,
    UserFields,
    OutsideTokens,
    OutsideUsers,
    OutsideUsersRepository,
    PrincipalCache,
    SweepKeys,
    TokenVerifier,
    UndoingRepository,
    UndoingService,
    UndoMerge,
    UndoSchemaRepository,
    UserAudit,
    UserSettings,
    UsersRepository,
    UsersService,
    { provide: CredentialVerifier, useClass: BearerVerifier },
    UserNames,
    { provide: UserDirectory, useExisting: UserNames },
  ],
  exports: [
    CredentialVerifier,
    UserDirectory,
    ApiKeysService,
    MergeSteps,
    UserFields,
    UsersService,
  ],
})
export class UsersModule {}
