"""Versions and constraints of charts, as Masterminds/semver and Flux read them."""

from __future__ import annotations

import pytest

from gitops_docs.helm.versions import ConstraintError, constraint, newest, parse

# constraint; versions that fit; versions that do not (from the tests and the documentation of
# Masterminds/semver 3.4)
TABLE = """
=2.0.0|2.0.0|1.9.9 2.0.1
=2.0|2.0.0 2.0.9|2.1.0 1.0.0
2|2.0.0 2.9.1|1.0.0 3.0.0
4.1|4.1.0 4.1.9|4.2.0
!=4.1.0|4.1.1 1.0.0|4.1.0
!=4.1|4.2.0 5.1.0|4.1.0 4.1.7
!=4.x|5.1.0|4.1.0 4.2.3
>1.1|1.2.0 4.1.0|1.1.0 1.1.9
>11|12.1.0|11.1.0 11.0.0
>11.1|11.2.0|11.1.1 11.1.0
>0|1.1.0|0.0.0 0.1.0
>=11|11.1.2 12.0.0|10.9.0
>=1.1|1.1.0 4.1.0|0.0.9
<1.1|0.1.0 1.0.9|1.1.0 1.1.1
<=1.1|0.1.0 1.1.0 1.1.9|1.2.0
<=11|11.2.0 1.2.3|12.2.0
<=11.x|11.2.0|12.0.0
~1.2.3|1.2.3 1.2.9|1.3.0 1.2.2
~1|1.0.0 1.9.9|2.0.0
~1.x|1.2.3|2.0.0
~0.0.0|0.0.1 1.2.3|
^1.2.3|1.2.3 1.9.0|2.0.0 1.2.2
^0.2.3|0.2.3 0.2.9|0.3.0 1.0.0
^0.0.3|0.0.3|0.0.4 0.1.0
^0.0|0.0.0 0.0.9|0.1.0 1.0.0
^0|0.0.0 0.9.9|1.0.0
1.2.x|1.2.0 1.2.9|1.3.0
1.x.x|1.2.0 1.9.9|2.0.0
*|0.0.1 99.0.0|1.0.0-rc.1
|1.0.0|1.0.0-rc.1
>=1.0.0-0|1.0.0-rc.1 1.1.0-a|0.9.0-a
>=1.0.0-0 <2|1.5.0-rc.1 1.5.0|2.0.0
>=1.0.0 <2.0.0|1.0.0 1.9.9|2.0.0 1.5.0-rc.1
>= 1.2, < 3.0.0 || >= 4.2.3|1.2.0 2.9.0 4.2.3 5.0.0|3.0.0 4.2.2 1.1.0
1.2 - 1.4.5|1.2.0 1.4.5|1.4.6 1.1.0
v1.2.3|1.2.3 v1.2.3|1.2.4
1.2.3+build|1.2.3+other 1.2.3|1.2.4
"""


@pytest.mark.parametrize(
    "row", TABLE.strip().split("\n"), ids=lambda row: row.partition("|")[0] or "empty"
)
def test_constraints(row: str) -> None:
    """What fits a constraint and what does not."""
    text, *lists = row.rsplit("|", 2)
    rule = constraint(text)
    for expected, versions in zip((True, False), lists, strict=True):
        for version in versions.split():
            parsed = parse(version)
            assert parsed is not None and rule.accepts(parsed) is expected, f"{text} {version}"


@pytest.mark.parametrize(
    "text", ["foo", "1.2.3.4", ">=", "1.2.3 ||| 2", "=>=1", "latest", "1" * 2000, "1..2", ">1,,<2"]
)
def test_no_constraints(text: str) -> None:
    """What Helm refuses is refused, and not quoted."""
    with pytest.raises(ConstraintError) as caught:
        constraint(text)
    assert len(text) < 3 or text not in str(caught.value)


def test_order() -> None:
    """Pre-releases come before their release, numbers before words, build metadata does not
    count."""
    texts = [
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0-rc.1",
        "1.0.0",
        "1.0.1",
    ]
    versions = [parse(text) for text in texts]
    assert sorted(versions, reverse=True) == versions[::-1]  # type: ignore[type-var]
    assert parse("1.0.0+a") == parse("v1.0.0+b")


@pytest.mark.parametrize(
    "text", ["1.2", "01.2.3", "1.2.3-", "x", "1.2.3 ", "1.2.3\n", "", "1.2.3-a..b"]
)
def test_no_versions(text: str) -> None:
    """Flux counts only versions of three numbers."""
    assert parse(text) is None


def test_newest() -> None:
    """The very text wins; else the newest that fits; None where none does."""
    known = ["1.0.0", "2.0.0-rc.1", "1.10.0", "1.9.0", "nightly"]
    assert newest("", known) == "1.10.0"
    assert newest("<1.10", known) == "1.9.0"
    assert newest("nightly", known) == "nightly"
    assert newest("2.0.0-rc.1", known) == "2.0.0-rc.1"
    assert newest("3.x", known) is None
