/**
 * Detects one kind of secret in a text. It never gives the secret itself, because a report must not
 * be another copy.
 */
export interface Detector {
  kind: string;
  finds: (text: string) => boolean;
}

/**
 * By a pattern, and by what a match must stand up to besides. Texts come from anybody, so a pattern
 * has to be linear: it starts with something literal, its repetitions are bounded or cannot run
 * into each other, and nothing stands after them that could fail late. A match that does not stand
 * up may hide another one that starts within it, so the search goes on one character further.
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
