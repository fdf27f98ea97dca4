"""The YAML reader: what go-yaml accepts is read, everything else is a finding with its line."""

from __future__ import annotations

import pytest

from gitops_docs.yaml.limits import MAX_BYTES
from gitops_docs.yaml.nodes import BareKey, Map, Scalar, Sealed, plain_value, scalar_kind
from gitops_docs.yaml.parse import comments, parse, parse_inline
from gitops_docs.yaml.reader import Reader
from tests.support.counting import calls


def only(text: str | bytes) -> object:
    """The root of a text that holds one document and no problem."""
    parsed = parse(text, "a.yaml")
    assert parsed.findings == ()
    assert len(parsed.documents) == 1
    return parsed.documents[0].root


def problem(text: str | bytes) -> tuple[str, int | None]:
    """Code and line of the one finding of a text."""
    parsed = parse(text, "a.yaml")
    assert not parsed.complete
    (finding,) = parsed.findings
    assert finding.file == "a.yaml"
    return finding.code, finding.line


def test_scalars_keep_their_text() -> None:
    """A version stays as written, whatever YAML would make of it."""
    root = only("a: 1.10\nb: '1'\nc: 22:22\nd: NO\ne: 0644\nf: =\n")
    assert root == {"a": "1.10", "b": "1", "c": "22:22", "d": "NO", "e": "0644", "f": "="}
    assert plain_value(root) == {"a": 1.1, "b": "1", "c": "22:22", "d": "NO", "e": 420, "f": "="}


def test_every_value_knows_its_line() -> None:
    """Lines are 1-based and count from where the text stands in its file."""
    root = parse("a:\n  - b\n  - c: d\n", "x.yaml", first_line=10).documents[0].root
    assert root["a"][0].line == 11
    assert root["a"][1]["c"].line == 12
    assert (root["a"].line, root["a"].file) == (11, "x.yaml")


def test_documents_that_are_empty_do_not_count() -> None:
    """Separators and comments alone are not a document."""
    parsed = parse("---\n# nothing\n---\na: 1\n---\n---\n", "a.yaml")
    assert [document.line for document in parsed.documents] == [4]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: &x 1\nb: &x 2\nc: *x\n", {"a": "1", "b": "2", "c": "2"}),  # the latest anchor counts
        ("a: !Env B\nb: !include c\n", {"a": "B", "b": "c"}),  # unknown tags are dropped
        ("a: {b: 1, c: 2}\n", {"a": {"b": "1", "c": "2"}}),
        (
            "base: &b {x: 1, y: 2}\nc:\n  <<: *b\n  y: 3\n",
            {"base": {"x": "1", "y": "2"}, "c": {"y": "3", "x": "1"}},
        ),
        (
            "a:\n  <<: [{x: 1}, {x: 2, z: 3}]\n",
            {"a": {"x": "1", "z": "3"}},
        ),  # the earlier source wins
        ("'<<': a\n", {"<<": "a"}),  # quoted, it is a key like any other
    ],
)
def test_what_go_yaml_accepts_is_read(text: str, expected: object) -> None:
    """Texts that PyYAML's loaders refuse or change."""
    assert only(text) == expected


def test_a_byte_order_mark_and_windows_lines_leave_no_trace() -> None:
    """A file saved by a Windows editor reads like any other."""
    assert only(b"\xef\xbb\xbfa: b\r\nc: d\r\n") == {"a": "b", "c": "d"}


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("a:\n\tb: 1\n", "yaml-parse", 2),
        ("a: 1\n<<<<<<< HEAD\nb: 2\n=======\nb: 3\n>>>>>>> other\n", "yaml-parse", 2),
        (b"a: \xff\n", "yaml-encoding", 1),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", "lfs-pointer", 1),
        ("a: 1\nb: {{ .Values.x }}\n", "yaml-template", 2),
        ("a: *unknown\n", "yaml-alias-unknown", 1),
        ("a: 1\nb: &x [*x]\n", "yaml-alias-unknown", 2),
        ("? [a]\n: b\n", "yaml-complex-key", 1),
        ("a: 1\nb: 'open\n", "yaml-parse", 2),
        ("a: b\x01\n", "yaml-parse", 1),
    ],
)
def test_a_broken_text_is_one_finding(text: str | bytes, code: str, line: int) -> None:
    """The finding names the line that a person has to look at."""
    found, where = problem(text)
    assert found == code
    assert where is not None and abs(where - line) <= 1


def test_a_tab_and_a_conflict_are_named() -> None:
    """The sentence says what to do, not what the parser met."""
    assert "tab" in parse("a:\n\tb: 1\n", "a.yaml").findings[0].message
    assert (
        "merge conflict markers"
        in parse("a: 1\n<<<<<<< a\nb: x\n=======\nb: y\n>>>>>>> b\n", "a.yaml").findings[0].message
    )


def test_what_stands_before_a_broken_document_is_kept() -> None:
    """One bad document does not hide the ones before it."""
    parsed = parse("a: 1\n---\nb: [\n", "a.yaml")
    assert [document.root for document in parsed.documents] == [{"a": "1"}]
    assert not parsed.complete


