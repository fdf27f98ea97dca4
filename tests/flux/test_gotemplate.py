"""Go templates as ResourceSets use them: syntax, functions, what fails."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_docs.flux.resourcesets.functions import FUNCTIONS, slugify
from gitops_docs.flux.resourcesets.template import Template
from gitops_docs.flux.resourcesets.values import TemplateError, printed

INPUTS = {
    "name": "web",
    "count": 2.0,
    "on": True,
    "off": False,
    "empty": "",
    "list": ["a", "b", "c"],
    "map": {"b": 1.0, "a": {"x": "deep"}},
    "text": "one\ntwo",
}


def run(template: str) -> str:
    """The result with the inputs above."""
    return Template(template).execute({**FUNCTIONS, "inputs": lambda: INPUTS})


@pytest.mark.parametrize(
    ("template", "result"),
    [
        ("plain {{ helm }} ${flux}", "plain {{ helm }} ${flux}"),
        ("<< inputs.name >>-<<inputs.count>>", "web-2"),
        ("<< inputs.map.a.x >> << (index inputs.map \"a\").x >>", "deep deep"),
        ("<< inputs.name | upper | quote >>", '"WEB"'),
        ("<< printf \"%s-%d-%v\" inputs.name (int inputs.count) true >>", "web-2-true"),
        ("<< if inputs.on >>yes<< else >>no<< end >>", "yes"),
        ("<< if inputs.empty >>1<< else if eq inputs.name \"web\" >>2<< else >>3<< end >>", "2"),
        ("<< if and inputs.on (not inputs.off) >>both<< end >>", "both"),
        ("<< or inputs.empty inputs.name >>", "web"),
        ("<< if ne inputs.name \"x\" \n >>a<< end >>", "a"),
        ("a  <<- \" b\" ->>  c", "a bc"),
        ("a <</* words */>> b <<- /* more */ ->> c", "a  bc"),
        ("<< range inputs.list >>[<< . >>]<< end >>", "[a][b][c]"),
        ("<< range $i, $v := inputs.list >><< $i >>=<< $v >>,<< end >>", "0=a,1=b,2=c,"),
        ("<< range $k, $v := inputs.map >><< $k >> << end >>", "a b "),  # Keys in order.
        ("<< range inputs.list >><< if eq . \"b\" >><< continue >><< end >><< . >><< end >>", "ac"),
        ("<< range inputs.list >><< if eq . \"b\" >><< break >><< end >><< . >><< end >>", "a"),
        ("<< range list >>x<< else >>none<< end >>", "none"),
        ("<< with inputs.map.a >><< .x >><< end >>", "deep"),
        ("<< $n := 1 >><< range until 3 >><< $n = add $n . >><< end >><< $n >>", "4"),
        ("<< $n := 1 >><< if true >><< $n := 5 >><< end >><< $n >>", "1"),  # A declaration ends with its block.
        ("<< get inputs \"gone\" | default \"d\" >>", "d"),
        ("<< dig \"map\" \"gone\" \"d\" inputs >>", "d"),
        ("x: << inputs.map | toYaml | nindent 2 >>", "x: \n  a:\n    x: deep\n  b: 1\n  "),
        ("<< inputs.list | toJson >>", '["a","b","c"]'),
        ("<< inputs.text | indent 2 >>", "  one\n  two"),
        ("<< join \"-\" inputs.list >> << splitList \".\" \"a.b\" | last >>", "a-b-c b"),
        ("<< ternary \"y\" \"n\" inputs.on >> << coalesce inputs.empty inputs.name >>", "y web"),
        ("<< trimSuffix \"b\" \"web\" >> << replace \"e\" \"i\" \"web\" >> << trunc 2 \"web\" >>", "we wib we"),
        ("<< contains \"w\" inputs.name >>", "true"),
        ("<< inputs.list >> << inputs.map >> << len inputs.list >>", "[a b c] map[a:map[x:deep] b:1] 3"),
        ("<< \"a\\tb\" >> << `raw \\n` >> << 'x' >>", "a\tb raw \\n 120"),
        ("<< index inputs.list 1 >><< nil | default \"z\" >>", "bz"),
        ("<< dict \"k\" inputs.name | toYaml >>", "k: web\n"),
        ("<< hasKey inputs \"name\" >> << has \"a\" inputs.list >> << empty inputs.empty >>", "true true true"),
        ("<< add 1 inputs.count >> << div 7 2 >> << mod -7 3 >> << max 1 5 3 >>", "3 3 -1 5"),
        ("<< \"hello\" | b64enc >> << sha256sum \"a\" | trunc 8 >>", "aGVsbG8= ca978112"),
        ("<< len \"ä\" >> << index \"ab\" 1 >>", "2 98"),  # Bytes.
        ("<< slice \"abcd\" 1 3 >> << slice inputs.list 1 >>", "bc [b c]"),
        ("<< toStrings \"ab\" >> << toStrings (list 1 nil) >>", "[ab] [1]"),
    ],
)  # fmt: skip
def test_result(template: str, result: str) -> None:
    """What Go gives."""
    assert run(template) == result


@pytest.mark.parametrize(
    "template",
    [
        "<< inputs.gone >>",  # missingkey=error
        "<< inputs.name.x >>",
        "<< inputs.map.a.gone >>",
        "<< frobnicate inputs >>",
        "<< if inputs.on >>",
        "<< end >>",
        "<< range inputs.name >><< end >>",
        "<< inputs.name",
        "<< $undeclared >>",
        "<< 1 2 >>",
        "<< (inputs.name >>",
        "<< upper 1 >>",
        "<< define \"x\" >><< end >>",
        "<< fail \"no\" >>",
        "<< now >>",
        "<< ; >>",
        "<< >>",
        "<</* never closed >>",
        "<< break >>",
        "<< index inputs.list -1 >>",
        "<< slice \"abc\" 2 9 >>",
        "<< lt inputs.list inputs.list >>",
        "<< hasKey inputs.name \"e\" >>",
        "<< keys inputs.name >>",
        "<< first inputs.empty >>",
    ],
)  # fmt: skip
def test_what_fails(template: str) -> None:
    """A template that Go refuses, or that asks for what is not known here."""
    with pytest.raises(TemplateError):
        run(template)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2.0, "2"), (0.5, "0.5"), (123456.0, "123456"), (1000000.0, "1e+06"), (1234567.0, "1.234567e+06"),
        (0.0001, "0.0001"), (0.00001, "1e-05"), (-3.25, "-3.25"), (0.0, "0"), (1e21, "1e+21"),
    ],
)  # fmt: skip
def test_numbers_are_printed_as_go_does(value: float, text: str) -> None:
    """Inputs are JSON numbers, which Go reads as floats and prints with `%v`."""
    assert printed(value) == text


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        (">=1.0.0-rc.0", "1-0-0-rc-0"),
        ("Feature/Añadir Ünicode & more", "feature-anadir-unicode-and-more"),
        ("a" * 70, "a" * 63),
        ("word-" * 20, "word-word-word-word-word-word-word-word-word-word-word-word"),
        ("--x__", "x"),
    ],
)
def test_slugify(text: str, slug: str) -> None:
    """A label value of at most 63 characters, cut between words."""
    assert slugify(text) == slug


@pytest.mark.parametrize(
    "template",
    [
        "<< range until 1000000 >><< range until 1000000 >>x<< end >><< end >>",
        "<< $x := \"ab\" >><< range until 60 >><< $x = cat $x $x >><< end >><< $x >>",
        "<< $x := dict \"a\" 1 >><< range until 60 >><< $x = dict \"a\" $x \"b\" $x >><< end >><< "
        "$x | toYaml >>",
        "<< $x := list 1 >><< range until 60 >><< $x = list $x $x >><< end >><< $x >>",
        "<< repeat 1000000000 \"x\" >>",
        "<< repeat 1000000 \"\\n\" | indent 1000 >>",
        "<< " + "(" * 5000 + "1" + ")" * 5000 + " >>",
        "<< printf \"%999d\" 1 | repeat 100000 >>",
    ],
)  # fmt: skip
def test_hostile_templates_end(template: str) -> None:
    """A template that would take for ever, or all memory, is refused."""
    with pytest.raises(TemplateError):
        run(template)


PARTS = [
    *"$().|1 ",
    "<< ",
    " >>",
    "<<- ",
    " ->>",
    "if ",
    "range ",
    "end",
    "else",
    ".x",
    "$a",
    ":=",
    "inputs",
    '"s"',
    "/*",
    "*/",
]


@given(st.lists(st.sampled_from(PARTS), max_size=14))
def test_no_template_escapes_the_error_type(parts: list[str]) -> None:
    """Whatever the text, there is a result or a `TemplateError`."""
    with contextlib.suppress(TemplateError):
        run("".join(parts))
