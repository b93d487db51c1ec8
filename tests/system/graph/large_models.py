"""The large models that several tests of the expression graph run through, by their place in the shared folder."""

SHARED_MODELS = (
    "data/models/BIOMD0000000268.xml",
    "data/models/BIOMD0000000609.xml",
    "data/models/BIOMD0000000619.xml",
    "data/models/BIOMD0000000624.xml",
    "data/models/BIOMD0000000947.xml",
    "bench/liver31.xml",
    "bench/liver87.xml",
    "bench/liver295.xml",
)
