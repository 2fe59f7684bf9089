-- One row per day, user, account (or none) and event of which this run found another number than the last
-- one: both. None if the run starts over.

with

replaced_counts as (
    select
        counts.*,
        {{ resolved_user_id('counts') }} as user_id
    from {{ ref('int_replaced_counts') }} as counts
    where not counts.is_excluded
),

resolved_counts as (
    select
        counts.*,
        {{ resolved_user_id('counts') }} as user_id
    from {{ ref('int_resolved_counts') }} as counts
    where not counts.is_excluded
),

both_counts as (
    select
        event_date,
        user_id,
        account_id,
        event_name,
        events as events_before,
        0 as events_after
    from replaced_counts
    union all
    select
        event_date,
        user_id,
        account_id,
        event_name,
        0 as events_before,
        events as events_after
    from resolved_counts
),

final as (
    select
        event_date,
        user_id,
        account_id,
        event_name,
        cast(sum(events_before) as bigint) as events_before,
        cast(sum(events_after) as bigint) as events_after
    from both_counts
    {%- if this_run().starts_over %}
    where 1 = 0
    {%- endif %}
    group by event_date, user_id, account_id, event_name
)

select * from final
where events_before <> events_after
-- depends_on: {{ ref('int_run') }}
