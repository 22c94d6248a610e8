// Users' own keys of model providers, sealed by the vault.
import { Module } from '@nestjs/common';
import { ModelKeysController } from './model-keys.controller.js';
import { ModelKeysRepository } from './model-keys.repository.js';
import { ModelKeysService } from './model-keys.service.js';

@Module({
  controllers: [ModelKeysController],
  providers: [ModelKeysRepository, ModelKeysService],
  exports: [ModelKeysService],
})
export class ModelKeysModule {}
