from __future__ import annotations

import csv
import io
import json

from acinus.report import EndpointRow, EndpointTable

TABLE = EndpointTable(
    ("untreated", "nac_8h"),
    (
        EndpointRow("peak_alt", "Peak ALT", "U/L", (1234.5678901234567, None)),
        EndpointRow("lowest_gsh[1]", "Lowest glutathione, zone 1", "mmol/L", (0.1, 0.2)),
    ),
    {},
)


def test_csv_has_one_column_an_arm_and_keeps_every_digit():
    rows = list(csv.DictReader(io.StringIO(TABLE.as_csv())))
    assert float(rows[0]["untreated"]) == 1234.5678901234567
    assert rows[0]["nac_8h"] == ""
    assert rows[1]["unit"] == "mmol/L"


def test_json_holds_null_where_there_is_no_reading():
    data = json.loads(json.dumps(TABLE.as_dict(), allow_nan=False))
    assert data["peak_alt"]["values"] == {"untreated": 1234.5678901234567, "nac_8h": None}


def test_rows_of_single_zones_know_it():
    assert [row.by_zone for row in TABLE.rows] == [False, True]
