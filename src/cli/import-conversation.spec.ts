import { describe, expect, it } from '@jest/globals';
import type { SourceConversation } from '../conversations/import/formats/index.js';
import { type Imported, RefusedError } from './import-client.js';
import { MAX_REQUEST_CHARACTERS, sendConversation } from './import-conversation.js';

interface Body {
  firstSeq?: number;
  messages: { content: string }[];
}

/** Keeps what it is sent, as the server does. */
class Server {
  readonly stored: string[] = [];
  readonly requests: number[] = [];

  constructor(private readonly refuse: (body: Body) => void = () => undefined) {}

  import(body: object): Promise<Imported> {
    const { firstSeq = 1, messages } = body as Body;
    this.requests.push(messages.length);
    this.refuse(body as Body);
    const imported = this.stored.length === 0;
    const contents = messages.map(({ content }) => content);
    const known = this.stored.slice(firstSeq - 1);
    const differing = known.findIndex(
      (content, i) => i < contents.length && content !== contents[i],
    );
    const fresh = differing === -1 ? contents.slice(known.length) : [];
    this.stored.push(...fresh);
    return Promise.resolve({
      id: 'c',
      imported,
      added: fresh.length,
      branches: 0,
      messages: this.stored.length,
      differsAt: differing === -1 ? null : firstSeq + differing,
      isDeleted: false,
      erased: 0,
    });
  }
}

const conversation = (contents: string[], more: object = {}): SourceConversation => ({
  kind: 'conversation',
  name: 'n',
  body: { importKey: 'k', messages: contents.map((content) => ({ role: 'user', content })) },
  warnings: [],
  ...more,
});
const tooLarge = (most: number) => (body: Body) => {
  if (body.messages.length > most || body.messages.some(({ content }) => content === 'huge'))
    throw new RefusedError('413 Too large', true);
};
const refusesBad = ({ messages }: Body) => {
  const bad = messages.flatMap(({ content }, i) => (content === 'bad' ? [`/messages/${i}/x`] : []));
  if (bad.length > 0) throw new RefusedError('422 Not valid', false, bad.slice(0, 1));
};

describe('sending a conversation', () => {
  it('takes one request when it is short, and several when it is long', async () => {
    const short = new Server();
    expect(await sendConversation(short, conversation(['a', 'b']))).toMatchObject({
      imported: true,
      added: 2,
      missing: 0,
    });
    expect(short.requests).toEqual([2]);
    const long = new Server();
    const contents = ['a', 'b', 'c'].map((letter) => letter.repeat(MAX_REQUEST_CHARACTERS / 2));
    await sendConversation(long, conversation(contents));
    expect(long.requests).toEqual([1, 1, 1]);
    expect(long.stored).toEqual(contents);
  });

  it('halves what the server finds too large, and leaves out one message that is', async () => {
    const server = new Server(tooLarge(2));
    const contents = ['a', 'b', 'huge', 'c', 'd'];
    const { warnings, missing } = await sendConversation(server, conversation(contents));
    expect(server.stored).toEqual(['a', 'b', 'c', 'd']);
    expect([warnings, missing]).toEqual([['message 3 is left out: 413 Too large'], 0]);
  });

  it('leaves out the messages that the server refuses, and names them', async () => {
    const server = new Server(refusesBad);
    const sent = await sendConversation(server, conversation(['a', 'bad', 'b', 'bad', 'c']));
    expect(server.stored).toEqual(['a', 'b', 'c']);
    expect(sent.warnings).toEqual([
      'message 2 is left out: 422 Not valid',
      'message 4 is left out: 422 Not valid',
    ]);
  });

  it('fails when nothing would be left, when more is wrong, and when nothing may be left out', async () => {
    const strict = conversation(['a', 'bad'], { isStrict: true });
    const wrong = new Server(() => {
      throw new RefusedError('422 Not valid', false, ['/title', '/messages/0/x']);
    });
    await expect(sendConversation(new Server(refusesBad), strict)).rejects.toThrow('422');
    await expect(sendConversation(new Server(refusesBad), conversation(['bad']))).rejects.toThrow(
      '422',
    );
    await expect(sendConversation(wrong, conversation(['a', 'b']))).rejects.toThrow('422');
  });

  it('tells how many messages are missing when an earlier one differs', async () => {
    const server = new Server();
    server.stored.push('a', 'other');
    expect(await sendConversation(server, conversation(['a', 'b', 'c', 'd']))).toMatchObject({
      added: 0,
      differsAt: 2,
      missing: 2,
    });
  });

  it('tells logs apart that begin alike, and finds each again when it has grown', async () => {
    const servers = new Map<string, Server>();
    const client = {
      import(body: object) {
        const { importKey } = body as { importKey: string };
        if (!servers.has(importKey)) servers.set(importKey, new Server());
        return servers.get(importKey)!.import(body);
      },
    };
    const log = (...contents: string[]) =>
      sendConversation(client, conversation(contents, { isKeyedByStart: true }));
    const told = { differsAt: null, missing: 0 };
    expect(await log('hi', 'a')).toMatchObject({ ...told, imported: true, added: 2 });
    expect(await log('hi', 'b')).toMatchObject({ ...told, imported: true, added: 2 });
    expect(await log('hi', 'b', 'c')).toMatchObject({ ...told, imported: false, added: 1 });
    expect(await log('hi', 'a', 'c')).toMatchObject({ ...told, imported: false, added: 1 });
    expect(await log('hi', 'b', 'd', 'e')).toMatchObject({ ...told, imported: true, added: 4 });
    expect(await log('hi', 'b', 'd', 'e', 'f')).toMatchObject({ ...told, added: 1 });
    expect(await log('hi')).toMatchObject({ ...told, added: 0 });
    expect([...servers.values()].map(({ stored }) => stored.join(' ')).sort()).toEqual([
      'hi a c',
      'hi b c',
      'hi b d e f',
    ]);
    servers.set('k', new Server());
    expect(await sendConversation(client, conversation(['hi', 'a']))).toMatchObject({ added: 2 });
    expect(await sendConversation(client, conversation(['hi', 'b']))).toMatchObject({
      differsAt: 2,
    });
  });
});
