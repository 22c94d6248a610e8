import { usePages } from '../loading.js';
import { Page } from '../parts/page.js';
import { Search } from '../parts/search.js';
import { type Column, Listed } from '../parts/table.js';
import { State, Text, Time } from '../parts/values.js';
import { goTo, linkTo, type PageProps } from '../place.js';
import { useSession } from '../session.js';
import { nameOf } from '../texts.js';
import { ThreadkeepError, type UserInfo } from '../../../../clients/typescript/src/index.js';

const STATUSES = ['active', 'pending', 'disabled'] as const;

const COLUMNS: readonly Column<UserInfo>[] = [
  { name: 'User', of: (user) => <a href={linkTo(['users', user.id])}>{nameOf(user)}</a> },
  { name: 'External id', of: ({ externalId }) => <Text of={externalId} /> },
  { name: 'Email', of: ({ email }) => <Text of={email} /> },
  { name: 'Status', of: ({ status }) => <State of={status} />, isNarrow: true },
  { name: 'Created (UTC)', of: ({ createdAt }) => <Time at={createdAt} />, isNarrow: true },
];

/** Parameters of the place that are exact conditions of the list. */
const CONDITIONS = ['email', 'externalId', 'status'] as const;

export function UsersPage({ query }: PageProps) {
  const { service } = useSession();
  const q = query.get('q') ?? '';
  const asked = CONDITIONS.map((name) => [name, query.get(name) ?? ''] as const);
  const filter = Object.fromEntries(asked.filter(([, value]) => value !== ''));
  const pages = usePages(
    () => service.users.list({ limit: 50, ...(q && { q }), filter }),
    [q, filter],
  );
  const valueOf = (name: (typeof CONDITIONS)[number]) => query.get(name) ?? '';
  return (
    <Page title="Users">
      <Search
        label="Users"
        fields={[
          { name: 'q', label: 'Part of name, email or id', value: q },
          { name: 'email', label: 'Whole email', value: valueOf('email') },
          { name: 'externalId', label: 'Whole external id', value: valueOf('externalId') },
          { name: 'status', label: 'Status', value: valueOf('status'), options: STATUSES },
        ]}
        onSearch={(values) => goTo(linkTo(['users'], values))}
      />
      {isSealed(pages.error) ? (
        <SealedNote q={q} />
      ) : (
        <Listed
          label="Users"
          columns={COLUMNS}
          pages={pages}
          idOf={({ id }) => id}
          empty="No user is like that."
        />
      )}
    </Page>
  );
}

/** Whether a search was refused because what it would search is sealed. */
const isSealed = (error: unknown): boolean =>
  error instanceof ThreadkeepError &&
  error.code === 'request.invalid_query' &&
  error.errors.some(({ pointer }) => pointer === '?q');

/** Says why a part of a text finds nobody, and offers what does. */
const SealedNote = ({ q }: { q: string }) => (
  <div class="refusal" role="alert">
    <p>
      <strong>Parts of names and addresses cannot be searched here.</strong>
    </p>
    <p>
      They are stored sealed (<code>SEAL_USERS</code>), so the database can only compare a whole
      address or external id.
    </p>
    <p class="row">
      <a href={linkTo(['users'], { email: q })}>Find the email “{q}”</a>
      <a href={linkTo(['users'], { externalId: q })}>Find the external id “{q}”</a>
    </p>
  </div>
);
