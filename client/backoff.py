"""How long to wait before trying again, and when to stop trying."""

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Backoff:
    """Growing pauses with jitter, up to a limit.

    Attributes:
        first_s: The longest first pause; each next one may be twice as long.
        most_s: No pause is longer.
        patience_s: Give up when nothing has worked for so long.
    """

    first_s: float = 0.5
    most_s: float = 10.0
    patience_s: float = 120.0

    def delay(self, failures: int) -> float:
        """Return the pause after so many failures in a row.

        Args:
            failures: 1 after the first.

        Returns:
            Seconds, between half of the full pause and all of it: clients that lost the same server come back spread.
        """
        full = min(self.most_s, self.first_s * 2.0 ** min(failures - 1, 30))
        return full * random.uniform(0.5, 1.0)  # noqa: S311 - jitter is no secret
