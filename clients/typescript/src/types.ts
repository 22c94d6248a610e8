// What the service takes and gives, by the names of the API document.
import type { components } from './api.js';

type Schemas = components['schemas'];

export type AgentConfig = Schemas['AgentConfig'];
export type AppendFields = Omit<Schemas['AppendMessages'], 'messages' | 'format'>;
export type AppendRequest = Schemas['AppendMessages'];
export type ApiKey = Schemas['ApiKey'];
export type Block = Schemas['Block'];
export type BlockFields = Schemas['PutBlock'];
export type Context = Schemas['Context'];
export type ContextRequest = Schemas['BuildContext'];
export type ConversationFields = Schemas['MakeConversation'];
export type ConversationUpdate = Schemas['UpdateConversation'];
export type ConversationInfo = Schemas['Conversation'];
export type CreatedApiKey = Schemas['CreatedApiKey'];
export type CreatedMemory = Schemas['CreatedMemory'];
export type EffectiveConfig = Schemas['RunnerConfig'];
export type ListedAgentConfig = Schemas['ListedAgentConfig'];
export type Memory = Schemas['Memory'];
export type MemoryHit = Schemas['MemoryHit'];
export type MemoryUpdate = Schemas['UpdateMemory'];
export type MemorySearch = Schemas['SearchMemories'];
export type Message = Schemas['Message'];
export type MessageHit = Schemas['MessageHit'];
export type NewApiKey = Schemas['CreateApiKey'];
export type NewMemory = Schemas['NewMemory'];
export type NewMessage = Schemas['NewMessage'];
export type NewUser = Schemas['CreateUser'];
export type TurnInfo = Schemas['Turn'];
export type TurnRequest = Schemas['CreateTurn'];
export type UserUpdate = Schemas['UpdateUser'];
export type OwnUserUpdate = Schemas['UpdateOwnUser'];
export type UserInfo = Schemas['User'];

/** A message in the shape of another product: of OpenAI, the AI SDK, … */
export type Dialect = NonNullable<Schemas['AppendMessages']['format']>;

/** What changes in a conversation. */
export type ConversationEvent =
  | { event: 'message'; data: Message }
  | {
      event: 'delta';
      data: { seq: number; part: number; kind: 'text' | 'reasoning'; text: string };
    }
  | { event: 'part'; data: { seq: number; part: number; value: Record<string, unknown> } }
  | { event: 'turn'; data: TurnInfo }
  | { event: 'head'; data: { seq: number; messageId: string | null; lastSeq: number } }
  | { event: 'read'; data: Schemas['ReadMark'] }
  | { event: 'leave'; data: { reason: string } };
