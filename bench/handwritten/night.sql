-- The night of the hand-written baseline: brings the database that full.sql (or an earlier night)
-- left up to date with the rows that have come since.
--
-- Variables: data (the folder of the inputs, whole). What it may assume, and the project may not:
-- - every new row of events has a loaded_at at or after the latest one seen; one without a
--   loaded_at arrives together with others of its day;
-- - identities, exclusions and memberships grow, but do not restate what is already counted
--   (an alias comes with its first event; a membership starts today);
-- - no new event is earlier than the first day of the history; the configuration is the same.
-- What may change: users, accounts, account_history and subscriptions, late rows of any day.
--
-- It uses the macros that full.sql left in the database.

set preserve_insertion_order = false;

use work;

begin;

set variable watermark = (select loaded_at from watermark);
set variable counted_to = (select as_of from watermark);


-- What is new --------------------------------------------------------------------------------------

-- Without a loaded_at, only rows without a day or late in the history can be.
create temp table news as
from raw_events
where loaded_at >= getvariable('watermark')
union all
from raw_events
where loaded_at is null and (occurred_at is null or occurred_at > getvariable('watermark'));

set variable now = (select greatest(max(loaded_at), getvariable('watermark')) from news);

-- The days with new rows, and all that were not counted yet: read again as a whole, because which of
-- several rows with one id stays can change. Rows that only now are no longer in the future are new.
create temp table touched_days as
select distinct occurred_at::date as event_date
from news
where
    not is_future(occurred_at, loaded_at)
    and (loaded_at is not null or epoch_us(occurred_at) - epoch_us(getvariable('watermark')) > 3600000000);

set variable read_from = (
    select least(min(event_date), getvariable('counted_to') + 1)::timestamp from touched_days
);

create temp table touched_rows as
from raw_events
where
    occurred_at >= getvariable('read_from')
    -- What was loaded earlier lies in the future, and files can be skipped by when they were loaded.
    and (loaded_at >= getvariable('read_from') - interval 1 hour or loaded_at is null)
    and not is_future(occurred_at, loaded_at)
    and (
        occurred_at::date in (from touched_days)
        or occurred_at::date > getvariable('counted_to')
    )
union all
from news
where coalesce(is_future(occurred_at, loaded_at), true);

insert into touched_days
select distinct occurred_at::date
from touched_rows
where
    not is_future(occurred_at, loaded_at)
    and occurred_at::date > getvariable('counted_to')
    and occurred_at::date not in (from touched_days);


-- Keys: the old ones stay, new ones follow ---------------------------------------------------------

create or replace table identities as
from compute_identities();

insert into received_ids
select distinct user_id
from (
    select user_id from touched_rows where trim(user_id) <> ''
    union all
    select user_id from listed_users
    union all
    select user_id from read_parquet(getvariable('data') || '/memberships.parquet')
)
where user_id not in (from received_ids);

insert into user_keys
select user_id, (row_number() over () + (select coalesce(max(user_key), 0) from user_keys))::integer
from (
    select distinct coalesce(i.user_id, r.user_id) as user_id
    from received_ids as r
    left join identities as i on r.user_id = i.alias_id
)
where user_id not in (select user_id from user_keys);

insert into account_keys
select account_id, (row_number() over () + (select coalesce(max(account_key), 0) from account_keys))::integer
from (
    select account_id from touched_rows where trim(account_id) <> ''
    union
    select account_id from read_parquet(getvariable('data') || '/accounts.parquet')
    union
    select account_id from listed_users
    union
    select account_id from read_parquet(getvariable('data') || '/memberships.parquet')
)
where account_id is not null and account_id not in (select account_id from account_keys);

-- An event name nobody knew: it has no weight and no feature.
insert into event_keys
select
    event_name,
    row_number() over () + (select max(event_key) from event_keys),
    0,
    2147483647,
    false,
    0,
    0,
    '0001-01-01'
from (select distinct event_name from touched_rows where trim(event_name) <> '')
where event_name not in (select event_name from event_keys);

