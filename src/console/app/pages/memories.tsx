import { useState } from 'preact/hooks';
import { useLoad, usePages } from '../loading.js';
import { Confirmed } from '../parts/confirmed.js';
import { Page, Shown } from '../parts/page.js';
import { Search } from '../parts/search.js';
import { type Column, Listed, Table } from '../parts/table.js';
import { Tags, Text, Time } from '../parts/values.js';
import { goTo, linkTo, type PageProps } from '../place.js';
import { useUser } from '../session.js';
import { useShownUser } from '../shown-user.js';
import type { AnswerOf, Memory, MemoryHit } from '../../../../clients/typescript/src/index.js';

type Found = AnswerOf<'POST /v1/memories/search'>;

const KINDS = ['fact', 'preference', 'episode', 'summary', 'instruction'] as const;
const EXCERPT_CHARACTERS = 300;

const excerpt = ({ id, content }: Memory) => (
  <a href={linkTo(['memories', id])}>
    {content.length > EXCERPT_CHARACTERS ? `${content.slice(0, EXCERPT_CHARACTERS)}…` : content}
  </a>
);

const COLUMNS: readonly Column<Memory>[] = [
  { name: 'Memory', of: excerpt },
  { name: 'Kind', of: ({ kind }) => kind, isNarrow: true },
  { name: 'Importance', of: ({ importance }) => importance, isNarrow: true },
  { name: 'Tags', of: ({ tags }) => <Tags of={tags} /> },
  { name: 'Version', of: ({ version }) => version, isNarrow: true },
  { name: 'Written (UTC)', of: ({ updatedAt }) => <Time at={updatedAt} />, isNarrow: true },
];

const HIT_COLUMNS: readonly Column<MemoryHit>[] = [
  { name: 'Memory', of: ({ memory }) => (memory ? excerpt(memory) : <Text of={null} />) },
  { name: 'Score', of: ({ score }) => score.toFixed(3), isNarrow: true },
  { name: 'Found by', of: ({ matchedBy }) => matchedBy, isNarrow: true },
  { name: 'Parts of the score', of: ({ parts = {} }) => <ScoreParts of={parts} />, isNarrow: true },
];

const ScoreParts = ({ of }: { of: Readonly<Record<string, number>> }) => (
  <span class="parts">
    {Object.entries(of).map(([name, value]) => (
      <span key={name}>
        {name} <b>{Number(value.toPrecision(3))}</b>
      </span>
    ))}
  </span>
);

/** The memories of the shown user: a list, or with words a search that shows its scores. */
export function MemoriesPage({ query }: PageProps) {
  const q = query.get('q') ?? '';
  const asOf = query.get('asOf') ?? '';
  const kind = KINDS.find((one) => one === query.get('kind'));
  // Counts rollbacks: what was loaded before one is loaded again.
  const [round, setRound] = useState(0);
  const asked = { q, asOf, kind, round };
  const rolledBack = () => {
    setRound((last) => last + 1);
    goTo(linkTo(['memories']));
  };
  return (
    <Page title="Memories" isOfUser aside={<RollBack onDone={rolledBack} />}>
      <Search
        label="Memories"
        fields={[
          { name: 'q', label: 'Search', value: q },
          { name: 'kind', label: 'Kind', value: kind ?? '', options: KINDS },
          { name: 'asOf', label: 'As of (time or revision)', value: asOf },
        ]}
        onSearch={(values) => goTo(linkTo(['memories'], values))}
      />
      {q === '' ? <MemoryList {...asked} /> : <Hits {...asked} />}
    </Page>
  );
}

interface Asked {
  q: string;
  asOf: string;
  kind: (typeof KINDS)[number] | undefined;
  round: number;
}

/** A revision is a number, a time is a text. */
const moment = (asOf: string) => (/^\d+$/.test(asOf) ? Number(asOf) : asOf);

function MemoryList({ asOf, kind, round }: Asked) {
  const user = useUser();
  const pages = usePages<Memory>(
    () =>
      user.list('GET /v1/memories', {
        query: {
          limit: 50,
          ...(asOf && { asOf }),
          ...(kind && { filter: { kind } }),
        },
      }),
    [asOf, kind, round],
  );
  return (
    <Listed
      label="Memories"
      columns={COLUMNS}
      pages={pages}
      idOf={({ id }) => id}
      empty="There is no memory like that."
    />
  );
}

/** How much a search of memories found. */
const hitsSaid = ({ data, searchedBy, complete }: Found) => (
  <p class="hint">
    {data.length === 0
      ? 'No memory was found.'
      : `Found ${data.length === 1 ? '1 memory' : `${data.length} memories`}.`}{' '}
    Searched by the {searchedBy}.{complete ? '' : ' There may be other hits.'}
  </p>
);

function Hits({ q, asOf, kind, round }: Asked) {
  const user = useUser();
  const found = useLoad(
    (signal) =>
      user.request('POST /v1/memories/search', {
        signal,
        body: {
          query: q,
          limit: 50,
          explain: true,
          ...(asOf && { asOf: moment(asOf) }),
          ...(kind && { filter: { kind } }),
        },
      }),
    [q, asOf, kind, round],
  );
  return (
    <Shown of={found} said={hitsSaid}>
      {({ data }) =>
        data.length > 0 && (
          <Table
            label="Memories that were found"
            columns={HIT_COLUMNS}
            items={data}
            idOf={({ memory }) => memory?.id ?? ''}
          />
        )
      }
    </Shown>
  );
}

/** Undoes all writes to the user's memory after a moment. */
function RollBack({ onDone }: { onDone: () => void }) {
  const user = useUser();
  const whose = useShownUser();
  const run = (valueOf: (field: string) => string) =>
    user.request('POST /v1/memories/rollback', { body: { asOf: moment(valueOf('asOf')) } });
  return (
    <Confirmed
      label="Roll back…"
      action="Roll back"
      title="Roll the whole memory back?"
      whose={whose}
      run={run}
      onDone={onDone}
    >
      <p>
        The memory becomes what it was at a moment. Nothing is lost: the history keeps every
        version, and a later rollback can undo this one.
      </p>
      <label>
        Time or revision
        <input name="asOf" autocomplete="off" required />
      </label>
    </Confirmed>
  );
}
