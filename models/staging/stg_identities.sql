-- One row per anonymous or merged id and the user it belongs to, from valid_from to the day before
-- valid_to.

{% set identities = input('identities') -%}

select
    {{ person_id(input_column(identities, 'alias_id')) }} as alias_id,
    {{ person_id(input_column(identities, 'user_id')) }} as user_id,
    {{ input_column(identities, 'valid_from') }} as valid_from,
    {{ input_column(identities, 'valid_to') }} as valid_to
from {{ identities['from'] }}
