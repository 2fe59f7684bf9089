-- One row per mistake in the configuration seeds. A mistake stops the run before any score, so the
-- table is empty. Everything that reads events depends on this model (docs/configuration.md).

{% set rules =
    config_rule(
        'scoring_versions', "'(none)'", 'there is no version: add one',
        '(select count(*) as versions from versions) as counted', 'versions = 0'
    )
    + config_duplicates('scoring_versions', 'versions', ['version'])
    + config_duplicates('scoring_versions', 'versions', ['valid_from'])
    + config_missing('scoring_versions', 'versions', 'version', [
        'version', 'valid_from', 'window_days', 'winsor_percentile', 'curvature', 'min_population', 'calibration',
    ])
    + config_rules('scoring_versions', 'versions', 'version', {
        'window_days must be 1 or more': 'window_days < 1',
        'winsor_percentile must lie between 0 and 1, such as 0.9':
            'winsor_percentile <= 0 or winsor_percentile >= 1',
        'curvature must be 0, or 0.01 to 10 in size':
            'curvature <> 0 and (abs(curvature) < 0.01 or abs(curvature) > 10)',
        'half_life_days must be more than 0, or empty for none': 'half_life_days <= 0',
        'min_population must be 1 or more': 'min_population < 1',
        'normalize_by must be plan, status, owner, industry, or empty for none':
            "normalize_by not in ('plan', 'status', 'owner', 'industry')",
        'calibration must be rolling or frozen': "calibration not in ('rolling', 'frozen')",
        'a frozen version needs a row in calibration_caps.csv for user and for account,'
        ~ ' with the normalization_group all':
            "calibration = 'frozen' and version not in (
                select caps.version from caps
                where caps.version is not null and caps.normalization_group = 'all'
                group by caps.version having count(distinct caps.entity_type) = 2
            )",
        'the version has no row in event_weights.csv: add its weights':
            'version not in (select weights.version from weights where weights.version is not null)',
    })

    + config_duplicates('calibration_caps', 'caps', ['version', 'entity_type', 'normalization_group'])
    + config_missing(
        'calibration_caps', 'caps', 'version', ['version', 'entity_type', 'normalization_group', 'cap']
    )
    + config_unknown_version('calibration_caps', 'caps', 'version')
    + config_entity_type('calibration_caps', 'caps', 'version')
    + config_rule('calibration_caps', 'version', 'cap must be more than 0', 'caps', 'cap <= 0')

    + config_duplicates('event_weights', 'weights', ['version', 'event_name'])
    + config_missing(
        'event_weights', 'weights', 'event_name', ['version', 'event_name', 'weight', 'counts_as_active']
    )
    + config_unknown_version('event_weights', 'weights', 'event_name')
    + config_rules('event_weights', 'weights', 'event_name', {
        'weight must be 0 or more': 'weight < 0',
        'daily_cap must be 1 or more, or empty for none': 'daily_cap < 1',
    })

    + config_duplicates('key_features', 'features', ['feature', 'event_name'])
    + config_missing('key_features', 'features', 'feature', ['feature', 'event_name'])
    + config_rule(
        'key_features', 'feature', 'plans must be separated by | without spaces around it',
        'features', "plans like '% |%' or plans like '%| %'"
    )
    + config_same('key_features', 'features', ['feature'], ['launched_on', 'plans'])

    + config_duplicates('activation_milestones', 'milestones', ['entity_type', 'milestone', 'event_name'])
    + config_duplicates(
        'activation_milestones',
        '(select distinct entity_type, milestone, position from milestones) as placed',
        ['entity_type', 'position']
    )
    + config_same(
        'activation_milestones', 'milestones', ['entity_type', 'milestone'],
        ['min_count', 'min_days', 'within_days', 'any_days', 'position']
    )
    + config_missing('activation_milestones', 'milestones', 'milestone', [
        'milestone', 'entity_type', 'event_name', 'position',
    ])
    + config_entity_type('activation_milestones', 'milestones', 'milestone')
    + config_rules('activation_milestones', 'milestones', 'milestone', {
        'fill in either min_count or min_days, and leave the other empty':
            '(min_count is null) = (min_days is null)',
        'min_count must be 1 or more': 'min_count < 1',
        'min_days must be 1 or more': 'min_days < 1',
        'within_days must be 0 or more, or empty for no limit': 'within_days < 0',
        'any_days must be 1 or more, or empty for any time': 'any_days < 1',
        'so many days do not fit: min_days must be at most any_days, and at most within_days and 1':
            'min_days > any_days or min_days > within_days + 1',
    })

    + config_rule(
        'score_bands', "'(lowest)'", 'the lowest band must start at 0',
        '(select min(min_score) as lowest from bands) as counted', 'lowest is null or lowest <> 0'
    )
    + config_duplicates('score_bands', 'bands', ['band'])
    + config_duplicates('score_bands', 'bands', ['min_score'])
    + config_missing('score_bands', 'bands', 'band', ['band', 'min_score'])
    + config_rules('score_bands', 'bands', 'band', {
        'min_score must lie between 0 and 100': 'min_score < 0 or min_score > 100',
        'inactive is the band of whoever has no points: choose another name': "band = 'inactive'",
    })

    + config_duplicates('signal_rules', 'signals', ['entity_type', 'signal'])
    + config_missing('signal_rules', 'signals', 'signal', [
        'entity_type', 'signal', 'kind', 'severity', 'is_enabled', 'sentence',
    ])
    + config_entity_type('signal_rules', 'signals', 'signal')
    + config_signals('signals')
    + config_rules('signal_rules', 'signals', 'signal', {
        'kind must be risk or opportunity': "kind not in ('risk', 'opportunity')",
        'severity must be critical, high, medium or low':
            "severity not in ('critical', 'high', 'medium', 'low')",
        'the sentence knows only {score}, {previous_score}, {measured_value}, {percent}, {evidence}, {window_days}'
        ~ ' and, of a user, {user}':
            filled_sentence('sentence', '0', '0', '0', "''", '0', "case when entity_type = 'user' then '' else '{' end")
            ~ " like '%{%'",
        'shares and falls must lie between 0 and 1, such as 0.5':
            'min_fall < 0 or min_fall > 1 or min_share < 0 or min_share > 1 or max_share < 0 or max_share > 1',
        'scores must lie between 0 and 100':
            'min_score < 0 or min_score > 100 or max_score < 0 or max_score > 100
            or min_previous_score < 0 or min_previous_score > 100 or min_change < 0 or min_change > 100',
        'days and counts must be 0 or more':
            'min_days < 0 or max_days < 0 or min_count < 0 or alert_budget < 0 or due_days < 0',
        'min_fact and max_fact are limits of a fact: name the fact, or leave them empty':
            'fact is null and (min_fact is not null or max_fact is not null)',
        'facts are of accounts: leave fact empty in the rule of a user':
            "entity_type = 'user' and fact is not null",
    })

    + config_duplicates('risk_coefficients', 'coefficients', ['version', 'term'])
    + config_missing('risk_coefficients', 'coefficients', 'term', ['version', 'term', 'coefficient'])
    + config_unknown_version('risk_coefficients', 'coefficients', 'term')
    + config_rules('risk_coefficients', 'coefficients', 'term', {
        'the term must be horizon_days, intercept, ' ~ risk_terms() | join(', ') ~ ', or plan: with the name of a plan':
            "term not in ('horizon_days', 'intercept', '" ~ risk_terms() | join("', '") ~ "') and term not like 'plan:%'",
        'the version lacks the row horizon_days or intercept: add all rows that engagement calibrate risk has written':
            "version not in (
                select models.version from coefficients as models
                where models.term in ('horizon_days', 'intercept') and models.version is not null
                group by models.version having count(distinct models.term) = 2
            )",
    })

    + config_missing('derived_events', 'derived_events', 'position', ['position', 'derived_event', 'source_event'])
    + config_same(
        'derived_events', 'derived_events', ['position'],
        ['derived_event', 'source_event', 'quantity_property', 'unit']
    )
    + config_rules('derived_events', 'derived_events', 'position', {
        'position must be 1 or more': 'position < 1',
        'property, comparison and value are one condition: fill in all three, or leave all three empty':
            '(property is null) <> (comparison is null) or (comparison is null and value is not null)',
        'unit must be more than 0, or empty for 1': 'unit <= 0',
        'unit is one of a quantity_property: name the property, or leave unit empty':
            'unit is not null and quantity_property is null',
    })
    + config_paths('derived_events', 'derived_events', 'property')
    + config_paths('derived_events', 'derived_events', 'quantity_property')
    + config_comparisons('derived_events', 'derived_events')

    + config_missing('actor_rules', 'actor_rules', 'position', ['position', 'field', 'comparison', 'actor'])
    + config_same('actor_rules', 'actor_rules', ['position'], ['actor'])
    + config_rules('actor_rules', 'actor_rules', 'position', {
        'position must be 1 or more': 'position < 1',
        'field must be user_id, account_id, event_name, actor, or properties/ with the name of a property':
            "field not in ('user_id', 'account_id', 'event_name', 'actor') and field not like 'properties/%'",
        'actor must be human, agent or api': "actor not in ('human', 'agent', 'api')",
    })
    + config_paths('actor_rules', 'actor_rules', 'field')
    + config_comparisons('actor_rules', 'actor_rules')

    + config_duplicates('exchange_rates', 'rates', ['currency'])
    + config_missing('exchange_rates', 'rates', 'currency', ['currency', 'rate'])
    + config_rule('exchange_rates', 'currency', 'rate must be more than 0', 'rates', 'rate <= 0')

    + config_duplicates('free_mail_domains', 'free_mail_domains', ['domain'])
    + config_missing('free_mail_domains', 'free_mail_domains', 'kind', ['domain'])
    + config_rule(
        'free_mail_domains', 'domain', 'domain must be what follows the @ of an address, in lower case, such as gmail.com',
        'free_mail_domains', "domain <> lower(domain) or domain like '%@%' or domain like '% %' or domain not like '%_._%'"
    )

    + config_duplicates('excluded_users', 'excluded_users', ['user_id'])
    + config_missing('excluded_users', 'excluded_users', 'reason', ['user_id'])
    + config_duplicates('excluded_accounts', 'excluded_accounts', ['account_id'])
    + config_missing('excluded_accounts', 'excluded_accounts', 'reason', ['account_id'])
