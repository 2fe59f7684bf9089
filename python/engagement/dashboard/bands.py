"""The bands of scores, and the step of the colour scale that each has."""

from collections.abc import Sequence
from dataclasses import dataclass

from engagement.tables import Row

#: Colours that the style sheet has for bands, without that of the inactive.
STEPS = 5
INACTIVE = "inactive"


@dataclass(frozen=True)
class Bands:
    """The bands, the lowest first, by name and lower limit."""

    names: tuple[str, ...]
    limits: tuple[float, ...]

    @classmethod
    def of(cls, rows: Sequence[Row]) -> "Bands":
        """The bands of a query."""
        return cls(
            tuple(row["band"] for row in rows), tuple(float(row["min_score"]) for row in rows)
        )

    def step(self, name: str | None) -> int:
        """The step of the colour scale, 1-5 from the lowest to the highest band; 0: inactive."""
        if name not in self.names:
            return 0
        if len(self.names) == 1:
            return STEPS
        return 1 + round((STEPS - 1) * self.names.index(name) / (len(self.names) - 1))

    def as_json(self) -> list[dict[str, object]]:
        """The bands with their colours, and the inactive first."""
        inactive = {"name": INACTIVE, "min": 0, "step": 0}
        named = zip(self.names, self.limits, strict=True)
        return [inactive, *({"name": n, "min": low, "step": self.step(n)} for n, low in named)]
