import type { LeftOut } from '../../digests/digests.js';
import type { AiSdkContext } from '../../models/index.js';

/** The fields that are used of a context, parsed from its JSON. */
export interface BuiltContext extends AiSdkContext {
  manifestId: string;
  omitted: { explained: { messages: { fromSeq: number; toSeq: number; reason: string }[] } };
}

/** Messages without room that no summary in the context covers. */
export function leftOutOf({ omitted }: BuiltContext): LeftOut {
  const ranges = omitted.explained.messages.filter(({ reason }) => reason === 'no_room');
  return {
    messages: ranges.reduce((sum, { fromSeq, toSeq }) => sum + toSeq - fromSeq + 1, 0),
    toSeq: Math.max(0, ...ranges.map(({ toSeq }) => toSeq)),
  };
}
