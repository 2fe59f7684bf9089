-- The hand-written baseline: every public table of the project from the raw files, in one script.
--
-- Variables: data (the folder of the inputs), seeds (the folder of the configuration).
-- What a person who writes this for one company may assume, and the project may not: parquet inputs
-- with the types and columns of the simulator, time zone UTC, one scoring version with W = 28,
-- k = 2, p = 0.9, min_population = 20, no half-life, no groups, no frozen caps; an event belongs to
-- at most one feature; at most 31 scored events and 31 features (they are bits of one bigint).
--
-- Three ideas carry it:
-- 1. Text ids become integer keys while the files are read; what is excluded becomes user 0.
-- 2. A day of a user in an account is one row: points (in thousandths, as an integer), activity,
--    and a bit for each scored event and feature. Windows are then sums and bit_ors of these rows.
-- 3. One pass over the windows at the grain of user and account serves both; where a user was in
--    several accounts on a day, a correction row (account -1) makes the user's sums right.

set preserve_insertion_order = false;

create schema if not exists engagement;
create schema if not exists work;
use work;


-- Configuration ------------------------------------------------------------------------------------

create table score_bands as
from read_csv(getvariable('seeds') || '/score_bands.csv', header = true);

create table milestones as
select * replace (within_days::integer as within_days, min_count::integer as min_count,
    position::integer as position)
from read_csv(getvariable('seeds') || '/activation_milestones.csv', header = true,
    types = {'within_days': 'integer', 'min_count': 'integer', 'position': 'integer'});

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
create table identities as
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
create table received_accounts as
select
    a.account_id,
    a.account_key,
    case when x.account_id is null then a.account_key else -1 end as counted_key
from account_keys as a
left join excluded_accounts as x using (account_id);

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

create table memberships as
select
    u.user_key,
    a.account_key,
    coalesce(m.valid_from, '0001-01-01'::date) as member_from,
    coalesce(m.valid_to, '9999-12-31'::date) as member_until
from read_parquet(getvariable('data') || '/memberships.parquet') as m
left join identities as i on m.user_id = i.alias_id
inner join user_keys as u on coalesce(i.user_id, m.user_id) = u.user_id
inner join account_keys as a using (account_id);

-- The account of a user's events that name none: that of the membership that started latest (then
-- the smallest id), else of the user. One row per user and time.
create table homes as
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

-- How a received user id is counted. Most users have one home for ever; only the others need their
-- homes looked up by day (moves).
create table received_users as
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



-- Events -------------------------------------------------------------------------------------------

set variable now = (select max(loaded_at) from raw_events);

-- A clock may be an hour ahead. The comparison with '!' spares most ids a trim.
create macro is_future(occurred_at, loaded_at) as
    epoch_us(occurred_at) - epoch_us(coalesce(loaded_at, getvariable('now'))) > 3600000000;

-- Bits below 32 are features, above scored events.
create macro scored_bits(uses) as uses >> 32;

create macro feature_bits(uses) as uses & 4294967295;

create macro is_blank(id) as not coalesce(id >= '!' or trim(id) <> '', false);

-- Ids that more than one row carries, by their hash: a superset, looked at closely below.
create temp table repeated_hashes as
select hash(event_id) as id_hash
from raw_events
group by id_hash
having count(*) > 1;

-- The rows with such an id, and those that cannot be used.
create temp table odd_events as
with

odd as (
    from raw_events
    where hash(event_id) in (from repeated_hashes)
    union all
    from raw_events
    where
        hash(event_id) not in (from repeated_hashes)
        and (
            is_blank(event_id)
            or is_blank(user_id)
            or is_blank(event_name)
            or coalesce(is_future(occurred_at, loaded_at), true)
        )
)

select
    case when trim(event_id) <> '' then event_id end as event_id,
    case when trim(event_name) <> '' then event_name end as event_name,
    case when trim(user_id) <> '' then user_id end as user_id,
    case when trim(account_id) <> '' then account_id end as account_id,
    case when trim(properties) <> '' then properties end as properties,
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

-- Of the same id on the same day, the row loaded first stays.
create temp table duplicates as
select * replace ('duplicate' as reason)
from odd_events
where reason is null
qualify row_number() over (
    partition by event_id, event_date
    order by
        loaded_at nulls last,
        occurred_at,
        md5(coalesce(event_name, '') || '|' || coalesce(user_id, '') || '|'
            || coalesce(account_id, '') || '|' || coalesce(properties, ''))
) > 1;

-- One row per day, user, account (0: none) and event. What is excluded is user 0 in account 0.
create macro counted_events(events) as table
select
    e.occurred_at::date as event_date,
    case when coalesce(a.counted_key, u.home_key, h.counted_key) = -1 then 0 else u.user_key end as user_key,
    case
        when u.user_key = 0 then 0
        else greatest(coalesce(a.counted_key, u.home_key, h.counted_key, 0), 0)
    end as account_key,
    n.event_key,
    count(*) as events
