-- One row per date of a published run (its as_of), version and customer: its risk as that run published it
-- first. It answers: how much at risk did readers see this account on that day, and why? A date is published
-- once under a version, whole, because its ranks belong together. Nothing rewrites a row, not even a full
-- refresh or a new model, while account_risk says of the same day what is known now.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=false,
    on_schema_change='append_new_columns',
    indexes=indexes_on(['score_date', 'account_id']),
) }}

with

account_risk as (
    select * from {{ ref('account_risk') }}
),

bounds as (
    select * from {{ ref('int_calendar_bounds') }}
),

{% if is_incremental() -%}
published_dates as (
    select distinct
        score_date,
        version
    from {{ this }}
    where score_date = (select as_of from bounds)
),

{% endif -%}
final as (
    select
        account_risk.score_date,
        account_risk.account_id,
        account_risk.version,
        account_risk.risk_rank,
        account_risk.customers,
        account_risk.probability,
        account_risk.reasons,
        {{ run_started() }} as published_at
    from account_risk
    inner join bounds on account_risk.score_date = bounds.as_of
    {%- if is_incremental() %}
    left join published_dates
        on
            account_risk.score_date = published_dates.score_date
            and account_risk.version = published_dates.version
    where published_dates.score_date is null
    {%- endif %}
)

select * from final
