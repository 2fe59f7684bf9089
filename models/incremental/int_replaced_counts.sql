-- One row of the daily counts, as the last run left them, that this run replaces: those of the touched
-- days, and of the users whose standing has changed. None if the run reads everything.

{% set run = this_run() -%}
{% set last_counts = built_relation('int_daily_event_counts') -%}

{% if run.reads_everything -%}
select
    event_date,
    user_id as received_user_id,
    user_id as merged_user_id,
    account_id,
    event_name,
    1 = 0 as is_excluded,
    cast(0 as bigint) as events,
    cast(0 as bigint) as found_events
from {{ ref('int_read_events') }}
where 1 = 0
{%- else -%}
with

changed_standings as (
    select * from {{ ref('int_changed_standings') }}
),

changed_users as (
    select received_id as received_user_id
    from changed_standings
    where entity_type = 'user'
    union distinct
    select last_counts.received_user_id
    from {{ last_counts }} as last_counts
    inner join changed_standings
        on
            changed_standings.entity_type = 'account'
            and last_counts.account_id = changed_standings.received_id
)

select
    event_date,
    received_user_id,
    merged_user_id,
    account_id,
    event_name,
    is_excluded,
    events,
    found_events
from {{ last_counts }}
{%- if not run.starts_over %}
where
    event_date in (select event_date from {{ ref('int_touched_days') }})
    or received_user_id in (select received_user_id from changed_users)
{%- endif %}
{%- endif %}
-- depends_on: {{ ref('int_run') }}, {{ ref('int_touched_days') }}, {{ ref('int_changed_standings') }}
-- depends_on: {{ ref('int_read_events') }}
