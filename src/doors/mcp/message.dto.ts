import { IsIn, IsString, Length } from 'class-validator';
import {
  BodyField,
  bodyRule,
  IsJsonObject,
  isLongerThan,
  IsOmittable,
  words,
} from '../../platform/input/index.js';

const MAX_ID_CHARACTERS = 200;

const IsMessageId = bodyRule(
  'isMessageId',
  (value) =>
    Number.isSafeInteger(value) ||
    (typeof value === 'string' && value !== '' && !isLongerThan(value, MAX_ID_CHARACTERS)),
  words.suchAs('a whole number or a short text', '1'),
  { oneOf: [{ type: 'integer' }, { type: 'string', minLength: 1, maxLength: MAX_ID_CHARACTERS }] },
);

/** A JSON-RPC request or notification. MCP has had no batches since 2025-06-18. */
export class McpMessageDto {
  @BodyField({ description: 'Version of JSON-RPC.' })
  @IsIn(['2.0'])
  jsonrpc: '2.0';

  @BodyField({
    description: 'Id of the request, which its answer repeats. Without it, a notification.',
    example: 1,
  })
  @IsOmittable()
  @IsMessageId()
  id?: number | string;

  @BodyField({ description: 'What is asked for.', example: 'tools/list' })
  @IsString()
  @Length(1, MAX_ID_CHARACTERS)
  method: string;

  @BodyField({ description: 'What the method takes.', example: {} })
  @IsOmittable()
  @IsJsonObject()
  params?: Record<string, unknown>;
}
