// The guard against storing secrets and personal data.
import { Global, Module } from '@nestjs/common';
import { SecretsGuard } from './secrets-guard.js';

@Global()
@Module({ providers: [SecretsGuard], exports: [SecretsGuard] })
export class SecretsGuardModule {}
