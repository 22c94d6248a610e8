// Fields of query strings that memories are asked with.
import { isUuid, type QueryField, Unreadable } from '../platform/input/index.js';

export const uuid = (): QueryField<string | undefined> => ({
  schema: { type: 'string', format: 'uuid' },
  read: (text) => {
    if (text !== undefined && !isUuid(text)) throw new Unreadable('must be a UUID');
    return text?.toLowerCase();
  },
});
