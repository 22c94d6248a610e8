import { ApiProperty } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { commonFields } from '../../platform/http/index.js';
import { BodyField, EACH_ITEM, rfc3339, rfc3339OrNull } from '../../platform/input/index.js';
import { PageOf } from '../../platform/list/index.js';
import { WEBHOOK_EVENTS, type WebhookEvent } from '../webhook-events.js';
import type { WebhookRow } from '../webhook-row.js';
import { DISABLED_REASONS, type DisabledReason } from '../webhook.entity.js';

const MAX_URL_CHARACTERS = 1_000;
const MAX_DESCRIPTION_CHARACTERS = 500;

/** The pattern is for the API document. `EgressRules` checks the URL. */
const urlSchema = {
  pattern: '^[Hh][Tt][Tt][Pp][Ss]?://',
  examples: ['https://app.example/threadkeep'],
  description:
    'Where events are posted to; a public https address, unless the operator allows others.',
};
const eventsSchema = {
  description: 'The types of events to be told of. Those of `user.` are for the service only.',
  example: ['message.created', 'memory.created'],
};
const descriptionSchema = { description: 'What the webhook is for.', example: 'Search index' };

export class CreateWebhookDto {
  @BodyField(urlSchema)
  @IsString()
  @Length(1, MAX_URL_CHARACTERS)
  url: string;

  @BodyField(eventsSchema)
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(WEBHOOK_EVENTS.length)
  @ArrayUnique()
  @IsIn(WEBHOOK_EVENTS, EACH_ITEM)
  events: WebhookEvent[];

  @BodyField(descriptionSchema)
  @IsOptional()
  @IsString()
  @MaxLength(MAX_DESCRIPTION_CHARACTERS)
  description?: string | null;
}

export class UpdateWebhookDto {
  @BodyField(urlSchema)
  @IsOptional()
  @IsString()
  @Length(1, MAX_URL_CHARACTERS)
  url?: string | null;

  @BodyField(eventsSchema)
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(WEBHOOK_EVENTS.length)
  @ArrayUnique()
  @IsIn(WEBHOOK_EVENTS, EACH_ITEM)
  events?: WebhookEvent[] | null;

  @BodyField(descriptionSchema)
  @IsOptional()
  @IsString()
  @MaxLength(MAX_DESCRIPTION_CHARACTERS)
  description?: string | null;

  @BodyField({
    description: 'Whether it is told of events. Those of the time while it is not are not kept.',
  })
  @IsOptional()
  @IsBoolean()
  enabled?: boolean | null;
}

/** Seconds: a week. */
const OVERLAP_MAX = 604_800;
export const OVERLAP_DEFAULT = 86_400;

export class RotateSecretDto {
  @BodyField({
    default: OVERLAP_DEFAULT,
    description:
      'Seconds for which deliveries are signed with both secrets; 0 ends the old one at once.',
    example: 3_600,
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(OVERLAP_MAX)
  overlapSeconds?: number | null;
}

export class WebhookDto {
  @ApiProperty(commonFields.id) id: string;
  @ApiProperty({
    description: 'Where events are posted to.',
    example: 'https://app.example/threadkeep',
  })
  url: string;
  @ApiProperty({
    enum: WEBHOOK_EVENTS,
    isArray: true,
    description: 'The types of events that it is told of.',
    example: ['message.created', 'memory.created'],
  })
  events: WebhookEvent[];
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'What the webhook is for, or null.',
    example: 'Search index',
  })
  description: string | null;
  @ApiProperty({ description: 'Whether it is told of events.', example: true }) enabled: boolean;
  @ApiProperty({
    enum: DISABLED_REASONS,
    type: String,
    nullable: true,
    description:
      'Why the service has disabled it: `gone` after an answer 410, `failing` after three days of failures, `behind` when more than 10,000 deliveries wait. Null otherwise.',
  })
  disabledBecause: DisabledReason | null;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Time of the first of the failures since the last success, or null.',
  })
  failingSince: string | null;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Time until which deliveries are signed with the secret before, too, or null.',
  })
  previousSecretExpiresAt: string | null;
  @ApiProperty(commonFields.version) version: number;
  @ApiProperty(commonFields.createdAt) createdAt: string;
  @ApiProperty(commonFields.updatedAt) updatedAt: string;
}

export class WebhookWithSecretDto extends WebhookDto {
  @ApiProperty({
    type: String,
    nullable: true,
    description:
      'The secret that verifies deliveries, in this answer only; a retry with the same `Idempotency-Key` gets null.',
    example: 'whsec_' + 'A'.repeat(44),
  })
  secret: string | null;
}

export const WebhookPageDto = PageOf(WebhookDto);

export const toWebhookDto = (row: WebhookRow): WebhookDto => ({
  id: row.id,
  url: row.url,
  events: row.events,
  description: row.description,
  enabled: row.enabled,
  disabledBecause: row.disabledBecause,
  failingSince: rfc3339OrNull(row.failingSince),
  previousSecretExpiresAt: rfc3339OrNull(row.previousSecretExpiresAt),
  version: row.version,
  createdAt: rfc3339(row.createdAt),
  updatedAt: rfc3339(row.updatedAt),
});