create or replace table received_accounts as
from compute_received_accounts();

create or replace table memberships as
from compute_memberships();

create or replace table homes as
from compute_homes();

create or replace table received_users as
from compute_received_users();


-- Counts of the touched days -----------------------------------------------------------------------

create temp table repeated_hashes as
select hash(event_id) as id_hash
from touched_rows
group by id_hash
having count(*) > 1;

create temp table odd_events as
from compute_odd_events('touched_rows');

create temp table rejected as
from compute_rejected();

create temp table new_counts as
from compute_daily_counts('touched_rows');

create temp table old_counts as
from daily_counts
where event_date in (from touched_days);

-- Only days whose counts really differ are replaced.
create temp table differing_days as
select distinct event_date
from old_counts as o
full join new_counts as n using (event_date, user_key, account_key, event_key)
where o.events is distinct from n.events;

delete from daily_counts
where event_date in (from differing_days);

insert into daily_counts
select event_date, user_key, account_key, event_key, events
from new_counts
where event_date in (from differing_days);

create or replace table bounds as
from compute_bounds();

set variable first_day = (select first_day from bounds);
set variable as_of = (select as_of from bounds);

create or replace table days as
from compute_days();

create temp table changed_days as
select event_date
from differing_days
where event_date <= getvariable('as_of')
union
select date_day
from days
where date_day > getvariable('counted_to');

set variable first_changed = (select min(event_date) from changed_days);

create temp table changed_counts as
from daily_counts
where event_date in (from changed_days);

create temp table count_changes as
select
    event_date,
    user_key,
    account_key,
    event_key,
    coalesce(o.events, 0) as before,
    coalesce(n.events, 0) as after
from (from old_counts where event_date <= getvariable('counted_to')) as o
full join changed_counts as n using (event_date, user_key, account_key, event_key)
where o.events is distinct from n.events and event_date in (from changed_days);

delete from member_days
where event_date in (from changed_days);

insert into member_days
from member_days_of('changed_counts');


-- All time: sums move by the difference. Where an event is gone from a day, recount -----------------

create temp table total_changes as
select
    c.user_key,
    c.account_key,
    c.event_key,
    sum(c.after - c.before)::bigint as events,
    min(c.event_date) as first_day,
    max(c.event_date) as last_day,
    min(case when e.feature_bit <> 0 and c.event_date >= e.launched_on then c.event_date end) as first_use,
    min(c.after) = 0 as recount
from count_changes as c
inner join event_keys as e using (event_key)
group by c.user_key, c.account_key, c.event_key;

create temp table recounted as
select c.*
from daily_counts as c
semi join (from total_changes where recount) as r using (user_key, account_key, event_key);

create temp table new_totals as
select
    c.user_key,
    c.account_key,
    c.event_key,
    coalesce(t.events, 0) + c.events as events,
    least(t.first_day, c.first_day) as first_day,
    greatest(t.last_day, c.last_day) as last_day,
    least(t.first_use, c.first_use) as first_use
from total_changes as c
left join totals as t using (user_key, account_key, event_key)
where not c.recount
union all
from totals_of('recounted');

delete from totals
using total_changes as c
where
    totals.user_key = c.user_key
    and totals.account_key = c.account_key
    and totals.event_key = c.event_key;

insert into totals
from new_totals;


-- Who there is -------------------------------------------------------------------------------------

create temp table old_users as
select user_key, account_key, signup_on
from users;

create temp table old_periods as
from account_periods;

create temp table old_accounts as
select account_key, signup_on
from accounts;

create or replace table users as
from compute_users();

create or replace table accounts as
from compute_accounts();

create or replace table account_periods as
from compute_account_periods();

create or replace table members as
from compute_members();


-- Dates to compute ---------------------------------------------------------------------------------

create temp table old_dates as
from score_dates;

create or replace table score_dates as
from compute_score_dates();

-- Those whose window holds a changed day; later ones whose cap may be carried from such a date; and
-- those whose previous date is one of these.
create temp table due_dates as
with

