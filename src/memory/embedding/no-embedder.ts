import { Embedder, EmbedderError } from './embedder.js';

/**
 * Stands in when no embedder is configured. Check that `model` is not null before you ask for
 * vectors.
 */
export class NoEmbedder extends Embedder {
  readonly model = null;

  async embed(): Promise<never> {
    throw new EmbedderError('There is no embedder: EMBEDDER is none.', false);
  }

  async close(): Promise<void> {}
}
