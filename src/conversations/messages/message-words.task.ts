// Extracts the words of large messages in a worker thread.
import { searchedWords, type StoredContent } from './message-words.js';

export default function words(contents: StoredContent[]): string[] {
  return contents.map(searchedWords);
}
