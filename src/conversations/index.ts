export { ConversationId } from './keys/conversation-id.js';
export { Conversation } from './conversation.entity.js';
export { ConversationErrors } from './conversations.errors.js';
export { ConversationsModule } from './conversations.module.js';
export {
  type Derivation,
  Derivations,
  type Derived,
  type ErasedMessage,
  type MessageDerivation,
} from './derived/derivations.js';
export { MessageDto, toMessageDto } from './dto/message.dto.js';
export type { MessageContent } from './messages/message-content.js';
export {
  type Erasure,
  Message,
  type MessageRole,
  MESSAGE_ROLES,
  MessageSearch,
} from './messages/message.entity.js';
export { inConversation } from './messages/message.list.js';
export { MessagesRepository } from './messages/messages.repository.js';
export { TokenCounter } from './messages/token-counter.js';
export { MessagePath } from './messages/tree/message-path.js';
export { MessageTrees, pathTo } from './messages/tree/message-trees.js';
