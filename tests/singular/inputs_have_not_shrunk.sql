-- Inputs that have lost rows since the last publication: of events any, of the others more than a
-- tenth. A file may be missing, or a table was loaded in part.
{{ config(severity='error' if var('volume_gate') == 'stop' else 'warn') }}

with

run as (
    select * from {{ ref('int_run_record') }}
),

publications as (
    select
        history.*,
        row_number() over (order by history.started_at desc, history.run_id asc) as runs_back
    from {{ ref('run_history') }} as history
    cross join run
    where
        history.status = 'published'
        and history.run_id <> run.run_id
),

published as (
    select * from publications
    where runs_back = 1
),

inputs as (
    {% for input, column, kept_share in [
        ('events', 'source_rows', 1), ('users', 'user_rows', 0.9), ('accounts', 'account_rows', 0.9),
        ('subscriptions', 'subscription_rows', 0.9),
    ] -%}
    select
        '{{ input }}' as input,
        {{ kept_share }} as kept_share,
        run.{{ column }} as rows_now,
        published.{{ column }} as rows_before
    from run
    cross join published
    {%- if not loop.last %}
    union all
    {% endif %}
    {%- endfor %}
)

select
    input || ' has ' || cast(rows_now as {{ type_text() }}) || ' rows, and had '
    || cast(rows_before as {{ type_text() }}) || ' in the last run that was published' as warning
from inputs
where rows_now < kept_share * rows_before
