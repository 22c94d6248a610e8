import type { Config } from '../../platform/config/config.js';
import type { Embedder } from './embedder.js';
import { LocalEmbedder } from './local-embedder.js';
import { NoEmbedder } from './no-embedder.js';
import { OpenAiEmbedder } from './openai-embedder.js';

/** The one that EMBEDDER names. None of them loads a model or connects before its first text. */
export function createEmbedder({
  embedder,
  openAiBaseUrl,
  openAiApiKey,
  embeddingModel,
}: Config): Embedder {
  switch (embedder) {
    case 'none':
      return new NoEmbedder();
    case 'local':
      return new LocalEmbedder();
    case 'openai':
      return new OpenAiEmbedder({
        baseUrl: openAiBaseUrl,
        apiKey: openAiApiKey!,
        model: embeddingModel,
      });
  }
}
