// Stores tasks and calendar events of users.
import { Module } from '@nestjs/common';
import { ConversationsModule } from '../conversations/index.js';
import { DerivedPlansRepository } from './derived-plans.repository.js';
import { EventsController } from './events.controller.js';
import { EventsRepository } from './events.repository.js';
import { EventsService } from './events.service.js';
import { PlanUsageRepository } from './plan-usage.repository.js';
import { TasksController } from './tasks.controller.js';
import { TasksRepository } from './tasks.repository.js';
import { TasksService } from './tasks.service.js';

@Module({
  imports: [ConversationsModule],
  controllers: [EventsController, TasksController],
  providers: [
    DerivedPlansRepository,
    EventsRepository,
    EventsService,
    PlanUsageRepository,
    TasksRepository,
    TasksService,
  ],
})
export class PlannerModule {}
