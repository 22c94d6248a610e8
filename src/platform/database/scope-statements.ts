// What opens a transaction to a user, or to the system's role, and says how long it may take: for this transaction alone.
import type { Config } from '../config/config.js';
import type { Scope, TimeLimits } from '../context/index.js';
import { SYSTEM_ROLE } from './row-level-security.js';
import type { NamedConfig } from './scoped-query.js';
import { type Statement, statement } from './statement.js';

/** Whose transaction it is. On a lane the rest is set for the connection. */
const owner = (setting: 'app.user_id' | 'role') => `set_config('${setting}', $1, true)`;
const LIMITS = `set_config('statement_timeout', $2, true), set_config('lock_timeout', $3, true), set_config('idle_in_transaction_session_timeout', $4, true)`;
const settings = (setting: 'app.user_id' | 'role', readOnly: boolean, more = '') =>
  `select ${owner(setting)}, ${LIMITS}${readOnly ? `, set_config('transaction_read_only', 'on', true)` : ''}${more}`;

/** A user's rows are found by an index led by the user. Of a user who has many, the planner would rather read the table, and with it everybody's. */
const BY_INDEX = `, set_config('enable_seqscan', 'off', true)`;

const SCOPES = {
  user: { read: statement('scope.user_read', settings('app.user_id', true, BY_INDEX)), write: statement('scope.user_write', settings('app.user_id', false, BY_INDEX)) },
  system: { read: statement('scope.system_read', settings('role', true)), write: statement('scope.system_write', settings('role', false)) },
};
const LANE_SCOPES = { user: statement('scope.user', `select ${owner('app.user_id')}`), system: statement('scope.system', `select ${owner('role')}`) };

/** The scopes of a lane with values that open nothing, to be prepared before they are needed. */
export const PREPARABLE: NamedConfig[] = [
  { name: LANE_SCOPES.user.name, text: LANE_SCOPES.user.text, values: [''] },
  { name: `system.${LANE_SCOPES.system.name}`, text: LANE_SCOPES.system.text, values: ['none'] },
];

const milliseconds = (seconds: number): string => String(Math.round(seconds * 1000));

const ownerOf = (scope: Scope): string => (scope.kind === 'user' ? scope.userId : SYSTEM_ROLE);

/** A prepared plan depends on the role whose policies it was made for, so each role has names of its own. */
export function prepared(query: Statement, values: unknown[], scope: Scope): NamedConfig {
  return { name: scope.kind === 'user' || query.name === '' ? query.name : `system.${query.name}`, text: query.text, values };
}

/** To be run first in a transaction. */
export function openingOf(scope: Scope, readOnly: boolean, config: Config, limits: TimeLimits = {}): NamedConfig {
  const { statement: each = config.statementTimeout, lock = config.lockTimeout, idle = config.idleTransactionTimeout } = limits;
  return prepared(SCOPES[scope.kind][readOnly ? 'read' : 'write'], [ownerOf(scope), ...[each, lock, idle].map(milliseconds)], scope);
}

/** The same on a lane. */
export const laneOpeningOf = (scope: Scope): NamedConfig => prepared(LANE_SCOPES[scope.kind], [ownerOf(scope)], scope);
