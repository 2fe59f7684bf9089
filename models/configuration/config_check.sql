-- One row per mistake in the configuration seeds; if there is one, the run stops before any score.
-- Everything that reads events depends on this model (docs/configuration.md).

{% set rules = [
    config_rule(
        'scoring_versions', "'(none)'", 'there is no version: add one',
        '(select count(*) as versions from versions) as counted', 'versions = 0'
    ),
    config_duplicates('scoring_versions', 'versions', ['version']),
    config_duplicates('scoring_versions', 'versions', ['valid_from']),
    config_missing(
        'scoring_versions', 'versions', 'version',
        [
            'version', 'valid_from', 'window_days', 'winsor_percentile', 'curvature',
            'min_population', 'calibration',
        ]
    ),
    config_rule(
        'scoring_versions', 'version', 'window_days must be 1 or more', 'versions', 'window_days < 1'
    ),
    config_rule(
        'scoring_versions', 'version', 'winsor_percentile must lie between 0 and 1, such as 0.9',
        'versions', 'winsor_percentile <= 0 or winsor_percentile >= 1'
    ),
    config_rule(
        'scoring_versions', 'version', 'curvature must be 0, or 0.01 to 10 in size',
        'versions', 'curvature <> 0 and (abs(curvature) < 0.01 or abs(curvature) > 10)'
    ),
    config_rule(
        'scoring_versions', 'version', 'half_life_days must be more than 0, or empty for none',
        'versions', 'half_life_days <= 0'
    ),
    config_rule(
        'scoring_versions', 'version', 'min_population must be 1 or more',
        'versions', 'min_population < 1'
    ),
    config_rule(
        'scoring_versions', 'version',
        'normalize_by must be plan, status, owner, industry, or empty for none',
        'versions', "normalize_by not in ('plan', 'status', 'owner', 'industry')"
    ),
    config_rule(
        'scoring_versions', 'version', 'calibration must be rolling or frozen',
        'versions', "calibration not in ('rolling', 'frozen')"
    ),
    config_rule(
        'scoring_versions', 'version',
        'a frozen version needs a row in calibration_caps.csv for user and for account,'
        ~ ' with the normalization_group all',
        'versions', "calibration = 'frozen' and version not in (
            select caps.version from caps
            where caps.version is not null and caps.normalization_group = 'all'
            group by caps.version having count(distinct caps.entity_type) = 2
        )"
    ),

    config_duplicates(
        'calibration_caps', 'caps', ['version', 'entity_type', 'normalization_group']
    ),
    config_missing(
        'calibration_caps', 'caps', 'version',
        ['version', 'entity_type', 'normalization_group', 'cap']
    ),
    config_unknown_version('calibration_caps', 'caps', 'version'),
    config_entity_type('calibration_caps', 'caps', 'version'),
    config_rule('calibration_caps', 'version', 'cap must be more than 0', 'caps', 'cap <= 0'),

    config_duplicates('event_weights', 'weights', ['version', 'event_name']),
    config_missing(
        'event_weights', 'weights', 'event_name',
        ['version', 'event_name', 'weight', 'counts_as_active']
    ),
    config_unknown_version('event_weights', 'weights', 'event_name'),
    config_rule(
        'event_weights', 'event_name', 'weight must be 0 or more', 'weights', 'weight < 0'
    ),
    config_rule(
        'event_weights', 'event_name', 'daily_cap must be 1 or more, or empty for none',
        'weights', 'daily_cap < 1'
    ),

    config_rule(
        'scoring_versions', 'version', 'the version has no row in event_weights.csv: add its weights',
        'versions', 'version not in (
            select weights.version from weights where weights.version is not null
        )'
    ),

    config_duplicates('key_features', 'features', ['feature', 'event_name']),
    config_missing('key_features', 'features', 'feature', ['feature', 'event_name']),
    config_rule(
        'key_features', 'feature',
        'launched_on and plans must be the same in every row of a feature',
        "(
            select
                feature,
                count(distinct coalesce(cast(launched_on as " ~ type_text() ~ "), '')) as launches,
                count(distinct coalesce(plans, '')) as plan_lists
            from features
            group by feature
        ) as grouped",
        'launches > 1 or plan_lists > 1'
    ),
    config_rule(
        'key_features', 'feature', 'plans must be separated by | without spaces around it',
        'features', "plans like '% |%' or plans like '%| %'"
    ),

    config_duplicates('activation_milestones', 'milestones', ['entity_type', 'milestone']),
    config_duplicates('activation_milestones', 'milestones', ['entity_type', 'position']),
    config_missing(
        'activation_milestones', 'milestones', 'milestone',
        ['milestone', 'entity_type', 'event_name', 'min_count', 'position']
    ),
    config_entity_type('activation_milestones', 'milestones', 'milestone'),
    config_rule(
        'activation_milestones', 'milestone', 'min_count must be 1 or more',
        'milestones', 'min_count < 1'
    ),
    config_rule(
        'activation_milestones', 'milestone', 'within_days must be 0 or more, or empty for no limit',
        'milestones', 'within_days < 0'
    ),

    config_rule(
        'score_bands', "'(lowest)'", 'the lowest band must start at 0',
        '(select min(min_score) as lowest from bands) as counted', 'lowest is null or lowest <> 0'
    ),
    config_duplicates('score_bands', 'bands', ['band']),
    config_duplicates('score_bands', 'bands', ['min_score']),
    config_missing('score_bands', 'bands', 'band', ['band', 'min_score']),
    config_rule(
        'score_bands', 'band', 'min_score must lie between 0 and 100',
        'bands', 'min_score < 0 or min_score > 100'
    ),
    config_rule(
        'score_bands', 'band', 'inactive is the band of whoever has no points: choose another name',
        'bands', "band = 'inactive'"
    ),

    config_duplicates('signal_rules', 'signals', ['entity_type', 'signal']),
    config_missing(
        'signal_rules', 'signals', 'signal',
        ['entity_type', 'signal', 'kind', 'severity', 'is_enabled', 'sentence']
    ),
    config_entity_type('signal_rules', 'signals', 'signal'),
    config_rule(
        'signal_rules', 'signal', 'kind must be risk or opportunity', 'signals',
        "kind not in ('risk', 'opportunity')"
    ),
    config_rule(
        'signal_rules', 'signal', 'severity must be critical, high, medium or low', 'signals',
        "severity not in ('critical', 'high', 'medium', 'low')"
    ),
    config_signals('signals'),
    config_rule(
        'signal_rules', 'signal',
        'the sentence knows only {score}, {previous_score}, {measured_value}, {percent} and {evidence}', 'signals',
        "replace(replace(replace(replace(replace(sentence, '{score}', ''), '{previous_score}', ''),
        '{measured_value}', ''), '{percent}', ''), '{evidence}', '') like '%{%'"
    ),
    config_rule(
        'signal_rules', 'signal', 'shares and falls must lie between 0 and 1, such as 0.5', 'signals',
        'min_fall < 0 or min_fall > 1 or min_share < 0 or min_share > 1 or max_share < 0 or max_share > 1'
    ),
    config_rule(
        'signal_rules', 'signal', 'scores must lie between 0 and 100', 'signals',
        'min_score < 0 or min_score > 100 or max_score < 0 or max_score > 100
        or min_previous_score < 0 or min_previous_score > 100 or min_change < 0 or min_change > 100'
    ),
    config_rule(
        'signal_rules', 'signal', 'days and counts must be 0 or more', 'signals',
        'min_days < 0 or max_days < 0 or min_count < 0'
    ),
    config_rule(
        'signal_rules', 'signal', 'min_fact and max_fact are limits of a fact: name the fact, or leave them empty',
        'signals', 'fact is null and (min_fact is not null or max_fact is not null)'
    ),
    config_rule(
        'signal_rules', 'signal', 'facts are of accounts: leave fact empty in the rule of a user',
        'signals', "entity_type = 'user' and fact is not null"
    ),

    config_duplicates('excluded_users', 'excluded_users', ['user_id']),
    config_missing('excluded_users', 'excluded_users', 'reason', ['user_id']),
    config_duplicates('excluded_accounts', 'excluded_accounts', ['account_id']),
    config_missing('excluded_accounts', 'excluded_accounts', 'reason', ['account_id']),
] -%}

{% set problems -%}
with

versions as (
    select * from {{ ref('scoring_versions') }}
),

caps as (
    select * from {{ ref('calibration_caps') }}
),

weights as (
    select * from {{ ref('event_weights') }}
),

features as (
    select * from {{ ref('key_features') }}
),

milestones as (
    select * from {{ ref('activation_milestones') }}
),

bands as (
    select * from {{ ref('score_bands') }}
),

signals as (
    select * from {{ ref('signal_rules') }}
),

excluded_users as (
    select * from {{ ref('excluded_users') }}
),

excluded_accounts as (
    select * from {{ ref('excluded_accounts') }}
),

problems as (
    {{ rules | join('\n    union all\n    ') }}
)

select problem from problems
order by problem
{%- endset %}

{{ stop_on_problems(problems) }}
{{ problems }}
