// Users, their API keys, and the answer to who is calling.
import { Global, Module } from '@nestjs/common';
import { CredentialVerifier, UserDirectory } from '../platform/context/index.js';
import { ApiKeysController } from './api-keys.controller.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import { ApiKeysService } from './api-keys.service.js';
import { PrincipalCache } from './principal-cache.js';
import { ApiKeyVerifier, Users } from './principals.js';
import { UsersController } from './users.controller.js';
import { UsersRepository } from './users.repository.js';
import { UsersService } from './users.service.js';

@Global()
@Module({
  controllers: [UsersController, ApiKeysController],
  providers: [
    ApiKeysRepository,
    ApiKeysService,
    PrincipalCache,
    UsersRepository,
    UsersService,
    { provide: CredentialVerifier, useClass: ApiKeyVerifier },
    { provide: UserDirectory, useClass: Users },
  ],
  exports: [CredentialVerifier, UserDirectory, ApiKeysService],
})
export class UsersModule {}
