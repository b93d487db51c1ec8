"""Formulas typeset: a formula as the modules write it becomes presentation MathML, which browsers draw by themselves.

In: the text of a formula. Out: MathML. Every symbol keeps the id by which tables and files know it.
"""

from __future__ import annotations

from html import escape
from typing import Any

__all__ = ["formula_mathml", "reaction_mathml", "symbol_mathml"]

# A prefix that says what sort of number it is stands for itself; what it is of becomes its subscript.
_PREFIXES = ("vmax", "fu", "ki", "km", "Kp", "CL", "f", "k", "n", "K", "Q", "R", "V")
_TIMES = '<mo lspace="0.16em" rspace="0.16em">·</mo>'
_BINDING = {"sum": 1, "product": 2, "sign": 3, "power": 4, "atom": 5}


def symbol_mathml(name: str) -> str:
    """Return a symbol, its prefix set apart.

    Examples
    --------
    >>> symbol_mathml("k_gsh_export")
    '<msub><mi>k</mi><mtext>gsh_export</mtext></msub>'
    """
    prefix, _, rest = name.partition("_")
    if rest and prefix in _PREFIXES:
        return f"<msub><mi>{escape(prefix)}</mi><mtext>{escape(rest)}</mtext></msub>"
    return f'<mi mathvariant="normal">{escape(name)}</mi>' if len(name) == 1 else f"<mi>{escape(name)}</mi>"


def formula_mathml(formula: str) -> str:
    """Return a formula as the content of ``<math>``; one that cannot be read stands as it was written.

    Examples
    --------
    >>> formula_mathml("a / b")
    '<mfrac><mrow><mi mathvariant="normal">a</mi></mrow><mrow><mi mathvariant="normal">b</mi></mrow></mfrac>'
    """
    import libsbml

    tree: Any = libsbml.parseL3Formula(formula)
    return f"<mtext>{escape(formula)}</mtext>" if tree is None else _Typesetter(libsbml).row(tree)[0]


def reaction_mathml(reactants: list[tuple[float, str]], products: list[tuple[float, str]]) -> str:
    """Return what turns into what, an empty side as a dot in a ring."""

    def side(parts: list[tuple[float, str]]) -> str:
        shown = [
            (f"<mn>{amount:g}</mn><mspace width='0.15em'/>" if amount != 1.0 else "") + symbol_mathml(name)
            for amount, name in parts
        ]
        return "<mo>+</mo>".join(shown) or "<mo>∅</mo>"

    return f"<mrow>{side(reactants)}</mrow><mo>⟶</mo><mrow>{side(products)}</mrow>"


