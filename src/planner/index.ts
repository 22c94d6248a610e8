export { CalendarEvent } from './event.entity.js';
export { PlannerModule } from './planner.module.js';
export { Task } from './task.entity.js';
