import { useLoad } from '../loading.js';
import { FailureNote } from '../parts/failure.js';
import { type Column, Table } from '../parts/table.js';
import { Facts, Id, Text } from '../parts/values.js';
import { linkTo } from '../place.js';
import { useUser } from '../session.js';
import { numberText, words } from '../texts.js';
import type { Context, Message, User } from '../../../../clients/typescript/src/index.js';

/** Messages of a manifest whose roles and tokens are looked up: the newest. */
const LOOKED_UP = 100;

type Taken = Context['manifest']['messages'][number];
type Source = Context['manifest']['sources'][number];
interface Reason {
  what: string;
  why: string;
  count: number;
}

const linkToMessage = (conversationId: string, { id, seq }: Taken) => (
  <a href={linkTo(['conversations', conversationId], { message: id, seq })}>#{seq}</a>
);

/** The record of a context: the budget, what was taken, and what was not. */
export function ManifestView({ context }: { context: Context }) {
  const { manifest, tokens, tokenEncoding, prefixSha256, manifestId } = context;
  const share = Math.min(1, tokens / manifest.budgetTokens);
  return (
    <>
      <label class="meter">
        {numberText(tokens)} of {numberText(manifest.budgetTokens)} tokens
        <meter value={share}>{Math.round(share * 100)} %</meter>
      </label>
      <Facts
        of={[
          ['Manifest', <Id id={manifestId} />],
          ['Format', manifest.format],
          ['Encoding of tokens', tokenEncoding],
          ['Messages up to', `#${manifest.lastSeq}`],
          ['Hash of the prefix', <Id id={prefixSha256.slice(0, 16)} />],
          ['Hash of the content', <Id id={manifest.contentSha256.slice(0, 16)} />],
        ]}
      />
      <h3>Taken from outside the messages</h3>
      <Sources of={manifest.sources} />
      <h3>Messages that were taken</h3>
      <TakenMessages context={context} />
      {manifest.summaries.length > 0 && (
        <>
          <h3>Summaries that were taken</h3>
          <ul>
            {manifest.summaries.map(({ id, fromSeq, toSeq }) => (
              <li key={id}>
                of #{fromSeq} to #{toSeq}
              </li>
            ))}
          </ul>
        </>
      )}
      <h3>What was omitted</h3>
      <Omissions of={context.omitted} />
    </>
  );
}

/** Which page of the console a reference such as `<id>@<version>` of a part leads to. */
const PAGES: Partial<Record<Source['part'], string>> = {
  memories: 'memories',
  agentConfig: 'agents',
};

function SourceReference({ of: { part, ref } }: { of: Source }) {
  const page = PAGES[part];
  const id = /^[0-9a-f-]{36}(?=@|$)/.exec(ref)?.[0];
  if (page === undefined || id === undefined) return <code class="id">{ref}</code>;
  return (
    <a class="mono id" href={linkTo([page, id])}>
      {ref}
    </a>
  );
}

const SOURCES: readonly Column<Source>[] = [
  { name: 'Part', of: ({ part }) => part },
  { name: 'Reference', of: (source) => <SourceReference of={source} /> },
];

const Sources = ({ of }: { of: readonly Source[] }) =>
  of.length === 0 ? (
    <p class="hint">Nothing.</p>
  ) : (
    <Table
      label="Sources"
      columns={SOURCES}
      items={of}
      idOf={({ part, ref }) => `${part} ${ref}`}
    />
  );

function TakenMessages({ context: { manifest } }: { context: Context }) {
  const user = useUser();
  const { conversationId, messages } = manifest;
  const shown = messages.slice(-LOOKED_UP);
  const found = useLoad(() => lookUp(user, conversationId, shown), [manifest]);
  const known = found.state === 'loaded' ? found.value : new Map<string, Message>();
  const columns: Column<Taken>[] = [
    { name: 'Message', of: (taken) => linkToMessage(conversationId, taken) },
    { name: 'Role', of: ({ id }) => <Text of={known.get(id)?.role} /> },
    { name: 'Tokens of its own', of: ({ id }) => <Text of={known.get(id)?.tokenCount} /> },
  ];
  if (messages.length === 0) return <p class="hint">None.</p>;
  return (
    <>
      {found.state === 'failed' && <FailureNote error={found.error} />}
      {shown.length < messages.length && (
        <p class="hint">
          {numberText(messages.length)} in all, from #{messages[0]!.seq} on. The newest are:
        </p>
      )}
      <Table
        label="Messages that were taken"
        columns={columns}
        items={shown}
        idOf={({ id }) => id}
      />
    </>
  );
}

/** Reads the roles and tokens of messages, by id, when they are close together. */
async function lookUp(
  user: User,
  id: string,
  taken: readonly Taken[],
): Promise<ReadonlyMap<string, Message>> {
  const [first, last] = [taken[0], taken.at(-1)];
  if (first === undefined || last === undefined) return new Map();
  const range = { afterSeq: first.seq - 1, beforeSeq: last.seq + 1 };
  const query = { all: true, sort: ['-seq' as const], limit: LOOKED_UP, ...range };
  const route = 'GET /v1/conversations/{id}/messages';
  const { data } = await user.request(route, { path: { id }, query });
  return new Map((data as Message[]).map((message) => [message.id, message]));
}

const REASONS: readonly Column<Reason>[] = [
  { name: 'What', of: ({ what }) => what },
  { name: 'Why', of: ({ why }) => why },
  { name: 'Number', of: ({ count }) => count },
];

function Omissions({ of }: { of: Context['omitted'] }) {
  const reasons = reasonsOf(of);
  if (reasons.length === 0) return <p class="hint">Nothing.</p>;
  return (
    <Table
      label="What was omitted"
      columns={REASONS}
      items={reasons}
      idOf={({ what, why }) => `${what} ${why}`}
    />
  );
}

const rangeText = (from: number, to: number): string =>
  from === to ? `message #${from}` : `messages #${from} to #${to}`;

/** What is not in a context: single messages where the answer explains them, otherwise counts. */
export function reasonsOf(omitted: Context['omitted']): Reason[] {
  const { explained, messages, summarised, unfitting, parts, unpairedToolParts } = omitted;
  const counted: Reason[] = [
    { what: 'messages', why: 'not sent', count: messages },
    { what: 'messages', why: 'said by a summary', count: summarised },
    { what: 'messages', why: 'nothing that the format can hold', count: unfitting },
  ];
  const ranges = explained?.messages.map(({ fromSeq, toSeq, reason }) => ({
    what: rangeText(fromSeq, toSeq),
    why: words(reason),
    count: toSeq - fromSeq + 1,
  }));
  return [
    ...(ranges ?? counted),
    ...parts.map(({ kind, reason, count }) => ({
      what: `parts: ${kind}`,
      why: words(reason),
      count,
    })),
    { what: 'tool calls and results', why: 'without their pair', count: unpairedToolParts },
    ...(omitted.removed ?? []).map(({ seq }) => ({
      what: rangeText(seq, seq),
      why: 'removed since',
      count: 1,
    })),
    ...(omitted.overrides ?? []).map((name) => ({
      what: name,
      why: 'override not used',
      count: 1,
    })),
  ].filter(({ count }) => count > 0);
}
