"""A table that is opened in a spreadsheet shows what people wrote and runs none of it."""

import csv
import io

import pytest

from salus.formats.csv_table import csv_table


@pytest.mark.parametrize(
    "formula", ["=1+1", "+1", "-1+cmd", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", '=HYPERLINK("http://x")']
)
def test_a_text_that_would_run_is_only_text(formula: str) -> None:
    ((cell,),) = csv.reader(io.StringIO(csv_table([formula], [])))

    assert cell == f"'{formula}"


@pytest.mark.parametrize(("cell", "read"), [("plain", "plain"), (-3, "-3"), (None, ""), ('a"b,c\nd', 'a"b,c\nd')])
def test_everything_else_is_left_as_it_is(cell: str | int | None, read: str) -> None:
    assert list(csv.reader(io.StringIO(csv_table(["x", "y"], [[cell, "end"]]), newline="")))[1] == [read, "end"]
