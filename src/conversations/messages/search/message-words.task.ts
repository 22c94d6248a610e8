// Makes the terms of many or large messages in a worker thread.
import { atOnce } from '../../../platform/fairness/index.js';
import { Stems } from '../../../platform/text/index.js';
import { searchedTerms, type StoredContent } from './message-words.js';

export default function terms(contents: StoredContent[]): string[] {
  const stems = new Stems();
  return contents.map((content) => atOnce(searchedTerms(content, stems)));
}