class _Typesetter:
    """Walks a formula; each node gives its MathML and how tightly it binds."""

    def __init__(self, libsbml: Any) -> None:
        self._sbml = libsbml
        self._signs = {
            libsbml.AST_RELATIONAL_LT: "&lt;",
            libsbml.AST_RELATIONAL_GT: "&gt;",
            libsbml.AST_RELATIONAL_LEQ: "≤",
            libsbml.AST_RELATIONAL_GEQ: "≥",
            libsbml.AST_RELATIONAL_EQ: "=",
            libsbml.AST_RELATIONAL_NEQ: "≠",
            libsbml.AST_LOGICAL_AND: "&#8743;",
            libsbml.AST_LOGICAL_OR: "&#8744;",
        }

    def row(self, node: Any) -> tuple[str, int]:
        kind = node.getType()
        parts = [node.getChild(i) for i in range(node.getNumChildren())]
        if kind == self._sbml.AST_PLUS:
            return self._sum(parts)
        if kind == self._sbml.AST_MINUS:
            return self._difference(parts)
        if kind in (self._sbml.AST_TIMES, self._sbml.AST_DIVIDE):
            return self._product(node)
        if kind in (self._sbml.AST_POWER, self._sbml.AST_FUNCTION_POWER):
            base, exponent = self._inside(parts[0], "atom"), self.row(parts[1])[0]
            return f"<msup>{base}{exponent}</msup>", _BINDING["power"]
        if kind in self._signs:
            return f"<mo>{self._signs[kind]}</mo>".join(self._inside(part, "sum") for part in parts), 0
        if kind == self._sbml.AST_FUNCTION_PIECEWISE:
            return self._cases(parts), _BINDING["atom"]
        if node.isNumber():
            return self._number(node), _BINDING["atom"]
        if parts:
            return self._call(node, parts), _BINDING["atom"]
        return symbol_mathml(node.getName() or self._sbml.formulaToL3String(node)), _BINDING["atom"]

    def _inside(self, node: Any, needed: str) -> str:
        text, binding = self.row(node)
        if binding >= _BINDING[needed]:
            return text
        return f"<mrow><mo>(</mo>{text}<mo>)</mo></mrow>"

    def _sum(self, parts: list[Any]) -> tuple[str, int]:
        return f"<mrow>{'<mo>+</mo>'.join(self._inside(part, 'sum') for part in parts)}</mrow>", _BINDING[
            "sum"
        ]

    def _difference(self, parts: list[Any]) -> tuple[str, int]:
        if len(parts) == 1:
            return f"<mrow><mo>&#8722;</mo>{self._inside(parts[0], 'product')}</mrow>", _BINDING["sum"]
        first, second = self._inside(parts[0], "sum"), self._inside(parts[1], "product")
        return f"<mrow>{first}<mo>&#8722;</mo>{second}</mrow>", _BINDING["sum"]

    def _product(self, node: Any) -> tuple[str, int]:
        """Return a chain of factors as one fraction; a factor that holds a fraction itself stands beside it."""
        above: list[Any] = []
        below: list[Any] = []
        self._collect(node, above, below)
        if not below:
            return self._factors(above), _BINDING["product"]
        beside = [factor for factor in above if self._divides(factor)]
        inside = [factor for factor in above if not self._divides(factor)]
        over = self._factors(inside) if inside else "<mn>1</mn>"
        fraction = f"<mfrac>{over}{self._factors(below)}</mfrac>"
        if not beside:
            return fraction, _BINDING["power"]
        others = _TIMES.join(self._inside(factor, "product") for factor in beside)
        return f"<mrow>{fraction}{_TIMES}{others}</mrow>", _BINDING["product"]

    def _collect(self, node: Any, above: list[Any], below: list[Any]) -> None:
        kind, parts = node.getType(), [node.getChild(i) for i in range(node.getNumChildren())]
        if kind == self._sbml.AST_TIMES:
            for part in parts:
                self._collect(part, above, below)
        elif kind == self._sbml.AST_DIVIDE:
            self._collect(parts[0], above, below)
            self._collect(parts[1], below, above)
        else:
            above.append(node)

    def _divides(self, node: Any) -> bool:
        return node.getType() == self._sbml.AST_DIVIDE or any(
            self._divides(node.getChild(i)) for i in range(node.getNumChildren())
        )

    def _factors(self, factors: list[Any]) -> str:
        if len(factors) == 1:
            return f"<mrow>{self.row(factors[0])[0]}</mrow>"
        return f"<mrow>{_TIMES.join(self._inside(factor, 'product') for factor in factors)}</mrow>"

    def _number(self, node: Any) -> str:
        value = float(node.getInteger()) if node.isInteger() else float(node.getReal())
        mantissa, _, exponent = f"{value:.12g}".partition("e")
        if not exponent:
            return f"<mn>{mantissa}</mn>"
        power = f"<msup><mn>10</mn><mn>{int(exponent)}</mn></msup>"
        return f"<mrow><mn>{mantissa}</mn><mo>·</mo>{power}</mrow>"

    def _cases(self, parts: list[Any]) -> str:
        rows = [
            f"<mtr><mtd>{self.row(value)[0]}</mtd><mtd><mtext>if </mtext>{self.row(condition)[0]}</mtd></mtr>"
            for value, condition in zip(parts[:-1:2], parts[1::2], strict=False)
        ]
        if len(parts) % 2:
            rows.append(f"<mtr><mtd>{self.row(parts[-1])[0]}</mtd><mtd><mtext>otherwise</mtext></mtd></mtr>")
        return f"<mrow><mo>{{</mo><mtable columnalign='left left'>{''.join(rows)}</mtable></mrow>"

    def _call(self, node: Any, parts: list[Any]) -> str:
        if node.getType() == self._sbml.AST_FUNCTION_ROOT and len(parts) == 2 and parts[0].isNumber():
            return f"<msqrt>{self.row(parts[1])[0]}</msqrt>"
        name = node.getName() or self._sbml.formulaToL3String(node).partition("(")[0]
        inside = "<mo>,</mo>".join(self.row(part)[0] for part in parts)
        return f"<mrow><mi>{escape(name)}</mi><mo>(</mo>{inside}<mo>)</mo></mrow>"
