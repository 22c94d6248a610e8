// The first statement of each transaction: it sets the owner and the time limits, for this
// transaction only.
import type { Config } from '../../config/config.js';
import {
  type IdentityValues,
  NO_IDENTITY,
  ownerOf,
  type Scope,
  ScopeMissingError,
  type TimeLimits,
} from '../../context/index.js';
import type { NamedConfig } from './scoped-query.js';
import { type Statement, statement } from './statement.js';

/** `app.scope` grants nothing: the system's rights are those of its login. */
type Setting = 'app.user_id' | 'app.scope';

/**
 * SQL that sets the owner, or fails when the cached identity is out of date. A pipelined connection
 * needs no other setting, because its session has the time limits already.
 */
const owner = (setting: Setting) =>
  `set_config('${setting}', case when ${isStale('$2', '$3')} or ${isStale('$4', '$5')}
    then threadkeep.stale_identity() else $1 end, true)`;
/**
 * True when a key was revoked, or a user renamed, after this process cached it. See
 * migrations/1795911051000-count-identity-epochs.ts.
 */
const isStale = (slot: string, number: string) =>
  `(select number from threadkeep.identity_epoch where slot = ${slot}::smallint)
    > ${number}::integer`;
const LIMITS = `set_config('statement_timeout', $6, true), set_config('lock_timeout', $7, true),
  set_config('idle_in_transaction_session_timeout', $8, true)`;
const settings = (setting: Setting, readOnly: boolean, more = '') =>
  `select ${owner(setting)},
    ${LIMITS}${readOnly ? `, set_config('transaction_read_only', 'on', true)` : ''}${more}`;

/**
 * Every owned table has an index that begins with the user. For a user with many rows the planner
 * would choose to scan all users' rows.
 */
const BY_INDEX = `, set_config('enable_seqscan', 'off', true)`;
/**
 * Before release 18, PostgreSQL adds 10^10 to the cost of a scan that is off, even where a table has no
 * other access. By such a cost it compiles the plan at each execution, which takes 50 to 100 ms.
 */
const NOT_COMPILED = `, set_config('jit', 'off', true)`;
const USER_SETTINGS = `${BY_INDEX}${NOT_COMPILED}`;

const SCOPES = {
  user: {
    read: statement('scope.user_read', settings('app.user_id', true, USER_SETTINGS)),
    write: statement('scope.user_write', settings('app.user_id', false, USER_SETTINGS)),
  },
  system: {
    read: statement('scope.system_read', settings('app.scope', true)),
    write: statement('scope.system_write', settings('app.scope', false)),
  },
};
const PIPELINED_SCOPES = {
  user: statement('scope.user', `select ${owner('app.user_id')}`),
  system: statement('scope.system', `select ${owner('app.scope')}`),
};

/**
 * The scopes of pipelined connections, with values that open no scope: to prepare them before they
 * are needed.
 */
export const SCOPES_TO_PREPARE: Record<Scope['kind'], NamedConfig[]> = {
  user: [
    {
      name: PIPELINED_SCOPES.user.name,
      text: PIPELINED_SCOPES.user.text,
      values: ['', ...NO_IDENTITY],
    },
  ],
  system: [
    {
      name: PIPELINED_SCOPES.system.name,
      text: PIPELINED_SCOPES.system.text,
      values: ['', ...NO_IDENTITY],
    },
  ],
};

const milliseconds = (seconds: number): string => String(Math.round(seconds * 1000));

/**
 * For connections that prepare nothing: parsing one function call is faster than parsing what it
 * does.
 */
const OPEN_SCOPE = `select threadkeep.open_scope($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`;
const OPEN_SCOPES: Record<Scope['kind'], string> = {
  user: `${OPEN_SCOPE}${NOT_COMPILED}`,
  system: OPEN_SCOPE,
};
const SETTINGS: Record<Scope['kind'], Setting> = { user: 'app.user_id', system: 'app.scope' };

const settingOf = (scope: Scope): string => (scope.kind === 'user' ? scope.userId : 'system');

const prepared = ({ name, text }: Statement, values: unknown[]): NamedConfig => ({
  name,
  text,
  values,
});

/**
 * The statement with its values, and before them the owner if it has one. Call it right before the
 * statement is sent: a user whom a write creates gets an id only when the transaction begins.
 * @throws ScopeMissingError when the scope is of the other kind than the owner
 */
export function bound(scope: Scope, query: Statement, values: unknown[]): NamedConfig {
  if (query.owner === undefined) return prepared(query, values);
  if (query.owner !== scope.kind) throw new ScopeMissingError(otherScope(query, scope));
  return prepared(query, [ownerOf(scope), ...values]);
}

const otherScope = ({ name, owner }: Statement, { kind }: Scope): string =>
  `statement ${name || 'anonymous'} is on rows of the ${owner}, and cannot run in the scope of the ${kind}`;

/** The statement to run first in a transaction of the pool. */
export function openingStatement(
  scope: Scope,
  readOnly: boolean,
  config: Config,
  limits: TimeLimits = {},
): NamedConfig {
  const {
    statement: each = config.statementTimeout,
    lock = config.lockTimeout,
    idle = config.idleTransactionTimeout,
  } = limits;
  const times = [each, lock, idle].map(milliseconds);
  if (config.transactionPooler)
    return {
      name: '',
      text: OPEN_SCOPES[scope.kind],
      values: [SETTINGS[scope.kind], settingOf(scope), ...times, readOnly, ...identityOf(scope)],
    };
  return prepared(SCOPES[scope.kind][readOnly ? 'read' : 'write'], [
    settingOf(scope),
    ...identityOf(scope),
    ...times,
  ]);
}

const identityOf = ({ identity }: Scope): IdentityValues =>
  identity ? identity.values : NO_IDENTITY;

/** The statement to run first in a transaction of a pipelined connection. */
export const pipelinedScopeStatement = (scope: Scope): NamedConfig =>
  prepared(PIPELINED_SCOPES[scope.kind], [settingOf(scope), ...identityOf(scope)]);
