-- One row per score date, version, account (or none) and user ('': none) with events in the window:
-- points, and active days, scored events and features as bit sets. This is the only sum over the
-- days of a window; users and accounts follow from it (int_entity_windows).

{% set bitset_columns = event_name_bitsets() + feature_bitsets() -%}
{% set day_columns = active_day_bitsets() -%}

select
    window_days.score_date,
    window_days.version,
    user_account_days.account_id,
    user_account_days.user_id,
    {{ window_points('user_account_days.points', 'window_days.factor') }} as points,
    {{ window_points('user_account_days.user_points', 'window_days.factor') }} as user_points,
    cast(sum(user_account_days.scored_events) as bigint) as scored_events,
    {{ select_columns(
        day_columns, bitset_union('case when user_account_days.is_active then window_days.{} end') ~ ' as {}'
    ) }},
    {{ select_columns(bitset_columns, bitset_union('user_account_days.{}') ~ ' as {}') }}
from {{ ref('int_user_account_days') }} as user_account_days
inner join {{ ref('int_window_days') }} as window_days
    on
        user_account_days.version = window_days.version
        and user_account_days.event_date = window_days.event_date
group by
    window_days.score_date,
    window_days.version,
    user_account_days.account_id,
    user_account_days.user_id
