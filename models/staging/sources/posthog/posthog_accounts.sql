-- One row per group of the type that is an account, as $groupidentify said last of each property.

{{ config(enabled='posthog' in var('sources')) }}

{% set traits = [
    'parent_account_id', 'name', 'created_at', 'plan', 'status', 'trial_ends_on', 'renews_on', 'industry', 'owner',
    'seats',
] -%}
with

calls as (
    select
        account_id,
        {% for trait in traits -%}
        {{ json_text('account_traits', [trait]) }} as {{ trait }},
        {% endfor -%}
        called_at
    from {{ ref('posthog_calls') }}
    where account_id is not null and called_at is not null
)

{{ latest_known('calls', 'account_id', traits, 'called_at') }}
