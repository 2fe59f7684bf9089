-- One row per id of a person who was erased: by it remaining source rows are read under another id.
-- Rows are added by engagement erase, and by nothing else.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=false,
    on_schema_change='append_new_columns',
) }}

select
    cast('' as {{ type_text() }}) as id_hash,
    cast('' as {{ type_text() }}) as salt,
    cast('' as {{ type_text() }}) as erased_id,
    {{ run_started() }} as erased_at
from (select 1 as nothing) as nothing
where 1 = 0
