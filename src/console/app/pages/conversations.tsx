import { useLoad, usePages } from '../loading.js';
import { hitsSaid, MessageHits } from '../messages/hits.js';
import { Page, Shown } from '../parts/page.js';
import { Search } from '../parts/search.js';
import { type Column, Listed } from '../parts/table.js';
import { State, Tags, Time } from '../parts/values.js';
import { goTo, linkTo, type PageProps } from '../place.js';
import { useUser } from '../session.js';
import { conversationName, numberText } from '../texts.js';
import type { ConversationInfo } from '../../../../clients/typescript/src/index.js';

const STATUSES = ['active', 'archived', 'deleted'] as const;
const NO_TITLE = '(no title)';

const COLUMNS: readonly Column<ConversationInfo>[] = [
  {
    name: 'Title',
    of: (conversation) => {
      const name = conversationName(conversation) ?? NO_TITLE;
      // The service shows no deleted conversation by its id.
      if (conversation.deletedAt !== null) return name;
      return <a href={linkTo(['conversations', conversation.id])}>{name}</a>;
    },
  },
  { name: 'Last number', of: ({ lastSeq }) => numberText(lastSeq), isNarrow: true },
  {
    name: 'Status',
    isNarrow: true,
    of: ({ status, deletedAt }) => <State of={deletedAt === null ? status : 'deleted'} />,
  },
  { name: 'Tags', of: ({ tags }) => <Tags of={tags} /> },
  { name: 'Last activity (UTC)', of: ({ updatedAt }) => <Time at={updatedAt} />, isNarrow: true },
];

/** The conversations of the shown user, and the search of all their messages. */
export function ConversationsPage({ query }: PageProps) {
  const messages = query.get('messages') ?? '';
  const search = (values: Record<string, string>) => goTo(linkTo(['conversations'], values));
  return (
    <Page title="Conversations" isOfUser>
      <Search
        label="Conversations"
        fields={[
          { name: 'q', label: 'Title contains', value: query.get('q') ?? '' },
          {
            name: 'status',
            label: 'Status',
            value: query.get('status') ?? '',
            options: STATUSES,
          },
          { name: 'messages', label: 'Words in messages', value: messages },
        ]}
        onSearch={search}
      />
      {messages === '' ? <Conversations query={query} /> : <Messages q={messages} />}
    </Page>
  );
}

function Conversations({ query }: { query: URLSearchParams }) {
  const user = useUser();
  const q = query.get('q') ?? '';
  const status = STATUSES.find((one) => one === query.get('status'));
  const pages = usePages(
    () => user.conversations({ limit: 50, ...(q && { q }), ...(status && { status }) }),
    [q, status],
  );
  return (
    <Listed
      label="Conversations"
      columns={COLUMNS}
      pages={pages}
      idOf={({ id }) => id}
      empty="There is no conversation like that."
    />
  );
}

function Messages({ q }: { q: string }) {
  const user = useUser();
  const found = useLoad(
    (signal) => user.request('GET /v1/messages/search', { signal, query: { q, limit: 50 } }),
    [q],
  );
  return (
    <Shown of={found} said={hitsSaid}>
      {(hits) => <MessageHits hits={hits} />}
    </Shown>
  );
}
