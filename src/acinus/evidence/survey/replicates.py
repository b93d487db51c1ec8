"""Replication of a design: the stratified jackknife (JKn), which drops one sampling unit at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from acinus.evidence.survey.design import Design

__all__ = ["jackknife", "replicate_weights"]


def replicate_weights(design: Design) -> Iterator[tuple[np.ndarray, float]]:
    """Yield the weights (N,) of each replicate and its factor in the variance.

    A replicate leaves out one unit, and the others of its stratum stand for it. A stratum with one unit has no
    replicate.
    """
    size = np.bincount(design.stratum_of_psu, minlength=design.strata)
    for unit, stratum in enumerate(design.stratum_of_psu):
        units = size[stratum]
        if units < 2:
            continue
        factor = np.where(design.stratum == stratum, units / (units - 1.0), 1.0)
        factor[design.psu == unit] = 0.0
        yield design.weights * factor, float((units - 1.0) / units)


def jackknife(design: Design, estimate: Callable[[np.ndarray], np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return an estimate (p,) and its covariance (p, p) about the estimate itself.

    Parameters
    ----------
    design : Design
    estimate : function
        From weights (N,) to (p,) numbers; rows of weight 0 must have no influence.
    """
    whole = estimate(design.weights)
    covariance = np.zeros((len(whole), len(whole)))
    for weights, factor in replicate_weights(design):
        apart = estimate(weights) - whole
        covariance += factor * np.outer(apart, apart)
    return whole, covariance
