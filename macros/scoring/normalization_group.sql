{#- The group within which a version calibrates the points of an entity: all, or the value of the attribute that it
    normalizes by. entity_periods: a row of int_entity_periods, the attributes on the day; may be empty. -#}
{% macro normalization_group(normalize_by, entity_periods) -%}
    case
        when {{ normalize_by }} is null then 'all'
        else coalesce(
            case {{ normalize_by }}
                when 'plan' then {{ entity_periods }}.plan
                when 'status' then {{ entity_periods }}.status
                when 'owner' then {{ entity_periods }}.owner
                when 'industry' then {{ entity_periods }}.industry
            end,
            'unknown'
        )
    end
{%- endmacro %}
