-- One row per entity and time in which the set of features it had used to date stayed the same:
-- [used_from, used_until).

{% set feature_columns = feature_bitsets() -%}

with

first_uses as (
    select * from {{ ref('int_first_uses') }}
),

additions as (
    select
        entity_type,
        entity_id,
        first_used_on as used_from,
        {{ group_bitsets(feature_columns, 'feature_index') }}
    from first_uses
    group by entity_type, entity_id, first_used_on
),

final as (
    select
        entity_type,
        entity_id,
        used_from,
        coalesce(
            lead(used_from) over (partition by entity_type, entity_id order by used_from),
            cast('9999-12-31' as date)
        ) as used_until,
        {{ select_columns(
            feature_columns,
            'cast(sum({}) over (partition by entity_type, entity_id order by used_from'
            ~ ' rows between unbounded preceding and current row) as bigint) as {}'
        ) }}
    from additions
)

select * from final
