import { usePages } from '../loading.js';
import { Page } from '../parts/page.js';
import { Search } from '../parts/search.js';
import { type Column, Listed } from '../parts/table.js';
import { Tags, Text, Time } from '../parts/values.js';
import { goTo, linkTo, type PageProps } from '../place.js';
import { useSession } from '../session.js';
import type { ListedAgentConfig } from '../../../../clients/typescript/src/index.js';

const COLUMNS: readonly Column<ListedAgentConfig>[] = [
  { name: 'Name', of: ({ id, name }) => <a href={linkTo(['agents', id])}>{name}</a> },
  { name: 'Description', of: ({ description }) => <Text of={description} /> },
  { name: 'Tags', of: ({ tags }) => <Tags of={tags} /> },
  { name: 'Version', of: ({ version }) => version, isNarrow: true },
  { name: 'Changed (UTC)', of: ({ updatedAt }) => <Time at={updatedAt} />, isNarrow: true },
];

/** The agent configurations of the shown user, or the service's own. */
export function AgentsPage({ query }: PageProps) {
  const { user, service } = useSession();
  const q = query.get('q') ?? '';
  const pages = usePages<ListedAgentConfig>(() => {
    const asked = { query: { limit: 50, ...(q && { q }) } };
    return user === null
      ? service.list('GET /v1/admin/agent-configs', asked)
      : user.list('GET /v1/agent-configs', asked);
  }, [q]);
  return (
    <Page title={user === null ? 'Agents of the service' : 'Agents'} isOfUser={user !== null}>
      <Search
        label="Agents"
        fields={[{ name: 'q', label: 'Name or description', value: q }]}
        onSearch={(values) => goTo(linkTo(['agents'], values))}
      />
      <Listed
        label="Agents"
        columns={COLUMNS}
        pages={pages}
        idOf={({ id }) => id}
        empty="There is no agent like that."
      />
    </Page>
  );
}
