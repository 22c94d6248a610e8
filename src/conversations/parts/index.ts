// What other features and worker threads use of the parts. It loads neither Nest nor TypeORM.
export { OMISSION_REASONS, OPENING } from './dialect.js';
export type {
  DialectWriter,
  Omission,
  OmissionReason,
  StoredMessage,
  Turn,
  Written,
} from './dialect.js';
export {
  DIALECTS,
  type Dialect,
  inputText,
  isMedia,
  isToolCall,
  isToolResult,
  type Part,
  PART_KINDS,
  type RawObject,
  textPart,
  type ToolCallPart,
  type ToolResultPart,
  wordsOf,
} from './part.js';
export { ANTHROPIC_IMAGE_TYPES } from './anthropic/media.js';
export { inputObjectText } from './as-text.js';
export { addressOf } from './fields.js';
export { isGeminiType } from './gemini/media.js';
export { OPENAI_IMAGE_TYPES } from './openai/image-url.js';
export { toApiItem } from './openai-responses/api-items.js';
export { systemText } from './system-text.js';
export {
  type ConvertedMessages,
  convertMessages,
  MESSAGE_FORMATS,
  type MessageFormat,
  originalIn,
  requestMessages,
} from './convert.js';
export { fromStoredText, toStoredText } from './stored-text.js';
export { redactedParts } from './redacted-parts.js';
export { contentWords, messageWords, partsOf } from './stored-parts.js';
export { isKnownPart, READERS } from './readers.js';
export { legalCallId, legalToolName, PlacedCallIds } from './tool-names.js';
export { splitTurns } from './turns.js';
export { WRITERS } from './writers.js';
export { TokenEncoding } from '../messages/token-encoding.js';
