-- One row per account and launched key feature: whether the account has it on the last complete day
-- and uses it, and since when.
{{ config(indexes=indexes_on(['account_id'])) }}

{% set feature_columns = feature_bitsets() -%}
{% set available_columns = [] -%}
{% for column in feature_columns %}{% do available_columns.append('available_' ~ column) %}{% endfor -%}

with

adoption as (
    select * from {{ ref('int_current_adoption') }}
    where entity_type = 'account'
),

features as (
    select * from {{ ref('int_key_features') }}
),

bounds as (
    select * from {{ ref('int_calendar_bounds') }}
),

first_uses as (
    select * from {{ ref('int_first_uses') }}
    where entity_type = 'account'
),

launched as (
    select
        features.feature,
        features.feature_index
    from features
    inner join bounds
        on
            bounds.as_of is not null
            and (features.launched_on is null or features.launched_on <= bounds.as_of)
),

final as (
    select
        adoption.entity_id as account_id,
        launched.feature,
        {{ bitset_has('adoption', available_columns, 'launched.feature_index') }} as is_available,
        {{ bitset_has('adoption', feature_columns, 'launched.feature_index') }} as is_used,
        first_uses.first_used_on,
        first_uses.last_used_on
    from adoption
    cross join launched
    left join first_uses
        on
            adoption.entity_id = first_uses.entity_id
            and launched.feature = first_uses.feature
)

select * from final
