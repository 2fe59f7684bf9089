-- One row per anonymous or merged id and the user it belongs to.

{% set identities = input('identities') -%}

select
    {{ input_column(identities, 'alias_id') }} as alias_id,
    {{ input_column(identities, 'user_id') }} as user_id
from {{ identities['from'] }}
