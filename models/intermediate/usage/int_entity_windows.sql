-- One row per score date, version and entity with events in the window: its points, active days,
-- number of distinct scored events, key features used, and the group within which its points are
-- calibrated.

{% set name_columns = event_name_bitsets() -%}
{% set feature_columns = feature_bitsets() -%}
{% set day_columns = active_day_bitsets() -%}

with

user_account_windows as (
    select * from {{ ref('int_user_account_windows') }}
    where {{ restated('score_date', 'scores') }}
),

score_dates as (
    select * from {{ ref('int_score_dates') }}
),

entity_periods as (
    select * from {{ ref('int_entity_periods') }}
),

window_totals as (
    {%- for entity_type, points, is_known in [
        ('user', 'user_points', "user_id <> ''"), ('account', 'points', 'account_id is not null'),
    ] %}
    select
        score_date,
        version,
        '{{ entity_type }}' as entity_type,
        {{ entity_type }}_id as entity_id,
        {{ as_decimal('sum(' ~ points ~ ')', 38, 12) }} as points,
        cast(sum(scored_events) as bigint) as scored_events,
        {{ select_columns(day_columns + name_columns + feature_columns, bitset_union('{}') ~ ' as {}') }}
    from user_account_windows
    where {{ is_known }}
    group by score_date, version, {{ entity_type }}_id
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

final as (
    select
        window_totals.score_date,
        window_totals.version,
        window_totals.entity_type,
        window_totals.entity_id,
        {{ normalization_group('score_dates.normalize_by', 'entity_periods') }} as normalization_group,
        window_totals.points,
        window_totals.scored_events,
        {{ bitset_size(day_columns) }} as active_days,
        {{ bitset_size(name_columns) }} as distinct_scored_events,
        {{ select_columns(feature_columns, 'window_totals.{}') }}
    from window_totals
    inner join score_dates
        on
            window_totals.score_date = score_dates.score_date
            and window_totals.version = score_dates.version
    left join entity_periods
        on
            score_dates.normalize_by is not null
            and window_totals.entity_type = entity_periods.entity_type
            and window_totals.entity_id = entity_periods.entity_id
            and window_totals.score_date >= entity_periods.valid_from
            and window_totals.score_date < entity_periods.valid_until
)

select * from final
