"""Who somebody is, by the ids of the simulation: users, and the ids from before they signed up."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from engagement.simulate.tables import ANONYMOUS, DEVICE


@dataclass(frozen=True)
class Links:
    """One row per former id: the user whom it belongs to in the end, and when that was known.

    A device leads to its user over an anonymous id, which most vendors resolve by themselves.
    """

    alias_id: pa.Array
    user_id: pa.Array
    linked_at: pa.Array


def is_anonymous(user_id: pa.Array) -> pa.Array:
    """Whether an id is one from before the signup; null for no id."""
    return pc.or_(pc.starts_with(user_id, f"{ANONYMOUS}_"), pc.starts_with(user_id, f"{DEVICE}_"))


def split(user_id: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Ids of users, and ids from before the signup, each null where it is the other."""
    nobody = pa.scalar(None, pa.string())
    return (
        pc.if_else(is_anonymous(user_id), nobody, user_id),
        pc.if_else(is_anonymous(user_id), user_id, nobody),
    )


def links(identities: pa.Table, users: pa.Table) -> Links:
    """Every former id and its user; it is known from the signup on."""
    alias_id, known = (identities[name].combine_chunks() for name in ("alias_id", "user_id"))
    user_of = dict(zip(alias_id.to_pylist(), known.to_pylist(), strict=True))
    user_id = pa.array([user_of.get(user, user) for user in known.to_pylist()], pa.string())
    place = pc.index_in(user_id, users["user_id"].combine_chunks())
    return Links(alias_id, user_id, users["created_at"].combine_chunks().take(place))


def lasting(memberships: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Memberships that last, which many vendors hold, and those that ended, which few do."""
    lasts = pc.is_null(memberships["valid_to"])
    return memberships.filter(lasts), memberships.filter(pc.invert(lasts))
