from __future__ import annotations

import pytest

from acinus.units import convert, parse_quantity, same_dimension


@pytest.mark.parametrize(
    ("written", "hours"),
    [
        ("30 y", 30 * 365.25 * 24),
        ("12 wk", 12 * 168.0),
        ("150 d", 3600.0),
        ("3 months", 3 * 365.25 * 2),
        ("2 weeks", 336.0),
    ],
)
def test_long_times_are_written_as_people_write_them(written, hours):
    assert parse_quantity(written, what="a time", like=("h",)).to("h") == pytest.approx(hours)


@pytest.mark.parametrize("unit", ["mL/min/1.73m2", "mL/min/1.73 m2", "mL/min/1.73 m^2", "mL/min/1.73 m²"])
def test_filtration_per_body_surface_counts_like_filtration(unit):
    assert convert(45.0, unit, "mL/min") == pytest.approx(45.0)


def test_another_surface_is_no_unit_of_filtration():
    with pytest.raises(ValueError, match="not a unit"):
        same_dimension("mL/min/1.9m2", "mL/min")
