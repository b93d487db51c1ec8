"""Radau IIA methods of s stages, order 2 s - 1, worked out from their definition.

With z the increments of the stages and h the step,

    M (A^-1 z)_i / h = f(t + c_i h, y + z_i),        y(t + h) = y + z_s,

where A is the matrix of collocation at the zeros c of P_s - P_(s-1) (Legendre polynomials on 0..1). The stages solve
one nonlinear system, by Newton's method with the Jacobian at the start of the step. In the basis of eigenvectors of
A^-1 that system falls into one real and (s - 1) / 2 complex systems, each of the size of the model (Hairer and Wanner,
Solving Ordinary Differential Equations II, sections IV.5 and IV.8).

The order of the stages is s. That is what pays at tight tolerances: stiff states do not lower the order of the step to
3 or 4, as they do with Rosenbrock methods.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from decimal import Decimal, localcontext
from itertools import zip_longest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["RadauMethod", "radau"]

_Matrix = list[list[Decimal]]
_Complex = tuple[Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class RadauMethod:
    """The coefficients of a Radau IIA method of s stages, s odd.

    Attributes
    ----------
    name, reference : str
    stages : int
    nodes : s values
        Places c of the stages in the step; the last is 1.
    real : float
        The real eigenvalue of A^-1.
    pairs : (s - 1) / 2 pairs
        Real and imaginary part of the others, one of each conjugate pair.
    to_stages : s rows of s values
        From the coordinates, one real and then real and imaginary part of each pair, to the increments z.
    from_stages : s rows of s values
        The way back.
    forecast : s rows of s values
        From the increments of the last step to the Taylor coefficients (order 1 to s) of their polynomial at its end.
    started : s rows of s values
        From Taylor coefficients at the start of a step, in units of that step, to the coordinates.
    error : s values
        Weights of z in the estimate ``(real M / h - J)^-1 (f(t, y) + M (sum of error_i z_i) / h)``.
    bulge : float
        Largest size of x (x - c_1) ... (x - c_s) on 0..1.
    dense : rows of s values
        As in `RosenbrockMethod`, with z for the stages.
    """

    name: str
    reference: str
    stages: int
    nodes: tuple[float, ...]
    real: float
    pairs: tuple[tuple[float, float], ...]
    to_stages: tuple[tuple[float, ...], ...]
    from_stages: tuple[tuple[float, ...], ...]
    forecast: tuple[tuple[float, ...], ...]
    started: tuple[tuple[float, ...], ...]
    error: tuple[float, ...]
    bulge: float
    dense: tuple[tuple[float, ...], ...]

    @property
    def order(self) -> int:
        """Order of the step."""
        return 2 * self.stages - 1

    @property
    def error_order(self) -> int:
        """Power of the step that its estimated error follows."""
        return self.stages + 1


@functools.cache
def radau(stages: int) -> RadauMethod:
    """Return the method of an odd number of stages, its coefficients right to the last digit."""
    with localcontext() as context:
        context.prec = 60
        nodes = _nodes(stages)
        lagrange = [_lagrange([Decimal(0), *nodes], j + 1) for j in range(stages)]
        # Row i of A^-1 differentiates the polynomial through zero and the increments at node i.
        inverse = [[_value(_slope(p), c) for p in lagrange] for c in nodes]
        real, pairs, basis = _eigenvectors(nodes)
        back = _inverse(basis)
        powers = [[c ** (q + 1) for q in range(stages)] for c in nodes]
        weights = _error_weights(nodes, inverse, real)
        return RadauMethod(
            name=f"Radau IIA of order {2 * stages - 1}",
            reference="Hairer and Wanner 1996, Solving Ordinary Differential Equations II, IV.5 and IV.8",
            stages=stages,
            nodes=tuple(float(c) for c in nodes),
            real=float(real),
            pairs=tuple((float(a), float(b)) for a, b in pairs),
            to_stages=_rounded(basis),
            from_stages=_rounded(back),
            forecast=_rounded([[_taylor(p, q, Decimal(1)) for p in lagrange] for q in range(1, stages + 1)]),
            started=_rounded(_product(back, powers)),
            error=tuple(float(w) for w in weights),
            bulge=_bulge(nodes),
            dense=_rounded(_dense(lagrange)),
        )


# --------------------------------------------------------------------------- polynomials, lowest power first
def _value(p: Sequence[Decimal], x: Decimal) -> Decimal:
    total = Decimal(0)
    for a in reversed(p):
        total = total * x + a
    return total


def _slope(p: Sequence[Decimal]) -> list[Decimal]:
    return [k * a for k, a in enumerate(p)][1:]


def _times(p: Sequence[Decimal], q: Sequence[Decimal]) -> list[Decimal]:
    product = [Decimal(0)] * (len(p) + len(q) - 1)
    for i, a in enumerate(p):
        for j, b in enumerate(q):
            product[i + j] += a * b
    return product


def _taylor(p: Sequence[Decimal], power: int, x: Decimal) -> Decimal:
    for _ in range(power):
        p = _slope(p)
    return _value(p, x) / math.factorial(power)


def _lagrange(nodes: Sequence[Decimal], j: int) -> list[Decimal]:
    p = [Decimal(1)]
    for m, other in enumerate(nodes):
        if m != j:
            p = _times(p, [-other / (nodes[j] - other), 1 / (nodes[j] - other)])
    return p


def _nodes(stages: int) -> list[Decimal]:
    """Return the zeros of P_s - P_(s-1), which all lie in 0..1, the last at 1."""
    legendre = [[Decimal(1)], [Decimal(-1), Decimal(2)]]
    for k in range(1, stages):
        following = _times(legendre[k], [Decimal(-1), Decimal(2)])
        older = [k * a for a in legendre[k - 1]]
        legendre.append(
            [((2 * k + 1) * a - b) / (k + 1) for a, b in zip_longest(following, older, fillvalue=Decimal(0))]
        )
    pairs = zip_longest(legendre[stages], legendre[stages - 1], fillvalue=Decimal(0))
    difference = [a - b for a, b in pairs]
    found: list[Decimal] = []
    for k in range(stages):
        # The zeros are close to those of a cosine; each that is found is divided out.
        x = (1 - Decimal(math.cos(2 * math.pi * (k + 0.5) / (2 * stages)))) / 2
        for _ in range(60):
            ratio = _value(difference, x) / _value(_slope(difference), x)
            x -= ratio / (1 - ratio * sum((1 / (x - y) for y in found), Decimal(0)))
        found.append(x)
    return [*sorted(found)[:-1], Decimal(1)]


# ------------------------------------------------------------------------------------------------- matrices
def _product(a: _Matrix, b: _Matrix) -> _Matrix:
    columns = list(zip(*b, strict=True))
    return [
        [sum((x * y for x, y in zip(row, column, strict=True)), Decimal(0)) for column in columns]
        for row in a
    ]


def _inverse(a: _Matrix) -> _Matrix:
    count = len(a)
    rows = [[*row, *(Decimal(int(i == j)) for j in range(count))] for i, row in enumerate(a)]
    for k in range(count):
        best = max(range(k, count), key=lambda i: abs(rows[i][k]))
        rows[k], rows[best] = rows[best], rows[k]
        rows[k] = [x / rows[k][k] for x in rows[k]]
        for i in range(count):
            if i != k:
                rows[i] = [x - rows[i][k] * y for x, y in zip(rows[i], rows[k], strict=True)]
    return [row[count:] for row in rows]


def _rounded(a: _Matrix) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(float(x) for x in row) for row in a)


# -------------------------------------------------------------------------------------------------- spectrum
def _eigenvectors(nodes: Sequence[Decimal]) -> tuple[Decimal, list[_Complex], _Matrix]:
    """Return the eigenvalues of A^-1, and the matrix from the coordinates to the increments.

    An eigenvector holds the values at the nodes of a polynomial z with z(0) = 0 whose slope is lambda z there. So
    z' - lambda z is a multiple of r, the product of all x - c_i, and z the sum of the derivatives of r over powers of
    lambda.
    """
    count = len(nodes)
    r = [Decimal(1)]
    for c in nodes:
        r = _times(r, [-c, Decimal(1)])
    derivatives: list[Sequence[Decimal]] = [r]
    for _ in range(count):
        derivatives.append(_slope(derivatives[-1]))
    characteristic = [_value(p, Decimal(0)) for p in reversed(derivatives)]
    zeros = _zeros(characteristic)
    columns: _Matrix = []
    real, pairs = Decimal(0), list[_Complex]()
    for zero in sorted(zeros, key=lambda z: z[1]):
        vector = [_at_inverse(derivatives, c, zero) for c in nodes]
        if zero[1] < Decimal("1e-30"):
            real = zero[0]
            columns.append([x for x, _ in vector])
        else:
            pairs.append(zero)
            columns += [[x for x, _ in vector], [-y for _, y in vector]]
    # Of like size, so that the size of the coordinates says how large the increments are.
    scaled: _Matrix = []
    for k, column in enumerate(columns):
        partner = columns[k] if k == 0 else columns[k + 1] if k % 2 else columns[k - 1]
        size = max(abs(x) for x in (*column, *partner))
        scaled.append([x / size for x in column])
    return real, pairs, [list(row) for row in zip(*scaled, strict=True)]


def _multiplied(a: _Complex, b: _Complex) -> _Complex:
    return a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]


def _inverted(a: _Complex) -> _Complex:
    size = a[0] * a[0] + a[1] * a[1]
    return a[0] / size, -a[1] / size


def _at_inverse(derivatives: Sequence[Sequence[Decimal]], x: Decimal, zero: _Complex) -> _Complex:
    inverse, power = _inverted(zero), (Decimal(1), Decimal(0))
    total = (Decimal(0), Decimal(0))
    for p in derivatives:
        factor = _value(p, x)
        total = (total[0] + factor * power[0], total[1] + factor * power[1])
        power = _multiplied(power, inverse)
    return total


def _complex_value(p: Sequence[Decimal], x: _Complex) -> _Complex:
    total = (Decimal(0), Decimal(0))
    for a in reversed(p):
        total = _multiplied(total, x)
        total = (total[0] + a, total[1])
    return total


def _zeros(p: Sequence[Decimal]) -> list[_Complex]:
    """Return the zeros with an imaginary part that is not negative: all at once by Durand, Kerner and Weierstrass."""
    top = p[-1]
    p = [a / top for a in p]
    count = len(p) - 1
    radius = 1 + max(abs(a) for a in p) ** (Decimal(1) / count)
    zeros = [
        (radius * Decimal(math.cos(2.4 * k + 0.4)), radius * Decimal(math.sin(2.4 * k + 0.4)))
        for k in range(count)
    ]
    for _ in range(400):
        moved = Decimal(0)
        for k, zero in enumerate(zeros):
            apart = (Decimal(1), Decimal(0))
            for j, other in enumerate(zeros):
                if j != k:
                    apart = _multiplied(apart, (zero[0] - other[0], zero[1] - other[1]))
            change = _multiplied(_complex_value(p, zero), _inverted(apart))
            zeros[k] = (zero[0] - change[0], zero[1] - change[1])
            moved = max(moved, abs(change[0]) + abs(change[1]))
        if moved < Decimal("1e-50") * radius:
            break
    return [zero for zero in zeros if zero[1] > Decimal("-1e-30")]


def _error_weights(nodes: Sequence[Decimal], inverse: _Matrix, real: Decimal) -> list[Decimal]:
    """Compare with the quadrature that also uses the slope at the start, with the weight 1 / real."""
    count = len(nodes)
    first = 1 / real
    inner = [_lagrange(nodes, j) for j in range(count)]
    weights = [
        sum((a / (k + 1) for k, a in enumerate(p)), Decimal(0)) - first * _value(p, Decimal(0)) for p in inner
    ]
    (row,) = _product([weights], inverse)
    row[-1] -= 1
    return [real * w for w in row]


def _bulge(nodes: Sequence[Decimal]) -> float:
    places = [k / 1000 for k in range(1001)]
    return max(abs(x * math.prod(x - float(c) for c in nodes)) for x in places)


def _dense(lagrange: Sequence[Sequence[Decimal]]) -> _Matrix:
    """Divide the collocation polynomial less the chord by theta (1 - theta)."""
    count = len(lagrange)
    columns: _Matrix = []
    for j, polynomial in enumerate(lagrange):
        p = list(polynomial)
        if j == count - 1:
            p[1] -= 1
        quotient, total = list[Decimal](), Decimal(0)
        for a in p[1:-1]:  # 1 / (1 - theta) sums the coefficients
            total += a
            quotient.append(total)
        columns.append(quotient)
    return [list(row) for row in zip(*columns, strict=True)]
