import type { Config } from '../../platform/config/config.js';
import type { Embedder } from './embedder.js';
import { LocalEmbedder } from './local-embedder.js';
import { isInstalled } from './model-thread.js';
import { NoEmbedder } from './no-embedder.js';
import { OpenAiEmbedder } from './openai-embedder.js';

/**
 * Creates the embedder that EMBEDDER names. Without it, that is the local one where its packages are
 * installed. It loads a model or connects only with its first text.
 */
export function createEmbedder({
  embedder,
  openAiBaseUrl,
  openAiApiKey,
  embeddingModel,
}: Config): Embedder {
  switch (embedder ?? (isInstalled() ? 'local' : 'none')) {
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
