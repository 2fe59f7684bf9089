-- The hand-written baseline: every public table of the project from the raw files, in one script.
--
-- Variables: data (the folder of the inputs), seeds (the folder of the configuration).
-- What a person who writes this for one company may assume, and the project may not: parquet inputs
-- with the types and columns of the simulator, time zone UTC, one scoring version with W = 28,
-- k = 2, p = 0.9, min_population = 20, no half-life, no groups, no frozen or fallback caps, the bands
-- as they are; the default vars; an event belongs to at most one feature; at most 31 scored events
-- and 31 features (they are bits of one bigint).
--
-- Three ideas carry it:
-- 1. Text ids become integer keys while the files are read; what is excluded becomes user 0.
-- 2. A day of a user in an account is one row: points (in thousandths, as an integer), activity,
--    and a bit for each scored event and feature. Windows are then sums and bit_ors of these rows.
-- 3. One pass over the windows at the grain of user and account serves both; where a user was in
--    several accounts on a day, a correction row (account -1) makes the user's sums right.
-- From there on an entity is one integer: a user's key, or an account's with a minus.
--
-- The public tables are in the schema engagement, what they are made from in work. What the night
-- computes as well is a macro, compute_*, over the dates (due_dates) or entities that are due.

set preserve_insertion_order = false;

create schema if not exists engagement;
create schema if not exists work;
use work;


-- Configuration ------------------------------------------------------------------------------------

create table milestones as
select *
from read_csv(getvariable('seeds') || '/activation_milestones.csv', header = true,
    types = {'min_count': 'integer', 'min_days': 'integer', 'within_days': 'integer', 'any_days': 'integer',
        'position': 'integer'});

create table event_weights as
from read_csv(getvariable('seeds') || '/event_weights.csv', header = true,
    types = {'weight': 'decimal(8,3)', 'daily_cap': 'integer', 'counts_as_active': 'boolean'});

create table key_features as
from read_csv(getvariable('seeds') || '/key_features.csv', header = true,
    types = {'launched_on': 'date', 'plans': 'varchar'});

create table excluded_users as
from read_csv(getvariable('seeds') || '/excluded_users.csv', header = true, all_varchar = true);

create table excluded_accounts as
from read_csv(getvariable('seeds') || '/excluded_accounts.csv', header = true, all_varchar = true);

create table features as
select
    feature,
    min(launched_on) as launched_on,
    min(plans) as plans,
    1::bigint << (row_number() over (order by feature) - 1) as bit
from key_features
group by feature;


-- Inputs -------------------------------------------------------------------------------------------

create view raw_events as
from read_parquet(getvariable('data') || '/events/*.parquet');

create view listed_users as
select u.*
from read_parquet(getvariable('data') || '/users.parquet') as u;

-- An alias leads to the user at the end of its chain.
create macro compute_identities() as table
with recursive

links as (
    select distinct alias_id, user_id
    from read_parquet(getvariable('data') || '/identities.parquet')
    where alias_id <> user_id
),

chains as (
    select alias_id, user_id, 1 as hops from links
    union all
    select chains.alias_id, links.user_id, chains.hops + 1
    from chains
    inner join links on chains.user_id = links.alias_id
    where chains.hops < 100
)

select alias_id, user_id
from chains
where user_id not in (select alias_id from links);

create table identities as
from compute_identities();


-- Keys ---------------------------------------------------------------------------------------------

create table received_ids as
select distinct user_id
from (
    select user_id from raw_events where trim(user_id) <> ''
    union all
    select user_id from listed_users
    union all
    select user_id from read_parquet(getvariable('data') || '/memberships.parquet')
);

create table user_keys as
select
    user_id,
    (row_number() over (order by user_id))::integer as user_key
from (
    select distinct coalesce(i.user_id, r.user_id) as user_id
    from received_ids as r
    left join identities as i on r.user_id = i.alias_id
);

create table account_keys as
select
    account_id,
    (row_number() over (order by account_id))::integer as account_key
from (
    select account_id from raw_events where trim(account_id) <> ''
    union
    select account_id from read_parquet(getvariable('data') || '/accounts.parquet')
    union
    select account_id from listed_users
    union
    select account_id from read_parquet(getvariable('data') || '/memberships.parquet')
)
where account_id is not null;

-- How a received account id is counted: an excluded one as -1.
create macro compute_received_accounts() as table
select
    a.account_id,
    a.account_key,
    case when x.account_id is null then a.account_key else -1 end as counted_key
from account_keys as a
left join excluded_accounts as x using (account_id);

create table received_accounts as
from compute_received_accounts();

-- What an event is worth: its points in thousandths, and its bits (features below, scored above).
create table event_keys as
select
    n.event_name,
    (row_number() over (order by n.event_name))::smallint as event_key,
    coalesce(w.weight * 1000, 0)::integer as weight,
    coalesce(w.daily_cap, 2147483647) as daily_cap,
    coalesce(w.counts_as_active, false) as is_active,
    case when w.weight > 0 then 1::bigint << (31 + row_number() over (
        partition by w.weight > 0 order by n.event_name
    )) else 0 end as scored_bit,
    coalesce(f.bit, 0) as feature_bit,
    coalesce(f.launched_on, '0001-01-01'::date) as launched_on
from (
    select event_name from raw_events where trim(event_name) <> ''
    union
    select event_name from event_weights
    union
    select event_name from key_features
    union
    select event_name from milestones
) as n
left join event_weights as w using (event_name)
left join (
    select distinct k.event_name, f.bit, f.launched_on
    from key_features as k
    inner join features as f using (feature)
) as f using (event_name);

create macro compute_memberships() as table
select
    u.user_key,
    a.account_key,
    coalesce(m.valid_from, '0001-01-01'::date) as member_from,
    coalesce(m.valid_to, '9999-12-31'::date) as member_until
from read_parquet(getvariable('data') || '/memberships.parquet') as m
left join identities as i on m.user_id = i.alias_id
inner join user_keys as u on coalesce(i.user_id, m.user_id) = u.user_id
inner join account_keys as a using (account_id);

create table memberships as
from compute_memberships();

-- The account of a user's events that name none: that of the membership that started latest (then
-- the smallest id), else of the user. One row per user and time.
create macro compute_homes() as table
with

bounds as (
    select user_key, '0001-01-01'::date as valid_from from user_keys
    union
    select user_key, member_from from memberships
    union
    select user_key, member_until from memberships
),

times as (
    select
        *,
        lead(valid_from, 1, '9999-12-31'::date) over (
            partition by user_key order by valid_from
        ) as valid_until
    from bounds
),

best as (
    select
        t.user_key,
        t.valid_from,
        arg_min(m.account_key, (-(m.member_from - '0001-01-01'::date), a.account_id)) as account_key
    from times as t
    inner join memberships as m
        on t.user_key = m.user_key and t.valid_from >= m.member_from and t.valid_from < m.member_until
    inner join account_keys as a on m.account_key = a.account_key
    group by t.user_key, t.valid_from
)

select
    t.user_key,
    t.valid_from,
    t.valid_until,
    coalesce(best.account_key, own.account_key, 0) as account_key,
    coalesce(r.counted_key, 0) as counted_key
from times as t
left join best on t.user_key = best.user_key and t.valid_from = best.valid_from
inner join user_keys as u on t.user_key = u.user_key
left join listed_users as l on u.user_id = l.user_id
left join account_keys as own on l.account_id = own.account_id
left join received_accounts as r on coalesce(best.account_key, own.account_key) = r.account_key
where t.valid_from < t.valid_until;

create table homes as
from compute_homes();

-- How a received user id is counted. Most users have one home for ever; only the others need their
-- homes looked up by day (moves).
create macro compute_received_users() as table
with

home_counts as (
    select
        user_key,
        min(counted_key) as counted_key,
        count(distinct counted_key) > 1 as moves
    from homes
    group by user_key
),

ids as (
    select user_id from received_ids
    union
    select alias_id from identities
)

select
    ids.user_id,
    case when l.is_internal or x.user_id is not null or rx.user_id is not null then 0
        else u.user_key end as user_key,
    case when not h.moves then h.counted_key end as home_key
from ids
left join identities as i on ids.user_id = i.alias_id
inner join user_keys as u on coalesce(i.user_id, ids.user_id) = u.user_id
left join listed_users as l on u.user_id = l.user_id
left join excluded_users as x on u.user_id = x.user_id
left join excluded_users as rx on ids.user_id = rx.user_id
left join home_counts as h on u.user_key = h.user_key;

