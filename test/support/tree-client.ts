// A client that does random things to its conversations, and keeps plain trees beside them.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from './api.js';
import { erase, type PlainMessage, plainMessage, PlainTree } from './plain-tree.js';
import type { Seeded } from './seeded.js';
import type { Wire } from './wire.js';

/** Milliseconds for which one request is tried again while everything is killed. */
const PATIENCE_MS = 120_000;
/** Messages from which on a conversation is left alone, so that it can be compared often. */
const MAX_MESSAGES = 250;
const MAX_CONVERSATIONS = 6;
const MAX_IN_PROGRESS = 5;
const PAGE = 100;

interface Shown {
  id: string;
  seq: number;
  content: string;
  parentSeq: number | null;
  branches?: number;
  status?: string;
  version?: number;
  erased?: { how: string };
}

interface Talk {
  path: string;
  tree: PlainTree;
  /** Messages of an import that nothing else was added to; absent for others. */
  imported?: { importKey: string; messages: object[] };
}

/** What was done, and how the tree is changed by it. Changes are made in the order of `seq`. */
interface Done {
  seq: number;
  change: () => void;
}

export class TreeClient {
  operations = 0;
  /** Requests that had to be sent again. */
  repeated = 0;
  private talks: Talk[] = [];
  private names = 0;

  constructor(
    private readonly wire: Wire,
    private readonly headers: Record<string, string>,
    private readonly random: Seeded,
    private readonly name: string,
  ) {}

  /** Does some things to one conversation at once, and at times compares all of it. */
  async round(): Promise<void> {
    const talk = await this.someTalk();
    if (this.random.chance(0.04)) return this.fork(talk);
    if (talk.imported && this.random.chance(0.5)) return this.growImport(talk, talk.imported);
    delete talk.imported;
    const busy = new Set<PlainMessage>();
    const count = 1 + this.random.integer(4);
    const asked = [this.headOperation(talk)];
    while (asked.length < count) asked.push(this.beside(talk, busy));
    const done = (await Promise.all(asked)).flat().sort((a, b) => a.seq - b.seq);
    for (const { change } of done) change();
    this.operations += count;
    if (this.random.chance(0.1)) await this.compare(talk);
  }

  async compareAll(): Promise<void> {
    for (const talk of this.talks) await this.compare(talk);
  }

  private async someTalk(): Promise<Talk> {
    if (this.talks.length > 0 && this.random.chance(0.97)) {
      const at = this.random.integer(this.talks.length);
      const talk = this.talks[at]!;
      if (talk.tree.messages.length < MAX_MESSAGES) return talk;
      await this.compare(talk);
      this.talks.splice(at, 1);
    }
    if (this.talks.length >= MAX_CONVERSATIONS) {
      const [oldest] = this.talks.splice(0, 1);
      await this.compare(oldest!);
    }
    const talk = this.random.chance(0.7) ? await this.begin() : await this.import();
    this.operations++;
    this.talks.push(talk);
    return talk;
  }

  private async begin(): Promise<Talk> {
    const { body } = await this.write<{ id: string }>('POST', '/v1/conversations', {}, 201);
    return { path: `/v1/conversations/${body.id}`, tree: new PlainTree() };
  }

  private async import(): Promise<Talk> {
    const imported = { importKey: this.newName(), messages: this.contents().map(asUser) };
    const talk: Talk = { path: '', tree: new PlainTree(), imported };
    await this.growImport(talk, imported);
    return talk;
  }

  /** Sends all messages of the source again, with some more. */
  private async growImport(talk: Talk, source: NonNullable<Talk['imported']>): Promise<void> {
    const contents = this.contents();
    if (talk.tree.messages.length > 0) source.messages.push(...contents.map(asUser));
    const { body } = await this.write<{ conversation: { id: string }; differsAt: number | null }>(
      'POST',
      '/v1/conversations/import',
      source,
    );
    expectSame('differsAt', body.differsAt, null);
    talk.path = `/v1/conversations/${body.conversation.id}`;
    const known = talk.tree.messages.length;
    const added = (source.messages as { content: string }[])
      .slice(known)
      .map(({ content }) => plainMessage('', content));
    talk.tree.append(added, known, true);
    await this.learnIds(talk);
    this.operations++;
  }

  private async fork({ path, tree }: Talk): Promise<void> {
    const seq = tree.messages.length === 0 ? 0 : 1 + this.random.integer(tree.messages.length);
    const isOfHead = seq === 0 || this.random.chance(0.5);
    const body = isOfHead ? {} : { seq };
    const answer = await this.write<{ id: string }>('POST', `${path}/fork`, body, 201);
    const fork = {
      path: `/v1/conversations/${answer.body.id}`,
      tree: tree.fork(isOfHead ? tree.head : seq),
    };
    await this.learnIds(fork);
    this.talks.push(fork);
    this.operations++;
  }

