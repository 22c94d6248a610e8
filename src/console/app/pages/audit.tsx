import { usePages } from '../loading.js';
import { Page } from '../parts/page.js';
import { Search } from '../parts/search.js';
import { type Column, Listed } from '../parts/table.js';
import { Text, Time, UserLink } from '../parts/values.js';
import { goTo, linkTo, type PageProps } from '../place.js';
import { useSession } from '../session.js';
import type { AnswerOf } from '../../../../clients/typescript/src/index.js';

type AuditEvent = AnswerOf<'GET /v1/audit-log'>['data'][number];
type AuditRecord = AnswerOf<'GET /v1/admin/audit-log'>['data'][number];

const detailsOf = (details: object) =>
  Object.keys(details).length === 0 ? (
    <Text of={null} />
  ) : (
    <code class="id">{JSON.stringify(details)}</code>
  );

const EVENTS: readonly Column<AuditEvent>[] = [
  { name: 'Time (UTC)', of: ({ createdAt }) => <Time at={createdAt} />, isNarrow: true },
  { name: 'Action', of: ({ action }) => action, isNarrow: true },
  { name: 'By', of: ({ actor }) => actor },
  { name: 'Details', of: ({ details }) => detailsOf(details) },
  { name: 'Request', of: ({ requestId }) => <code class="id">{requestId}</code>, isNarrow: true },
];

const RECORDS: readonly Column<AuditRecord>[] = [
  { name: 'Time (UTC)', of: ({ createdAt }) => <Time at={createdAt} />, isNarrow: true },
  { name: 'Action', of: ({ action }) => action, isNarrow: true },
  {
    name: 'User',
    isNarrow: true,
    of: ({ userId }) => (userId === null ? <Text of={null} /> : <UserLink id={userId} />),
  },
  { name: 'Address', of: ({ address }) => <Text of={address} /> },
  { name: 'Details', of: ({ details }) => detailsOf(details) },
  {
    name: 'Request',
    isNarrow: true,
    of: ({ requestId }) =>
      requestId === null ? <Text of={null} /> : <code class="id">{requestId}</code>,
  },
];

const EMPTY = 'There is no record like that.';

/** What was done with keys, users and secrets: all of it for a service key. */
export function AuditPage({ query }: PageProps) {
  const { kind } = useSession();
  const action = query.get('action') ?? '';
  const asked = { limit: 50, ...(action && { filter: { action } }) };
  return (
    <Page title="Audit" isOfUser={kind === 'user'}>
      <Search
        label="Audit"
        fields={[{ name: 'action', label: 'Action, such as api_key.created', value: action }]}
        onSearch={(values) => goTo(linkTo(['audit'], values))}
      />
      {kind === 'service' ? <Records asked={asked} /> : <Events asked={asked} />}
    </Page>
  );
}

function Records({ asked }: { asked: object }) {
  const { service } = useSession();
  const pages = usePages<AuditRecord>(
    () => service.list('GET /v1/admin/audit-log', { query: asked }),
    [asked],
  );
  return (
    <Listed label="Audit" columns={RECORDS} pages={pages} idOf={({ id }) => id} empty={EMPTY} />
  );
}

function Events({ asked }: { asked: object }) {
  const { user } = useSession();
  const pages = usePages<AuditEvent>(
    () => user!.list('GET /v1/audit-log', { query: asked }),
    [asked],
  );
  return (
    <Listed label="Audit" columns={EVENTS} pages={pages} idOf={({ id }) => id} empty={EMPTY} />
  );
}