create table received_users as
from compute_received_users();


-- Events -------------------------------------------------------------------------------------------

set variable now = (select max(loaded_at) from raw_events);

-- A clock may be an hour ahead.
create macro is_future(occurred_at, loaded_at) as
    epoch_us(occurred_at) - epoch_us(coalesce(loaded_at, getvariable('now'))) > 3600000000;

create macro is_blank(id) as id is null or trim(id) = '';

-- Bits below 32 are features, above scored events.
create macro scored_bits(uses) as uses >> 32;

create macro feature_bits(uses) as uses & 4294967295;

-- Ids that more than one row carries, by their hash: a superset, looked at closely below.
create temp table repeated_hashes as
select hash(event_id) as id_hash
from raw_events
group by id_hash
having count(*) > 1;

-- The rows with such an id, and those that cannot be used. Only text that sorts before '!' can be
-- blank, and to compare is cheaper than to trim: a superset again, and every reason is checked.
create macro compute_odd_events(source) as table
with odd as (
    from query_table(source)
    where
        event_id is null or event_id < '!'
        or event_name is null or event_name < '!'
        or user_id is null or user_id < '!'
        or occurred_at is null
        or is_future(occurred_at, loaded_at)
        or hash(event_id) in (from repeated_hashes)
)

select
    case when not is_blank(event_id) then event_id end as event_id,
    case when not is_blank(event_name) then event_name end as event_name,
    case when not is_blank(user_id) then user_id end as user_id,
    case when not is_blank(account_id) then account_id end as account_id,
    case when not is_blank(properties) then properties end as properties,
    occurred_at,
    loaded_at,
    case when not is_future(occurred_at, loaded_at) then occurred_at::date end as event_date,
    case
        when is_blank(event_id) then 'missing_event_id'
        when is_blank(event_name) then 'missing_event_name'
        when is_blank(user_id) then 'missing_user_id'
        when occurred_at is null then 'missing_occurred_at'
        when is_future(occurred_at, loaded_at) then 'future'
    end as reason
from odd;

create temp table odd_events as
from compute_odd_events('raw_events');

-- Of the same id on the same day, the row loaded first stays.
create macro compute_rejected() as table
from odd_events
where reason is not null
union all
select * replace ('duplicate' as reason)
from (from odd_events where reason is null)
qualify row_number() over (
    partition by event_id, event_date
    order by
        loaded_at nulls last,
        occurred_at,
        md5(coalesce(event_name, '') || '|' || coalesce(user_id, '') || '|'
            || coalesce(account_id, '') || '|' || coalesce(properties, ''))
) > 1;

create temp table rejected as
from compute_rejected();

-- The keys of events. What is excluded becomes user 0 in account 0.
create macro keyed_events(source) as table
select
    e.occurred_at::date as event_date,
    case when coalesce(a.counted_key, u.home_key, h.counted_key) = -1 then 0 else u.user_key end as user_key,
    case
        when u.user_key = 0 then 0
        else greatest(coalesce(a.counted_key, u.home_key, h.counted_key, 0), 0)
    end as account_key,
    n.event_key
from query_table(source) as e
inner join received_users as u on e.user_id = u.user_id
inner join event_keys as n on e.event_name = n.event_name
left join received_accounts as a on e.account_id = a.account_id
left join homes as h
    on
        case when a.account_key is null and u.home_key is null then u.user_key end = h.user_key
        and e.occurred_at::date >= h.valid_from
        and e.occurred_at::date < h.valid_until
where e.occurred_at is not null;

-- One row per day, user, account (0: none) and event. All rows are counted and the rejected
-- subtracted: so the one pass over everything reads four columns only.
create macro compute_daily_counts(source) as table
select
    event_date,
    user_key,
    account_key,
    event_key,
    sum(events)::integer as events
from (
    select *, 1 as events from keyed_events(source)
    union all
    select *, -1 as events from keyed_events('rejected')
)
group by all
having sum(events) > 0;

create table daily_counts as
from compute_daily_counts('raw_events');


-- Days and score dates -----------------------------------------------------------------------------

-- Counted are the days up to the one before the latest: that one is not over yet.
create macro compute_bounds() as table
select
    min(event_date) as first_day,
    case when min(event_date) = max(event_date) then max(event_date) else max(event_date) - 1 end as as_of
from daily_counts
where user_key <> 0;

create table bounds as
from compute_bounds();

set variable first_day = (select first_day from bounds);
set variable as_of = (select as_of from bounds);

create macro compute_days() as table
select unnest(generate_series(first_day, as_of, interval 1 day))::date as date_day
from bounds;

create table days as
from compute_days();

-- Built are the last 90 days and every Sunday; the other dates here are the previous ones of built.
create macro compute_score_dates() as table
with built as (
    select date_day as score_date
    from days
    where date_day > getvariable('as_of') - 90 or isodow(date_day) = 7
)

select
    d.date_day as score_date,
    d.date_day in (from built) as is_built,
    case when d.date_day - 28 >= getvariable('first_day') then d.date_day - 28 end as previous_date
from days as d
where d.date_day in (from built) or d.date_day in (select score_date - 28 from built);

create table score_dates as
from compute_score_dates();

-- The dates to compute: here all, in the night those that new rows touch.
create temp table due_dates as
select score_date, is_built, previous_date
from score_dates;


-- Days of users in accounts ------------------------------------------------------------------------

-- One row per day, user and account (0: none): points in thousandths, scored events, whether
-- active, what was used (bits). A user in several accounts on one day has a correction row as well
-- (account -1), because the daily cap of an event and a day of activity are the user's.
create macro member_days_of(source) as table
with

worth as (
    select
        c.event_date,
        c.user_key,
        c.account_key,
        c.event_key,
        c.events,
        e.weight,
        e.daily_cap,
        e.is_active,
        e.scored_bit | case when c.event_date >= e.launched_on then e.feature_bit else 0 end as uses
    from query_table(source) as c
    inner join event_keys as e using (event_key)
    where
        c.user_key <> 0
        and (e.scored_bit <> 0 or e.feature_bit <> 0 or e.is_active)
),

members as (
    select
        event_date,
        user_key,
        account_key,
        sum(weight * least(events, daily_cap))::bigint as points,
        sum(case when scored_bits(uses) <> 0 then events else 0 end)::integer as scored_events,
        max(is_active)::integer as active,
        bit_or(uses) as uses
    from worth
    group by event_date, user_key, account_key
),

several as (
    select event_date, user_key
    from members
    group by event_date, user_key
    having count(*) > 1
),

whole_events as (
    select
        w.event_date,
        w.user_key,
        max(w.weight) * least(sum(w.events), max(w.daily_cap)) as points,
        max(w.is_active)::integer as active
    from worth as w
    semi join several using (event_date, user_key)
    group by w.event_date, w.user_key, w.event_key
),

corrections as (
    select
        event_date,
        user_key,
        -1 as account_key,
        sum(points)::bigint as points,
        0 as scored_events,
        max(active) as active,
        0::bigint as uses
    from whole_events
    group by event_date, user_key
    union all
    select event_date, user_key, -1, -points, 0, -active, 0
    from members
    semi join several using (event_date, user_key)
)

from members
union all
select
    event_date,
    user_key,
    account_key,
    sum(points)::bigint as points,
    0 as scored_events,
    sum(active)::integer as active,
    0::bigint as uses
from corrections
group by event_date, user_key, account_key;

create table member_days as
from member_days_of('daily_counts')
where event_date <= getvariable('as_of');


-- All time -----------------------------------------------------------------------------------------

-- One row per user, account (0: none) and event: how often, first and last day, first use of the
-- feature it belongs to.
create macro totals_of(source) as table
select
    c.user_key,
    c.account_key,
    c.event_key,
    sum(c.events)::bigint as events,
    min(c.event_date) as first_day,
    max(c.event_date) as last_day,
    min(case when e.feature_bit <> 0 and c.event_date >= e.launched_on then c.event_date end) as first_use
from query_table(source) as c
inner join event_keys as e using (event_key)
where c.event_date <= getvariable('as_of')
group by all;

create table totals as
from totals_of('daily_counts');


-- Who there is -------------------------------------------------------------------------------------

