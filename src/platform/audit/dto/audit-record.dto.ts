import { ApiProperty } from '@nestjs/swagger';
import { commonFields, EXAMPLE_TIME } from '../../http/index.js';
import { rfc3339 } from '../../input/index.js';
import { PageOf } from '../../list/index.js';

const nullable = (format: string, description: string) =>
  ApiProperty({ type: String, format, nullable: true, description });

export class AuditRecordDto {
  @ApiProperty(commonFields.id) id: string;
  @ApiProperty({
    examples: ['api_key.revoked'],
    description: 'What was done.',
    example: 'api_key.created',
  })
  action: string;
  @nullable(
    'uuid',
    'The API key that did it or was shown (`api_key.used_from_new_address`, `access.refused`).',
  )
  keyId: string | null;
  @nullable('uuid', 'The user it is about, who may have been removed since.') userId: string | null;
  @nullable('uuid', 'What it was done to.') subject: string | null;
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'Facts about the action, depending on `action`.',
    example: {},
  })
  details: Record<string, unknown>;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The network it came from, where that is recorded.',
  })
  address: string | null;
  @nullable(
    'uuid',
    'The id of the request, as the service gave it; null for work of the service itself.',
  )
  requestId: string | null;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The `X-Request-Id` that the client sent.',
  })
  clientRequestId: string | null;
  @ApiProperty({ format: 'date-time', description: 'Time of the action.', example: EXAMPLE_TIME })
  createdAt: string;
}

export const AuditRecordPageDto = PageOf(AuditRecordDto);

export type AuditRecordRow = AuditRecordDto;

export const toAuditRecordDto = (row: AuditRecordRow): AuditRecordDto => ({
  id: row.id,
  action: row.action,
  keyId: row.keyId,
  userId: row.userId,
  subject: row.subject,
  details: row.details,
  address: row.address,
  requestId: row.requestId,
  clientRequestId: row.clientRequestId,
  createdAt: rfc3339(row.createdAt),
});
