-- One row per score date: Spearman's rank correlation of the scores of two versions. Equal scores
-- share their mean rank. Reads the rows of compare_pairs. Read by engagement compare.

with

ranked as (
    select
        score_date,
        rank() over (partition by score_date order by score_a)
        + count(*) over (partition by score_date, score_a) / 2.0 as rank_a,
        rank() over (partition by score_date order by score_b)
        + count(*) over (partition by score_date, score_b) / 2.0 as rank_b
    from {{ var('pairs', 'compare_pairs') }}
)

select
    score_date,
    corr(rank_a, rank_b) as rank_correlation
from ranked
group by score_date
order by score_date
