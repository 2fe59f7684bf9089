-- One row per day, received user ('': none), account (received, inferred, or none), event and actor:
-- how often it happened, the user and the account it belongs to, and whether it is excluded. Every
-- later model starts here. A run counts the rows that it reads; rows whose user or account changed
-- keep their counts. Includes days after as_of.
-- depends_on: {{ ref('input_check') }}, {{ ref('int_run') }}
{{ stop_on_problems(rejected_shares_above(var('max_rejected_share'))) }}

with

events as (
    select * from {{ ref('int_source_rows_read') }}
),

rejected_rows as (
    select * from {{ ref('int_rejected_source_rows') }}
),

kept_counts as (
    select * from {{ ref('int_replaced_counts') }}
    where event_date not in (
        select touched_days.event_date from {{ ref('int_touched_days') }} as touched_days
    )
),

received_ids as (
    select * from {{ ref('int_received_ids') }}
),

memberships as (
    select * from {{ ref('int_primary_memberships') }}
),

-- Every row is counted, and what cannot be used is taken back: so few columns of most rows are read.
counted_rows as (
    select
        occurred_on as event_date,
        coalesce(user_id, '') as received_user_id,
        account_id as received_account_id,
        event_name,
        actor,
        1 as source_rows,
        coalesce(events, 0) as events
    from events
    union all
    select
        occurred_on as event_date,
        coalesce(user_id, '') as received_user_id,
        account_id as received_account_id,
        event_name,
        actor,
        -1 as source_rows,
        -coalesce(events, 0) as events
    from rejected_rows
    union all
    select
        event_date,
        received_user_id,
        account_id as received_account_id,
        event_name,
        actor,
        source_rows - source_rows_with_inferred_account as source_rows,
        events - events_with_inferred_account as events
    from kept_counts
    where source_rows > source_rows_with_inferred_account
    union all
    select
        event_date,
        received_user_id,
        cast(null as {{ type_text() }}) as received_account_id,
        event_name,
        actor,
        source_rows_with_inferred_account as source_rows,
        events_with_inferred_account as events
    from kept_counts
    where source_rows_with_inferred_account > 0
),

received_rows as (
    select
        counted_rows.*,
        received_ids.account_id as listed_account_id,
        case
            when counted_rows.received_account_id is null
                then coalesce(received_ids.user_id, counted_rows.received_user_id)
        end as user_id_without_account
    from counted_rows
    left join received_ids
        on
            received_ids.entity_type = 'user'
            and counted_rows.received_user_id = received_ids.received_id
            and counted_rows.event_date >= received_ids.valid_from
            and counted_rows.event_date < received_ids.valid_until
),

accounted_rows as (
    select
        received_rows.event_date,
        received_rows.received_user_id,
        coalesce(received_rows.received_account_id, memberships.account_id, received_rows.listed_account_id)
            as account_id,
        received_rows.event_name,
        received_rows.actor,
        received_rows.source_rows,
        received_rows.events,
        case when received_rows.received_account_id is null then received_rows.source_rows else 0 end
            as source_rows_with_inferred_account,
        case when received_rows.received_account_id is null then received_rows.events else 0 end
            as events_with_inferred_account
    from received_rows
    left join memberships
        on
            received_rows.user_id_without_account = memberships.user_id
            and received_rows.event_date >= memberships.valid_from
            and received_rows.event_date < memberships.valid_until
),

counted as (
    select
        event_date,
        received_user_id,
        account_id,
        event_name,
        actor,
        cast(sum(source_rows) as bigint) as source_rows,
        cast(sum(events) as bigint) as events,
        cast(sum(source_rows_with_inferred_account) as bigint) as source_rows_with_inferred_account,
        cast(sum(events_with_inferred_account) as bigint) as events_with_inferred_account
    from accounted_rows
    group by event_date, received_user_id, account_id, event_name, actor
),

final as (
    select
        counted.event_date,
        counted.received_user_id,
        case when users.user_id <> counted.received_user_id then users.user_id end as merged_user_id,
        counted.account_id,
        case when accounts.account_id <> counted.account_id then accounts.account_id end as merged_account_id,
        counted.event_name,
        counted.actor,
        coalesce(users.is_excluded, false) or coalesce(accounts.is_excluded, false) as is_excluded,
        counted.source_rows,
        counted.events,
        counted.source_rows_with_inferred_account,
        counted.events_with_inferred_account
    from counted
    left join received_ids as users
        on
            users.entity_type = 'user'
            and counted.received_user_id = users.received_id
            and counted.event_date >= users.valid_from
            and counted.event_date < users.valid_until
    left join received_ids as accounts
        on
            accounts.entity_type = 'account'
            and counted.account_id = accounts.received_id
    where counted.source_rows > 0
)

select * from final
