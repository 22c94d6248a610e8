export { CalendarEvent } from './events/event.entity.js';
export { PlannerModule } from './planner.module.js';
export { Task } from './tasks/task.entity.js';
