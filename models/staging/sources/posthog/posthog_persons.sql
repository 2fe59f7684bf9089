-- One row per distinct_id of a person, and the one of them that is the user: the smallest that was
-- ever identified, else the smallest. Without the table of persons, $identify and $create_alias say who
-- is who: an id that was never identified belongs to the first that it was joined to.

{{ config(enabled='posthog' in var('sources')) }}

{% set persons = source_table('posthog', 'persons') -%}
{% set long_ago = "cast('0001-01-01' as " ~ type_timestamp() ~ ")" -%}

with

identified as (
    select distinct user_id
    from {{ ref('posthog_calls') }}
    where event <> '$groupidentify' and user_id is not null
),

{% if persons.columns -%}
versions as (
    select
        {{ posthog_user_id(input_column(persons, 'distinct_id')) }} as distinct_id,
        {{ input_column(persons, 'person_id') }} as person_id,
        {{ input_column(persons, 'properties') }} as traits,
        {{ input_column(persons, 'created_at') }} as created_at,
        coalesce({{ input_column(persons, 'person_distinct_id_version') }}, -1) as mapping_version,
        coalesce({{ input_column(persons, 'person_version') }}, -1) as person_version,
        coalesce({{ input_column(persons, '_inserted_at') }}, {{ long_ago }}) as inserted_at,
        coalesce({{ input_column(persons, 'is_deleted') }}, false) as is_deleted
    from {{ persons['from'] }}
),

recent as (
    select
        *,
        row_number() over (
            partition by distinct_id
            order by
                mapping_version desc,
                person_version desc,
                inserted_at desc,
                {{ in_byte_order('person_id') }} asc
        ) as recency
    from versions
    where distinct_id is not null
),

members as (
    select * from recent
    where recency = 1 and not is_deleted
),

{% else -%}
joined as (
    select
        calls.alias_id as distinct_id,
        calls.user_id as person_id,
        row_number() over (
            partition by calls.alias_id
            order by calls.called_at asc, {{ in_byte_order('calls.user_id') }} asc
        ) as recency
    from {{ ref('posthog_calls') }} as calls
    left join identified on calls.alias_id = identified.user_id
    where
        calls.event in ('$identify', '$create_alias')
        and calls.alias_id is not null
        and calls.user_id is not null
        and identified.user_id is null
),

members as (
    select
        distinct_id,
        person_id,
        cast(null as {{ type_text() }}) as traits,
        cast(null as {{ type_timestamp() }}) as created_at,
        0 as person_version
    from joined
    where recency = 1
    union all
    select
        user_id as distinct_id,
        user_id as person_id,
        cast(null as {{ type_text() }}) as traits,
        cast(null as {{ type_timestamp() }}) as created_at,
        0 as person_version
    from identified
),

{% endif -%}
final as (
    select
        members.distinct_id,
        first_value(members.distinct_id) over (
            partition by members.person_id
            order by
                case when identified.user_id is null then 1 else 0 end asc,
                {{ in_byte_order('members.distinct_id') }} asc
            rows between unbounded preceding and unbounded following
        ) as user_id,
        members.traits,
        members.created_at,
        members.person_version as version
    from members
    left join identified on members.distinct_id = identified.user_id
)

select * from final