-- Everybody, by key: listed and not an alias, or seen; the internal and the excluded left out.
create macro compute_users() as table
with

seen as (
    select
        user_key,
        min(first_day) as first_seen_on,
        max(last_day) as last_seen_on,
        sum(events)::bigint as events
    from totals
    where user_key <> 0
    group by user_key
),

listed as (
    select k.user_key, l.*
    from listed_users as l
    inner join user_keys as k on l.user_id = k.user_id
    where l.user_id not in (select alias_id from identities)
),

-- The account of those who are not listed: that of their latest day with one.
last_accounts as (
    select user_key, max(last_day) as last_day
    from totals
    where
        user_key <> 0
        and account_key <> 0
        and user_key not in (select user_key from listed)
    group by user_key
),

event_accounts as (
    select
        user_key,
        arg_min(account_id, (-events, account_id)) as account_id
    from (
        select t.user_key, a.account_id, sum(t.events)::bigint as events
        from totals as t
        inner join last_accounts as l on t.user_key = l.user_key
        inner join account_keys as a on t.account_key = a.account_key
        where t.account_key <> 0
        group by t.user_key, a.account_id, l.last_day
        having max(t.last_day) = l.last_day
    )
    group by user_key
),

current_memberships as (
    select
        m.user_key,
        arg_min(a.account_id, (-(m.member_from - '0001-01-01'::date), a.account_id)) as account_id
    from memberships as m
    inner join account_keys as a using (account_key)
    where m.member_from <= getvariable('as_of') and m.member_until > getvariable('as_of')
    group by m.user_key
),

combined as (
    select
        user_key,
        k.user_id,
        coalesce(l.account_id, m.account_id, e.account_id) as account_id,
        l.account_id as listed_account_id,
        l.email,
        l.role,
        coalesce(l.is_internal, false) as is_internal,
        coalesce(l.is_champion, false) as is_champion,
        l.user_key is null as is_inferred,
        l.created_at,
        coalesce(l.created_at::date, s.first_seen_on) as signup_on,
        s.first_seen_on,
        s.last_seen_on,
        coalesce(s.events, 0) as events
    from listed as l
    full join seen as s using (user_key)
    inner join user_keys as k using (user_key)
    left join current_memberships as m using (user_key)
    left join event_accounts as e using (user_key)
)

select c.*, coalesce(a.account_key, 0) as account_key
from combined as c
left join account_keys as a using (account_id)
where
    not c.is_internal
    and c.user_id not in (select user_id from excluded_users)
    and (c.events > 0 or coalesce(c.account_id not in (select account_id from excluded_accounts), true));

create macro compute_accounts() as table
with

seen as (
    select
        account_key,
        min(first_day) as first_seen_on,
        max(last_day) as last_seen_on,
        sum(events)::bigint as events
    from totals
    where account_key <> 0
    group by account_key
),

listed as (
    select k.account_key, l.*
    from read_parquet(getvariable('data') || '/accounts.parquet') as l
    inner join account_keys as k using (account_id)
)

select
    account_key,
    k.account_id,
    l.parent_account_id,
    l.name,
    l.plan,
    l.status,
    l.industry,
    l.owner,
    l.seats,
    l.trial_ends_on,
    l.renews_on,
    l.account_id is null as is_inferred,
    l.created_at,
    coalesce(l.created_at::date, s.first_seen_on) as signup_on,
    s.first_seen_on,
    s.last_seen_on,
    coalesce(s.events, 0) as events
from listed as l
full join seen as s using (account_key)
inner join account_keys as k using (account_key)
where k.account_id not in (select account_id from excluded_accounts);

create table users as
from compute_users();

create table accounts as
from compute_accounts();

-- The plan, status and owner of an account on [valid_from, valid_until).
create macro compute_account_periods() as table
with

changes as (
    select
        a.account_key,
        h.valid_from::date as valid_from,
        coalesce(h.plan, a.plan) as plan,
        coalesce(h.status, a.status) as status,
        coalesce(h.owner, a.owner) as owner
    from read_parquet(getvariable('data') || '/account_history.parquet') as h
    inner join accounts as a using (account_id)
    where h.valid_from is not null
    qualify row_number() over (
        partition by a.account_key, h.valid_from::date
        order by h.valid_from desc, h.plan, h.status, h.owner
    ) = 1
    union all
    select account_key, '0001-01-01'::date, plan, status, owner
    from accounts
)

select
    account_key,
    valid_from,
    lead(valid_from, 1, '9999-12-31'::date) over (
        partition by account_key order by valid_from
    ) as valid_until,
    plan,
    status,
    owner
from changes;

create table account_periods as
from compute_account_periods();

-- Members of an account by day: what is added to their number, per account.
create macro compute_members() as table
with

ordered as (
    select
        *,
        max(member_until) over (
            partition by user_key order by member_from
            rows between unbounded preceding and 1 preceding
        ) as earlier_until
    from memberships
    where member_from < member_until and user_key in (select user_key from users)
),

-- Who has no membership on a day belongs to the account the users table names.
free_times as (
    select user_key, coalesce(earlier_until, '0001-01-01'::date) as free_from, member_from as free_until
    from ordered
    where coalesce(earlier_until, '0001-01-01'::date) < member_from
    union all
    select u.user_key, coalesce(max(o.member_until), '0001-01-01'::date), '9999-12-31'::date
    from users as u
    left join ordered as o using (user_key)
    group by u.user_key
),

times as (
    select account_key, user_key, member_from, member_until
    from ordered
    union all
    select
        k.account_key,
        f.user_key,
        greatest(f.free_from, coalesce(u.signup_on, '0001-01-01'::date)) as member_from,
        f.free_until as member_until
    from free_times as f
    inner join users as u using (user_key)
    inner join account_keys as k on u.listed_account_id = k.account_id
    union all
    select account_key, user_key, min(first_day), '9999-12-31'::date
    from totals
    where user_key <> 0 and account_key <> 0
    group by account_key, user_key
),

-- Times of one member may overlap: only what reaches beyond the earlier ones counts.
beyond as (
    select
        account_key,
        user_key,
        greatest(member_from, coalesce(max(member_until) over (
            partition by account_key, user_key order by member_from
            rows between unbounded preceding and 1 preceding
        ), member_from)) as member_from,
        member_until
    from times
    where member_from < member_until
)

from beyond
where member_from < member_until;

create table members as
from compute_members();


-- Windows ------------------------------------------------------------------------------------------

-- One row per date, account (0: none, -1: correction) and user: the window (D - 28, D].
create macro compute_member_windows() as table
select
    d.score_date,
    m.account_key,
    m.user_key,
    sum(m.points)::bigint as points,
    sum(m.scored_events)::integer as scored_events,
    sum(m.active)::integer as active_days,
    bit_or(m.uses) as uses
from member_days as m
inner join (
    select
        score_date,
        unnest(generate_series(score_date - 27, score_date, interval 1 day))::date as event_date
    from due_dates
) as d using (event_date)
group by all;

create temp table member_windows as
from compute_member_windows();

create macro compute_user_windows() as table
select
    score_date,
    user_key,
    sum(points)::bigint as points,
    sum(scored_events)::integer as scored_events,
    sum(active_days)::integer as active_days,
    bit_or(uses) as uses,
    case when count(*) = 1 then max(account_key) end as only_account
from member_windows
group by all;

create temp table user_windows as
from compute_user_windows();

-- The champion has the most points (ties: the smallest user_id; keys of a night are not in its order).
create macro compute_account_windows() as table
with

account_active_days as (
    select d.score_date, m.account_key, count(*) as active_days
    from (select distinct event_date, account_key from member_days where active > 0 and account_key > 0) as m
    inner join (
        select
            score_date,
            unnest(generate_series(score_date - 27, score_date, interval 1 day))::date as event_date
        from due_dates
    ) as d using (event_date)
    group by all
),

sums as (
    select
        score_date,
        account_key,
        sum(points)::bigint as points,
        sum(scored_events)::bigint as scored_events,
        count(*) filter (active_days > 0) as active_users,
        bit_or(uses) as uses,
        max(points) as champion_points,
        arg_min(user_key, (-points, o.place)) as champion_key
    from member_windows as m
    inner join (
        select user_key, row_number() over (order by user_id) as place from user_keys
    ) as o using (user_key)
    where account_key > 0
    group by score_date, account_key
)

