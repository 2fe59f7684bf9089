-- One row per account to call first: an example of a model of your own on the public tables.

select
    priority_rank,
    account_id,
    name,
    owner,
    top_sentence
from {{ ref('product_engagement', 'account_priorities') }}
where priority_rank <= 20
