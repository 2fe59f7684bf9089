-- One row per day that this run reads again: those that hold rows loaded since the watermark, and those of the
-- range that was asked for (engagement build --from --to). None if the run reads everything.

{% set run = this_run() -%}
{% set first_day, last_day = env_var('ENGAGEMENT_FROM', ''), env_var('ENGAGEMENT_TO', '') -%}

with

touched as (
    {% if run.reads_everything -%}
    select occurred_on as event_date from {{ ref('stg_events') }}
    where 1 = 0
    {%- else -%}
    {{ events_since(run.watermark, 'occurred_on as event_date') }}
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
