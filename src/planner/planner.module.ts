// Stores tasks and calendar events of users.
import { Module } from '@nestjs/common';
import { ConversationsModule } from '../conversations/index.js';
import { DerivedPlansRepository } from './derived-plans.repository.js';
import { EventsController } from './events/events.controller.js';
import { EventsRepository } from './events/events.repository.js';
import { EventsService } from './events/events.service.js';
import { PlanUsageRepository } from './plan-usage.repository.js';
import { TasksController } from './tasks/tasks.controller.js';
import { TasksRepository } from './tasks/tasks.repository.js';
import { TasksService } from './tasks/tasks.service.js';

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
