{#- Rules of config_check, as data: each macro returns a list of {seed, row, problem, relation, condition}. The rows of
    the relation for which the condition holds are wrong; row is SQL that names such a row. -#}

{% macro config_rule(seed, row, problem, relation, condition) -%}
    {{ return([
        {'seed': seed, 'row': row, 'problem': problem, 'relation': relation, 'condition': condition}
    ]) }}
{%- endmacro %}


{#- Rules of one seed and relation: {problem: condition}. -#}
{% macro config_rules(seed, relation, row, conditions) -%}
    {%- set rules = [] -%}
    {%- for problem, condition in conditions.items() -%}
        {%- do rules.extend(config_rule(seed, row, problem, relation, condition)) -%}
    {%- endfor -%}
    {{ return(rules) }}
{%- endmacro %}


{#- Rows that share a key, a list of columns, of which one at least has a value. -#}
{% macro config_duplicates(seed, relation, key) -%}
    {{ return(config_rule(
        seed,
        key | join(" || ' / ' || "),
        'the same ' ~ key | join(' and ') ~ ' is there more than once: keep one',
        '(select ' ~ key | join(', ') ~ ' from ' ~ relation
        ~ ' group by ' ~ key | join(', ') ~ ' having count(*) > 1) as repeated',
        key | join(' is not null or ') ~ ' is not null'
    )) }}
{%- endmacro %}


{#- Rows that share a key, a list of columns, and differ in one of the columns. -#}
{% macro config_same(seed, relation, key, columns) -%}
    {%- set values = [] -%}
    {%- for column in columns -%}
        {%- do values.append("coalesce(cast(" ~ column ~ " as " ~ type_text() ~ "), '')") -%}
    {%- endfor -%}
    {{ return(config_rule(
        seed,
        key | join(" || ' / ' || "),
        (columns[:-1] | join(', ') ~ ' and ' if columns | length > 1 else '') ~ columns[-1] ~ ' must be the same in every row of a '
        ~ key[-1],
        '(select ' ~ key | join(', ') ~ ', count(distinct ' ~ values | join(" || '|' || ") ~ ') as variants from '
        ~ relation ~ ' group by ' ~ key | join(', ') ~ ') as grouped',
        'variants > 1'
    )) }}
{%- endmacro %}


{#- What else dbt reads as empty in a seed; DuckDB reads the file itself. -#}
{% macro read_as_empty() -%}
    {{ return(adapter.dispatch('read_as_empty', 'product_engagement')()) }}
{%- endmacro %}


{% macro default__read_as_empty() -%}
    {{ return(', or the word null, which no value can be here') }}
{%- endmacro %}


{% macro duckdb__read_as_empty() -%}
    {{ return('') }}
{%- endmacro %}


{#- Rows in which one of the columns is empty. -#}
{% macro config_missing(seed, relation, row, columns) -%}
    {%- set conditions = {} -%}
    {%- for column in columns -%}
        {%- do conditions.update({column ~ ' is empty' ~ read_as_empty() ~ ': fill it in': column ~ ' is null'}) -%}
    {%- endfor -%}
    {{ return(config_rules(seed, relation, row, conditions)) }}
{%- endmacro %}


{#- Rows whose version is not in scoring_versions. -#}
{% macro config_unknown_version(seed, relation, row) -%}
    {{ return(config_rule(
        seed,
        row,
        'the version is not in scoring_versions.csv: correct it, or add the version',
        relation,
        'version not in (select versions.version from versions where versions.version is not null)'
    )) }}
{%- endmacro %}


{#- Rows whose entity_type is neither user nor account. -#}
{% macro config_entity_type(seed, relation, row) -%}
    {{ return(config_rule(
        seed, row, 'entity_type must be user or account', relation, "entity_type not in ('user', 'account')"
    )) }}
{%- endmacro %}


{#- Rows whose path of a property has an empty step. -#}
{% macro config_paths(seed, relation, column) -%}
    {{ return(config_rule(
        seed, 'position', column ~ ' must be keys joined by /, such as plan/name, with nothing left empty', relation,
        column ~ " like '/%' or " ~ column ~ " like '%/' or " ~ column ~ " like '%//%'"
    )) }}
{%- endmacro %}


{#- Rows that compare in an unknown way, or not with what they compare with. -#}
{% macro config_comparisons(seed, relation) -%}
    {{ return(config_rules(seed, relation, 'position', {
        'comparison must be ' ~ comparisons()[:-1] | join(', ') ~ ' or ' ~ comparisons()[-1]:
            "comparison not in ('" ~ comparisons() | join("', '") ~ "')",
        'exists and missing compare with nothing: leave value empty':
            "comparison in ('exists', 'missing') and value is not null",
        'value is empty' ~ read_as_empty() ~ ': fill it in':
            "comparison not in ('exists', 'missing') and value is null",
        'value must be a number, such as 10 or 0.5':
            "comparison in ('at_least', 'at_most') and not " ~ full_match('value', plain_number()),
    })) }}
{%- endmacro %}


{#- The rules of signals, and the limits without which each would never hold: {'entity type / signal': [column, ...]};
    none are known of those in the var signal_models. -#}
{% macro signal_limits() -%}
    {%- set limits = {
        'account / at_risk': ['max_share', 'max_days', 'alert_budget'],
        'account / gone_inactive': ['min_days', 'alert_budget'],
        'account / renewal_at_risk': ['max_share', 'max_days', 'alert_budget'],
        'account / onboarding_stuck': ['max_share', 'min_days', 'max_days'],
        'account / cooling': ['min_score', 'min_fall'],
        'account / depends_on_one_champion': ['min_score', 'min_share', 'min_count'],
        'account / needs_training': ['max_share', 'min_count'],
        'account / ready_to_expand': ['min_score', 'min_share'],
        'account / trial_ready': ['min_score', 'min_share'],
        'account / cross_sell': ['min_score', 'min_count'],
        'account / advocate': ['min_score', 'min_share', 'min_days'],
        'user / champion_gone_quiet': ['min_previous_score', 'min_fall', 'min_days'],
        'user / declining': ['min_previous_score', 'min_fall'],
        'user / needs_training': ['max_share', 'min_days'],
        'user / growing': ['min_change'],
        'user / power_user': ['min_score', 'min_days'],
    } -%}
    {%- for signal in var('signal_models') -%}
        {%- do limits.update({signal: []}) -%}
    {%- endfor -%}
    {{ return(limits) }}
{%- endmacro %}


{#- Stops where a rule of the var signal_models lacks a column. -#}
{% macro refuse_incomplete_rule(relation) -%}
    {%- set found, missing = columns_of(relation) if is_building() else {}, [] -%}
    {%- for column in [
        'score_date', 'entity_type', 'entity_id', 'signal', 'score', 'previous_score', 'measured_value', 'evidence',
    ] if found and column not in found -%}
        {%- do missing.append(column) -%}
    {%- endfor -%}
    {%- if missing -%}
        {{ exceptions.raise_compiler_error(
            'The rule of signals ' ~ relation ~ ' (var signal_models) lacks the column ' ~ missing | join(', ')
            ~ ': add it, null where there is nothing to say.'
        ) }}
    {%- endif -%}
{%- endmacro %}


{#- Rows of signal_rules that name no known rule, and rows that lack a limit of their rule. -#}
{% macro config_signals(relation) -%}
    {%- set signals = "entity_type || ' / ' || signal" -%}
    {%- set limits = signal_limits() -%}
    {%- set conditions = {
        'there is no such rule: correct the name, name its model in the var signal_models, or take the row out':
            signals ~ " not in ('" ~ limits | join("', '") ~ "')"
    } -%}
    {%- for limit in limits.values() | sum(start=[]) | unique | sort -%}
        {%- set needed_by = [] -%}
        {%- for signal, needed in limits.items() if limit in needed -%}
            {%- do needed_by.append(signal) -%}
        {%- endfor -%}
        {%- do conditions.update({
            limit ~ ' is empty: fill it in':
                limit ~ ' is null and ' ~ signals ~ " in ('" ~ needed_by | join("', '") ~ "')"
        }) -%}
    {%- endfor -%}
    {{ return(config_rules('signal_rules', relation, signals, conditions)) }}
{%- endmacro %}


{#- A select of the mistakes that rules find: one text column, problems, with a row for each wrong row of a seed and all
    its sentences, "<folder>/<seed>.csv, row <row>: <problem>", each followed by the separator. A relation is scanned
    once for all its rules, save for those that compare it with another. -#}
{% macro config_problems(rules, separator) -%}
    {%- set scans = {} -%}
    {%- for rule in rules -%}
        {%- set alone = loop.index if 'select' in rule.condition else '' -%}
        {%- do scans.setdefault((rule.seed, rule.row, rule.relation, alone), []).append(rule) -%}
    {%- endfor -%}
    {%- for (seed, row, relation, alone), found in scans.items() %}
    {%- set place -%}
        '{{ env_var("ENGAGEMENT_SEEDS", "seeds") }}/{{ seed }}.csv, row '
        || coalesce(cast({{ row }} as {{ type_text() }}), '(empty)')
    {%- endset %}
    select
        {%- for rule in found %}
        {%- set sentence = place ~ " || ': " ~ rule.problem ~ separator ~ "'" %}
        {{ sentence if alone else 'case when ' ~ rule.condition ~ ' then ' ~ sentence ~ " else '' end" }}
        {{- ' ||' if not loop.last }}
        {%- endfor %} as problems
    from {{ relation }}
    where {{ found | map(attribute='condition') | join(' or ') }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
