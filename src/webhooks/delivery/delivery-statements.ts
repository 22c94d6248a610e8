// The SQL of delivering, by the system. The row decides: it is leased to one attempt at a time, and
// the number of the attempt is the fence.
import { statement } from '../../platform/database/index.js';
import type { DisabledReason } from '../webhook.entity.js';
import { NIL_UUID } from '../../platform/input/index.js';

/** Whose webhooks: those of users or of the service. */
export type Side = 'user' | 'service';

/** A delivery is tried for this long after it was queued. */
const TRIED_DAYS = 3;
/** A webhook that failed for this long without a success is disabled. */
const FAILING_DAYS = 3;
/** Deliveries that ended are kept, and can be replayed, for this long. */
const KEPT_DAYS = 7;
/** Of the deliveries of a user's webhook that ended, the newest are kept. */
const KEPT_ROWS = 1_000;
/** Older ones that one round deletes, of a webhook. */
const TRIMMED_ROWS = 1_000;
/** Webhooks with deliveries that one round looks at. */
export const WEBHOOKS_PER_ROUND = 200;
/** Deliveries to one webhook that run side by side in a process; one while it fails. */
const SIDE_BY_SIDE = 16;
/**
 * A webhook of a user for which more deliveries wait is disabled: what a receiver does not take must
 * not grow. One of the service has no such limit, as any user's writes would end it for all.
 */
export const MAX_WAITING = 10_000;
/** Failures after which attempts for all deliveries of the webhook wait. */
const FAILURES_BEFORE_PAUSE = 3;
const MAX_PAUSE_SECONDS = 600;

/** The webhook after which the next round begins. */
export interface Place {
  ownerId: string;
  webhookId: string;
}
export const BEFORE_ALL: Place = { ownerId: NIL_UUID, webhookId: NIL_UUID };

export interface ClaimedDelivery {
  /** The owner of the webhook; null for the service. */
  ownerId: string | null;
  id: string;
  webhookId: string;
  type: string;
  data: Record<string, unknown>;
  attempt: number;
  createdAt: string | Date;
  /** `failed`: it has not been sent, because the webhook is disabled or it was tried for days. */
  state: 'pending' | 'failed';
  url: string;
  /** Sealed, as the next one. */
  secret: Buffer;
  /** Null unless deliveries are still signed with it. */
  previousSecret: Buffer | null;
  /** The user whom it is about; null for a test of a webhook of the service. */
  userId: string | null;
  /** Null when the user has none, or was deleted. */
  externalId: string | null;
  /** Whether more than `MAX_WAITING` deliveries wait for the webhook. */
  isBehind: boolean;
}

export type Claimed = ClaimedDelivery & {
  lastOwnerId: string;
  lastWebhookId: string;
  seen: number;
};
export type Fence = Pick<ClaimedDelivery, 'id' | 'attempt' | 'webhookId' | 'ownerId'>;

export interface FailedAttempt {
  status: number | null;
  /** A short word. */
  error: string;
  delaySeconds: number;
  /** Whether the receiver wants no more deliveries. */
  isGone: boolean;
}

export interface Failure {
  /** Whether no more attempts are made. */
  isFinal: boolean;
  /** Why the webhook should be disabled; null to go on. */
  disable: DisabledReason | null;
}

/** The names in SQL of one side, and conditions on its rows. */
function namesOf(side: Side) {
  const isUsers = side === 'user';
  const webhook = isUsers ? 'webhook' : 'service_webhook';
  const ownerIs = (alias: string) => (isUsers ? `${alias}.user_id = $1` : `$1::uuid is null`);
  return {
    isUsers,
    webhook,
    delivery: `threadkeep.${webhook}_delivery`,
    fence: `${ownerIs('d')} and d.id = $2 and d.attempts = $3 and d.state = 'pending'`,
    ofWebhook: (id: string) => `${ownerIs('h')} and h.id = ${id}`,
  };
}
type Names = ReturnType<typeof namesOf>;

/** The first webhook with pending deliveries after a place: one look-up in the index of these. */
function nextWebhook({ isUsers, delivery }: Names, owner: string, webhookId: string): string {
  const [key, after, ownerId] = isUsers
    ? ['d.user_id, d.webhook_id', `${owner}, ${webhookId}`, 'd.user_id']
    : ['d.webhook_id', webhookId, '$1::uuid'];
  return `select ${ownerId} as owner_id, d.webhook_id from ${delivery} d
           where d.state = 'pending' and (${key}) > (${after}) order by ${key} limit 1`;
}

