from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from acinus.model.scan import Statement, scan


def only(text: str) -> Statement:
    (model,) = scan("x.ant", ["model m()", text, "end"]).models
    (statement,) = model.statements
    return statement


def test_a_reaction_knows_its_sides_and_its_law():
    reaction = only("J: 2 a + b => c; k * a * b;")
    assert (reaction.kind, reaction.name) == ("reaction", "J")
    assert [(n, w.text) for n, w in reaction.reactants] == [(2.0, "a"), (1.0, "b")]
    assert [(n, w.text) for n, w in reaction.products] == [(1.0, "c")]
    assert [w.text for w in reaction.formula if w.kind == "name"] == ["k", "a", "b"]


def test_a_source_has_no_reactants():
    assert only("J: => c; k;").reactants == ()


def test_rules_are_told_apart():
    assert only("x := a;").kind == "assignment"
    assert only("x' = a;").kind == "rate"
    assert only("x = a;").kind == "initial"


def test_a_declaration_names_its_compartment():
    species = only("substanceOnly species a in V;")
    assert species.amount
    assert species.compartment is not None
    assert species.compartment.text == "V"


def test_an_instance_knows_its_module_and_arguments():
    instance = only("z1: zone(V, a, b);")
    assert instance.module is not None
    assert (instance.module.text, [w.text for w in instance.arguments]) == ("zone", ["V", "a", "b"])


def test_a_label_is_no_formula():
    assert only('J is "a * b";').uses == ()


def test_comments_are_not_read():
    (model,) = scan(
        "x.ant", ["model m() // x := a", "/* y := b;", " z := c; */ w := d; # v := e", "end"]
    ).models
    assert [s.name for s in model.statements] == ["w"]


def test_a_function_of_the_language_is_no_symbol_unless_it_is_not_called():
    assert [w.text for w in only("x := exp(a) + gamma;").uses] == ["a", "gamma"]


def test_ports_are_read_in_order():
    (model,) = scan("x.ant", ["model m(a, b, c)", "end"]).models
    assert [port.text for port in model.ports] == ["a", "b", "c"]


@given(
    st.lists(
        st.sampled_from(
            ["x := a;", "// c", "J: a => b; k * a;", "species a in V;", "", "y = 2;", "at a > b: c = d;"]
        )
    )
)
def test_every_word_stands_where_it_says(lines: list[str]):
    source = scan("x.ant", ["model m()", *lines, "end"])
    for statement in source.models[0].statements:
        for word in statement.words:
            assert source.lines[word.line - 1][word.column - 1 :].startswith(word.text)


@given(st.text(max_size=200))
def test_no_text_makes_the_scanner_fail(text: str):
    scan("x.ant", text.splitlines())
