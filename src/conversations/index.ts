export { ConversationId } from './keys/conversation-id.js';
export { Conversation, type TitleSource, type WrittenByModel } from './conversation.entity.js';
export { ConversationErrors, MessageErrors } from './conversations.errors.js';
export { ConversationsModule } from './conversations.module.js';
export {
  type Derivation,
  Derivations,
  type Derived,
  type ErasedMessage,
  type MessageDerivation,
} from './derived/derivations.js';
export { WrittenByModelDto } from './dto/conversation.dto.js';
export { contentSchemaWith, NewMessageDto } from './dto/new-message.dto.js';
export { MessageDto, toMessageDto } from './dto/message.dto.js';
export type { MessageContent } from './messages/message-content.js';
export {
  type Erasure,
  Message,
  type MessageRole,
  MESSAGE_ROLES,
  MessageSearch,
} from './messages/message.entity.js';
export { MessageDraft, MessagePiece } from './messages/unfinished/draft.entity.js';
export { DeletedImport } from './import/deleted-import.entity.js';
export { DeletedImports } from './import/deleted-imports.repository.js';
export { DIALECTS, type Dialect } from './parts/index.js';
export { inConversation } from './messages/message.list.js';
export { FINAL_STATUSES, type FinalStatus, type MessageStatus } from './messages/message.entity.js';
export { type AppendInput, type NewMessage, parseAppend } from './messages/message-input.js';
export { type MarkedResult } from './messages/marked/marked-appends.js';
export { MessagesService } from './messages/messages.service.js';
export { UnfinishedMessages } from './messages/unfinished/unfinished-messages.service.js';
export { ConversationsRepository } from './conversations.repository.js';
export { ConversationField, conversationIdSql } from './keys/conversation-field.js';
export { ConversationNames } from './keys/conversation-names.js';
export {
  CONVERSATION_REFERENCE,
  conversationReference,
  type ConversationReference,
  ConversationReferenceParameter,
  CREATE_IF_MISSING,
  IsConversationReference,
  MESSAGE_REFERENCE,
  readReference,
  readReferenceText,
  referenceFaults,
} from './keys/conversation-reference.js';
export { MessagesRepository } from './messages/messages.repository.js';
export { TokenCounter } from './messages/token-counter.js';
export { ConversationPaths, type ShownPath } from './messages/tree/conversation-paths.js';
export { MessagePath } from './messages/tree/message-path.js';
export { MessageTrees, pathTo } from './messages/tree/message-trees.js';
