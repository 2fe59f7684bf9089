"""A reproducible sample of entities: the same ids for the same seed, whatever else there is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from .days import Flags

HASHES = 2**64


@dataclass(frozen=True)
class Sample:
    """The ids whose seeded hash is below `share` (0-1) of all hashes."""

    share: float
    seed: int

    @classmethod
    def about(cls, size: int | None, population: int, seed: int) -> Sample:
        """A sample of about `size` of the population; everybody if None."""
        return cls(1.0 if size is None or size >= population else size / population, seed)

    def holds(self, ids: Iterable[str]) -> Flags:
        """(ids,): which ids are in the sample."""
        if self.share >= 1:
            return np.ones(len(list(ids)), dtype=np.bool_)
        key = str(self.seed).encode()
        hashes = (hashlib.blake2b(i.encode(), digest_size=8, key=key).digest() for i in ids)
        limit = self.share * HASHES
        return np.array([int.from_bytes(h) < limit for h in hashes], dtype=np.bool_)