  /** What may move the head. Only one of a round, as the order of two is not known. */
  private async headOperation({ path, tree }: Talk): Promise<Done[]> {
    if (this.random.chance(0.05)) {
      const stale = { messages: [asUser('never')], expectedHead: tree.messages.length + 1_000 };
      await this.write('POST', `${path}/messages`, stale, 409);
      return [];
    }
    const target = this.random.integer(tree.messages.length + 1);
    const reference = target === 0 ? null : tree.messages[target - 1]!.id;
    if (this.random.chance(0.2)) {
      await this.settle('PUT', `${path}/head`, { messageId: reference }, 200);
      return [{ seq: 0, change: () => void (tree.head = target) }];
    }
    if (this.random.chance(0.6)) return this.append(path, tree, tree.head, {}, true);
    return this.append(path, tree, target, { parentId: reference }, true);
  }

  /** What leaves the head where it is, of a message that nothing else of the round concerns. */
  private async beside({ path, tree }: Talk, busy: Set<PlainMessage>): Promise<Done[]> {
    const free = (isMeant: (message: PlainMessage) => boolean) => {
      const all = tree.messages.filter((message) => !busy.has(message) && isMeant(message));
      const one = all.length > 0 ? this.random.pick(all) : undefined;
      if (one) busy.add(one);
      return one;
    };
    const kind = this.random.integer(10);
    if (kind < 5) {
      const growing = free(({ status }) => status === 'in_progress');
      if (growing) return this.grow(path, growing);
    } else if (kind === 5) {
      const message = free(() => true);
      if (message) return this.erase(path, message);
    } else if (kind === 6) {
      const named = free((message) => Boolean(message.key && !message.status && !message.erased));
      if (named) return this.sendAgain(path, named);
    }
    const target = this.random.integer(tree.messages.length + 1);
    const parentId = target === 0 ? null : tree.messages[target - 1]!.id;
    return this.append(path, tree, target, { parentId, moveHead: false }, false);
  }

  private async append(
    path: string,
    tree: PlainTree,
    parent: number,
    at: object,
    movesHead: boolean,
  ): Promise<Done[]> {
    const inProgress = tree.messages.filter(({ status }) => status === 'in_progress').length;
    const added = this.contents().map((content) => plainMessage('', content));
    if (this.random.chance(0.2)) added[0]!.key = this.newName();
    else if (inProgress < MAX_IN_PROGRESS && this.random.chance(0.3))
      Object.assign(added.at(-1)!, { status: 'in_progress', version: 0 });
    const messages = added.map(({ content, key, status }) => ({
      ...asUser(content),
      ...(key ? { key } : {}),
      ...(status ? { status, leaseSeconds: 86_400 } : {}),
    }));
    const answer = await this.write<{ data: Shown[] }>(
      'POST',
      `${path}/messages`,
      { messages, ...at },
      201,
    );
    for (const [i, { id }] of answer.body.data.entries()) added[i]!.id = id;
    const { seq } = answer.body.data[0]!;
    return [{ seq, change: () => tree.append(added, parent, movesHead) }];
  }

  private async grow(path: string, message: PlainMessage): Promise<Done[]> {
    const text = ` ${this.newName()}`;
    const isReplaced = this.random.chance(0.2);
    const status = this.random.chance(0.3)
      ? this.random.pick(['complete', 'interrupted', 'failed'] as const)
      : 'in_progress';
    const change = isReplaced ? { content: text } : { append: text };
    const body = { expectedVersion: message.version, status, ...change, leaseSeconds: 86_400 };
    await this.settle('PATCH', `${path}/messages/${message.id}`, body, 200);
    message.content = isReplaced ? text : message.content + text;
    message.version = status === 'in_progress' ? message.version! + 1 : undefined;
    message.status = status === 'complete' ? undefined : status;
    return [];
  }

  private async erase(path: string, message: PlainMessage): Promise<Done[]> {
    if (message.erased || this.random.chance(0.5)) {
      await this.settle('DELETE', `${path}/messages/${message.id}?derived=keep`, undefined, 204);
      erase(message, 'removed', '');
    } else {
      const content = this.newName();
      await this.write('POST', `${path}/messages/${message.id}/redact`, { content }, 200);
      erase(message, 'redacted', content);
    }
    return [];
  }