select s.*, coalesce(a.active_days, 0) as active_days
from sums as s
left join account_active_days as a using (score_date, account_key);

create temp table account_windows as
from compute_account_windows();


-- Scores -------------------------------------------------------------------------------------------

-- In the order of the dates, so that the tables are, and a night deletes whole blocks of them.
create macro compute_entity_windows() as table
select
    score_date,
    user_key as entity,
    true as is_user,
    points,
    scored_events,
    active_days,
    uses,
    only_account
from user_windows
union all
select score_date, -account_key, false, points, scored_events, active_days, uses, null
from account_windows
order by score_date;

create temp table entity_windows as
from compute_entity_windows();

create macro compute_measured_caps() as table
select
    score_date,
    is_user,
    count(*) as population,
    case when count(*) >= 20 then quantile_cont(points / 1000, 0.9) end as measured_cap,
    max(points) / 1000 as largest_points
from entity_windows
where points > 0
group by score_date, is_user;

create table measured_caps as
from compute_measured_caps();

-- The cap of a date: the p90 of the points, or that of the last Sunday that had twenty, or the
-- largest points.
create macro compute_calibrations() as table
with carried as (
    select
        m.*,
        last_value(
            case when d.is_built and isodow(m.score_date) = 7 then m.measured_cap end ignore nulls
        ) over (
            partition by m.is_user order by m.score_date
            rows between unbounded preceding and 1 preceding
        ) as carried_cap
    from measured_caps as m
    inner join score_dates as d using (score_date)
)

select
    score_date,
    is_user,
    case
        when measured_cap is not null then 'measured'
        when carried_cap is not null then 'carried_forward'
        else 'insufficient_population'
    end as calibration_status,
    population,
    coalesce(measured_cap, carried_cap, largest_points) as cap
from carried;

create temp table calibrations as
from compute_calibrations();

create macro score_of(u) as 1 + 99 * ((exp(2.0::double * u) - 1) / (exp(2.0::double) - 1));

-- The bands of score_bands.csv.
create macro band_of(score) as case
    when score >= 70 then 'champion' when score >= 35 then 'strong' when score >= 15 then 'good'
    when score >= 5 then 'fair' else 'low' end;

create macro exact_points(points) as (points::decimal(18, 0) * 0.001)::decimal(38, 12);

-- Ranks from a histogram of the points: far fewer rows to sort than entities.
create macro compute_ranked() as table
with

histogram as (
    select score_date, is_user, points, count(*) as entities
    from entity_windows
    where points > 0
    group by score_date, is_user, points
),

places as (
    select
        *,
        sum(entities) over (
            partition by score_date, is_user order by points rows unbounded preceding
        )::bigint as up_to
    from histogram
),

scored_points as (
    select
        p.score_date,
        p.is_user,
        p.points,
        c.population - p.up_to + 1 as rank,
        (p.up_to - p.entities)::double / c.population as percentile_rank,
        least(p.points / 1000, c.cap) as winsorized_points,
        least(p.points / 1000, c.cap) / c.cap as u,
        score_of(least(p.points / 1000, c.cap) / c.cap) as score
    from places as p
    inner join calibrations as c using (score_date, is_user)
)

select w.*, s.rank, s.percentile_rank, s.winsorized_points, s.u, coalesce(s.score, 0) as score
from entity_windows as w
left join scored_points as s using (score_date, is_user, points);

create temp table ranked as
from compute_ranked();

-- Scores of previous dates that are not due themselves: none in a full run.
create temp table kept_scores as
select score_date, entity, points, score
from ranked
where false;

-- One row per built date and entity with points in the window or in the previous one.
create macro compute_compared() as table
with

previous_scores as (
    select d.score_date, r.entity, r.points, r.score
    from (
        select score_date, entity, points, score from ranked
        union all
        from kept_scores
    ) as r
    inner join due_dates as d on r.score_date = d.previous_date
    where d.is_built and r.points > 0
),

current_scores as (
    select r.*
    from ranked as r
    semi join (from due_dates where is_built) as d using (score_date)
)

select
    score_date,
    entity,
    coalesce(c.points, 0) as points,
    coalesce(c.scored_events, 0) as scored_events,
    coalesce(c.winsorized_points, 0) as winsorized_points,
    coalesce(c.u, 0) as u,
    coalesce(c.score, 0) as score,
    c.rank,
    c.percentile_rank,
    coalesce(c.active_days, 0) as active_days,
    bit_count(scored_bits(coalesce(c.uses, 0)))::bigint as distinct_scored_events,
    case when d.previous_date is not null then coalesce(p.points, 0) end as previous_points,
    case when d.previous_date is not null then coalesce(p.score, 0) end as previous_score
from current_scores as c
full join previous_scores as p using (score_date, entity)
inner join due_dates as d using (score_date)
where c.points > 0 or p.points > 0;

create temp table compared as
from compute_compared();

-- The points are in thousandths here: 10000 are the ten points from which a trend counts.
create macro trend_of(score, previous_score, points, previous_points) as case
    when previous_score is null then null
    when score::decimal(18, 9) - previous_score::decimal(18, 9) <= -10 then 'cooling'
    when previous_points >= 10000 and points <= previous_points - points then 'cooling'
    when score::decimal(18, 9) - previous_score::decimal(18, 9) >= 10 then 'heating'
    when points >= 10000 and previous_points <= points - previous_points then 'heating'
    else 'steady' end;

create macro score_rows() as table
select
    score_date,
    entity,
    'v1' as version,
    exact_points(points) as points,
    winsorized_points,
    u,
    score,
    rank,
    percentile_rank,
    case when points > 0 then band_of(score::decimal(18, 9)) else 'inactive' end as band,
    exact_points(previous_points) as previous_points,
    previous_score,
    score - previous_score as score_change,
    trend_of(score, previous_score, points, previous_points) as trend,
    active_days::bigint as active_days,
    scored_events::bigint as scored_events,
    distinct_scored_events
from compared;

create macro compute_user_scores() as table
select s.score_date, k.user_id, s.* exclude (score_date, entity)
from score_rows() as s
inner join user_keys as k on s.entity = k.user_key;

create table engagement.user_scores as
from compute_user_scores();

-- Of the dates that are only previous ones, for the night.
create macro compute_previous_scores() as table
select r.score_date, r.entity, r.points, r.score
from ranked as r
semi join (from score_dates where not is_built) as d using (score_date)
where r.points > 0;

create table previous_scores as
from compute_previous_scores();

create macro compute_account_score_rows() as table
select score_date, -entity as account_key, s.* exclude (score_date, entity)
from score_rows() as s
where entity < 0;

create temp table account_score_rows as
from compute_account_score_rows();

-- Of every account with somebody in it, by date: how many were active, their scores, the champion.
create macro compute_account_usage() as table
with

user_scores as (
    select score_date, entity as user_key, only_account as account_key, active_days, score
    from ranked
    where is_user
),

-- Nearly every user is in one account in a window; only the others need to be looked up.
active as (
    select score_date, account_key, count(*) as active_users, sum(score) as total_user_score
    from (
        select score_date, account_key, score
        from user_scores
        where account_key > 0 and active_days > 0
        union all
        select m.score_date, m.account_key, u.score
        from member_windows as m
        inner join (from user_scores where account_key is null) as u using (score_date, user_key)
        where m.account_key > 0 and m.active_days > 0
    )
    group by score_date, account_key
)

select
    w.score_date,
    w.account_key,
    coalesce(a.active_users, 0) as active_users,
    a.total_user_score / a.active_users as mean_user_score,
    coalesce(a.total_user_score, 0) as total_user_score,
    case when w.points > 0 then w.champion_key end as champion_key,
    case when w.points > 0 then w.champion_points::double / w.points end as champion_concentration
from account_windows as w
left join active as a using (score_date, account_key);

create table account_usage as
from compute_account_usage();

-- Members by built date: a running sum of who comes and who goes.
create macro compute_member_counts() as table
with

changes as (
    select account_key, member_from as day, 1 as change from members
    union all
    select account_key, member_until, -1 from members
),

numbers as (
    select
        account_key,
        day as valid_from,
        lead(day, 1, '9999-12-31'::date) over (partition by account_key order by day) as valid_until,
        sum(change) over (partition by account_key order by day)::bigint as members
    from (
        select account_key, day, sum(change) as change
        from changes
        group by account_key, day
    )
)

