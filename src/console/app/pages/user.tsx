import { usePages, useLoad } from '../loading.js';
import { Page, Shown } from '../parts/page.js';
import { type Column, Listed, Table } from '../parts/table.js';
import { Facts, Id, Json, State, Text, Time } from '../parts/values.js';
import { goTo, linkTo, type PageProps } from '../place.js';
import { useControl, useSession } from '../session.js';
import { bytesText, nameOf, numberText } from '../texts.js';
import { keyColumns } from './keys.js';
import type { AnswerOf, ApiKey, UserInfo } from '../../../../clients/typescript/src/index.js';

type Quota = AnswerOf<'GET /v1/users/{id}/usage'>['data'][number];

const amount = (unit: string, value: number): string =>
  unit === 'bytes' ? bytesText(value) : numberText(value);

const USAGE: readonly Column<Quota>[] = [
  { name: 'Quota', of: ({ quota }) => quota },
  { name: 'Used', of: ({ unit, used }) => amount(unit, used) },
  { name: 'Limit', of: ({ unit, limit }) => (limit === null ? 'none' : amount(unit, limit)) },
];

/** One user: who it is, what is stored, and the keys. */
export function UserPage({ rest: [id = ''] }: PageProps) {
  const { service } = useSession();
  const user = useLoad((signal) => service.users.get(id, { signal }), [id]);
  return (
    <Page
      title={user.state === 'loaded' ? nameOf(user.value) : 'User'}
      aside={<LookButton id={id} />}
    >
      <Shown of={user}>{(value) => <UserFacts user={value} />}</Shown>
      <h2>Usage</h2>
      <Usage id={id} />
      <h2>API keys</h2>
      <Keys id={id} />
    </Page>
  );
}

function LookButton({ id }: { id: string }) {
  const { session, lookAt } = useControl();
  // A user key always shows its own user.
  if (session.kind === 'user') return null;
  const look = () => {
    lookAt(id);
    goTo(linkTo(['conversations']));
  };
  return (
    <button class="primary" onClick={look}>
      Show this user’s data
    </button>
  );
}

export const UserFacts = ({ user }: { user: UserInfo }) => (
  <>
    <Facts
      of={[
        ['Id', <Id id={user.id} />],
        ['Name', <Text of={user.name} />],
        ['External id', <Text of={user.externalId} />],
        ['Username', <Text of={user.username} />],
        ['Email', <Text of={user.email} />],
        ['Issuer', <Text of={user.issuer} />],
        ['Status', <State of={user.status} />],
        ['Created', <Time at={user.createdAt} />],
        ['Changed', <Time at={user.updatedAt} />],
      ]}
    />
    <details>
      <summary>Settings</summary>
      <Json of={user.settings} label="Settings" />
    </details>
  </>
);

export const UsageTable = ({ of }: { of: readonly Quota[] }) => (
  <Table label="Usage" columns={USAGE} items={of} idOf={({ quota }) => quota} />
);

function Usage({ id }: { id: string }) {
  const { service } = useSession();
  const usage = useLoad(
    (signal) => service.request('GET /v1/users/{id}/usage', { signal, path: { id } }),
    [id],
  );
  return <Shown of={usage}>{({ data }) => <UsageTable of={data} />}</Shown>;
}

function Keys({ id }: { id: string }) {
  const { service } = useSession();
  const pages = usePages<ApiKey>(() => service.apiKeys.list({ userId: id, limit: 50 }), [id]);
  return (
    <Listed
      label="API keys of the user"
      columns={keyColumns}
      pages={pages}
      idOf={(key) => key.id}
      empty="No key is for this user alone."
    />
  );
}
