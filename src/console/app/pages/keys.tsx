import { usePages } from '../loading.js';
import { Page } from '../parts/page.js';
import { type Column, Listed } from '../parts/table.js';
import { State, Tags, Text, Time, UserLink } from '../parts/values.js';
import { useSession } from '../session.js';
import type { ApiKey } from '../../../../clients/typescript/src/index.js';

/** What becomes of a key: the revocation counts, then the expiry. */
function stateOf({ revokedAt, expiresAt }: ApiKey): string {
  if (revokedAt !== null) return 'revoked';
  return expiresAt !== null && Date.parse(expiresAt) <= Date.now() ? 'expired' : 'active';
}

export const keyColumns: readonly Column<ApiKey>[] = [
  { name: 'Name', of: ({ name }) => <Text of={name} /> },
  { name: 'Ends in', of: ({ hint }) => <code>{hint}</code>, isNarrow: true },
  { name: 'State', of: (key) => <State of={stateOf(key)} />, isNarrow: true },
  {
    name: 'For',
    of: ({ userId }) => (userId === null ? 'the service' : <UserLink id={userId} />),
  },
  {
    name: 'Scopes',
    of: ({ scopes, readOnly }) => <Tags of={readOnly ? [...scopes, 'read only'] : scopes} />,
  },
  { name: 'Expires', of: ({ expiresAt }) => <Time at={expiresAt} />, isNarrow: true },
  { name: 'Last used', of: ({ lastUsedAt }) => <Time at={lastUsedAt} />, isNarrow: true },
];

export function KeysPage() {
  const { service } = useSession();
  const pages = usePages<ApiKey>(() => service.apiKeys.list({ limit: 50 }), []);
  return (
    <Page title="API keys">
      <Listed
        label="API keys"
        columns={keyColumns}
        pages={pages}
        idOf={({ id }) => id}
        empty="There are no keys."
      />
    </Page>
  );
}
