import { Embedder, EmbedderError } from './embedder.js';

/** In the place of an embedder where none is configured: ask for its model before asking it for vectors. */
export class NoEmbedder extends Embedder {
  readonly model = null;

  async embed(): Promise<never> {
    throw new EmbedderError('There is no embedder: EMBEDDER is none.', false);
  }

  async close(): Promise<void> {}
}
