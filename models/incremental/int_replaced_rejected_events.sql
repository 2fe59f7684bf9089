-- One row per part of the rejections that this run makes again: the touched days; of the rows without a
-- credible day, those loaded on or after the day of the watermark, and those of which it is unknown when
-- they were loaded.

{% set run = this_run() -%}
{% set last_rejections = built_relation('int_rejected_events') -%}

select
    true as has_event_date,
    event_date as partition_date
from {{ ref('int_touched_days') }}
union all
select
    false as has_event_date,
    cast('0001-01-01' as date) as partition_date
{%- if last_rejections and not run.reads_everything %}
union distinct
select
    has_event_date,
    partition_date
from {{ last_rejections }}
where
    not has_event_date
    and partition_date >= cast(cast('{{ run.watermark }}' as {{ type_timestamp() }}) as date)
{%- endif %}
-- depends_on: {{ ref('int_run') }}
