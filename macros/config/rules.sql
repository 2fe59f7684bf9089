{#- Rules of config_check: each returns a select of one text column, problem, with a row for every mistake:
    "<folder>/<seed>.csv, row <row>: <problem>". -#}

{#- The rows of a relation for which the condition holds. row: SQL that names the row. -#}
{% macro config_rule(seed, row, problem, relation, condition) -%}
    select
        cast(
            '{{ env_var("ENGAGEMENT_SEEDS", "seeds") }}/{{ seed }}.csv, row '
            || coalesce(cast({{ row }} as {{ type_text() }}), '(empty)')
            || ': {{ problem }}' as {{ type_text() }}
        ) as problem
    from {{ relation }}
    where {{ condition }}
{%- endmacro %}


{#- Rows that share a key, a list of columns. -#}
{% macro config_duplicates(seed, relation, key) -%}
    {{ config_rule(
        seed,
        key | join(" || ' / ' || "),
        'the same ' ~ key | join(' and ') ~ ' is there more than once: keep one',
        '(select ' ~ key | join(', ') ~ ' from ' ~ relation
        ~ ' group by ' ~ key | join(', ') ~ ' having count(*) > 1) as repeated',
        '1 = 1'
    ) }}
{%- endmacro %}


{#- Rows in which one of the columns is empty. -#}
{% macro config_missing(seed, relation, row, columns) -%}
    {%- for column in columns %}
    {{ config_rule(seed, row, column ~ ' is empty: fill it in', relation, column ~ ' is null') }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}


{#- Rows whose version is not in scoring_versions. -#}
{% macro config_unknown_version(seed, relation, row) -%}
    {{ config_rule(
        seed,
        row,
        'the version is not in scoring_versions.csv: correct it, or add the version',
        relation,
        'version not in (select versions.version from versions where versions.version is not null)'
    ) }}
{%- endmacro %}


{#- Rows whose entity_type is neither user nor account. -#}
{% macro config_entity_type(seed, relation, row) -%}
    {{ config_rule(
        seed, row, 'entity_type must be user or account', relation, "entity_type not in ('user', 'account')"
    ) }}
{%- endmacro %}


{#- The rules of signals, and the limits without which each would never hold: {'entity type / signal': [column, ...]}. -#}
{% macro signal_limits() -%}
    {{ return({
        'account / at_risk': ['max_score', 'min_fall'],
        'account / gone_inactive': ['min_days'],
        'account / renewal_at_risk': ['max_score', 'max_days'],
        'account / onboarding_stuck': ['max_share', 'min_days', 'max_days'],
        'account / cooling': ['min_score', 'min_fall'],
        'account / depends_on_one_champion': ['min_score', 'min_share', 'min_count'],
        'account / needs_training': ['max_share', 'min_count'],
        'account / ready_to_expand': ['min_score', 'min_share'],
        'account / trial_ready': ['min_score', 'min_share'],
        'account / cross_sell': ['min_score', 'min_count'],
        'account / advocate': ['min_score', 'min_share', 'min_days'],
        'user / champion_gone_quiet': ['min_previous_score', 'min_fall'],
        'user / declining': ['min_previous_score', 'min_fall'],
        'user / needs_training': ['max_share', 'min_days'],
        'user / growing': ['min_change'],
        'user / power_user': ['min_score', 'min_days'],
    }) }}
{%- endmacro %}


{#- Rows of signal_rules whose signal no rule has, and rows that lack a limit of their rule. -#}
{% macro config_signals(relation) -%}
    {%- set signals = "entity_type || ' / ' || signal" -%}
    {%- set limits = signal_limits() -%}
    {{ config_rule(
        'signal_rules', signals, 'there is no such rule: correct the name, or take the row out',
        relation, signals ~ " not in ('" ~ limits | join("', '") ~ "')"
    ) }}
    {%- for limit in limits.values() | sum(start=[]) | unique | sort %}
    union all
        {%- set needed_by = [] -%}
        {%- for signal, needed in limits.items() if limit in needed -%}
            {%- do needed_by.append(signal) -%}
        {%- endfor %}
    {{ config_rule(
        'signal_rules', signals, limit ~ ' is empty: fill it in',
        relation, limit ~ ' is null and ' ~ signals ~ " in ('" ~ needed_by | join("', '") ~ "')"
    ) }}
    {%- endfor %}
{%- endmacro %}
