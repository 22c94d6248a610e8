// A conversation as the plainest program would keep it: what the service answers is held against it.

export interface PlainMessage {
  id: string;
  content: string;
  /** `seq` of the message that it follows; 0 for none. */
  parent: number;
  key?: string;
  status?: 'in_progress' | 'interrupted' | 'failed' | undefined;
  /** Of a message in progress. */
  version?: number | undefined;
  erased?: 'removed' | 'redacted';
  /** What forks made of it. */
  copies: PlainMessage[];
}

export const plainMessage = (
  id: string,
  content: string,
  more: Partial<PlainMessage> = {},
): PlainMessage => ({ id, content, parent: 0, copies: [], ...more });

export class PlainTree {
  /** In the order of arrival: the message with `seq` n is at n - 1. */
  readonly messages: PlainMessage[] = [];
  /** `seq` of the last message that is shown; 0 for none. */
  head = 0;

  pathTo(seq: number): number[] {
    const path: number[] = [];
    for (let at = seq; at > 0; at = this.messages[at - 1]!.parent) path.push(at);
    return path.reverse();
  }

  append(added: PlainMessage[], parent: number, movesHead: boolean): void {
    for (const [i, message] of added.entries()) {
      message.parent = i === 0 ? parent : this.messages.length;
      this.messages.push(message);
    }
    if (movesHead) this.head = this.messages.length;
  }

  /** @returns how many messages follow each message, by its `seq` */
  followers(): Map<number, number> {
    const counts = new Map<number, number>();
    for (const { parent } of this.messages) counts.set(parent, (counts.get(parent) ?? 0) + 1);
    return counts;
  }

  /** @returns a tree with copies of a message and those that it follows, whose ids are not known yet */
  fork(seq: number): PlainTree {
    const fork = new PlainTree();
    const copies = this.pathTo(seq).map((at) => {
      const original = this.messages[at - 1]!;
      const status = original.status === 'in_progress' ? 'interrupted' : original.status;
      const copy = plainMessage('', original.content, { status });
      if (original.erased) copy.erased = original.erased;
      original.copies.push(copy);
      return copy;
    });
    fork.append(copies, 0, true);
    return fork;
  }
}

/** Erases a message with its copies. What was removed stays removed. */
export function erase(message: PlainMessage, how: 'removed' | 'redacted', content: string): void {
  if (message.erased !== 'removed') {
    message.content = content;
    message.erased = how;
    if (message.status === 'in_progress') message.status = 'interrupted';
    message.version = undefined;
  }
  for (const copy of message.copies) erase(copy, how, content);
}