/** A user could fill the table with deliveries that were made. */
const trimmedOf = ({ delivery }: Names): string => `trimmed as (
       delete from ${delivery} t using (
         select o.user_id, o.id from (select distinct owner_id, webhook_id from due) x
          cross join lateral (
            select o.user_id, o.id from ${delivery} o
             where o.user_id = x.owner_id and o.webhook_id = x.webhook_id and o.state <> 'pending'
             order by o.id desc offset ${KEPT_ROWS} limit ${TRIMMED_ROWS}) o) old
        where t.user_id = old.user_id and t.id = old.id)`;

/** Goes from webhook to webhook, however much waits for each. */
function claimOf(names: Names) {
  const { isUsers, webhook, delivery } = names;
  const sameOwner = (alias: string) => (isUsers ? `${alias}.user_id = s.owner_id and` : '');
  const [about, present] = isUsers
    ? ['d.user_id', 'd.user_id']
    : ['d.about_user_id', 'd.present_user_id'];
  return statement<Claimed>(
    `${webhook}_delivery.claim`,
    `with recursive w (owner_id, webhook_id) as (
       (${nextWebhook(names, '$1::uuid', '$2::uuid')})
       union all
       select n.owner_id, n.webhook_id
         from w cross join lateral (${nextWebhook(names, 'w.owner_id', 'w.webhook_id')}) n
     ), seen as materialized (
       select owner_id, webhook_id from w limit ${WEBHOOKS_PER_ROUND}
     ), due as (
       select s.owner_id, s.webhook_id, d.id, h.url, h.secret, h.previous_secret, h.previous_expires_at, b.is_behind,
              h.enabled and d.queued_at > now() - interval '${TRIED_DAYS} days' as is_sent
         from seen s
         join threadkeep.${webhook} h on ${sameOwner('h')} h.id = s.webhook_id
        cross join lateral (
          select ${isUsers} and exists (
            select from ${delivery} b where ${sameOwner('b')} b.webhook_id = s.webhook_id
               and b.state = 'pending' offset ${MAX_WAITING}) as is_behind
          offset 0) b
        cross join lateral (
          select d.* from ${delivery} d
           where ${sameOwner('d')} d.webhook_id = s.webhook_id and d.state = 'pending'
             and d.next_at <= now()
           order by d.next_at
           limit case when h.failing_since is null then ${SIDE_BY_SIDE} else 1 end
             for update skip locked) d
        where (h.retry_at is null or h.retry_at <= now() or not h.enabled)
          and h.id <> all ($3::uuid[])
        limit $4
     ), claimed as (
       update ${delivery} d
          set attempts = d.attempts + due.is_sent::integer,
              state = case when due.is_sent then 'pending' else 'failed' end,
              finished_at = case when not due.is_sent then clock_timestamp() end,
              last_error = case when due.is_sent then d.last_error else 'not_sent' end,
              next_at = clock_timestamp() + make_interval(secs => $5)
         from due where ${isUsers ? 'd.user_id = due.owner_id and' : ''} d.id = due.id
       returning ${isUsers ? 'd.user_id' : 'null::uuid'} as "ownerId", d.id,
         d.webhook_id as "webhookId", d.type, d.data, d.attempts as attempt,
         d.created_at as "createdAt", d.state, due.is_behind as "isBehind", due.url, due.secret, ${about} as about,
         case when due.previous_expires_at > now() then due.previous_secret end as "previousSecret",
         ${present} as present
     )${isUsers ? `, ${trimmedOf(names)}` : ''}
     select l.owner_id as "lastOwnerId", l.webhook_id as "lastWebhookId", l.seen, c.*,
            coalesce(u.id, c.about) as "userId", u.external_id as "externalId"
       from (select owner_id, webhook_id, count(*) over ()::integer as seen from seen
              order by 1 desc, 2 desc limit 1) l
       left join claimed c on true left join threadkeep.app_user u on u.id = c.present`,
  );
}

