import { field, List } from '../../platform/list/index.js';
import {
  ListedModelCallDto,
  type ListedModelCallRow,
  toListedModelCallDto,
} from './dto/model-call.dto.js';
import { MODEL_CALL_STATES } from './model-call.entity.js';

/** Newest first (ids are UUIDv7). */
export const modelCallList = new List<ListedModelCallRow, ListedModelCallDto>({
  name: 'model_call',
  table: 'threadkeep.model_call',
  owner: 'user_id',
  fields: {
    id: field.uuid('id', { sort: true }),
    state: field.oneOf('state', MODEL_CALL_STATES),
    priority: field.shown('priority'),
    provider: field.text('provider'),
    model: field.text('model'),
    finishReason: field.shown('finish_reason'),
    usage: field.shown('usage'),
    costUsd: field.shown('cost_usd'),
    error: field.shown('error'),
    attempts: field.shown('attempts'),
    createdAt: field.time('created_at'),
    startedAt: field.time('started_at', { nullable: true }),
    finishedAt: field.time('finished_at', { nullable: true }),
  },
  sort: '-id',
  dto: ListedModelCallDto,
  item: toListedModelCallDto,
});
