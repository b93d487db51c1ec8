"""Work against precision: this engine and its peers on the same problems, in the same run.

In: SBML models and populations. Out: tables on the terminal and in ``out/bench``, and a picture.

Knows every tool under test and how its users would call it. Never part of the package `acinus`, which imports none
of the peers; `ours` is the only file that touches our engine.
"""