  private async sendAgain(path: string, { id, key, content }: PlainMessage): Promise<Done[]> {
    const body = { messages: [{ ...asUser(content), key }] };
    const answer = await this.write<{ data: Shown[] }>('POST', `${path}/messages`, body, 200);
    expectSame('the message with a key', answer.body.data[0]!.id, id);
    return [];
  }

  /** Of a fork or an import, whose messages the service has named. */
  private async learnIds(talk: Talk): Promise<void> {
    const log = await this.log(talk);
    for (const [i, { id }] of log.entries()) {
      const message = talk.tree.messages[i];
      if (message) message.id = id;
    }
    await this.compare(talk);
  }

  private log = ({ path }: Talk): Promise<Shown[]> => this.pages(`${path}/messages?all=true`);

  private async pages(list: string): Promise<Shown[]> {
    const all: Shown[] = [];
    let cursor = '';
    do {
      const { body } = await this.settle<{ data: Shown[]; nextCursor: string | null }>(
        'GET',
        `${list}${list.includes('?') ? '&' : '?'}order=asc&limit=${PAGE}${cursor}`,
        undefined,
        200,
      );
      all.push(...body.data);
      cursor = body.nextCursor ? `&cursor=${encodeURIComponent(body.nextCursor)}` : '';
    } while (cursor !== '');
    return all;
  }

  /** @throws Error when the service shows something else than the plain tree */
  private async compare(talk: Talk): Promise<void> {
    const { tree, path } = talk;
    const log = await this.log(talk);
    const logged = tree.messages.map(({ id, content, parent, status, version, erased }, i) =>
      JSON.stringify({ seq: i + 1, id, content, parent, status, version, erased }),
    );
    expectSame(`the log of ${path}`, log.map(asLogged), logged);
    const followers = tree.followers();
    const shown = await this.pages(`${path}/messages`);
    const expected = tree.pathTo(tree.head).map((seq) => {
      const { id, parent } = tree.messages[seq - 1]!;
      return JSON.stringify({ seq, id, branches: followers.get(parent) });
    });
    const asShown = ({ seq, id, branches = 1 }: Shown) => JSON.stringify({ seq, id, branches });
    expectSame(`the path of ${path}`, shown.map(asShown), expected);
    const latest = await this.settle<{ data: Shown[] }>(
      'GET',
      `${path}/messages?limit=5`,
      undefined,
      200,
    );
    expectSame(
      `the latest of ${path}`,
      latest.body.data.map(asShown).reverse(),
      expected.slice(-5),
    );
  }

  /** As `settle`, under a key: sent again it is done once. */
  private write<T>(method: string, path: string, body: object, status?: number) {
    return this.settle<T>(method, path, body, status, { 'idempotency-key': this.newName() });
  }

  /** Sends a request until it is answered for good. @throws Error when the status is another one */
  private async settle<T>(
    method: string,
    path: string,
    body?: object,
    status?: number,
    more: Record<string, string> = {},
  ): Promise<Answer<T>> {
    for (const end = Date.now() + PATIENCE_MS; Date.now() < end; this.repeated++) {
      const answer = await this.wire
        .json(method, path, { ...this.headers, ...more }, body)
        .catch(() => null);
      if (answer && answer.status < 500 && !answer.text.includes('request.in_flight')) {
        if (status === undefined ? answer.status < 300 : answer.status === status)
          return { ...answer, body: (answer.text ? JSON.parse(answer.text) : null) as T };
        throw new Error(
          `${method} ${path} ${JSON.stringify(body)}: ${answer.status} ${answer.text}`,
        );
      }
      await sleep(20 + Math.random() * 80);
    }
    throw new Error(`${method} ${path} was not answered`);
  }

  private contents = () => Array.from({ length: 1 + this.random.integer(3) }, () => this.newName());
  private newName = () => `${this.name}-${this.names++}`;
}

const asUser = (content: string) => ({ role: 'user', content });

const asLogged = ({ seq, id, content, parentSeq, status, version, erased }: Shown) =>
  JSON.stringify({
    seq,
    id,
    content,
    parent: parentSeq ?? 0,
    status,
    version,
    erased: erased?.how,
  });

/** Cheaper than Jest's comparison, which a hundred thousand operations would wait for. */
function expectSame(what: string, actual: unknown, expected: unknown): void {
  const [seen, meant] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (seen === meant) return;
  if (!Array.isArray(actual) || !Array.isArray(expected))
    throw new Error(`${what}: ${seen}, not ${meant}`);
  const at = expected.findIndex((one, i) => one !== actual[i]);
  throw new Error(
    `${what}, at ${at} of ${expected.length} (${actual.length}): ${String(actual[at])}, not ${String(expected[at])}`,
  );
}
