import { usePages } from '../loading.js';
import { Confirmed } from '../parts/confirmed.js';
import { Page } from '../parts/page.js';
import { Search } from '../parts/search.js';
import { type Column, Listed } from '../parts/table.js';
import { Id, State, Text, Time, UserLink } from '../parts/values.js';
import { goTo, linkTo, type PageProps } from '../place.js';
import { useSession } from '../session.js';
import type { AnswerOf } from '../../../../clients/typescript/src/index.js';

type Job = AnswerOf<'GET /v1/jobs/{id}'>;
type AdminJob = AnswerOf<'GET /v1/admin/jobs/{id}'>;

const STATUSES = ['queued', 'running', 'completed', 'failed'] as const;

const progressOf = ({ progress: { done, total } }: Job): string =>
  total === null ? String(done) : `${done} of ${total}`;

const COLUMNS: readonly Column<Job>[] = [
  { name: 'Job', of: ({ name }) => name, isNarrow: true },
  { name: 'Status', of: ({ status }) => <State of={status} />, isNarrow: true },
  { name: 'Done', of: progressOf, isNarrow: true },
  { name: 'Attempts', of: ({ attempts }) => attempts, isNarrow: true },
  { name: 'Due (UTC)', of: ({ dueAt }) => <Time at={dueAt} />, isNarrow: true },
  { name: 'Finished', of: ({ finishedAt }) => <Time at={finishedAt} />, isNarrow: true },
  { name: 'Error', of: ({ error }) => <Text of={error?.reason} /> },
];

/** All jobs for a service key, and a user's own for a user key. */
export function JobsPage({ query }: PageProps) {
  const { kind } = useSession();
  const status = STATUSES.find((one) => one === query.get('status'));
  const name = query.get('name') ?? '';
  const filter = { ...(status && { status }), ...(name && { name: { contains: name } }) };
  const asked = { limit: 50, ...(Object.keys(filter).length > 0 && { filter }) };
  return (
    <Page title="Jobs" isOfUser={kind === 'user'}>
      <Search
        label="Jobs"
        fields={[
          { name: 'name', label: 'Name, or a part of it', value: name },
          { name: 'status', label: 'Status', value: status ?? '', options: STATUSES },
        ]}
        onSearch={(values) => goTo(linkTo(['jobs'], values))}
      />
      {kind === 'service' ? <AllJobs asked={asked} /> : <OwnJobs asked={asked} />}
    </Page>
  );
}

const EMPTY = 'There is no job like that.';

function OwnJobs({ asked }: { asked: object }) {
  const { user } = useSession();
  const pages = usePages<Job>(() => user!.list('GET /v1/jobs', { query: asked }), [asked]);
  return (
    <Listed label="Jobs" columns={COLUMNS} pages={pages} idOf={({ id }) => id} empty={EMPTY} />
  );
}

function AllJobs({ asked }: { asked: object }) {
  const { service } = useSession();
  const pages = usePages<AdminJob>(
    () => service.list('GET /v1/admin/jobs', { query: asked }),
    [asked],
  );
  const columns: Column<AdminJob>[] = [
    ...COLUMNS,
    {
      name: 'Of',
      of: ({ userId }) => (userId === null ? 'the service' : <UserLink id={userId} />),
    },
    {
      name: 'Retry',
      of: (job) =>
        job.status === 'failed' ? <Retry job={job} onDone={pages.reload} /> : <Text of={null} />,
    },
  ];
  return (
    <Listed label="Jobs" columns={columns} pages={pages} idOf={({ id }) => id} empty={EMPTY} />
  );
}

function Retry({ job, onDone }: { job: AdminJob; onDone: () => void }) {
  const { service } = useSession();
  const run = () => service.request('POST /v1/admin/jobs/{id}/retry', { path: { id: job.id } });
  return (
    <Confirmed
      label="Retry"
      title="Run the job again?"
      whose={job.userId === null ? 'none, it is of the service' : <Id id={job.userId} />}
      run={run}
      onDone={onDone}
    >
      <p>
        <code>{job.name}</code> failed after {job.attempts} attempts: {job.error?.reason}
      </p>
    </Confirmed>
  );
}
