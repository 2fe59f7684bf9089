-- One row per part of the rejections that this run makes again: the touched days; of the rows without a
-- credible day, those loaded on or after the day of the watermark, and those of which it is unknown when
-- they were loaded.

{% set run = this_run() -%}
{% set last_rejections = built_relation('int_rejections') -%}

select
    true as is_dated,
    event_date as part
from {{ ref('int_touched_days') }}
union all
select
    false as is_dated,
    cast('0001-01-01' as date) as part
{%- if last_rejections and not run.reads_everything %}
union distinct
select
    is_dated,
    part
from {{ last_rejections }}
where
    not is_dated
    and part >= cast(cast('{{ run.watermark }}' as {{ type_timestamp() }}) as date)
{%- endif %}
-- depends_on: {{ ref('int_run') }}