from query_table(events) as e
inner join received_users as u on e.user_id = u.user_id
inner join event_keys as n on e.event_name = n.event_name
left join received_accounts as a on e.account_id = a.account_id
left join homes as h
    on
        case when a.account_key is null and u.home_key is null then u.user_key end = h.user_key
        and e.occurred_at::date >= h.valid_from
        and e.occurred_at::date < h.valid_until
where not is_future(e.occurred_at, e.loaded_at) and not is_blank(e.event_id)
group by all;

create table daily_counts as
select
    event_date,
    user_key,
    account_key,
    event_key,
    sum(events)::integer as events
from (
    from counted_events('raw_events')
    union all
    select * replace (-events as events) from counted_events('duplicates')
)
group by all
having sum(events) > 0;


-- Days and score dates -----------------------------------------------------------------------------

-- Counted are the days up to the one before the latest: that one is not over yet.
create table bounds as
select
    min(event_date) as first_day,
    case when min(event_date) = max(event_date) then max(event_date) else max(event_date) - 1 end as as_of
from daily_counts
where user_key <> 0;

set variable first_day = (select first_day from bounds);
set variable as_of = (select as_of from bounds);

create table days as
select unnest(generate_series(first_day, as_of, interval 1 day))::date as date_day
from bounds;

-- Built are the last 90 days and every Sunday; the other dates here are the previous ones of built.
create macro scored_dates() as table
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
from scored_dates();

-- The dates to compute: here all, in the night those that new rows touch.
create temp table due_dates as
select score_date, is_built, previous_date
from score_dates;


-- Days of users in accounts ------------------------------------------------------------------------

-- One row per day, user and account (0: none): points in thousandths, scored events, whether
-- active, what was used (bits). A user in several accounts on one day has a correction row as well
-- (account -1), because the daily cap of an event and a day of activity are the user's.
create macro member_days_of(counts) as table
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
    from query_table(counts) as c
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
create macro totals_of(counts) as table
select
    c.user_key,
    c.account_key,
    c.event_key,
    sum(c.events)::bigint as events,
    min(c.event_date) as first_day,
    max(c.event_date) as last_day,
    min(case when e.feature_bit <> 0 and c.event_date >= e.launched_on then c.event_date end) as first_use
from query_table(counts) as c
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
        select c.user_key, a.account_id, sum(c.events)::bigint as events
        from daily_counts as c
        inner join last_accounts as l on c.user_key = l.user_key and c.event_date = l.last_day
        inner join account_keys as a on c.account_key = a.account_key
        group by c.user_key, a.account_id
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
create temp table member_windows as
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
    select score_date, unnest(generate_series(score_date - 27, score_date, interval 1 day))::date as event_date
    from due_dates
) as d using (event_date)
group by all;

create temp table user_windows as
select
    score_date,
    user_key,
    sum(points)::bigint as points,
    sum(scored_events)::integer as scored_events,
    sum(active_days)::integer as active_days,
    bit_or(uses) as uses
from member_windows
group by all;

-- The champion has the most points (ties: the smallest user_id, and keys are in its order).
create temp table account_windows as
with

