"""A formula set in type, read as a reader's eye does, has the value that the formula has."""

from __future__ import annotations

import math
import random
from html import unescape
from xml.etree import ElementTree as ET

import pytest

from acinus.web.mathml import formula_mathml

SIGNS = {"·": "*", "\N{MINUS SIGN}": "-"}
NAMES = ("a", "b", "c", "k_x", "V_hep")


def by_eye(element: ET.Element) -> str:
    """Return what stands there, left to right, as Python: what has no brackets in the picture gets none."""
    parts = [by_eye(child) for child in element]
    match element.tag:
        case "mfrac":
            return f"(({parts[0]})/({parts[1]}))"
        case "msup":
            return f"{parts[0]}**({parts[1]})"
        case "msub":
            return "_".join(parts)
        case "msqrt":
            return f"sqrt({''.join(parts)})"
        case "mo":
            return SIGNS.get(element.text or "", element.text or "")
        case "mi" | "mn" | "mtext":
            return element.text or ""
        case _:
            return "".join(parts)


def value(text: str, numbers: dict[str, float]) -> float:
    known = {"exp": math.exp, "sqrt": math.sqrt, "ln": math.log}
    return eval(text, {"__builtins__": {}}, numbers | known)


def random_formula(random_: random.Random, depth: int) -> str:
    if depth == 0 or random_.random() < 0.15:
        return random_.choice((*NAMES, "1", "2.5"))
    left, right = random_formula(random_, depth - 1), random_formula(random_, depth - 1)
    shape = random_.choice(
        ("({})+({})", "({})-({})", "({})*({})", "({})/({})", "({})/({})*({})", "-({})", "({})^2")
    )
    return shape.format(left, right, random_formula(random_, depth - 1))


WRITTEN = (
    "a / b * (1 + c / k_x)",
    "a / (b * c) / k_x",
    "-(a + b) * c",
    "(a / b)^2",
    "2^-a",
    "a^b^c",
    "exp(a / b) + sqrt(c)",
)


@pytest.mark.parametrize("seed", range(200))
def test_what_the_eye_reads_is_what_the_formula_says(seed):
    random_ = random.Random(seed)
    formula = WRITTEN[seed] if seed < len(WRITTEN) else random_formula(random_, 4)
    numbers = {name: random_.uniform(0.5, 2.0) for name in NAMES}
    picture = ET.fromstring(f"<math>{unescape(formula_mathml(formula))}</math>")
    try:
        expected = value(formula.replace("^", "**"), numbers)
    except ZeroDivisionError:
        return
    assert value(by_eye(picture), numbers) == pytest.approx(expected, rel=1e-9), (formula, by_eye(picture))
