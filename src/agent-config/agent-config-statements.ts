// SQL of agent configurations, their versions and the revisions of their aliases, for users and for
// the service.
import { ownedStatement, serviceStatement, statement } from '../platform/database/index.js';
import type { ConfigRow, AliasRevision, SavedVersion } from './agent-config-row.js';

interface Tables {
  /** Table of the heads; the names of the others begin with it. */
  head: string;
  /** Column with the owner of a row. */
  owner: string;
  is: 'user' | 'service';
  /** Declares a statement whose `$1` is the owner. */
  declare: typeof ownedStatement;
}

const USER: Tables = {
  head: 'agent_config',
  owner: 'user_id',
  is: 'user',
  declare: ownedStatement,
};
const SERVICE: Tables = {
  head: 'service_agent_config',
  owner: 'owner',
  is: 'service',
  declare: serviceStatement,
};

const columns = `
  c.id, c.name, c.description, c.tags, c.version, c.created_at as "createdAt",
  c.updated_at as "updatedAt",
  v.version as "shownVersion", v.content, v.digest, v.author, v.message, v.created_at as "savedAt"`;
const revisionColumns = `m.alias, m.number, m.targets, m.previous, m.author,
  m.created_at as "movedAt"`;

/**
 * Same condition as the policy on shared configurations: filters must hold without policies, too.
 */
const SHARED = {
  head: 'and c.shared',
  part: `and exists (select from threadkeep.service_agent_config c
    where c.id = config_id and c.shared)`,
};
const ALL = { head: '', part: '' };

/** @param who SQL of the owner: a parameter or a constant */
const readStatements = ({ head, owner, is }: Tables, who: string, visible = ALL) => {
  const fromRevisions = `from threadkeep.${head}_move m
    where m.${owner} = ${who} and m.config_id = $2 ${visible.part}`;
  return {
    /** `$3` is a version, or null for the newest. */
    find: `select '${is}' as owner, ${is === 'user' ? 'null::boolean as shared' : 'c.shared'},
      ${columns} from threadkeep.${head} c
       join threadkeep.${head}_version v on v.${owner} = ${who} and v.config_id = c.id
         and v.version = coalesce($3::integer, c.version)
      where c.${owner} = ${who} and c.id = $2 ${visible.head}`,
    ownerOf: `select '${is}' as owner from threadkeep.${head} c where c.${owner} = ${who}
      and c.id = $2 ${visible.head}`,
    versions: `select version, digest, author, message, created_at as "savedAt"
      from threadkeep.${head}_version
      where ${owner} = ${who} and config_id = $2 and version < $3 ${visible.part}
        order by version desc limit $4`,
    aliases: `select * from (select distinct on (m.alias) ${revisionColumns} ${fromRevisions}
      order by m.alias, m.number desc) newest order by alias collate "C"`,
    aliasRevisions: `select ${revisionColumns} ${fromRevisions} and m.alias = $3
      order by m.number desc limit $4`,
    aliasRevision: `select ${revisionColumns} ${fromRevisions} and m.alias = $3 and m.number = $4`,
  };
};

type Reads = ReturnType<typeof readStatements>;

/**
 * Statements that read the user's own and the shared configurations. An id belongs to one of the
 * two, so the order of either query is the order of the union.
 */
function unitedReads(): Reads {
  const [own, shared] = [readStatements(USER, '$1'), readStatements(SERVICE, `'service'`, SHARED)];
  const united = (Object.keys(own) as (keyof Reads)[]).map((name) => [
    name,
    `(${own[name]}) union all (${shared[name]})`,
  ]);
  return Object.fromEntries(united) as Reads;
}

const writeStatements = ({ head, owner }: Tables) => ({
  create: `with head as (
     insert into threadkeep.${head} (${owner}, id, name, description, tags, version)
       values ($1, $2, $3, $4, $5, 1) returning id)
   insert into threadkeep.${head}_version (${owner}, config_id, version, content, digest, author,
     message)
   select $1, id, 1, $6, $7, $8, $9 from head`,
  /** Returns no row when version `$10` is no longer the newest. */
  save: `with head as (
     update threadkeep.${head} set name = $3, description = $4, tags = $5, version = version + 1,
       revision = revision + 1, updated_at = clock_timestamp()
      where ${owner} = $1 and id = $2 and version = $10 returning id, version)
   insert into threadkeep.${head}_version (${owner}, config_id, version, content, digest, author,
     message)
   select $1, id, version, $6, $7, $8, $9 from head returning version`,
  /** Locks the head, so that no conversation starts to use it before the transaction ends. */
  lockHead: `select id from threadkeep.${head} where ${owner} = $1 and id = $2 for update`,
  remove: `delete from threadkeep.${head} where ${owner} = $1 and id = $2 returning id`,
  /** Counts up the revision. It also locks the head, which orders the revisions of all aliases. */
  countRevision: `update threadkeep.${head}
    set revision = revision + 1, updated_at = clock_timestamp() where ${owner} = $1 and id = $2
    returning version`,
  addAliasRevision: `insert into threadkeep.${head}_move (${owner}, config_id, alias, number,
    targets, previous, author) values ($1, $2, $3, $4, $5::jsonb, $6, $7)`,
  dropAlias: `delete from threadkeep.${head}_move where ${owner} = $1 and config_id = $2
    and alias = $3 returning number`,
});

const buildStatements = (
  { head, declare }: Tables,
  reads: Reads,
  writes: ReturnType<typeof writeStatements>,
) => ({
  find: declare<ConfigRow>(`${head}.find`, reads.find),
  ownerOf: declare<Pick<ConfigRow, 'owner'>>(`${head}.owner_of`, reads.ownerOf),
  versions: declare<SavedVersion>(`${head}.versions`, reads.versions),
  aliases: declare<AliasRevision>(`${head}.aliases`, reads.aliases),
  aliasRevisions: declare<AliasRevision>(`${head}.moves`, reads.aliasRevisions),
  aliasRevision: declare<AliasRevision>(`${head}.move`, reads.aliasRevision),
  create: declare(`${head}.create`, writes.create),
  save: declare<{ version: number }>(`${head}.save`, writes.save),
  lockHead: declare(`${head}.hold`, writes.lockHead),
  // Slow: deleting a shared configuration searches the conversations of all users.
  remove: declare<{ id: string }>(`${head}.remove`, writes.remove, { slow: true }),
  countRevision: declare<{ version: number }>(`${head}.touch`, writes.countRevision),
  addAliasRevision: declare(`${head}.add_move`, writes.addAliasRevision),
  dropAlias: declare<{ number: number }>(`${head}.drop_alias`, writes.dropAlias),
});

/** Statements by the kind of the scope. */
export const AGENT_CONFIG_STATEMENTS = {
  user: buildStatements(USER, unitedReads(), writeStatements(USER)),
  system: buildStatements(SERVICE, readStatements(SERVICE, '$1'), writeStatements(SERVICE)),
};

export const SHARE = statement<{ id: string }>(
  'service_agent_config.share',
  `update threadkeep.service_agent_config
      set shared = $2, revision = revision + (shared is distinct from $2)::integer,
        updated_at = case when shared = $2 then updated_at else clock_timestamp() end
    where id = $1 returning id`,
);
