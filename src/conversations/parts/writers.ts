// The writers of all dialects.
import { aiSdkWriter } from './ai-sdk/writer.js';
import { anthropicWriter } from './anthropic/writer.js';
import { bedrockWriter } from './bedrock/writer.js';
import type { DialectWriter } from './dialect.js';
import { geminiWriter } from './gemini/writer.js';
import { langChainWriter } from './langchain/writer.js';
import { openAiWriter } from './openai/writer.js';
import { openAiResponsesWriter } from './openai-responses/writer.js';
import type { Dialect } from './part.js';

export const WRITERS: Readonly<Record<Dialect, DialectWriter>> = {
  openai: openAiWriter,
  'openai-responses': openAiResponsesWriter,
  anthropic: anthropicWriter,
  gemini: geminiWriter,
  bedrock: bedrockWriter,
  'ai-sdk': aiSdkWriter,
  langchain: langChainWriter,
};
