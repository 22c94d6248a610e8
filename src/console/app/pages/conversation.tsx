import { useLoad } from '../loading.js';
import { ContextView } from '../messages/context-view.js';
import { hitsSaid, MessageHits } from '../messages/hits.js';
import { type Asked, MessageList } from '../messages/message-list.js';
import { Turns } from '../messages/turns.js';
import { Page, Shown } from '../parts/page.js';
import { Search } from '../parts/search.js';
import { Tabs } from '../parts/tabs.js';
import { Facts, Id, Json, State, Tags, Text, Time } from '../parts/values.js';
import { goTo, linkTo, type PageProps } from '../place.js';
import { useUser } from '../session.js';
import { conversationName, numberText } from '../texts.js';
import type { ConversationInfo } from '../../../../clients/typescript/src/index.js';

const TABS = [
  ['messages', 'Messages'],
  ['context', 'What the model is sent'],
  ['turns', 'Turns'],
  ['details', 'Details'],
] as const;

interface PartProps {
  conversation: ConversationInfo;
  query: URLSearchParams;
}

/** One conversation: its messages, contexts, turns and fields. */
export function ConversationPage({ rest: [id = ''], query }: PageProps) {
  const user = useUser();
  const conversation = useLoad((signal) => user.conversation(id).get({ signal }), [id]);
  const tab = query.get('tab') ?? 'messages';
  const name = conversation.state === 'loaded' ? conversationName(conversation.value) : null;
  return (
    <Page title={name ?? 'Conversation'} isOfUser>
      <Tabs
        label="Parts of the conversation"
        of={TABS.map(([name, label]) => ({
          title: label,
          link: linkTo(['conversations', id], { tab: name }),
          isCurrent: name === tab,
        }))}
      />
      <Shown of={conversation}>
        {(value) => <Part tab={tab} conversation={value} query={query} />}
      </Shown>
    </Page>
  );
}

function Part({ tab, conversation, query }: PartProps & { tab: string }) {
  if (tab === 'context') return <ContextView conversation={conversation} query={query} />;
  if (tab === 'turns') return <Turns conversationId={conversation.id} />;
  if (tab === 'details') return <Details conversation={conversation} />;
  return <Messages conversation={conversation} query={query} />;
}

function Messages({ conversation, query }: PartProps) {
  const { id } = conversation;
  const q = query.get('q') ?? '';
  const readTo = numberIn(query, 'readTo');
  const isOther = query.has('head') || query.has('message');
  return (
    <>
      <Search
        label="Messages of this conversation"
        fields={[{ name: 'q', label: 'Words in messages', value: q }]}
        onSearch={(values) => goTo(linkTo(['conversations', id], values))}
      />
      {q !== '' && <Found id={id} q={q} />}
      {readTo !== undefined && (
        <p class="refusal">
          The newest message of this branch was looked for up to message #{readTo}. What follows
          later is not shown.
        </p>
      )}
      {isOther && (
        <p class="hint">
          This was asked for by one message.{' '}
          <a href={linkTo(['conversations', id])}>Show what the conversation shows</a>
        </p>
      )}
      {q === '' && <MessageList conversation={conversation} asked={askedBy(query)} />}
    </>
  );
}

/** Which messages the address asks for. */
function askedBy(query: URLSearchParams): Asked {
  const [id, seq] = [query.get('message'), numberIn(query, 'seq')];
  return {
    head: query.get('head') ?? undefined,
    at: numberIn(query, 'at'),
    message: id === null || seq === undefined ? undefined : { id, seq },
  };
}

function numberIn(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name) ?? '';
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

function Found({ id, q }: { id: string; q: string }) {
  const user = useUser();
  const found = useLoad(
    (signal) =>
      user.request('GET /v1/conversations/{id}/messages/search', {
        signal,
        path: { id },
        query: { q, limit: 50 },
      }),
    [id, q],
  );
  return (
    <Shown of={found} said={hitsSaid}>
      {(hits) => <MessageHits hits={hits} />}
    </Shown>
  );
}

const agentOf = ({ agentConfigId, agentConfigVersion, agentConfigAlias }: ConversationInfo) =>
  agentConfigId === null ? (
    <Text of={null} />
  ) : (
    <a href={linkTo(['agents', agentConfigId])}>
      {agentConfigAlias ??
        (agentConfigVersion === null ? 'newest' : `version ${agentConfigVersion}`)}
    </a>
  );

const Details = ({ conversation }: { conversation: ConversationInfo }) => (
  <>
    <Facts
      of={[
        ['Id', <Id id={conversation.id} />],
        ['Key', <Text of={conversation.key} />],
        ['Title', <Text of={conversation.title} />],
        ['Status', <State of={conversation.status} />],
        ['Tags', <Tags of={conversation.tags} />],
        ['Last number', numberText(conversation.lastSeq)],
        ['Head', `#${conversation.headSeq}`],
        ['Version', numberText(conversation.version)],
        ['Agent', agentOf(conversation)],
        ['Created', <Time at={conversation.createdAt} />],
        ['Changed', <Time at={conversation.updatedAt} />],
        ['Deleted', <Time at={conversation.deletedAt} />],
      ]}
    />
    <h2>Metadata</h2>
    <Json of={conversation.metadata} label="Metadata" />
  </>
);