select d.score_date, n.account_key, n.members
from numbers as n
inner join score_dates as d on d.score_date >= n.valid_from and d.score_date < n.valid_until
where d.is_built and n.members > 0;

create temp table member_counts as
from compute_member_counts();

create macro compute_account_scores() as table
select
    s.score_date,
    a.account_id,
    s.* exclude (score_date, account_key),
    coalesce(u.active_users, 0) as active_users,
    coalesce(m.members, 0) as members,
    coalesce(u.active_users, 0)::double / nullif(m.members, 0) as coverage,
    a.seats,
    coalesce(u.active_users, 0)::double / nullif(a.seats, 0) as seat_utilization,
    u.mean_user_score,
    coalesce(u.total_user_score, 0) as total_user_score,
    k.user_id as champion_user_id,
    u.champion_concentration
from account_score_rows as s
inner join accounts as a using (account_key)
left join account_usage as u using (score_date, account_key)
left join member_counts as m using (score_date, account_key)
left join user_keys as k on u.champion_key = k.user_key;

create table engagement.account_scores as
from compute_account_scores();

create macro compute_score_calibrations() as table
select
    score_date,
    case when is_user then 'user' else 'account' end as entity_type,
    'v1' as version,
    'all' as normalization_group,
    c.calibration_status,
    c.population,
    c.cap,
    0.9::decimal(6, 5) as winsor_percentile,
    2.0::double as curvature,
    p.percentiles[1] as p10_score,
    p.percentiles[2] as p25_score,
    p.percentiles[3] as p50_score,
    p.percentiles[4] as p75_score,
    p.percentiles[5] as p90_score
from calibrations as c
inner join (
    select score_date, is_user, quantile_cont(score, [0.1, 0.25, 0.5, 0.75, 0.9]) as percentiles
    from ranked
    where points > 0
    group by score_date, is_user
) as p using (score_date, is_user)
semi join (from due_dates where is_built) as d using (score_date);

create table engagement.score_calibrations as
from compute_score_calibrations();

-- What product_scores says of a date by itself.
create macro compute_product_parts() as table
select
    score_date,
    count(*) filter (is_user and active_days > 0) as active_users,
    count(*) filter (not is_user and active_days > 0) as active_accounts,
    count(*) filter (is_user and points > 0) as scored_users,
    count(*) filter (not is_user and points > 0) as scored_accounts,
    coalesce(sum(score) filter (is_user and points > 0), 0) as total_engagement,
    avg(score) filter (is_user and points > 0) as mean_user_score,
    avg(score) filter (not is_user and points > 0) as mean_account_score
from ranked
group by score_date;

create table product_parts as
from compute_product_parts();

-- Adoption -----------------------------------------------------------------------------------------

-- The features available on a date in a plan, as bits; '' is an unknown plan.
create macro compute_plan_features() as table
with

plans as (
    select '' as plan
    union
    select plan from account_periods where plan is not null
)

select
    d.score_date,
    p.plan,
    coalesce(bit_or(f.bit) filter (
        (f.launched_on is null or d.score_date >= f.launched_on)
        and (f.plans is null or list_contains(string_split(f.plans, '|'), p.plan))
    ), 0) as available
from score_dates as d
cross join plans as p
cross join features as f
where d.is_built
group by d.score_date, p.plan;

create temp table plan_features as
from compute_plan_features();

-- The plan and its features of every account (0: none) on every built date.
create macro compute_account_features() as table
select d.score_date, a.account_key, coalesce(p.plan, '') as plan, f.available
from score_dates as d
cross join (select account_key from account_keys union all select 0) as a
left join account_periods as p
    on a.account_key = p.account_key and d.score_date >= p.valid_from and d.score_date < p.valid_until
inner join plan_features as f on d.score_date = f.score_date and coalesce(p.plan, '') = f.plan
where d.is_built;

create temp table account_features as
from compute_account_features();

-- What an entity had ever used by a day, as bits, on [valid_from, valid_until).
create macro compute_ever_used() as table
with

first_uses as (
    select t.user_key as entity, e.feature_bit, min(t.first_use) as first_use
    from totals as t
    inner join event_keys as e using (event_key)
    where t.user_key <> 0 and t.first_use is not null
    group by t.user_key, e.feature_bit
    union all
    select -t.account_key, e.feature_bit, min(t.first_use)
    from totals as t
    inner join event_keys as e using (event_key)
    where t.user_key <> 0 and t.account_key <> 0 and t.first_use is not null
    group by t.account_key, e.feature_bit
),

use_days as (
    select entity, first_use, sum(feature_bit)::bigint as bits
    from first_uses
    group by entity, first_use
)

select
    entity,
    first_use as valid_from,
    lead(first_use, 1, '9999-12-31'::date) over (
        partition by entity order by first_use
    ) as valid_until,
    sum(bits) over (partition by entity order by first_use)::bigint as ever_used
from use_days;

create table ever_used as
from compute_ever_used();

-- Who was active or used a feature in the window of a built date.
create macro compute_present() as table
select score_date, entity, feature_bits(uses) as used
from entity_windows
where
    (active_days > 0 or feature_bits(uses) <> 0)
    and score_date in (select score_date from due_dates where is_built);

create temp table present as
from compute_present();

-- One row for each of them: the features available, used and ever used.
create macro compute_adoption() as table
with

homed as (
    select p.*, u.user_id as entity_id, u.account_key
    from present as p
    inner join users as u on p.entity = u.user_key
    union all
    select p.*, a.account_id, a.account_key
    from present as p
    inner join account_keys as a on -p.entity = a.account_key
)

select
    h.score_date,
    h.entity,
    h.entity_id,
    h.used,
    f.available,
    bit_count(f.available)::bigint as features_available,
    bit_count(h.used & f.available)::bigint as features_used,
    bit_count(h.used & f.available)::double / nullif(bit_count(f.available), 0) as adoption_rate,
    bit_count(coalesce(e.ever_used, 0) & f.available)::bigint as features_used_all_time,
    bit_count(coalesce(e.ever_used, 0) & f.available)::double / nullif(bit_count(f.available), 0)
        as adoption_rate_all_time
from homed as h
inner join account_features as f using (score_date, account_key)
left join ever_used as e
    on
        h.entity = e.entity
        and h.score_date >= e.valid_from
        and h.score_date < e.valid_until;

create table adoption as
from compute_adoption();

-- How many entities by what they have and used: the few rows that feature_adoption counts.
create macro compute_adoption_counts() as table
select score_date, entity > 0 as is_user, available, used & available as used, count(*) as entities
from adoption
group by all;

create table adoption_counts as
from compute_adoption_counts();

create view engagement.user_adoption as
select
    score_date,
    entity_id as user_id,
    features_available,
    features_used,
    adoption_rate,
    features_used_all_time,
    adoption_rate_all_time
from work.adoption
where entity > 0;

create view engagement.account_adoption as
select
    score_date,
    entity_id as account_id,
    features_available,
    features_used,
    adoption_rate,
    features_used_all_time,
    adoption_rate_all_time
from work.adoption
where entity < 0;

create macro compute_feature_adoption() as table
with

launched as (
    select d.score_date, f.feature, f.bit
    from score_dates as d
    inner join features as f on f.launched_on is null or d.score_date >= f.launched_on
    where d.is_built
),

counted as (
    select
        l.score_date,
        l.feature,
        coalesce(sum(c.entities) filter (c.is_user), 0)::bigint as users_available,
        coalesce(sum(c.entities) filter (c.is_user and c.used & l.bit <> 0), 0)::bigint
            as users_adopted,
        coalesce(sum(c.entities) filter (not c.is_user), 0)::bigint as accounts_available,
        coalesce(sum(c.entities) filter (not c.is_user and c.used & l.bit <> 0), 0)::bigint
            as accounts_adopted
    from launched as l
    left join adoption_counts as c on l.score_date = c.score_date and c.available & l.bit <> 0
    group by l.score_date, l.feature
),

-- Each entity once per feature it ever used: on the day its bits first hold it.
first_use_days as (
    select
        f.feature,
        e.valid_from as first_use,
        count(*) filter (e.entity > 0) as users,
        count(*) filter (e.entity < 0) as accounts
    from (
        select
            *,
            ever_used - lag(ever_used, 1, 0::bigint) over (
                partition by entity order by valid_from
            ) as new_bits
        from ever_used
    ) as e
    inner join features as f on e.new_bits & f.bit <> 0
    group by f.feature, e.valid_from
),

