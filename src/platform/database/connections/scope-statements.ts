// What opens a transaction for a user, or for the system on connections of its own, and says how long it may take: for this transaction alone.
import type { Config } from '../../config/config.js';
import {
  type IdentityValues,
  NO_IDENTITY,
  type Scope,
  type TimeLimits,
} from '../../context/index.js';
import type { NamedConfig } from './scoped-query.js';
import { type Statement, statement } from './statement.js';

/** The second decides nothing: what the system may do, its login may. */
type Setting = 'app.user_id' | 'app.scope';

/** Whose transaction it is. On a lane the rest is set for the connection. */
const owner = (setting: Setting) =>
  `set_config('${setting}', case when ${isStale('$2', '$3')} or ${isStale('$4', '$5')} then threadkeep.stale_identity() else $1 end, true)`;
/** A key was revoked, or a user renamed, since the process last looked: migrations/1795911051000-count-identity-epochs.ts. */
const isStale = (slot: string, number: string) =>
  `(select number from threadkeep.identity_epoch where slot = ${slot}::smallint) > ${number}::integer`;
const LIMITS = `set_config('statement_timeout', $6, true), set_config('lock_timeout', $7, true), set_config('idle_in_transaction_session_timeout', $8, true)`;
const settings = (setting: Setting, readOnly: boolean, more = '') =>
  `select ${owner(setting)}, ${LIMITS}${readOnly ? `, set_config('transaction_read_only', 'on', true)` : ''}${more}`;

/** A user's rows are found by an index led by the user. Of a user who has many, the planner would rather read the table, and with it everybody's. */
const BY_INDEX = `, set_config('enable_seqscan', 'off', true)`;

const SCOPES = {
  user: {
    read: statement('scope.user_read', settings('app.user_id', true, BY_INDEX)),
    write: statement('scope.user_write', settings('app.user_id', false, BY_INDEX)),
  },
  system: {
    read: statement('scope.system_read', settings('app.scope', true)),
    write: statement('scope.system_write', settings('app.scope', false)),
  },
};
const LANE_SCOPES = {
  user: statement('scope.user', `select ${owner('app.user_id')}`),
  system: statement('scope.system', `select ${owner('app.scope')}`),
};

/** The scopes of a lane with values that open nothing, to be prepared before they are needed. */
export const PREPARABLE: Record<Scope['kind'], NamedConfig[]> = {
  user: [
    { name: LANE_SCOPES.user.name, text: LANE_SCOPES.user.text, values: ['', ...NO_IDENTITY] },
  ],
  system: [
    { name: LANE_SCOPES.system.name, text: LANE_SCOPES.system.text, values: ['', ...NO_IDENTITY] },
  ],
};

const milliseconds = (seconds: number): string => String(Math.round(seconds * 1000));

/** For connections that keep no statement: one call is parsed sooner than all that it does. */
const OPEN_SCOPE = `select threadkeep.open_scope($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`;
const SETTINGS: Record<Scope['kind'], Setting> = { user: 'app.user_id', system: 'app.scope' };

const ownerOf = (scope: Scope): string => (scope.kind === 'user' ? scope.userId : 'system');

export const prepared = (query: Statement, values: unknown[]): NamedConfig => ({
  name: query.name,
  text: query.text,
  values,
});

/** To be run first in a transaction. */
export function openingOf(
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
      text: OPEN_SCOPE,
      values: [SETTINGS[scope.kind], ownerOf(scope), ...times, readOnly, ...identityOf(scope)],
    };
  return prepared(SCOPES[scope.kind][readOnly ? 'read' : 'write'], [
    ownerOf(scope),
    ...identityOf(scope),
    ...times,
  ]);
}

const identityOf = ({ identity }: Scope): IdentityValues =>
  identity ? identity.values : NO_IDENTITY;

/** The same on a lane. */
export const laneOpeningOf = (scope: Scope): NamedConfig =>
  prepared(LANE_SCOPES[scope.kind], [ownerOf(scope), ...identityOf(scope)]);
