// Fails to compile when an SDK declares a part type without an example, or would refuse an example.
import type {
  ContentBlock,
  ContentBlockParam,
} from '@anthropic-ai/sdk/resources/messages/messages.js';
import type { MediaProcessing, Part } from '@google/genai';
import type { ContentBlock as LangChainBlock } from '@langchain/core/messages';
import type {
  AssistantContent,
  DynamicToolUIPart,
  ToolContent,
  ToolResultPart,
  ToolUIPart,
  UIMessage,
  UserContent,
} from 'ai';
import type {
  ChatCompletionContentPart,
  ChatCompletionMessageToolCall,
} from 'openai/resources/chat/completions/completions.js';
import type {
  ResponseInputItem,
  ResponseOutputItem,
} from 'openai/resources/responses/responses.js';
import {
  AI_SDK_CONTENT,
  AI_SDK_MODEL,
  AI_SDK_OUTPUTS,
  AI_SDK_STATES,
  AI_SDK_UI,
  ANTHROPIC,
  GEMINI,
  LANGCHAIN,
  OPENAI,
  RESPONSES,
} from './examples.js';

type Mutable<T> = T extends object ? { -readonly [K in keyof T]: Mutable<T[K]> } : T;
const mutable = <T>(examples: T) => examples as Mutable<T>;

/** The types that have a name of their own, without `tool-…` and `data-…`. */
type UiType = Exclude<UIMessage['parts'][number]['type'], `tool-${string}` | `data-${string}`>;

type ModelPart = Exclude<UserContent | AssistantContent | ToolContent, string>[number];
type Output = ToolResultPart['output'];
type OutputContent = Extract<Output, { type: 'content' }>['value'][number];
type LangChainPart = LangChainBlock.Standard | LangChainBlock.Citation;

/** Takes the words of the enum, as JSON has them. */
type GeminiPart = Omit<Part, 'mediaProcessing'> & { mediaProcessing?: `${MediaProcessing}` };

export const ACCEPTED = [
  mutable(ANTHROPIC) satisfies Record<ContentBlockParam['type'], ContentBlockParam> &
    Record<ContentBlock['type'], object>,
  mutable(OPENAI) satisfies Record<
    ChatCompletionContentPart['type'] | ChatCompletionMessageToolCall['type'],
    ChatCompletionContentPart | ChatCompletionMessageToolCall
  >,
  mutable(RESPONSES) satisfies Record<
    NonNullable<(ResponseInputItem | ResponseOutputItem)['type']>,
    ResponseInputItem
  >,
  mutable(GEMINI) satisfies Record<keyof Part, GeminiPart>,
  mutable(AI_SDK_UI) satisfies Record<UiType, UIMessage['parts'][number]>,
  mutable(AI_SDK_STATES) satisfies Record<(ToolUIPart | DynamicToolUIPart)['state'], ToolUIPart>,
  mutable(AI_SDK_MODEL) satisfies Record<ModelPart['type'], ModelPart>,
  mutable(AI_SDK_OUTPUTS) satisfies Record<Output['type'], Output>,
  mutable(AI_SDK_CONTENT) satisfies Record<OutputContent['type'], OutputContent>,
  mutable(LANGCHAIN) satisfies Record<LangChainPart['type'], LangChainPart>,
];
