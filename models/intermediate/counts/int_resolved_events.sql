-- One row per day, received user, account (received or found, or none) and event: how often it happened,
-- whose event it is, and whether it is excluded. What was read is counted; what only changed hands keeps its count.
-- depends_on: {{ ref('input_check') }}
{{ config(materialized='ephemeral') }}

with

events as (
    select * from {{ ref('int_read_events') }}
),

unusable_events as (
    select * from {{ ref('int_unusable_events') }}
),

standings as (
    select * from {{ ref('int_standings') }}
),

spells as (
    select * from {{ ref('int_membership_spells') }}
),

-- Every row is counted, and what cannot be used is taken back: so few columns of most rows are read.
counted_rows as (
    select
        occurred_on,
        user_id,
        account_id,
        event_name,
        1 as events
    from events
    union all
    select
        occurred_on,
        user_id,
        account_id,
        event_name,
        -1 as events
    from unusable_events
),

received_counts as (
    select
        occurred_on as event_date,
        user_id as received_user_id,
        account_id as received_account_id,
        event_name,
        cast(sum(events) as bigint) as events
    from counted_rows
    group by occurred_on, user_id, account_id, event_name
    having sum(events) > 0
    union all
    select
        event_date,
        received_user_id,
        case when is_account_received then account_id end as received_account_id,
        event_name,
        events
    from {{ ref('int_replaced_counts') }}
    where event_date not in (
        select touched_days.event_date from {{ ref('int_touched_days') }} as touched_days
    )
),

identified as (
    select
        received_counts.*,
        standings.user_id as merged_user_id,
        standings.account_id as listed_account_id,
        coalesce(standings.is_excluded, false) as is_excluded_user,
        case
            when received_counts.received_account_id is null
                then coalesce(standings.user_id, received_counts.received_user_id)
        end as user_id_without_account
    from received_counts
    left join standings
        on
            standings.entity_type = 'user'
            and received_counts.received_user_id = standings.received_id
),

accounted as (
    select
        identified.event_date,
        identified.received_user_id,
        identified.received_account_id,
        identified.event_name,
        case when identified.merged_user_id <> identified.received_user_id then identified.merged_user_id end
            as merged_user_id,
        coalesce(identified.received_account_id, spells.account_id, identified.listed_account_id)
            as account_id,
        identified.is_excluded_user,
        identified.events
    from identified
    left join spells
        on
            identified.user_id_without_account = spells.user_id
            and identified.event_date >= spells.spell_from
            and identified.event_date < spells.spell_until
),

final as (
    select
        accounted.event_date,
        accounted.received_user_id,
        accounted.merged_user_id,
        accounted.account_id,
        accounted.received_account_id is not null as is_account_received,
        accounted.event_name,
        accounted.is_excluded_user or standings.received_id is not null as is_excluded,
        accounted.events
    from accounted
    left join standings
        on
            standings.entity_type = 'account'
            and accounted.account_id = standings.received_id
)

select * from final