account_active_days as (
    select d.score_date, m.account_key, count(*) as active_days
    from (select distinct event_date, account_key from member_days where active > 0 and account_key > 0) as m
    inner join (
        select score_date, unnest(generate_series(score_date - 27, score_date, interval 1 day))::date as event_date
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
        arg_min(user_key, (-points, user_key)) as champion_key
    from member_windows
    where account_key > 0
    group by score_date, account_key
)

select s.*, coalesce(a.active_days, 0) as active_days
from sums as s
left join account_active_days as a using (score_date, account_key);


-- Scores -------------------------------------------------------------------------------------------

create temp table entity_windows as
select score_date, 'user' as entity_type, user_key as entity_key, points, scored_events, active_days, uses
from user_windows
union all
select score_date, 'account', account_key, points, scored_events, active_days, uses
from account_windows;

-- The cap of a date: the p90 of the points, or that of the last Sunday that had twenty, or the
-- largest points.
create table calibrations as
with

measured as (
    select
        w.score_date,
        w.entity_type,
        count(*) as population,
        case when count(*) >= 20 then quantile_cont(w.points / 1000, 0.9) end as measured_cap,
        max(w.points) / 1000 as largest_points
    from entity_windows as w
    where w.points > 0
    group by w.score_date, w.entity_type
),

carried as (
    select
        m.*,
        last_value(case when d.is_built and isodow(m.score_date) = 7 then m.measured_cap end ignore nulls) over (
            partition by m.entity_type order by m.score_date
            rows between unbounded preceding and 1 preceding
        ) as carried_cap
    from measured as m
    inner join score_dates as d using (score_date)
)

select
    score_date,
    entity_type,
    case
        when measured_cap is not null then 'measured'
        when carried_cap is not null then 'carried_forward'
        else 'insufficient_population'
    end as calibration_status,
    population,
    coalesce(measured_cap, carried_cap, largest_points) as cap,
    measured_cap
from carried;

create macro score_of(u) as 1 + 99 * ((exp(2.0::double * u) - 1) / (exp(2.0::double) - 1));

create macro band_of(score) as case
    when score >= 70 then 'champion' when score >= 35 then 'strong' when score >= 15 then 'good'
    when score >= 5 then 'fair' else 'low' end;

create macro exact_points(points) as (points::decimal(18, 0) * 0.001)::decimal(38, 12);

-- Ranks from a histogram of the points: far fewer rows to sort than entities.
create temp table ranked as
with

histogram as (
    select score_date, entity_type, points, count(*) as entities
    from entity_windows
    where points > 0
    group by score_date, entity_type, points
),

places as (
    select
        *,
        sum(entities) over (
            partition by score_date, entity_type order by points rows unbounded preceding
        )::bigint as up_to
    from histogram
),

scored_points as (
    select
        p.score_date,
        p.entity_type,
        p.points,
        c.population - p.up_to + 1 as rank,
        (p.up_to - p.entities)::double / c.population as percentile_rank,
        least(p.points / 1000, c.cap) as winsorized_points,
        least(p.points / 1000, c.cap) / c.cap as u,
        score_of(least(p.points / 1000, c.cap) / c.cap) as score
    from places as p
    inner join calibrations as c using (score_date, entity_type)
)

select w.*, s.rank, s.percentile_rank, s.winsorized_points, s.u, coalesce(s.score, 0) as score
from entity_windows as w
left join scored_points as s using (score_date, entity_type, points);

-- Scores of the previous dates that are not due themselves: none in a full run.
create temp table kept_scores as
select score_date, entity_type, entity_key, points, score
from ranked
where false;

-- One row per built date and entity with points in the window or in the previous one.
create temp table compared as
with

previous_scores as (
    select d.score_date, r.entity_type, r.entity_key, r.points, r.score
    from (
        select score_date, entity_type, entity_key, points, score from ranked
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
    entity_type,
    entity_key,
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
full join previous_scores as p using (score_date, entity_type, entity_key)
inner join due_dates as d using (score_date)
where c.points > 0 or p.points > 0;

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
    entity_type,
    entity_key,
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

create table engagement.user_scores as
select s.score_date, k.user_id, s.* exclude (score_date, entity_type, entity_key)
from score_rows() as s
inner join user_keys as k on s.entity_key = k.user_key
where s.entity_type = 'user';

-- Of every account with somebody in it, by date: how many were active, their scores, the champion.
create macro compute_account_usage() as table
with

user_scores as (
    select score_date, entity_key as user_key, score
    from ranked
    where entity_type = 'user'
),

active as (
    select
        m.score_date,
        m.account_key,
        count(*) as active_users,
        sum(s.score) as total_user_score
    from member_windows as m
    inner join user_scores as s using (score_date, user_key)
    where m.account_key > 0 and m.active_days > 0
    group by m.score_date, m.account_key
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

create macro compute_score_calibrations() as table
select
    score_date,
    entity_type,
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
    select score_date, entity_type, quantile_cont(score, [0.1, 0.25, 0.5, 0.75, 0.9]) as percentiles
    from ranked
    where points > 0
    group by score_date, entity_type
) as p using (score_date, entity_type)
semi join (from due_dates where is_built) as d using (score_date);

-- What product_scores says of a date by itself.
create macro compute_product_parts() as table
select
    score_date,
    count(*) filter (entity_type = 'user' and active_days > 0) as active_users,
    count(*) filter (entity_type = 'account' and active_days > 0) as active_accounts,
    count(*) filter (entity_type = 'user' and points > 0) as scored_users,
    count(*) filter (entity_type = 'account' and points > 0) as scored_accounts,
    coalesce(sum(score) filter (entity_type = 'user' and points > 0), 0) as total_engagement,
    avg(score) filter (entity_type = 'user' and points > 0) as mean_user_score,
    avg(score) filter (entity_type = 'account' and points > 0) as mean_account_score
from ranked
group by score_date;

create table account_score_rows as
select score_date, entity_key as account_key, s.* exclude (score_date, entity_type, entity_key)
from score_rows() as s
where entity_type = 'account';

create table account_usage as
from compute_account_usage();

create temp table member_counts as
from compute_member_counts();

create table engagement.account_scores as
from compute_account_scores();

create table engagement.score_calibrations as
from compute_score_calibrations();

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

-- The plan and its features of every account (0: none) on every built date.
create macro compute_account_features() as table
select d.score_date, a.account_key, coalesce(p.plan, '') as plan, f.available
from score_dates as d
cross join (select account_key from account_keys union all select 0) as a
left join account_periods as p
    on a.account_key = p.account_key and d.score_date >= p.valid_from and d.score_date < p.valid_until
inner join plan_features as f on d.score_date = f.score_date and coalesce(p.plan, '') = f.plan
where d.is_built;

-- What an entity had ever used by a day, as bits, on [valid_from, valid_until).
create macro compute_ever_used() as table
with

first_uses as (
    select 'user' as entity_type, t.user_key as entity_key, e.feature_bit, min(t.first_use) as first_use
    from totals as t
    inner join event_keys as e using (event_key)
    where t.user_key <> 0 and t.first_use is not null
    group by t.user_key, e.feature_bit
    union all
    select 'account', t.account_key, e.feature_bit, min(t.first_use)
    from totals as t
    inner join event_keys as e using (event_key)
    where t.user_key <> 0 and t.account_key <> 0 and t.first_use is not null
    group by t.account_key, e.feature_bit
),

use_days as (
    select entity_type, entity_key, first_use, sum(feature_bit)::bigint as bits
    from first_uses
    group by entity_type, entity_key, first_use
)

select
    entity_type,
    entity_key,
    first_use as valid_from,
    lead(first_use, 1, '9999-12-31'::date) over (
        partition by entity_type, entity_key order by first_use
    ) as valid_until,
    sum(bits) over (partition by entity_type, entity_key order by first_use)::bigint as ever_used
from use_days;

-- One row per built date and entity that was active or used a feature: the features available, used
-- and ever used, as bits.
create macro compute_adoption() as table
with

present as (
    select w.score_date, w.entity_type, w.entity_key, feature_bits(w.uses) as used
    from entity_windows as w
    semi join (from due_dates where is_built) as d using (score_date)
    where w.active_days > 0 or feature_bits(w.uses) <> 0
),

homed as (
    select p.*, u.account_key
    from present as p
    inner join users as u on p.entity_key = u.user_key
    where p.entity_type = 'user'
    union all
    select *, entity_key
    from present
    where entity_type = 'account'
)

select
    h.score_date,
    h.entity_type,
    h.entity_key,
    h.used,
    f.plan,
    f.available,
    coalesce(e.ever_used, 0) as ever_used
from homed as h
inner join account_features as f using (score_date, account_key)
left join ever_used as e
    on
        h.entity_type = e.entity_type
        and h.entity_key = e.entity_key
        and h.score_date >= e.valid_from
        and h.score_date < e.valid_until;

-- How many entities by what they have and used: the few rows that feature_adoption counts.
create macro compute_adoption_counts() as table
select score_date, entity_type, available, used & available as used, count(*) as entities
from adoption
group by all;

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
        coalesce(sum(c.entities) filter (c.entity_type = 'user'), 0)::bigint as users_available,
        coalesce(sum(c.entities) filter (c.entity_type = 'user' and c.used & l.bit <> 0), 0)::bigint
            as users_adopted,
        coalesce(sum(c.entities) filter (c.entity_type = 'account'), 0)::bigint as accounts_available,
        coalesce(sum(c.entities) filter (c.entity_type = 'account' and c.used & l.bit <> 0), 0)::bigint
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
        count(*) filter (e.entity_type = 'user') as users,
        count(*) filter (e.entity_type = 'account') as accounts
    from (
        select
            *,
            ever_used - lag(ever_used, 1, 0::bigint) over (
                partition by entity_type, entity_key order by valid_from
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

create temp table plan_features as
from compute_plan_features();

create temp table account_features as
from compute_account_features();

create temp table ever_used as
from compute_ever_used();

create temp table adoption as
from compute_adoption();

create table adoption_counts as
from compute_adoption_counts();

create macro adoption_rows(entity) as table
select
    score_date,
    entity_key,
    bit_count(available)::bigint as features_available,
    bit_count(used & available)::bigint as features_used,
    bit_count(used & available)::double / nullif(bit_count(available), 0) as adoption_rate,
    bit_count(ever_used & available)::bigint as features_used_all_time,
    bit_count(ever_used & available)::double / nullif(bit_count(available), 0) as adoption_rate_all_time
from adoption
where entity_type = entity;

create table engagement.user_adoption as
select a.score_date, k.user_id, a.* exclude (score_date, entity_key)
from adoption_rows('user') as a
inner join user_keys as k on a.entity_key = k.user_key;

create table engagement.account_adoption as
select a.score_date, k.account_id, a.* exclude (score_date, entity_key)
from adoption_rows('account') as a
inner join account_keys as k on a.entity_key = k.account_key;

create table engagement.feature_adoption as
from compute_feature_adoption();