-%}

{% set separator = '~~' -%}

{% set query -%}
with

versions as (
    select * from {{ seed('scoring_versions') }}
),

caps as (
    select * from {{ seed('calibration_caps') }}
),

weights as (
    select * from {{ seed('event_weights') }}
),

features as (
    select * from {{ seed('key_features') }}
),

milestones as (
    select * from {{ seed('activation_milestones') }}
),

bands as (
    select * from {{ seed('score_bands') }}
),

signals as (
    select * from {{ seed('signal_rules') }}
),

coefficients as (
    select * from {{ seed('risk_coefficients') }}
),

rates as (
    select
        upper(currency) as currency,
        rate
    from {{ seed('exchange_rates') }}
),

derived_events as (
    select * from {{ seed('derived_events') }}
),

actor_rules as (
    select * from {{ seed('actor_rules') }}
),

free_mail_domains as (
    select * from {{ seed('free_mail_domains') }}
),

excluded_users as (
    select * from {{ seed('excluded_users') }}
),

excluded_accounts as (
    select * from {{ seed('excluded_accounts') }}
),

mistakes as (
    {{ config_problems(rules, separator) }}
)

select problems as problem from mistakes
{%- endset %}

{{ stop_on_problems(query, separator) }}
{% if is_building() -%}
select cast(null as {{ type_text() }}) as problem
from {{ seed('scoring_versions') }}
where 1 = 0
{%- else -%}
{{ query }}
{%- endif %}
