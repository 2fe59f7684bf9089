-- One row per account in the top band today: a consumer's own model on a public table.

select
    account_id,
    score
from {{ ref('product_engagement', 'account_profiles') }}
where band = 'champion'
