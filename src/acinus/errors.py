"""What can go wrong, said so that the person at the keyboard can act on it.

AcinusError
├── ModelTextError        AC1xx   a file under biology/ is not what it should be
├── SbmlError             AC2xx   SBML cannot be read, or its units do not agree
│   └── UnsupportedSbml           a construct we refuse, by name
├── EquationError         AC3xx   no well-posed system of equations
├── EngineError           AC4xx   the solver was asked for something it cannot do
├── IntegrationError      AC5xx   individuals did not finish (raised only by `raise_for_status`)
├── ProtocolError         AC6xx   doses, diet, sampling
├── EndpointError         AC7xx   what is read off a trajectory
├── PopulationError       AC8xx   virtual people
└── RequestError          AC9xx   the command line, claims, files named by a user

Every error carries one or more `Diagnostic`s: what, where, why, and what to do. All that is wrong with an input
is reported at once, because an author wants the list and not the first item.
"""

from __future__ import annotations

import difflib
import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "AcinusError",
    "Code",
    "Diagnostic",
    "EndpointError",
    "EngineError",
    "EquationError",
    "IntegrationError",
    "ModelTextError",
    "Place",
    "PopulationError",
    "ProtocolError",
    "RequestError",
    "SbmlError",
    "UnsupportedSbml",
    "nearest",
]


