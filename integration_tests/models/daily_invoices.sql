-- One row per day: an incremental model of the company's own, which a run of ours must not make anew.
{{ config(materialized='incremental', unique_key='invoice_date', meta={'may_be_refreshed': false}) }}

select
    cast(occurred_at as date) as invoice_date,
    case when cast(occurred_at as date) > date '2026-05-01' then count(*) end as invoices,
    cast('{{ "a later run" if is_incremental() else "the first run" }}' as {{ dbt.type_string() }}) as written_by
from {{ ref('stg_events') }}
where event_name = 'invoice_sent'
{%- if is_incremental() %}
    and cast(occurred_at as date) > (select max(invoice_date) from {{ this }})
{%- endif %}
group by cast(occurred_at as date)
