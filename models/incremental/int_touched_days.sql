-- One row per day that this run reads again: days that hold rows loaded since the watermark, days
-- that a backfill has not reached, and days of a requested range (engagement build --from --to).
-- Empty if the run reads everything.

{% set run = this_run() -%}
{% set first_day, last_day = env_var('ENGAGEMENT_FROM', ''), env_var('ENGAGEMENT_TO', '') -%}

with

touched as (
    {% if run.reads_everything -%}
    select event_date from {{ ref('stg_events') }}
    where 1 = 0
    {%- else -%}
    {{ events_since(run.watermark, 'event_date') }}
    {%- if run.read_before %}
    union all
    select event_date from {{ ref('stg_events') }}
    where
        {{ occurred_since(run.read_before - modules.datetime.timedelta(days=1)) }}
        and event_date >= cast('{{ run.read_before }}' as date)
    {%- endif %}
    {%- if first_day and last_day %}
    union all
    {{ generate_days(
        "(select cast('" ~ first_day ~ "' as date) as first_day, cast('" ~ last_day ~ "' as date) as last_day)",
        'first_day', 'last_day'
    ) }}
    {%- endif %}
    {%- endif %}
)

-- depends_on: {{ ref('int_run') }}
select distinct event_date
from touched
where event_date is not null
