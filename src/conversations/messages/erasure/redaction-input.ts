// Reads the body of a redaction: of a whole message, or of some of its parts.
import {
  emptyAsNull,
  isPlainObject,
  parseExactTime,
  storableFaults,
  validateBody,
} from '../../../platform/input/index.js';
import { RedactMessageDto, RedactPartsDto } from '../../dto/message-erasure.dto.js';
import { refuseFaults, unstorableFaults } from '../storable-messages.js';
import type { PartsRedaction, Redaction } from './message-erasure.service.js';

/** @throws AppError `request.invalid_body` with a pointer for each wrong field, at most 20 */
export const parseRedaction = (body: unknown): Redaction | PartsRedaction =>
  isPlainObject(body) && 'parts' in body ? partsRedaction(body) : wholeRedaction(body);

function wholeRedaction(body: unknown): Redaction {
  const values = validateBody(RedactMessageDto, body);
  refuseFaults([
    ...unstorableFaults([values], [values], null),
    ...storableFaults(values.reason, '/reason'),
  ]);
  return { content: values.content, ...fieldsOf(values) };
}

function partsRedaction(body: object): PartsRedaction {
  const values = validateBody(RedactPartsDto, body);
  const { parts, expectedErasedAt } = values;
  refuseFaults([
    ...storableFaults(parts, '/parts'),
    ...unstorableFaults([{ content: '', metadata: values.metadata ?? null }], [values], null),
    ...storableFaults(values.reason, '/reason'),
  ]);
  return {
    parts: parts.map(({ index, with: text }) => ({ index, text: text ?? null })),
    expectedErasedAt: parseExactTime(expectedErasedAt),
    ...fieldsOf(values),
  };
}

const fieldsOf = ({
  metadata,
  reason,
  derived,
}: Pick<RedactMessageDto, 'metadata' | 'reason' | 'derived'>) => ({
  metadata: metadata === undefined ? undefined : emptyAsNull(metadata),
  reason: reason ?? null,
  derived: derived ?? ('keep' as const),
});