@enum.unique
class Code(enum.Enum):
    """Every refusal by number; the value is the number, the title is `Code.title`."""

    # AC1xx: the text of biology/
    FILE_MISSING = "AC101"
    NOT_READABLE = "AC102"
    UNDEFINED_SYMBOL = "AC103"
    UNIT_IN_MODULE = "AC104"
    TWO_RULES = "AC105"
    NUMBER_IN_MODULE = "AC106"
    SPREAD_IN_MODULE = "AC107"
    PORT_NOT_JOINED = "AC108"
    WRONG_PORTS = "AC109"
    UNKNOWN_MODULE = "AC110"
    DUPLICATE_MODEL = "AC111"
    DUPLICATE_ROW = "AC112"
    UNIT_MISSING = "AC113"
    UNIT_UNKNOWN = "AC114"
    GRADE_UNKNOWN = "AC115"
    SOURCE_MISSING = "AC116"
    ASSUMED_WITHOUT_NOTE = "AC117"
    SOURCE_UNKNOWN = "AC118"
    REFERENCE_WITHOUT_IDENTIFIER = "AC119"
    FIT_UNKNOWN = "AC120"
    VALUE_NOT_FINITE = "AC121"
    VALUE_OUT_OF_BOUNDS = "AC122"
    SPREAD_INCOMPLETE = "AC123"
    ROW_UNUSED = "AC124"
    NO_VOCABULARY_ROW = "AC125"
    VOCABULARY_UNUSED = "AC126"
    MOIETY_NOT_BALANCED = "AC127"
    NUMERICAL_TRICK = "AC128"
    ANTIMONY_SYNTAX = "AC129"
    COMPARTMENT_WITHOUT_SIZE = "AC130"
    ZONES_IMPOSSIBLE = "AC131"
    TEMPLATE_WRONG = "AC132"
    UNKNOWN_ID = "AC133"
    VOCABULARY_ENTRY_WRONG = "AC134"
    NAME_CLASH = "AC135"
    DECLARATIONS_DISAGREE = "AC136"
    # AC2xx: SBML
    SBML_INVALID = "AC201"
    UNITS_DISAGREE = "AC202"
    VOLUME_FACTOR_MISSING = "AC203"
    SBML_UNSAFE = "AC204"
    SBML_UNSUPPORTED = "AC205"
    SBML_UNREADABLE = "AC206"
    # AC3xx: equations
    NO_INITIAL_VALUE = "AC302"
    CIRCULAR_DEFINITION = "AC303"
    DELAY_IN_FORMULA = "AC320"
    FAST_REACTION = "AC321"
    PACKAGE_REQUIRED = "AC322"
    FLUX_BALANCE = "AC323"
    NOT_FLATTENED = "AC324"
    OPERATOR_UNKNOWN = "AC325"
    ID_UNDEFINED = "AC326"
    ALGEBRAIC_RULE_UNSOLVABLE = "AC327"
    START_NOT_EXPLICIT = "AC328"
    RATE_OF_RULE = "AC329"
    # AC4xx: engine
    BATCH_INVALID = "AC401"
    CHANGE_BESIDE_STATE_EVENT = "AC402"
    TOLERANCE_INVALID = "AC403"
    OPERATION_UNKNOWN = "AC420"
    METHOD_UNKNOWN = "AC422"
    PIVOT_MISSING = "AC423"
    SENSITIVITY_UNSUPPORTED = "AC430"
    # AC5xx: integration
    INDIVIDUALS_FAILED = "AC501"
    # AC6xx: protocols
    UNIT_WRONG = "AC601"
    DOSE_IMPOSSIBLE = "AC602"
    UNKNOWN_NAME = "AC603"
    UNKNOWN_KEY = "AC604"
    MISSING_KEY = "AC605"
    TIME_IMPOSSIBLE = "AC606"
    SAMPLING_IMPOSSIBLE = "AC607"
    ROUTE_IMPOSSIBLE = "AC608"
    COLUMN_MISSING = "AC609"
    VALUE_IMPOSSIBLE = "AC610"
    DIET_CONFLICT = "AC611"
    NOT_RECORDED = "AC612"
    RESULT_NOT_READABLE = "AC613"
    RULE_IMPOSSIBLE = "AC614"
    BEYOND_LIMIT = "AC615"
    # AC7xx: endpoints
    ENDPOINT_UNKNOWN = "AC701"
    MEASURE_UNKNOWN = "AC702"
    ENDPOINT_KEY = "AC703"
    ENDPOINT_UNIT = "AC704"
    ENDPOINT_ID = "AC705"
    ENDPOINT_ZONE = "AC706"
    WINDOW_OUTSIDE = "AC707"
    CONSTANT_UNKNOWN = "AC708"
    ENDPOINT_VALUE = "AC709"
    CURVE_MALFORMED = "AC710"
    ENDPOINT_CYCLE = "AC711"
    # AC8xx: populations
    POPULATION_UNKNOWN = "AC801"
    POPULATION_KEY = "AC802"
    DISTRIBUTION_UNKNOWN = "AC803"
    DISTRIBUTION_VALUE = "AC804"
    POPULATION_UNIT = "AC805"
    PARAMETER_NOT_VARIED = "AC806"
    DRAW_REQUEST = "AC807"
    COHORT_TABLE = "AC808"
    CORRELATION_IMPOSSIBLE = "AC811"
    PLAUSIBILITY_RULE = "AC812"
    NOBODY_PLAUSIBLE = "AC813"
    # AC9xx: requests, claims, calibration problems
    CLAIM_KEY = "AC901"
    CLAIM_VALUE = "AC902"
    CLAIM_CHECK = "AC903"
    CLAIM_TWICE = "AC904"
    CLAIM_DATA = "AC905"
    CLAIM_BASIS = "AC906"
    CLAIM_POOL = "AC907"
    CLAIM_NOT_FOUND = "AC908"
    CLAIM_UNIT = "AC909"
    CLAIM_NO_READING = "AC910"
    CLAIM_CRASHED = "AC911"
    CLAIM_PEOPLE_LOST = "AC912"
    TRIAL_KEY = "AC920"
    TRIAL_VALUE = "AC921"
    TRIAL_UNKNOWN = "AC922"
    TRIAL_NOBODY = "AC923"
    PROBLEM_KEY = "AC930"
    PROBLEM_VALUE = "AC931"
    PROBLEM_DATA = "AC932"
    PROBLEM_PARAMETER = "AC933"
    PROBLEM_NO_START = "AC934"
    CALIBRATION_MOVED = "AC935"
    STATEMENT_KEY = "AC940"
    STATEMENT_VALUE = "AC941"
    STATEMENT_SOURCE = "AC942"
    STATEMENT_CHECK = "AC943"
    STATEMENT_UNKNOWN = "AC944"
    RUN_REQUEST_KEY = "AC950"
    RUN_REQUEST_VALUE = "AC951"
    RUN_EXISTS = "AC952"
    RUN_MISSING = "AC953"
    RUN_LOCKED = "AC954"
    RUN_CHANGED = "AC955"
    SHARD_DAMAGED = "AC956"
    SHARD_MISSING = "AC957"
    MERGE_IMPOSSIBLE = "AC958"
    QUERY_REFUSED = "AC959"
    CLUSTER_FAILED = "AC960"
    WEB_INPUT = "AC961"
    WEB_NOT_FOUND = "AC962"
    WEB_TOKEN = "AC963"
    WEB_TOO_LARGE = "AC964"
    WEB_TOO_OFTEN = "AC965"
    WEB_NOT_READY = "AC966"
    WEB_TOO_MUCH = "AC967"
    WEB_JOB = "AC968"
    WEB_UPLOAD = "AC969"
    SURVEY_FILE = "AC970"
    SURVEY_COLUMN = "AC971"
    SURVEY_CYCLE = "AC972"
    SURVEY_MODEL = "AC973"
    SURVEY_NOT_READABLE = "AC974"
    NOT_WRITABLE = "AC980"
    SETTING_MALFORMED = "AC981"
    SETTING_UNKNOWN = "AC982"
    SETTING_UNIT = "AC983"
    CHECK_PATH = "AC984"
    EXPORT_FORMAT = "AC985"
    CODE_UNKNOWN = "AC986"
    NOTHING_TO_VERIFY = "AC987"
    VERIFY_OPTION = "AC988"
    FOOD_UNKNOWN = "AC989"
    PAGE_KEY = "AC990"
    PAGE_VALUE = "AC991"
    WEB_SETTING = "AC992"

    @property
    def title(self) -> str:
        """Return the code's name as words: ``undefined symbol``."""
        return self.name.lower().replace("_", " ")


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a text something stands: file as the user named it, line and column from 1, the line's text."""

    file: str
    line: int | None = None
    column: int | None = None
    excerpt: str | None = None
    length: int = 1

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding: its code, what is wrong, where, why that matters and what to do about it."""

    code: Code
    what: str
    place: Place | None = None
    why: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        lines = [f"{self.code.value} {self.what}"]
        if self.place is not None:
            lines.append(f"  --> {self.place}")
            if self.place.excerpt is not None and self.place.line is not None:
                number = f"{self.place.line:5d} | "
                lines.append(number + self.place.excerpt)
                if self.place.column is not None:
                    blank = " " * (len(number) - 2) + "| "
                    lines.append(blank + " " * (self.place.column - 1) + "^" * max(1, self.place.length))
        lines += [f"  {text}" for text in (self.why, self.remedy) if text]
        return "\n".join(lines)


class AcinusError(Exception):
    """Base of every error this package raises on purpose; prints all its diagnostics."""

    def __init__(self, diagnostics: Diagnostic | Iterable[Diagnostic]) -> None:
        self.diagnostics: tuple[Diagnostic, ...] = (
            (diagnostics,) if isinstance(diagnostics, Diagnostic) else tuple(diagnostics)
        )
        super().__init__("\n".join(str(d) for d in self.diagnostics))

    def __reduce__(self) -> tuple[type[AcinusError], tuple[tuple[Diagnostic, ...]]]:
        # Exceptions pickle by their message by default; ours are rebuilt from their diagnostics, so that a
        # worker process can report to its parent.
        return type(self), (self.diagnostics,)


class ModelTextError(AcinusError):
    """A file under biology/ is not what it should be (AC1xx)."""


class SbmlError(AcinusError):
    """SBML could not be read or is not consistent (AC2xx)."""


class UnsupportedSbml(SbmlError):
    """A construct that is refused, by name, rather than approximated (AC2xx)."""


class EquationError(AcinusError):
    """The model does not make a well-posed system of equations (AC3xx)."""


class EngineError(AcinusError):
    """The engine was asked for something it cannot do (AC4xx)."""


class IntegrationError(AcinusError):
    """Some individuals did not reach the end of the protocol (AC5xx)."""


class ProtocolError(AcinusError):
    """A dose, infusion, diet line or sampling plan is not possible (AC6xx)."""


class EndpointError(AcinusError):
    """An endpoint cannot be read off these trajectories (AC7xx)."""


class PopulationError(AcinusError):
    """A virtual population is not well defined (AC8xx)."""


class RequestError(AcinusError):
    """A command, claim or problem file asks for something impossible (AC9xx)."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return ``Did you mean `a` or `b`?`` for a name that is not known, or an empty string if nothing is near.

    Examples
    --------
    >>> nearest("ugt_vmaxx", ["ugt_vmax", "sult_km"])
    'Did you mean `ugt_vmax`?'
    """
    names = list(known)
    by_lower = {n.lower(): n for n in names}
    close = difflib.get_close_matches(name.lower(), list(by_lower), n=3, cutoff=0.6)
    return f"Did you mean {' or '.join(f'`{by_lower[n]}`' for n in close)}?" if close else ""
