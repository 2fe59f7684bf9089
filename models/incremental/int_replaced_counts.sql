-- One row of the stored daily counts that this run replaces: the rows of the touched days, and the
-- rows of a user's day on which an event now belongs to another user or account, is newly excluded,
-- or is no longer excluded. Empty if the run reads everything.

{% set run = this_run() -%}
{% set last_counts = built_relation('int_daily_event_counts') -%}

{% if run.reads_everything -%}
select
    event_date,
    user_id as received_user_id,
    user_id as merged_user_id,
    account_id,
    account_id as merged_account_id,
    event_name,
    actor,
    1 = 0 as is_excluded,
    cast(0 as bigint) as source_rows,
    cast(0 as bigint) as events,
    cast(0 as bigint) as source_rows_with_inferred_account,
    cast(0 as bigint) as events_with_inferred_account
from {{ ref('int_source_rows_read') }}
where 1 = 0
{%- else -%}
with

touched_days as (
    select * from {{ ref('int_touched_days') }}
),

received_users as (
    select * from {{ ref('int_received_ids') }}
    where entity_type = 'user'
),

received_accounts as (
    select * from {{ ref('int_received_ids') }}
    where entity_type = 'account'
),

memberships as (
    select * from {{ ref('int_primary_memberships') }}
),

resolved_otherwise as (
    select
        last_counts.event_date,
        last_counts.received_user_id
    from {{ last_counts }} as last_counts
    left join received_users
        on
            last_counts.received_user_id = received_users.received_id
            and last_counts.event_date >= received_users.valid_from
            and last_counts.event_date < received_users.valid_until
    left join received_accounts on last_counts.account_id = received_accounts.received_id
    where
        coalesce(last_counts.merged_user_id, last_counts.received_user_id)
        <> coalesce(received_users.user_id, last_counts.received_user_id)
        or coalesce(last_counts.merged_account_id, last_counts.account_id)
        <> coalesce(received_accounts.account_id, last_counts.account_id)
        or last_counts.is_excluded
        <> (coalesce(received_users.is_excluded, false) or coalesce(received_accounts.is_excluded, false))
    union distinct
    select
        last_counts.event_date,
        last_counts.received_user_id
    from {{ last_counts }} as last_counts
    left join received_users
        on
            last_counts.received_user_id = received_users.received_id
            and last_counts.event_date >= received_users.valid_from
            and last_counts.event_date < received_users.valid_until
    left join memberships
        on
            coalesce(received_users.user_id, last_counts.received_user_id) = memberships.user_id
            and last_counts.event_date >= memberships.valid_from
            and last_counts.event_date < memberships.valid_until
    where
        last_counts.source_rows_with_inferred_account > 0
        and coalesce(last_counts.account_id, '')
        <> coalesce(memberships.account_id, received_users.account_id, '')
),

final as (
    select
        event_date,
        received_user_id,
        merged_user_id,
        account_id,
        merged_account_id,
        event_name,
        actor,
        is_excluded,
        source_rows,
        events,
        source_rows_with_inferred_account,
        events_with_inferred_account
    from {{ last_counts }} as last_counts
    where
        event_date in (select touched_days.event_date from touched_days)
        or {{ in_rows_of('resolved_otherwise', ['event_date', 'received_user_id']) }}
)

select * from final
{%- endif %}
-- depends_on: {{ ref('int_run') }}, {{ ref('int_touched_days') }}, {{ ref('int_received_ids') }}
-- depends_on: {{ ref('int_primary_memberships') }}, {{ ref('int_source_rows_read') }}
