import { ApiProperty } from '@nestjs/swagger';
import { commonFields } from '../../platform/http/index.js';
import { rfc3339, rfc3339OrNull } from '../../platform/input/index.js';
import { PageOf } from '../../platform/list/index.js';
import { DELIVERY_STATES, type DeliveryState } from '../webhook-delivery.entity.js';
import type { DeliveryRow } from '../webhook-row.js';

export class WebhookDeliveryDto {
  @ApiProperty({
    ...commonFields.id,
    description: 'Id of the delivery: its header `webhook-id`, the same in every attempt.',
  })
  id: string;
  @ApiProperty({ description: 'Type of the event.', example: 'message.created' }) type: string;
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'Ids of what it tells of.',
    example: { memoryId: '0195f2c0-0000-7000-8000-000000000000', version: 1 },
  })
  data: Record<string, unknown>;
  @ApiProperty({
    enum: DELIVERY_STATES,
    description: '`pending` until an attempt succeeds or no more are made.',
  })
  state: DeliveryState;
  @ApiProperty({ type: 'integer', description: 'Attempts so far.', example: 1 }) attempts: number;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Time from which the next attempt is made; null when no more are made.',
  })
  nextAttemptAt: string | null;
  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Status of the last answer; null without one.',
    example: 204,
  })
  lastStatus: number | null;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Why the last attempt failed, or null.',
    example: 'too_slow',
  })
  lastError: string | null;
  @ApiProperty({ ...commonFields.createdAt, description: 'Time of the event.' }) createdAt: string;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Time from which no more attempts are made, or null.',
  })
  finishedAt: string | null;
}

export const WebhookDeliveryPageDto = PageOf(WebhookDeliveryDto);

export const toDeliveryDto = (row: DeliveryRow): WebhookDeliveryDto => ({
  id: row.id,
  type: row.type,
  data: row.data,
  state: row.state,
  attempts: row.attempts,
  nextAttemptAt: row.state === 'pending' ? rfc3339(row.nextAttemptAt) : null,
  lastStatus: row.lastStatus,
  lastError: row.lastError,
  createdAt: rfc3339(row.createdAt),
  finishedAt: rfc3339OrNull(row.finishedAt),
});
