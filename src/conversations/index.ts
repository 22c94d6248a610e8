export { Conversation } from './conversation.entity.js';
export { ConversationsModule } from './conversations.module.js';
export { Message, MessageSearch } from './messages/message.entity.js';
