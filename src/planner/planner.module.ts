// The user's tasks and calendar events.
import { Module } from '@nestjs/common';
import { EventsController } from './events.controller.js';
import { EventsRepository } from './events.repository.js';
import { EventsService } from './events.service.js';
import { TasksController } from './tasks.controller.js';
import { TasksRepository } from './tasks.repository.js';
import { TasksService } from './tasks.service.js';

@Module({
  controllers: [EventsController, TasksController],
  providers: [EventsRepository, EventsService, TasksRepository, TasksService],
})
export class PlannerModule {}