def test_a_duplicate_key_is_reported_and_the_last_one_counts() -> None:
    """Kubernetes tools disagree about duplicates; a person has to decide."""
    parsed = parse("a: 1\nb: 2\na: 3\n", "a.yaml")
    assert parsed.documents[0].root == {"a": "3", "b": "2"}
    assert [(finding.code, finding.line) for finding in parsed.findings] == [
        ("yaml-duplicate-key", 3)
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: " + "[" * 100_000, "yaml-too-deep"),
        ("".join("  " * level + "a:\n" for level in range(300)), "yaml-too-deep"),
        (
            "a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
            + "".join(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10)),
            "yaml-alias-limit",
        ),
        ("x" * (MAX_BYTES + 1), "file-too-large"),
    ],
)
def test_budgets_hold(text: str, code: str) -> None:
    """Hostile texts are refused before much is done with them."""
    assert calls(lambda: problem(text.encode())) < 2_000_000
    assert problem(text.encode())[0] == code


def test_error_texts_never_quote_the_source() -> None:
    """A broken Secret must not show its value in the message."""
    parsed = parse("kind: Secret\nstringData:\n  password: 'hunter2hunter2\n  x: [}\n", "a.yaml")
    assert parsed.findings and "hunter2" not in " ".join(
        finding.message for finding in parsed.findings
    )


def test_values_of_secrets_are_sealed() -> None:
    """Keys can be read, values cannot."""
    root = only(
        "kind: Secret\ndata:\n  a: c2VjcmV0\nstringData:\n  b: secret\nmetadata:\n  name: x\n"
    )
    assert isinstance(root, dict)
    assert type(root["data"]["a"]) is Sealed
    assert type(root["stringData"]["b"]) is Sealed
    assert "secret" not in repr(root["stringData"])
    with pytest.raises(TypeError):
        str(root["data"]["a"])


def test_secrets_in_lists_ciphertext_and_last_applied_are_sealed() -> None:
    """Wherever a Secret's value can stand in a document."""
    root = only(
        "kind: List\nitems:\n- kind: Secret\n  data: {a: eA==}\n- kind: ConfigMap\n  metadata:\n   "
        " annotations:\n"
        '      kubectl.kubernetes.io/last-applied-configuration: \'{"data":"x"}\'\n'
    )
    assert isinstance(root, dict)
    assert type(root["items"][0]["data"]["a"]) is Sealed
    assert (
        type(
            root["items"][1]["metadata"]["annotations"][
                "kubectl.kubernetes.io/last-applied-configuration"
            ]
        )
        is Sealed
    )
    encrypted = only("a: ENC[AES256_GCM,data:x]\nb: plain\nsops: {mac: 'ENC[y]'}\n")
    assert isinstance(encrypted, dict)
    assert (
        type(encrypted["a"]) is Sealed
        and encrypted["b"] == "plain"
        and type(encrypted["sops"]["mac"]) is Sealed
    )


def test_inline_text_points_into_its_file() -> None:
    """A patch in a block scalar has the lines of the file around it."""
    outer = only("patches:\n  - patch: |\n      a: 1\n      b: 2\n")
    assert isinstance(outer, dict)
    inner = parse_inline(outer["patches"][0]["patch"]).documents[0].root
    assert (inner["b"].file, inner["b"].line) == ("a.yaml", 4)


def test_comments_are_what_lies_between_scalars() -> None:
    """A `#` inside a value is not a comment."""
    found = comments(
        "# above\na: 1 # beside\nb: 'x # no'\nc: |\n  # no\n  text\nd: x#no\n#\n  # indented\ne: "
        "[1, # in flow\n  2]\n"
    )
    assert {line: (comment.text, comment.own_line) for line, comment in found.items()} == {
        1: ("above", True),
        2: ("beside", False),
        8: ("", True),
        9: ("indented", True),
        10: ("in flow", False),
    }


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("1", "int"), ("0x1F", "int"), ("0o17", "int"), ("1_000", "int"), ("1.5", "float"), (".inf", "float"), ("1e3", "float"),
        ("true", "bool"), ("yes", "str"), ("~", "null"), ("", "null"), ("2026-01-02", "timestamp"), ("1.2.3", "str"), ("-x", "str"),
        ("0XFF", "int"), ("-0B11", "int"), ("0b-11", "int"), ("1" * 30, "float"), ("0x1" + "F" * 16, "str"), ("0o7" + "7" * 30, "str"),
    ],
)  # fmt: skip
def test_plain_scalars_resolve_as_in_go_yaml(text: str, kind: str) -> None:
    """The kinds of YAML 1.2 as go-yaml v3 resolves them."""
    root = only(f"a: {text}\n" if text else "a:\n")
    assert isinstance(root, dict)
    assert isinstance(root["a"], Scalar)
    assert scalar_kind(root["a"]) == kind


