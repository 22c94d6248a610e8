// Types that the engines of the local model share.

/** Returns the vector of a text. */
export type Engine = (text: string) => Promise<ArrayLike<number>>;

/** Files and limits of the model, as the package of the weights exports them. */
export interface Weights {
  weightsPath: string;
  tokenizerPath: string;
  configPath: string;
  /** Word pieces that are read of a text. */
  maxTokens: number;
}
