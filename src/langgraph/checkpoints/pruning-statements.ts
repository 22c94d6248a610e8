// SQL of pruning a thread: its older checkpoints, with what only they need.
import { ownedStatement } from '../../platform/database/index.js';

/** Whether anything of a thread is there. */
export const HAS_THREAD = ownedStatement<{ found: number }>(
  'checkpoint.has_thread',
  `(select 1 as found from threadkeep.checkpoint where user_id = $1 and thread_id = $2 limit 1)
    union all
   (select 1 from threadkeep.checkpoint_write where user_id = $1 and thread_id = $2 limit 1)
    union all
   (select 1 from threadkeep.checkpoint_value where user_id = $1 and thread_id = $2 limit 1)`,
);

/**
 * Deletes values with the last checkpoint that names them; all of a thread are left to
 * `PRUNE_VALUES`. See README.md for what is kept of inner graphs.
 */
export const PRUNE = ownedStatement(
  'checkpoint.prune',
  `with ranked as (
     select c.namespace, c.checkpoint_id,
         row_number() over (partition by c.namespace order by c.checkpoint_id desc) as place
       from threadkeep.checkpoint c where c.user_id = $1 and c.thread_id = $2),
   oldest as (
     select min(checkpoint_id) as id from ranked where namespace = '' and place <= $3),
   old as materialized (
     select namespace, checkpoint_id from ranked cross join oldest
      where place > $3 or namespace <> '' and checkpoint_id < oldest.id
        and (place > 1 or position(':' in namespace) > 0)),
   gone as (
     delete from threadkeep.checkpoint c using old
      where c.user_id = $1 and c.thread_id = $2 and c.namespace = old.namespace
        and c.checkpoint_id = old.checkpoint_id returning c.namespace, c.channels),
   named as (
     select distinct g.namespace, n.key, n.value from gone g
      cross join lateral jsonb_each_text(g.channels) n where $3 > 0),
   kept as (
     select c.namespace, n.key, n.value from threadkeep.checkpoint c
      cross join lateral jsonb_each_text(c.channels) n
      where c.user_id = $1 and c.thread_id = $2 and c.namespace in (select namespace from old)
        and not exists (select from old where old.namespace = c.namespace
          and old.checkpoint_id = c.checkpoint_id)),
   freed as (
     delete from threadkeep.checkpoint_value v using named n
      where v.user_id = $1 and v.thread_id = $2 and v.namespace = n.namespace
        and v.channel = n.key and v.version = n.value and not exists (
          select from kept k where k.namespace = n.namespace and k.key = n.key
            and k.value = n.value))
   select from gone`,
);

/** Values that no checkpoint has, also those that none had or that was replaced. */
export const PRUNE_VALUES = ownedStatement(
  'checkpoint.prune_values',
  `delete from threadkeep.checkpoint_value v
    where v.user_id = $1 and v.thread_id = $2 and not exists (
      select from threadkeep.checkpoint c cross join lateral jsonb_each_text(c.channels) n
       where c.user_id = $1 and c.thread_id = $2 and c.namespace = v.namespace
         and n.key = v.channel and n.value = v.version)`,
);

/**
 * Writes whose checkpoint is gone. One that is newer than those of its namespace, or of a run of an
 * inner graph that is newer than what stays of the graph itself, may not be there yet.
 */
export const PRUNE_WRITES = ownedStatement(
  'checkpoint.prune_writes',
  `delete from threadkeep.checkpoint_write w
    where w.user_id = $1 and w.thread_id = $2
      and not exists (
        select from threadkeep.checkpoint c where c.user_id = $1 and c.thread_id = $2
           and c.namespace = w.namespace and c.checkpoint_id = w.checkpoint_id)
      and ($3 = 0 or w.checkpoint_id < coalesce(
        (select max(c.checkpoint_id) from threadkeep.checkpoint c
          where c.user_id = $1 and c.thread_id = $2 and c.namespace = w.namespace),
        (select min(c.checkpoint_id) from threadkeep.checkpoint c
          where c.user_id = $1 and c.thread_id = $2 and c.namespace = ''
            and position(':' in w.namespace) > 0)))`,
);
