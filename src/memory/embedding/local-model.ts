// What the engines of the local model have in common.

/** Returns the vector of a text. */
export type Engine = (text: string) => Promise<ArrayLike<number>>;

/** What the package of the weights exports. */
export interface Weights {
  weightsPath: string;
  tokenizerPath: string;
  configPath: string;
  /** Word pieces that are read of a text. */
  maxTokens: number;
}
