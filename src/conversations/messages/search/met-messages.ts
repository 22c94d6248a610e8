// Compares messages with a question by the rules of the index, where PostgreSQL cannot.
import { Slices } from '../../../platform/fairness/index.js';
import { isMet, type SearchQuestion, type Stems } from '../../../platform/text/index.js';
import type { MessageRow } from '../messages.repository.js';
import { searchedVector } from './message-words.js';

/** Returns the messages that meet the question, in their order. */
export async function meeting<Row extends MessageRow>(
  rows: Row[],
  { match }: SearchQuestion,
  stems: Stems,
): Promise<Row[]> {
  const slices = new Slices();
  const met: Row[] = [];
  for (const row of rows) {
    const { content, contentIsJson: isJson } = row;
    if (isMet(match, await slices.run(searchedVector({ content, isJson }, stems)))) met.push(row);
    if (slices.isDue) await slices.next();
  }
  return met;
}
