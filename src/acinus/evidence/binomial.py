"""Binomial shares with their exact confidence interval."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Share", "clopper_pearson"]


@dataclass(frozen=True)
class Share:
    """Events among some, with the exact interval of the probability behind them."""

    events: int
    of: int
    low: float
    high: float
    confidence: float

    @property
    def value(self) -> float:
        """The share itself."""
        return self.events / self.of

    def __str__(self) -> str:
        return (
            f"{self.value:.1%} ({self.events} of {self.of}; {self.confidence:.0%} interval "
            f"{self.low:.1%} to {self.high:.1%})"
        )


def clopper_pearson(events: int, of: int, confidence: float = 0.95) -> Share:
    """Return a share with its Clopper-Pearson interval.

    Parameters
    ----------
    events, of : int
        ``0 <= events <= of`` and ``of >= 1``.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    Share

    Raises
    ------
    ValueError
        If the counts are impossible.

    Notes
    -----
    The ends are quantiles of beta distributions; the interval holds the true probability at least as often as
    `confidence` says, also for few events.

    Examples
    --------
    No event among 3 leaves probabilities up to ``1 - 0.025 ** (1 / 3)``:

    >>> share = clopper_pearson(0, 3)
    >>> share.low, round(share.high, 4)
    (0.0, 0.7076)
    """
    from scipy.stats import beta

    if not 0 <= events <= of or of < 1:
        raise ValueError(f"{events} events of {of}")
    tail = (1 - confidence) / 2
    low = 0.0 if events == 0 else float(beta.ppf(tail, events, of - events + 1))
    high = 1.0 if events == of else float(beta.ppf(1 - tail, events + 1, of - events))
    return Share(events, of, low, high, confidence)
