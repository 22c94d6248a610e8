// Answers of models, found again by exactly what was asked.
import { Module } from '@nestjs/common';
import { ErasureMarkRepository } from './erasure-mark.repository.js';
import { ReplyCache } from './reply-cache.js';
import { ReplyCacheController } from './reply-cache.controller.js';

@Module({
  controllers: [ReplyCacheController],
  providers: [ErasureMarkRepository, ReplyCache],
  exports: [ReplyCache],
})
export class ReplyCacheModule {}
