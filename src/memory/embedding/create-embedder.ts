import type { Config } from '../../platform/config/config.js';
import type { Embedder } from './embedder.js';
import { LocalEmbedder } from './local-embedder.js';
import { isInstalled } from './model-thread.js';
import { NoEmbedder } from './no-embedder.js';
import { OpenAiEmbedder } from './openai-embedder.js';

type EmbedderName = NonNullable<Config['embedder']>;

/** What makes vectors: as EMBEDDER says, else the local model where its packages are installed. */
export const embedderOf = ({ embedder }: Pick<Config, 'embedder'>): EmbedderName =>
  embedder ?? (isInstalled() ? 'local' : 'none');

/** It loads a model or connects only with its first text. */
export function createEmbedder(config: Config): Embedder {
  const { openAiBaseUrl, openAiApiKey, embeddingModel } = config;
  switch (embedderOf(config)) {
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
