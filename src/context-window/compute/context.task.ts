// Builds or reproduces a large context in a worker thread.
import { TokenEncoding } from '../../conversations/parts/index.js';
import {
  type BuiltWindow,
  buildWindow,
  type RepeatedWindow,
  type RepetitionInput,
  repeatWindow,
  type WindowInput,
} from './context-work.js';
import { type CountedMessages, RecordingCounts } from './part-counts.js';

export type ContextInput = ({ build: WindowInput } | { repeat: RepetitionInput }) & {
  /** Counts that the main thread already has. */
  known: CountedMessages;
};

export interface ContextOutput {
  result: BuiltWindow | RepeatedWindow | null;
  /** Counts that the thread added. */
  counted: CountedMessages;
}

let encoding: TokenEncoding | undefined;

export default async function context(input: ContextInput): Promise<ContextOutput> {
  encoding ??= await TokenEncoding.load();
  const counts = new RecordingCounts(input.known);
  const counting = { count: (text: string) => encoding!.count(text), counts };
  const result =
    'build' in input ? buildWindow(input.build, counting) : repeatWindow(input.repeat, counting);
  return { result, counted: counts.added };
}
