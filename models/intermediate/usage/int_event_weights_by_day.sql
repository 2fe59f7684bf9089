-- One row per version, day and event that counts for something on that day: its weight and daily
-- cap in the version, whether it counts as active on the day, and the features it uses. The days of
-- a version are those of its score dates' windows and of the windows before. Stops the run if no
-- event that occurs has a weight.

{% set problems -%}
with

counted as (
    select
        event_name,
        sum(events) as events
    from {{ ref('int_daily_totals') }}
    where
        not is_excluded
        and {{ is_scored('actor') }}
    group by event_name
),

ranked as (
    select
        counted.event_name,
        row_number() over (
            order by counted.events desc, {{ in_byte_order('counted.event_name') }}
        ) as position,
        case when weights.event_name is null then 0 else 1 end as is_weighted
    from counted
    left join (select distinct event_name from {{ seed('event_weights') }}) as weights
        on counted.event_name = weights.event_name
),

listed as (
    select {{ joined_text('event_name', 'position') }} as names
    from ranked
    where position <= 10
)

select
    'event_weights.csv: none of the events that occur has a weight, so nobody would have a score: give weights to the'
    || ' most frequent, ' || replace(names, '|', ', ') as problem
from listed
where
    names is not null
    and not exists (select 1 as found from ranked where is_weighted = 1)
{%- endset %}
{{ stop_on_problems(problems) }}

{% set feature_columns = feature_bitsets() -%}
{% set name_columns = event_name_bitsets() -%}

with

days as (
    select * from {{ ref('int_calendar_days') }}
),

versions as (
    select * from {{ ref('int_scoring_versions') }}
),

weights as (
    select * from {{ seed('event_weights') }}
),

features as (
    select * from {{ ref('int_feature_events') }}
),

event_indexes as (
    select
        event_name,
        row_number() over (order by event_name) - 1 as event_index
    from (select distinct event_name from weights) as weighted
),

event_names as (
    select event_name from weights
    union distinct
    select event_name from features
),

version_days as (
    select
        versions.version,
        days.date_day,
        days.version as version_of_day
    from days
    inner join versions
        on
            days.date_day > {{ add_days('versions.valid_from', '-2 * versions.window_days') }}
            and (versions.valid_until is null or days.date_day < versions.valid_until)
),

launched as (
    select
        days.date_day,
        features.event_name,
        {{ group_bitsets(feature_columns, 'features.feature_index') }}
    from days
    inner join features
        on features.launched_on is null or days.date_day >= features.launched_on
    group by days.date_day, features.event_name
),

valued as (
    select
        version_days.version,
        version_days.date_day as event_date,
        event_names.event_name,
        coalesce(event_indexes.event_index, 0) as event_index,
        coalesce(weights.weight, 0) as weight,
        weights.daily_cap,
        coalesce(activity.counts_as_active, false) as counts_as_active,
        {{ select_columns(feature_columns, 'coalesce(launched.{}, 0) as {}') }}
    from version_days
    cross join event_names
    left join event_indexes on event_names.event_name = event_indexes.event_name
    left join weights
        on
            version_days.version = weights.version
            and event_names.event_name = weights.event_name
    left join weights as activity
        on
            version_days.version_of_day = activity.version
            and event_names.event_name = activity.event_name
    left join launched
        on
            version_days.date_day = launched.date_day
            and event_names.event_name = launched.event_name
),

final as (
    select
        version,
        event_date,
        event_name,
        weight,
        daily_cap,
        counts_as_active,
        {{ singleton_bitsets(name_columns, 'event_index', 'weight > 0') }},
        {{ feature_columns | join(', ') }}
    from valued
    where
        weight > 0
        or counts_as_active
        or {{ bitset_is_not_empty(feature_columns) }}
)

select * from final