ever as (
    select
        l.score_date,
        l.feature,
        sum(d.users)::bigint as users,
        sum(d.accounts)::bigint as accounts
    from launched as l
    inner join first_use_days as d on l.feature = d.feature and l.score_date >= d.first_use
    group by l.score_date, l.feature
)

select
    score_date,
    feature,
    c.users_available,
    c.users_adopted,
    c.users_adopted::double / nullif(c.users_available, 0) as user_adoption_rate,
    coalesce(e.users, 0) as users_adopted_all_time,
    c.accounts_available,
    c.accounts_adopted,
    c.accounts_adopted::double / nullif(c.accounts_available, 0) as account_adoption_rate,
    coalesce(e.accounts, 0) as accounts_adopted_all_time
from counted as c
left join ever as e using (score_date, feature);

create table engagement.feature_adoption as
from compute_feature_adoption();


-- Activity and lifecycle ---------------------------------------------------------------------------

-- One row per entity and day on which it was active, with the next such day. The night needs only
-- the days since a while before the first that changed.
set variable active_since = '0001-01-01'::date;

create macro compute_entity_days() as table
select
    *,
    lead(event_date) over (partition by entity order by event_date) as next_date
from (
    select distinct user_key as entity, event_date
    from member_days
    where active > 0 and account_key >= 0 and event_date >= getvariable('active_since')
    union all
    select distinct -account_key, event_date
    from member_days
    where active > 0 and account_key > 0 and event_date >= getvariable('active_since')
);

create temp table entity_days as
from compute_entity_days();

create macro compute_first_active() as table
select user_key as entity, min(event_date) as first_active_on
from member_days
where active > 0 and account_key >= 0
group by user_key
union all
select -account_key, min(event_date)
from member_days
where active > 0 and account_key > 0
group by account_key;

create temp table first_active as
from compute_first_active();

-- A day of activity counts until the next one of the same entity, at most for 28 days: a histogram
-- of these gaps is enough to count the entities of every window once.
create macro compute_activity() as table
with

gaps as (
    select
        entity > 0 as is_user,
        event_date,
        coalesce(least(next_date - event_date, 28), 28) as gap,
        count(*) as entities
    from entity_days
    group by all
),

counted as (
    select
        g.event_date + a.age as activity_date,
        case when g.is_user then 'user' else 'account' end as entity_type,
        sum(case when a.age = 0 then g.entities else 0 end)::bigint as daily_active,
        sum(case when a.age < 7 then g.entities else 0 end)::bigint as weekly_active,
        sum(g.entities)::bigint as monthly_active
    from gaps as g
    inner join (select unnest(range(28))::integer as age) as a on a.age < g.gap
    group by all
),

filled as (
    select
        d.date_day as activity_date,
        t.entity_type,
        coalesce(c.daily_active, 0) as daily_active,
        coalesce(c.weekly_active, 0) as weekly_active,
        coalesce(c.monthly_active, 0) as monthly_active
    from days as d
    cross join (values ('user'), ('account')) as t (entity_type)
    left join counted as c on d.date_day = c.activity_date and t.entity_type = c.entity_type
)

select
    *,
    sum(daily_active) over (
        partition by entity_type order by activity_date rows between 27 preceding and current row
    )::double / 28 / nullif(monthly_active, 0) as stickiness_rate
from filled;

create table engagement.activity as
from compute_activity();

create macro compute_lifecycle() as table
with

first_day as (
    select min(first_active_on) as first_day from first_active
),

starts as (
    select 'day' as period, date_day as period_start, date_day - 1 as period_before, date_day as last_day
    from days
    union all
    select distinct
        'week',
        date_trunc('week', date_day)::date,
        date_trunc('week', date_day)::date - 7,
        date_trunc('week', date_day)::date + 6
    from days
    union all
    select distinct
        'month',
        date_trunc('month', date_day)::date,
        (date_trunc('month', date_day) - interval 1 month)::date,
        (date_trunc('month', date_day) + interval 1 month)::date - 1
    from days
),

periods as (
    select *, period_start = min(period_start) over (partition by period) as is_first_period
    from starts
    where last_day <= getvariable('as_of') and last_day >= (from first_day)
),

signups as (
    select user_key as entity, created_at::date as created_on from users
    union all
    select -account_key, created_at::date from accounts
),

active_periods as (
    select 'day' as period, entity, event_date as period_start, next_date as next_start
    from entity_days
    union all
    select
        *,
        lead(period_start) over (partition by period, entity order by period_start)
    from (
        select distinct 'week' as period, entity, date_trunc('week', event_date)::date as period_start
        from entity_days
        union all
        select distinct 'month', entity, date_trunc('month', event_date)::date
        from entity_days
    )
),

-- Who is active again in the very next period is retained there.
counted as (
    select
        a.period,
        a.period_start,
        case when a.entity > 0 then 'user' else 'account' end as entity_type,
        count(*) as active,
        count(*) filter (a.next_start = case a.period
            when 'day' then a.period_start + 1
            when 'week' then a.period_start + 7
            else (a.period_start + interval 1 month)::date
        end) as active_next
    from active_periods as a
    group by all
),

first_periods as (
    select
        p.period,
        case p.period when 'day' then first_active_on else date_trunc(p.period, first_active_on)::date end
            as period_start,
        case when entity > 0 then 'user' else 'account' end as entity_type,
        count(*) as first_active
    from first_active
    cross join (values ('day'), ('week'), ('month')) as p (period)
    group by all
),

-- In the first period of the history only those are new who signed up in it.
new_at_first as (
    select
        a.period,
        case when a.entity > 0 then 'user' else 'account' end as entity_type,
        count(*) as entities
    from active_periods as a
    inner join periods as p on a.period = p.period and a.period_start = p.period_start and p.is_first_period
    inner join signups as s
        on a.entity = s.entity
        and s.created_on between p.period_start and p.last_day
    group by all
),

numbers as (
    select
        p.period,
        p.period_start,
        t.entity_type,
        coalesce(c.active, 0) as active,
        coalesce(b.active, 0) as active_before,
        coalesce(b.active_next, 0) as active_both,
        case when p.is_first_period then coalesce(f.entities, 0) else coalesce(o.first_active, 0) end as new,
        p.is_first_period
    from periods as p
    cross join (values ('user'), ('account')) as t (entity_type)
    left join counted as c
        on p.period = c.period and p.period_start = c.period_start and t.entity_type = c.entity_type
    left join counted as b
        on p.period = b.period and p.period_before = b.period_start and t.entity_type = b.entity_type
    left join first_periods as o
        on p.period = o.period and p.period_start = o.period_start and t.entity_type = o.entity_type
    left join new_at_first as f on p.period = f.period and t.entity_type = f.entity_type
)

select
    n.period,
    n.period_start,
    n.entity_type,
    s.state,
    case s.state
        when 'new' then n.new
        when 'retained' then case when n.is_first_period then n.active - n.new else n.active_both end
        when 'resurrected' then case when n.is_first_period then 0 else n.active - n.active_both - n.new end
        else n.active_before - n.active_both
    end as entities
from numbers as n
cross join (values ('new'), ('retained'), ('resurrected'), ('dormant')) as s (state);

create table engagement.lifecycle as
from compute_lifecycle();


-- Activation ---------------------------------------------------------------------------------------

-- Whose milestones to count: here everybody's, in the night those of whom something changed.
create temp table due_entities as
select user_key as entity from users
union all
select -account_key from accounts;

-- One row per entity and milestone. A milestone that takes one event at any time is in the totals;
-- only the others need the events day by day.
create macro compute_steps() as table
with

entities as (
    select user_key as entity, 'user' as entity_type, signup_on from users
    union all
    select -account_key, 'account', signup_on from accounts
),

rules as (
    select
        m.*,
        k.event_key,
        coalesce(m.min_count, m.min_days) as required,
        required = 1 and m.within_days is null as is_once
    from milestones as m
    inner join event_keys as k using (event_name)
),

steps as (
    select e.*, r.* exclude (entity_type)
    from entities as e
    semi join due_entities as d using (entity)
    inner join rules as r using (entity_type)
),

