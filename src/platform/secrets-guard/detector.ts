/**
 * Detects one kind of secret in a text. It never gives the secret itself, because a report must not
 * be another copy.
 */
export interface Detector {
  kind: string;
  finds: (text: string) => boolean;
}

/**
 * Detects by a pattern and a check of each match. The pattern must take linear time on any text: it
 * starts with a literal, its repetitions are bounded or cannot overlap, and nothing after them can
 * fail late. A match that fails the check may hide another one inside, so the search continues one
 * character later.
 */
export function detector(
  kind: string,
  pattern: RegExp,
  holds: (match: RegExpExecArray) => boolean = () => true,
): Detector {
  return {
    kind,
    finds: (text) => {
      const search = new RegExp(pattern, `${pattern.flags}g`);
      for (let match = search.exec(text); match; match = search.exec(text)) {
        if (holds(match)) return true;
        search.lastIndex = match.index + 1;
      }
      return false;
    },
  };
}
