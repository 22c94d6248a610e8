export { ConversationId } from './keys/conversation-id.js';
export { Conversation, type TitleSource, type WrittenByModel } from './conversation.entity.js';
export { ConversationErrors, MessageErrors } from './conversations.errors.js';
export { ConversationsModule } from './conversations.module.js';
export { ConversationsService } from './conversations.service.js';
export {
  type Derivation,
  Derivations,
  type Derived,
  type ErasedMessage,
  type MessageDerivation,
} from './derived/derivations.js';
export { ConversationDto, toConversationDto, WrittenByModelDto } from './dto/conversation.dto.js';
export { contentSchemaWith, NewMessageDto } from './dto/new-message.dto.js';
export { MessageDto, MessageListDto, toMessageDto } from './dto/message.dto.js';
export { toReadMark } from './dto/reading.dto.js';
export { AppendedAnswer } from './messages/appended-answer.js';
export { MessageErasureService } from './messages/erasure/message-erasure.service.js';
export { MessageIds } from './messages/marked/message-ids.js';
export { MESSAGE_LIMITS, type MessageContent } from './messages/message-content.js';
export { MessagePages } from './messages/message-pages.js';
export {
  type Erasure,
  type Feedback,
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
export { type ConversationConfig, ConversationsRepository } from './conversations.repository.js';
export { ConversationField, conversationIdSql } from './keys/conversation-field.js';
export { ConversationNames } from './keys/conversation-names.js';
export {
  CONVERSATION_REFERENCE,
  conversationReference,
  type ConversationReference,
  ConversationReferenceParameter,
  CREATE_IF_MISSING,
  HOW_TO_CREATE,
  IsConversationReference,
  MESSAGE_REFERENCE,
  readReference,
  readReferenceText,
  referenceFaults,
} from './keys/conversation-reference.js';
export { SealedMessages } from './sealing/sealed-messages.js';
export { SealedSearches } from './sealing/sealed-searches.js';
export { SealedTexts } from './sealing/sealed-texts.js';
export { MessagesRepository } from './messages/messages.repository.js';
export { TokenCounter } from './messages/token-counter.js';
export { BranchesService } from './messages/tree/branches.service.js';
export { ConversationPaths, type ShownPath } from './messages/tree/conversation-paths.js';
export { MessagePath } from './messages/tree/message-path.js';
export { MessageTrees, pathTo } from './messages/tree/message-trees.js';
