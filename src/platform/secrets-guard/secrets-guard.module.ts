// The guard is everywhere where something is stored.
import { Global, Module } from '@nestjs/common';
import { SecretsGuard } from './secrets-guard.js';

@Global()
@Module({ providers: [SecretsGuard], exports: [SecretsGuard] })
export class SecretsGuardModule {}
