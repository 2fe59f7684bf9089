{#- Whether an account is in the hold-out, the share of accounts (var action_holdout, 0 to 1) whose signals nobody is
    told: by a hash of its id, the same on every engine. The hash of more digits than the limit lies below it just
    where its first digits do. -#}
{% macro is_held_out(account_id) -%}
    {%- set share = var('action_holdout') | float -%}
    {%- if share <= 0 -%}
        false
    {%- elif share >= 1 -%}
        {{ account_id }} is not null
    {%- else -%}
        coalesce({{ in_byte_order(text_hash("'action_holdout/' || " ~ account_id)) }} < '{{ '%08x' | format((share * 4294967296) | int) }}', false)
    {%- endif -%}
{%- endmacro %}
