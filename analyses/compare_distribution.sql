-- One row per bin of scores on the last score date, by its lower end: how many entities each of two
-- versions puts into it. Reads the rows of compare_pairs. Read by engagement compare.

with

last_pairs as (
    select * from {{ var('pairs', 'compare_pairs') }}
    where score_date = (select max(latest.score_date) from {{ var('pairs', 'compare_pairs') }} as latest)
),

scores as (
    select
        score_a as score,
        1 as in_a,
        0 as in_b
    from last_pairs
    where score_a > 0
    union all
    select
        score_b as score,
        0 as in_a,
        1 as in_b
    from last_pairs
    where score_b > 0
),

binned as (
    select
        cast(
            floor(least(cast(score as decimal(18, 9)), 99) / {{ var('bin', '5') }}) * {{ var('bin', '5') }}
            as integer
        ) as bin,
        in_a,
        in_b
    from scores
)

select
    bin,
    sum(in_a) as a,
    sum(in_b) as b
from binned
group by bin
order by bin