function failOf({ webhook, delivery, fence, ofWebhook }: Names) {
  const isLate = `now() + make_interval(secs => $7) > d.queued_at + interval '${TRIED_DAYS} days'`;
  const failures = 'h.failures + 1';
  return statement<Failure>(
    `${webhook}_delivery.fail`,
    `with failed as (
       update ${delivery} d set last_status = $5, last_error = $6,
         next_at = clock_timestamp() + make_interval(secs => $7),
         state = case when ${isLate} then 'failed' else 'pending' end,
         finished_at = case when ${isLate} then clock_timestamp() end
        where ${fence} returning d.state = 'failed' as is_final
     ), failing as (
       update threadkeep.${webhook} h set failing_since = coalesce(h.failing_since, now()),
         failures = case when h.retry_at > now() then h.failures else ${failures} end,
         retry_at = case when h.retry_at > now() then h.retry_at
           when ${failures} >= ${FAILURES_BEFORE_PAUSE} then now() + make_interval(secs => least(
             5 * 2 ^ least(${failures} - ${FAILURES_BEFORE_PAUSE}, 10), ${MAX_PAUSE_SECONDS})) end
        where ${ofWebhook('$4')} and exists (select from failed)
       returning h.enabled, h.failing_since < now() - interval '${FAILING_DAYS} days' as is_long
     )
     select failed.is_final as "isFinal",
            case when not failing.enabled then null when $8::boolean then 'gone'
                 when failing.is_long then 'failing' end as disable
       from failed, failing`,
  );
}

const isOld = `d.finished_at < now() - interval '${KEPT_DAYS} days'`;
const OLD_OF_SERVICE = `with old as (
  select d.ctid from threadkeep.service_webhook_delivery d where ${isOld}
   order by d.finished_at limit $1)`;
/** Users with deliveries that ended are found one by one, each by one look at the index. */
const OLD_OF_USERS = `with recursive users as (
  (select d.user_id from threadkeep.webhook_delivery d where d.finished_at is not null
    order by d.user_id limit 1)
   union all
  select (select d.user_id from threadkeep.webhook_delivery d
           where d.finished_at is not null and d.user_id > u.user_id order by d.user_id limit 1)
    from users u where u.user_id is not null),
 old as (
  select o.ctid from users u
   cross join lateral (
     select d.ctid from threadkeep.webhook_delivery d where d.user_id = u.user_id and ${isOld}
      order by d.finished_at limit $1) o
   limit $1)`;

const statementsOf = (names: Names) => {
  const { isUsers, webhook, delivery, fence, ofWebhook } = names;
  return {
    claim: claimOf(names),
    fail: failOf(names),
    deliver: statement<{ id: string }>(
      `${webhook}_delivery.deliver`,
      `with healthy as (
         update threadkeep.${webhook} h set failures = 0, failing_since = null, retry_at = null
          where ${ofWebhook('$4')} and h.failing_since is not null)
       update ${delivery} d set state = 'delivered', finished_at = clock_timestamp(),
         last_status = $5, last_error = null where ${fence} returning d.id`,
    ),
    /** Gives the attempt back, of a process that stops. */
    release: statement(
      `${webhook}_delivery.release`,
      `update ${delivery} d set next_at = clock_timestamp() where ${fence}`,
    ),
    disable: statement<{ id: string }>(
      `${webhook}.disable`,
      `update threadkeep.${webhook} h set enabled = false, disabled_because = $3,
         version = version + 1, updated_at = clock_timestamp()
        where ${ofWebhook('$2')} and h.enabled returning h.id`,
    ),
    expire: statement<{ count: number }>(
      `${webhook}_delivery.expire`,
      `${isUsers ? OLD_OF_USERS : OLD_OF_SERVICE},
       gone as (delete from ${delivery} d using old where d.ctid = old.ctid returning 1)
       select count(*)::integer as count from gone`,
      { slow: true },
    ),
  };
};

/** Deletes what is left of webhooks of the service that were removed, which it finds one by one. */
export const EXPIRE_LEFT_OVERS = statement<{ count: number }>(
  'service_webhook_delivery.expire_left_overs',
  `with recursive known (id) as (
     (select webhook_id from threadkeep.service_webhook_delivery order by webhook_id limit 1)
     union all
     select (select d.webhook_id from threadkeep.service_webhook_delivery d
              where d.webhook_id > known.id order by d.webhook_id limit 1)
       from known where known.id is not null),
   gone as (
     delete from threadkeep.service_webhook_delivery where id = any (array(
       select d.id from known
         join threadkeep.service_webhook_delivery d on d.webhook_id = known.id
        where not exists (select from threadkeep.service_webhook h where h.id = known.id)
        limit $1)) returning 1)
   select count(*)::integer as count from gone`,
  { slow: true },
);

export const DELIVERY_STATEMENTS = {
  user: statementsOf(namesOf('user')),
  service: statementsOf(namesOf('service')),
};
