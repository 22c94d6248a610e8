import { ApiProperty } from '@nestjs/swagger';
import { commonFields, EXAMPLE_TIME } from '../../http/index.js';
import { shownActor } from '../../context/index.js';
import { rfc3339 } from '../../input/index.js';
import { PageOf } from '../../list/index.js';

export class AuditEventDto {
  @ApiProperty(commonFields.id) id: string;
  @ApiProperty({
    examples: ['mcp_secrets.read'],
    description: 'What was done.',
    example: 'conversation.purged',
  })
  action: string;
  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'What it was done to.',
  })
  subject: string | null;
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'Facts about the action, depending on `action`.',
    example: {},
  })
  details: Record<string, unknown>;
  @ApiProperty({ description: 'Whose credential it was: `user:` and the key, or `service`.' })
  actor: string;
  @ApiProperty({ description: 'The id of the request, as the service gave it.' }) requestId: string;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The `X-Request-Id` that the client sent.',
  })
  clientRequestId: string | null;
  @ApiProperty({ format: 'date-time', description: 'Time of the action.', example: EXAMPLE_TIME })
  createdAt: string;
}

export const AuditEventPageDto = PageOf(AuditEventDto);

export interface AuditEventRow {
  id: string;
  action: string;
  subject: string | null;
  details: Record<string, unknown>;
  actor: string;
  requestId: string;
  clientRequestId: string | null;
  createdAt: string;
}

export const toAuditEventDto = (row: AuditEventRow): AuditEventDto => ({
  id: row.id,
  action: row.action,
  subject: row.subject,
  details: row.details,
  actor: shownActor(row.actor),
  requestId: row.requestId,
  clientRequestId: row.clientRequestId,
  createdAt: rfc3339(row.createdAt),
});