windows as (
    select score_date
    from score_dates as d
    where
        exists (
            select 1 from changed_days as c
            where c.event_date <= d.score_date and c.event_date > d.score_date - 28
        )
        or score_date not in (select score_date from old_dates)
        or (is_built and score_date not in (select score_date from old_dates where is_built))
    union
    select d.score_date
    from score_dates as d
    inner join measured_caps as m using (score_date)
    where m.measured_cap is null and d.score_date > getvariable('first_changed')
)

select score_date, is_built, previous_date
from score_dates
where score_date in (from windows) or previous_date in (from windows);

create temp table old_account_scores as
select
    k.account_key,
    s.* exclude (
        account_id, active_users, members, coverage, seats, seat_utilization, mean_user_score,
        total_user_score, champion_user_id, champion_concentration
    )
from engagement.account_scores as s
inner join account_keys as k using (account_id);

-- A date that is no longer built may still be a previous one.
insert into previous_scores
select s.score_date, k.user_key, (s.points * 1000)::bigint, s.score
from engagement.user_scores as s
inner join user_keys as k using (user_id)
where
    s.points > 0
    and s.score_date in (select score_date from score_dates where not is_built)
union all
select s.score_date, -s.account_key, (s.points * 1000)::bigint, s.score
from old_account_scores as s
where
    s.points > 0
    and s.score_date in (select score_date from score_dates where not is_built);

create temp table kept_scores as
with needed as (
    select previous_date as score_date
    from due_dates
    where is_built and previous_date is not null and previous_date not in (select score_date from due_dates)
)

select score_date, entity, points, score
from previous_scores
where score_date in (from needed)
union all
select s.score_date, k.user_key, (s.points * 1000)::bigint, s.score
from engagement.user_scores as s
inner join user_keys as k using (user_id)
inner join needed using (score_date)
inner join score_dates as d using (score_date)
where s.points > 0 and d.is_built
union all
select s.score_date, -s.account_key, (s.points * 1000)::bigint, s.score
from old_account_scores as s
inner join needed using (score_date)
inner join score_dates as d using (score_date)
where s.points > 0 and d.is_built;


-- Windows and scores -------------------------------------------------------------------------------

create temp table member_windows as
from compute_member_windows();

create temp table user_windows as
from compute_user_windows();

create temp table account_windows as
from compute_account_windows();

create temp table entity_windows as
from compute_entity_windows();

delete from measured_caps
where
    score_date in (select score_date from due_dates)
    or score_date not in (select score_date from score_dates);

insert into measured_caps
from compute_measured_caps();

create temp table calibrations as
from compute_calibrations();

create temp table ranked as
from compute_ranked();

create temp table compared as
from compute_compared();

create temp table stale_dates as
select score_date
from old_dates
where
    score_date in (select score_date from due_dates)
    or score_date not in (select score_date from score_dates where is_built);

delete from engagement.user_scores
where score_date in (from stale_dates);

insert into engagement.user_scores
from compute_user_scores();

delete from previous_scores
where
    score_date in (select score_date from due_dates)
    or score_date not in (select score_date from score_dates where not is_built);

insert into previous_scores
from compute_previous_scores();

create temp table account_score_rows as
from old_account_scores
where score_date not in (from stale_dates)
union all by name
from compute_account_score_rows();

delete from account_usage
where
    score_date in (select score_date from due_dates)
    or score_date not in (select score_date from score_dates);

insert into account_usage
from compute_account_usage();

create temp table member_counts as
from compute_member_counts();

create or replace table engagement.account_scores as
from compute_account_scores();

delete from engagement.score_calibrations
where score_date in (from stale_dates);

insert into engagement.score_calibrations
from compute_score_calibrations();

delete from product_parts
where
    score_date in (select score_date from due_dates)
    or score_date not in (select score_date from score_dates);

insert into product_parts
from compute_product_parts();


-- Adoption: the due dates, and every date of those whose account, plan or first uses changed --------

