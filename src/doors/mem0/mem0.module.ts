// The API of mem0 over memories. It stores nothing of its own.
import { Module } from '@nestjs/common';
import { MemoryModule } from '../../memory/index.js';
import { UsersModule } from '../../users/index.js';
import { Mem0Controller } from './mem0.controller.js';
import { Mem0Memories } from './mem0-memories.service.js';
import { Mem0MemoriesController } from './mem0-memories.controller.js';
import { Mem0SelfHostedController } from './mem0-self-hosted.controller.js';
import { Mem0UserName } from './mem0-user-name.js';

@Module({
  imports: [MemoryModule, UsersModule],
  controllers: [Mem0Controller, Mem0MemoriesController, Mem0SelfHostedController],
  providers: [Mem0Memories, Mem0UserName],
})
export class Mem0Module {}
