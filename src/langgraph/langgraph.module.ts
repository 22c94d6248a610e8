// What agents of LangGraph keep: items of a store, and checkpoints of runs.
import { Module } from '@nestjs/common';
import { CheckpointsController } from './checkpoints/checkpoints.controller.js';
import { CheckpointsRepository } from './checkpoints/checkpoints.repository.js';
import { CheckpointsService } from './checkpoints/checkpoints.service.js';
import { StoreController } from './store/store.controller.js';
import { StoreRepository } from './store/store.repository.js';
import { StoreService } from './store/store.service.js';

@Module({
  controllers: [CheckpointsController, StoreController],
  providers: [CheckpointsRepository, CheckpointsService, StoreRepository, StoreService],
})
export class LangGraphModule {}
