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