def test_utf_16_with_a_mark() -> None:
    """Text in UTF-16 is read where its byte-order mark says so, as go-yaml does; some editors on
    Windows write it."""
    found = parse("a: é\n".encode("utf-16"), "x.yaml")
    assert found.complete and not found.findings
    assert found.documents[0].root == {"a": "é"}


@pytest.mark.parametrize(
    ("key", "bare"),
    [
        ("1", True),
        ("0644", True),
        ("1.10", True),
        ("2020-01-01", True),
        ("true", True),
        ("on", True),  # To YAML 1.1 only.
        ("~", True),
        ("!!int '1'", True),
        ("'1'", False),
        ('"true"', False),
        ("!!str 1", False),
        ("one", False),
        ("1a", False),
    ],
)
def test_keys_that_are_no_texts(key: str, bare: bool) -> None:
    """A key that YAML takes for a number, a word or a date is known as such, with its line; it is
    found like any other."""
    (document,) = parse(f"first: 0\n{key}: value\n", "x.yaml").documents
    assert type(document.root) is Map
    found = list(document.root)[1]
    assert (type(found) is BareKey) is bare
    assert document.root[str(found)] == "value"
    if isinstance(found, BareKey):
        assert found.line == 2


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\n---\nb: 2\n", 0),
        ("--- # one\na: 1\n--- # two\nb: 2\n", 0),
        ("a: 1\n--- {b: 2}\n---\nc: 3\n", 2),
        ("# said\n%YAML 1.1\n---\na: 1\n", 2),
        ("a: |\n  %A\n  --- b\n", 0),
    ],
)
def test_marks_that_kustomize_refuses(text: str, line: int) -> None:
    """The line of the first `---` with content behind it, or of a directive."""
    assert parse(text, "x.yaml").odd_mark == line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('a: "b\\/c"\n', 1),
        ('a: 1\n"b\\/c": 1\n', 2),
        ('a: {b: "c\n  d \\\\\\/"}\n', 2),
        ("a: 1\nb: !!int x\n", 2),
        ("a: 1\nb: !!bool yes\n", 2),
        ('a: !!float ""\n', 1),
        ("a: !!binary a b!\n", 1),
        ("a: !!timestamp soon\n", 1),
        ("a: &a {b: c}\nd:\n  <<: *a\n  <<: *a\n", 4),
    ],
)
def test_what_libyaml_reads_and_go_refuses(text: str, line: int) -> None:
    """An escaped slash in double quotes, a tag that the value does not fit and a second merge key
    are findings at their lines."""
    parsed = parse(text, "a.yaml")
    assert [(one.code, one.line) for one in parsed.findings] == [("yaml-parse", line)]
    assert not parsed.complete


@pytest.mark.parametrize(
    "text",
    ['a: "b\\\\/c"\n', "a: 'b\\/c'\n", "a: b\\/c\n", 'a: |\n  "b\\/c"\n', '[{"a": "b\\/c"}]\n'],
)
def test_slashes_that_go_reads(text: str) -> None:
    """A slash behind a backslash is read in JSON and wherever no escape can stand."""
    assert parse(text, "a.yaml").complete


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('a: "it\\\'s"\n', "it's"),
        ("a: \"\\\"\\'\\\\'\\u0041\\'\"  # c\n", "\"'\\'A'"),
        ("b: 'x\\'\na: \"\\'\n  b\" # 'c\\'\n", "' b"),
        ('b: "\\\'"\na: "\\\'"\n', "'"),
    ],
)
def test_escaped_single_quotes(text: str, value: str) -> None:
    """`\\'` in double quotes is a quote, as in Go's YAML; libyaml refuses it."""
    parsed = parse(text, "a.yaml")
    assert parsed.complete and not parsed.findings
    root = parsed.documents[0].root
    assert isinstance(root, Map) and root["a"] == value


@pytest.mark.parametrize(
    "text", ['a: "\\\'\\q"\n', "a: \"\\'", 'a: "\\\' \\"\n', "a: \\'\n\tb: 1\n"]
)
def test_other_escapes(text: str) -> None:
    """What Go refuses as well is refused, with one finding."""
    assert [found.code for found in parse(text, "a.yaml").findings] == ["yaml-parse"]


def test_many_escaped_single_quotes(monkeypatch: pytest.MonkeyPatch) -> None:
    """How often a text is read again is bounded by its length."""
    monkeypatch.setattr("gitops_docs.yaml.parse.MAX_READ_AGAIN", 20_000)
    reads = []
    read = Reader.read

    def counting(self: Reader, text: str) -> None:
        reads.append(1)
        read(self, text)

    monkeypatch.setattr(Reader, "read", counting)
    parsed = parse('- "\\\'"\n' * 500, "a.yaml")
    assert not parsed.complete
    assert len(reads) < 10


def test_byte_order_mark_of_a_later_document() -> None:
    """Files that were put together with their byte order marks are read."""
    parsed = parse("\ufeffa: 1\n---\n\ufeffb: 2\n", "a.yaml")
    assert parsed.complete and len(parsed.documents) == 2
