-- One row per key feature and event that is a use of it, with the feature's number in sets of features.

select
    feature,
    event_name,
    launched_on,
    plans,
    dense_rank() over (order by feature) - 1 as feature_index
from {{ ref('key_features') }}