create temp table plan_features as
from compute_plan_features();

create temp table account_features as
from compute_account_features();

create temp table old_ever_used as
from ever_used;

create or replace table ever_used as
from compute_ever_used();

create temp table restated as
with

other_accounts as (
    select account_key from (from account_periods except from old_periods)
    union
    select account_key from (from old_periods except from account_periods)
)

select entity from (from ever_used except from old_ever_used)
union
select entity from (from old_ever_used except from ever_used)
union
select u.user_key
from users as u
inner join old_users as o using (user_key)
where u.account_key <> o.account_key or u.account_key in (from other_accounts)
union
select -account_key
from other_accounts;

create temp table present as
from compute_present()
union all
select a.score_date, a.entity, a.used
from adoption as a
semi join restated as r using (entity)
where a.score_date not in (from stale_dates);

delete from adoption
where
    score_date in (from stale_dates)
    or entity in (from restated);

insert into adoption
from compute_adoption();

create or replace table adoption_counts as
from compute_adoption_counts();

create or replace table engagement.feature_adoption as
from compute_feature_adoption();


-- Activity and lifecycle: from the first changed day on --------------------------------------------

set variable active_since = (
    select least(
        getvariable('first_changed') - 27,
        (date_trunc('month', getvariable('first_changed')) - interval 1 month)::date
    )
);

create temp table entity_days as
from compute_entity_days();

create temp table first_active as
from compute_first_active();

delete from engagement.activity
where activity_date >= getvariable('first_changed');

insert into engagement.activity
from compute_activity()
where activity_date >= getvariable('first_changed');

delete from engagement.lifecycle
where period_start >= date_trunc(period, getvariable('first_changed'));

insert into engagement.lifecycle
from compute_lifecycle()
where period_start >= date_trunc(period, getvariable('first_changed'));


-- Activation: of those of whom something changed ---------------------------------------------------

create temp table due_entities as
select user_key as entity
from count_changes
where user_key <> 0
union
select -account_key
from count_changes
where account_key <> 0
union
select user_key
from (select user_key, signup_on from users except select user_key, signup_on from old_users)
union
select -account_key
from (select account_key, signup_on from accounts except select account_key, signup_on from old_accounts);

delete from steps
where
    entity in (from due_entities)
    or entity not in (select user_key from users union all select -account_key from accounts);

insert into steps
from compute_steps();

create or replace table engagement.user_activation as
from compute_user_activation();

create or replace table engagement.account_activation as
from compute_account_activation();


-- What is small enough to make anew ----------------------------------------------------------------

create or replace table engagement.product_scores as
from compute_product_scores();

create or replace table engagement.user_profiles as
from compute_user_profiles();

create or replace table engagement.account_profiles as
from compute_account_profiles();

create or replace table engagement.event_inventory as
from compute_event_inventory();


-- Quality ------------------------------------------------------------------------------------------

delete from engagement.rejected_events
where
    event_date in (from touched_days)
    or (event_date is null and (loaded_at >= getvariable('watermark') or loaded_at is null));

insert into engagement.rejected_events
from compute_rejected_events();

create or replace table pending_days as
from compute_pending_days();

-- Ids that came again on another day: of all that is here, this alone looks at the whole history.
create temp table new_ids as
select distinct hash(event_id) as id_hash
from touched_rows
where (loaded_at >= getvariable('watermark') or loaded_at is null) and event_id is not null;

create temp table same_ids as
select event_id, event_name, user_id, occurred_at, loaded_at
from raw_events
where hash(event_id) in (from new_ids);

insert into recurring_ids
select event_id
from same_ids
where
    not is_future(occurred_at, loaded_at)
    and not is_blank(event_id)
    and not is_blank(event_name)
    and not is_blank(user_id)
    and event_id not in (from recurring_ids)
group by event_id
having min(occurred_at)::date < max(occurred_at)::date;

insert into engagement.run_history
from compute_run();

create or replace table watermark as
select getvariable('now') as loaded_at, getvariable('as_of') as as_of;

commit;