daily as (
    select user_key as entity, event_key, event_date, events
    from daily_counts
    where
        user_key <> 0
        and event_date <= getvariable('as_of')
        and event_key in (select event_key from rules where entity_type = 'user' and not is_once)
    union all
    select -account_key, event_key, event_date, events
    from daily_counts
    where
        user_key <> 0
        and account_key <> 0
        and event_date <= getvariable('as_of')
        and event_key in (select event_key from rules where entity_type = 'account' and not is_once)
),

running as (
    select
        entity,
        s.position,
        s.required,
        d.event_date,
        case
            when s.min_days is null
                then sum(d.events) over (partition by entity, s.position order by d.event_date)
            else dense_rank() over (partition by entity, s.position order by d.event_date)
        end as occurrences
    from daily as d
    inner join (from steps where not is_once) as s using (entity, event_key)
    where s.within_days is null or d.event_date - s.signup_on <= s.within_days
),

progress as (
    select
        entity,
        position,
        least(max(occurrences), max(required))::bigint as occurrences,
        min(event_date) filter (occurrences >= required) as reached_on
    from running
    group by entity, position
    union all
    select entity, s.position, 1::bigint, min(t.first_day)
    from (
        select user_key as entity, event_key, events, first_day
        from totals
        where user_key <> 0
        union all
        select -account_key, event_key, events, first_day
        from totals
        where user_key <> 0 and account_key <> 0
    ) as t
    inner join (from steps where is_once) as s using (entity, event_key)
    group by entity, s.position
)

select
    s.* exclude (event_key, required, is_once),
    coalesce(p.occurrences, 0) as occurrences,
    p.reached_on,
    greatest(p.reached_on - s.signup_on, 0)::integer as days_to_reach
from steps as s
left join progress as p using (entity, position);

create table steps as
from compute_steps();

create view engagement.activation_steps as
select
    s.entity_type,
    coalesce(u.user_id, a.account_id) as entity_id,
    s.milestone,
    s.position,
    s.event_name,
    s.min_count,
    s.min_days,
    s.within_days,
    s.any_days,
    s.occurrences,
    s.reached_on is not null as is_reached,
    s.reached_on,
    case when s.reached_on is not null then s.days_to_reach end as days_to_reach
from work.steps as s
left join work.user_keys as u on s.entity = u.user_key
left join work.account_keys as a on -s.entity = a.account_key;

create macro compute_activation() as table
select
    entity,
    any_value(signup_on) as signup_on,
    count(*) as milestones,
    count(reached_on) as milestones_reached,
    count(reached_on)::double / count(*) as activation_rate,
    string_agg(milestone, '|' order by position) filter (reached_on is null) as missing_milestones,
    arg_min(milestone, position) filter (reached_on is null) as next_milestone,
    case when count(reached_on) = count(*) then max(reached_on) end as activated_on
from steps
group by entity;

create macro compute_user_activation() as table
select
    k.user_id,
    a.* exclude (entity),
    case when a.activated_on is not null then greatest(a.activated_on - a.signup_on, 0)::integer end
        as days_to_activate
from compute_activation() as a
inner join user_keys as k on a.entity = k.user_key;

create table engagement.user_activation as
from compute_user_activation();

create macro compute_account_activation() as table
with

current_members as (
    select distinct account_key, user_key
    from members
    where member_from <= getvariable('as_of') and member_until > getvariable('as_of')
),

member_steps as (
    select
        m.account_key,
        count(s.reached_on) as reached,
        count(*) as steps,
        count(distinct m.user_key) as members
    from current_members as m
    inner join steps as s on m.user_key = s.entity
    group by m.account_key
)

select
    k.account_id,
    a.* exclude (entity),
    case when a.activated_on is not null then greatest(a.activated_on - a.signup_on, 0)::integer end
        as days_to_activate,
    coalesce(m.members, 0) as members,
    m.reached::double / nullif(m.steps, 0) as mean_user_activation_rate
from compute_activation() as a
inner join account_keys as k on -a.entity = k.account_key
left join member_steps as m using (account_key);

create table engagement.account_activation as
from compute_account_activation();


-- Product ------------------------------------------------------------------------------------------

create macro compute_product_scores() as table
with

step_days as (
    select entity_type, coalesce(signup_on, '0001-01-01'::date) as day, count(*) as steps, 0 as reached
    from steps
    group by all
    union all
    select entity_type, greatest(reached_on, signup_on), 0, count(*)
    from steps
    where reached_on is not null
    group by all
),

progress as (
    select
        d.score_date,
        sum(s.reached) filter (s.entity_type = 'user')::double
        / nullif(sum(s.steps) filter (s.entity_type = 'user'), 0) as user_activation_rate,
        sum(s.reached) filter (s.entity_type = 'account')::double
        / nullif(sum(s.steps) filter (s.entity_type = 'account'), 0) as account_activation_rate
    from score_dates as d
    inner join step_days as s on d.score_date >= s.day
    where d.is_built
    group by d.score_date
),

active as (
    select score_date, account_key
    from account_usage
    where active_users > 0
),

adoption_rates as (
    select r.score_date, avg(r.adoption_rate) as adoption_rate
    from engagement.account_adoption as r
    inner join account_keys as k using (account_id)
    semi join active as a on r.score_date = a.score_date and k.account_key = a.account_key
    group by r.score_date
),

flows as (
    select
        score_date,
        count(*) filter (p.account_key is null) as gained_accounts,
        count(*) filter (c.account_key is null) as lost_accounts
    from active as c
    full join (
        select d.score_date, a.account_key
        from active as a
        inner join score_dates as d on a.score_date = d.previous_date
    ) as p using (score_date, account_key)
    group by score_date
),

parts as (
    select
        score_date,
        'v1' as version,
        p.* exclude (score_date),
        a.adoption_rate,
        t.stickiness_rate,
        case when d.previous_date is not null then coalesce(f.gained_accounts, 0) end as gained_accounts,
        case when d.previous_date is not null then coalesce(f.lost_accounts, 0) end as lost_accounts,
        g.user_activation_rate,
        g.account_activation_rate
    from score_dates as d
    left join product_parts as p using (score_date)
    left join adoption_rates as a using (score_date)
    left join flows as f using (score_date)
    left join progress as g using (score_date)
    left join engagement.activity as t on d.score_date = t.activity_date and t.entity_type = 'user'
    where d.is_built
)

select
    score_date,
    version,
    coalesce(active_users, 0) as active_users,
    coalesce(active_accounts, 0) as active_accounts,
    coalesce(scored_users, 0) as scored_users,
    coalesce(scored_accounts, 0) as scored_accounts,
    coalesce(total_engagement, 0) as total_engagement,
    mean_user_score,
    mean_account_score,
    adoption_rate,
    stickiness_rate,
    gained_accounts,
    lost_accounts,
    (gained_accounts + 1)::double / (gained_accounts + lost_accounts + 2) as growth_rate,
    100 * list_avg(list_filter([adoption_rate, stickiness_rate, growth_rate], lambda x: x is not null))
        as composite_score,
    user_activation_rate,
    account_activation_rate
from parts;

create table engagement.product_scores as
from compute_product_scores();


-- Profiles -----------------------------------------------------------------------------------------

-- What everybody, active or not, has and ever used on as_of.
create macro current_features() as table
with homed as (
    select user_key as entity, account_key from users
    union all
    select -account_key, account_key from accounts
)

select
    h.entity,
    bit_count(f.available)::bigint as features_available,
    bit_count(coalesce(e.ever_used, 0) & f.available)::bigint as features_used_all_time
from homed as h
inner join account_features as f on h.account_key = f.account_key and f.score_date = getvariable('as_of')
left join ever_used as e
    on h.entity = e.entity and e.valid_until = '9999-12-31';

create macro compute_user_profiles() as table
select
    u.user_id,
    u.account_id,
    u.email,
    u.role,
    u.is_internal,
    u.is_champion,
    u.created_at,
    u.signup_on,
    u.is_inferred,
    u.first_seen_on,
    u.last_seen_on,
    (getvariable('as_of') - u.last_seen_on)::integer as days_since_last_seen,
    u.events,
    getvariable('as_of') as as_of,
    coalesce(s.score, 0) as score,
    coalesce(s.band, 'inactive') as band,
    s.rank,
    s.percentile_rank,
    coalesce(s.points, 0::decimal(38, 12)) as points,
    s.previous_score,
    s.score_change,
    s.trend,
    coalesce(s.active_days, 0) as active_days,
    f.features_available,
    coalesce(a.features_used, 0) as features_used,
    coalesce(a.features_used, 0)::double / nullif(f.features_available, 0) as adoption_rate,
    f.features_used_all_time,
    f.features_used_all_time::double / nullif(f.features_available, 0) as adoption_rate_all_time,
    t.milestones,
    t.milestones_reached,
    t.activation_rate,
    t.missing_milestones,
    t.next_milestone
