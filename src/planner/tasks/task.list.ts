import { ConversationField } from '../../conversations/index.js';
import { oneOf } from '../../platform/input/index.js';
import { type Condition, Field, field, List } from '../../platform/list/index.js';
import {
  priorityRank,
  TASK_PRIORITIES,
  TaskDto,
  type TaskState,
  toTaskDto,
} from '../dto/task.dto.js';
import { matchesWords } from '../word-search.js';
import { TASK_STATUSES } from './task.entity.js';

const word = oneOf(TASK_PRIORITIES, undefined);

/**
 * Clients read and write words; the table stores ranks. So `filter[priority][gte]=medium` and
 * `sort=-priority` work by meaning.
 */
const priority = new Field(
  'priority',
  {
    type: 'integer',
    operators: ['eq', 'ne', 'in', 'lt', 'lte', 'gt', 'gte'],
    schema: word.schema,
    read: (text) => priorityRank(word.read(text)!),
  },
  { sort: true },
);

/** Lists tasks, last changed first. Each sort field has an index. */
export const taskList = new List<TaskState, TaskDto>({
  name: 'task',
  table: 'threadkeep.task',
  owner: 'user_id',
  fields: {
    id: field.uuid('id', { sort: true }),
    title: field.text('title'),
    description: field.shown('description', { large: 'text' }),
    status: field.oneOf('status', TASK_STATUSES),
    priority,
    dueAt: field.time('due_at', { nullable: true, sort: `'infinity'` }),
    completedAt: field.time('completed_at', { nullable: true }),
    conversationId: new ConversationField('conversation_id', { nullable: true }),
    metadata: field.object('metadata'),
    version: field.shown('version'),
    createdAt: field.time('created_at', { sort: true }),
    updatedAt: field.time('updated_at', { sort: true }),
    deletedAt: field.time('deleted_at', { nullable: true }),
  },
  sort: '-updatedAt',
  deletedAt: 'deletedAt',
  search: (words) => matchesWords(`title || ' ' || coalesce(description, '')`, words),
  dto: TaskDto,
  item: toTaskDto,
});

/** The same list, sorted by due date. */
export const dueTaskList = new List<TaskState, TaskDto>({ ...taskList.declaration, sort: 'dueAt' });

// Compare `due_at` itself, not its sort expression: `coalesce` is not leakproof, so row-level
// security would not use the index.
export const overdue: Condition = {
  name: 'overdue',
  text: () => `status <> 'completed' and due_at < now()`,
};

export const dueWithin = (days: number): Condition => ({
  name: `due within ${days}`,
  text: (parameter) =>
    `status <> 'completed' and due_at >= now()
      and due_at < now() + make_interval(days => ${parameter(days, 'integer')})`,
});
