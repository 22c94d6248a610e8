// Finding the newest end of a branch, by reading only.
import type { Message, User } from '../../../../clients/typescript/src/index.js';

const PAGE_SIZE = 100;
/** Pages that are read to find an end, at most; then the branch is shown as far as it is known. */
const MAX_PAGES = 30;

/** Reads messages of all branches after a number, in the order of their arrival. */
export type ReadLog = (afterSeq: number) => Promise<readonly Message[]>;

export const logOf =
  (user: User, conversationId: string): ReadLog =>
  async (afterSeq) => {
    const query = { all: true, sort: ['seq' as const], limit: PAGE_SIZE, afterSeq };
    const route = 'GET /v1/conversations/{id}/messages';
    return (await user.request(route, { path: { id: conversationId }, query })).data as Message[];
  };

export interface Newest {
  /** Id of the last message of the branch. It is the message itself when none follows. */
  readonly id: string;
  /** The last number that was read, when later messages may follow; undefined when all were read. */
  readonly readTo: number | undefined;
}

/** The newest message that follows a message. */
export async function newestBelow({ id, seq }: Message, read: ReadLog): Promise<Newest> {
  const below = new Set([seq]);
  let newest = id;
  let after = seq;
  for (let page = 0; page < MAX_PAGES; page++) {
    const messages = await read(after);
    for (const message of messages) {
      after = message.seq;
      if (message.parentSeq === null || !below.has(message.parentSeq)) continue;
      below.add(message.seq);
      newest = message.id;
    }
    if (messages.length === 0) return { id: newest, readTo: undefined };
  }
  return { id: newest, readTo: after };
}