from users as u
inner join current_features() as f on u.user_key = f.entity
left join engagement.user_scores as s on u.user_id = s.user_id and s.score_date = getvariable('as_of')
left join engagement.user_adoption as a on u.user_id = a.user_id and a.score_date = getvariable('as_of')
left join engagement.user_activation as t on u.user_id = t.user_id;

create table engagement.user_profiles as
from compute_user_profiles();

create macro compute_account_profiles() as table
with latest_subscriptions as (
    select account_id, mrr
    from read_parquet(getvariable('data') || '/subscriptions.parquet')
    where
        month <= getvariable('as_of')
        and month >= date_trunc('month', getvariable('as_of')) - interval 1 month
    qualify row_number() over (partition by account_id order by month desc, coalesce(mrr, 0) desc) = 1
)

select
    a.account_id,
    a.parent_account_id,
    a.name,
    a.created_at,
    a.signup_on,
    coalesce(p.plan, a.plan) as plan,
    coalesce(p.status, a.status) as status,
    a.trial_ends_on,
    a.renews_on,
    a.industry,
    coalesce(p.owner, a.owner) as owner,
    a.seats,
    a.is_inferred,
    r.mrr,
    a.first_seen_on,
    a.last_seen_on,
    (getvariable('as_of') - a.last_seen_on)::integer as days_since_last_seen,
    a.events,
    getvariable('as_of') as as_of,
    coalesce(s.score, 0) as score,
    coalesce(s.band, 'inactive') as band,
    s.rank,
    s.percentile_rank,
    coalesce(s.points, 0::decimal(38, 12)) as points,
    s.previous_score,
    s.score_change,
    s.trend,
    coalesce(s.active_days, 0) as active_days,
    coalesce(u.active_users, 0) as active_users,
    coalesce(m.members, 0) as members,
    coalesce(u.active_users, 0)::double / nullif(m.members, 0) as coverage,
    coalesce(u.active_users, 0)::double / nullif(a.seats, 0) as seat_utilization,
    case when s.account_id is not null then u.mean_user_score end as mean_user_score,
    k.user_id as champion_user_id,
    u.champion_concentration,
    f.features_available,
    coalesce(d.features_used, 0) as features_used,
    coalesce(d.features_used, 0)::double / nullif(f.features_available, 0) as adoption_rate,
    f.features_used_all_time,
    f.features_used_all_time::double / nullif(f.features_available, 0) as adoption_rate_all_time,
    t.milestones,
    t.milestones_reached,
    t.activation_rate,
    t.mean_user_activation_rate,
    t.missing_milestones,
    t.next_milestone
from accounts as a
inner join current_features() as f on -a.account_key = f.entity
left join account_periods as p
    on
        a.account_key = p.account_key
        and getvariable('as_of') >= p.valid_from
        and getvariable('as_of') < p.valid_until
left join latest_subscriptions as r on a.account_id = r.account_id
left join engagement.account_scores as s
    on a.account_id = s.account_id and s.score_date = getvariable('as_of')
left join account_usage as u on a.account_key = u.account_key and u.score_date = getvariable('as_of')
left join member_counts as m on a.account_key = m.account_key and m.score_date = getvariable('as_of')
left join user_keys as k on u.champion_key = k.user_key
left join engagement.account_adoption as d
    on a.account_id = d.account_id and d.score_date = getvariable('as_of')
left join engagement.account_activation as t on a.account_id = t.account_id;

create table engagement.account_profiles as
from compute_account_profiles();


-- Quality ------------------------------------------------------------------------------------------

create macro compute_event_inventory() as table
with

users_of as (
    select event_key, count(*) as users
    from (select distinct event_key, user_key from totals where user_key <> 0)
    group by event_key
),

accounts_of as (
    select event_key, count(*) as accounts
    from (select distinct event_key, account_key from totals where user_key <> 0 and account_key <> 0)
    group by event_key
),

observed as (
    select
        event_key,
        coalesce(sum(events) filter (user_key <> 0), 0)::bigint as events,
        coalesce(sum(events) filter (user_key = 0), 0)::bigint as excluded_events,
        min(first_day) filter (user_key <> 0) as first_seen_on,
        max(last_day) filter (user_key <> 0) as last_seen_on
    from totals
    group by event_key
),

features_of as (
    select event_name, string_agg(feature, '|' order by feature) as features
    from key_features
    group by event_name
),

milestones_of as (
    select
        event_name,
        string_agg(entity_type || ':' || milestone, '|' order by entity_type || ':' || milestone)
            as milestones
    from milestones
    group by event_name
)

select
    k.event_name,
    coalesce(o.events, 0) as events,
    coalesce(u.users, 0) as users,
    coalesce(a.accounts, 0) as accounts,
    coalesce(o.excluded_events, 0) as excluded_events,
    o.first_seen_on,
    o.last_seen_on,
    w.weight,
    coalesce(w.counts_as_active, false) as counts_as_active,
    f.features,
    m.milestones,
    coalesce(w.event_name, f.event_name, m.event_name) is not null as is_seeded,
    coalesce(w.event_name, f.event_name, m.event_name) is not null and coalesce(o.events, 0) = 0 as is_missing
from event_keys as k
left join observed as o using (event_key)
left join users_of as u using (event_key)
left join accounts_of as a using (event_key)
left join event_weights as w on k.event_name = w.event_name
left join features_of as f on k.event_name = f.event_name
left join milestones_of as m on k.event_name = m.event_name
where o.event_key is not null or coalesce(w.event_name, f.event_name, m.event_name) is not null;

create table engagement.event_inventory as
from compute_event_inventory();

create macro compute_rejected_events() as table
with counted as (
    select
        event_id,
        event_name,
        user_id,
        account_id,
        occurred_at::varchar as occurred_at,
        loaded_at,
        properties,
        event_date,
        reason,
        count(*) as copies
    from rejected
    where event_date is null or event_date <= getvariable('as_of')
    group by all
)

select
    md5(
        coalesce('=' || event_id, '') || '|' || coalesce('=' || event_name, '') || '|'
        || coalesce('=' || user_id, '') || '|' || coalesce('=' || account_id, '') || '|'
        || coalesce('=' || occurred_at, '') || '|' || coalesce('=' || loaded_at::varchar, '') || '|'
        || coalesce('=' || properties, '') || '|' || coalesce('=' || reason, '')
    ) as row_id,
    *
from counted;

create table engagement.rejected_events as
from compute_rejected_events();

-- Rows of days after as_of: not counted yet.
create macro compute_pending_days() as table
select event_date, count(*) as odd_rows
from rejected
where event_date > getvariable('as_of')
group by event_date;

create table pending_days as
from compute_pending_days();

create macro compute_recurring_ids() as table
select event_id
from odd_events
where reason is null
group by event_id
having min(event_date) < max(event_date);

create table recurring_ids as
from compute_recurring_ids();

create macro compute_run() as table
select
    uuid()::varchar as run_id,
    date_trunc('second', now() at time zone 'UTC') as started_at,
    getvariable('as_of') as as_of,
    (select count(*) from raw_events) as source_rows,
    (select coalesce(sum(events), 0)::bigint from totals where user_key <> 0) as accepted_events,
    (select coalesce(sum(events), 0)::bigint from totals where user_key = 0) as excluded_events,
    (select coalesce(sum(copies), 0)::bigint from engagement.rejected_events) as rejected_events,
    (select coalesce(sum(odd_rows), 0)::bigint from pending_days)
    + (select coalesce(sum(events), 0)::bigint from daily_counts where event_date > getvariable('as_of'))
        as pending_events,
    (select count(*) from recurring_ids) as recurring_event_ids;

create table engagement.run_history as
from compute_run();

-- What the night starts from.
create table watermark as
select getvariable('now') as loaded_at, getvariable('as_of') as as_of;
