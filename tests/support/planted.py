"""Makes a repository with credentials and harmless values out of a template, by chance and from a
seed.

Usage: python -m tests.support.planted TEMPLATE FOLDER [SEED]

writes FOLDER/repo, and canaries.json, harmless.json and earlier.json beside it. The template holds
files, each behind a line `=== path`. In it stand

    «shape»       a credential of this shape, which no output may show
    ‹text›        a text that must stay readable
    ⟦text⟧        the text in base64
"""

from __future__ import annotations

import base64
import json
import random
import re
import string
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec import Struct

UPPER, LOWER, DIGITS = string.ascii_uppercase, string.ascii_lowercase, string.digits
MIXED = UPPER + LOWER + DIGITS
HEX = "0123456789abcdef"
_WORDS = """
anchor birch candle dune ebony falcon ginger heather ivory jasper kelp lantern maple nickel olive
pepper quince reed spruce tundra urchin vapor walnut xenon yellow zinc
"""
WORDS = tuple(_WORDS.split())

TEMPLATE = Path(__file__).parent.parent / "redaction" / "planted" / "template.txt"


class Planted(Struct, frozen=True):
    """A value of a template: where it stands, and what it is."""

    value: str
    kind: str
    shape: str
    place: str


class Repository(Struct, frozen=True):
    """A repository made of a template: its files, and what is planted in them."""

    files: dict[str, str]
    credentials: tuple[Planted, ...]
    harmless: tuple[Planted, ...]
    earlier: dict[str, str]
    """Another value of the same shape for each credential."""


def some(rnd: random.Random, letters: str, number: int) -> str:
    """`number` letters by chance."""
    return "".join(rnd.choice(letters) for _ in range(number))


def _b64(rnd: random.Random, size: int) -> str:
    return base64.b64encode(rnd.randbytes(size)).decode()


def _url64(rnd: random.Random, size: int) -> str:
    return base64.urlsafe_b64encode(rnd.randbytes(size)).decode().rstrip("=")


def _uuid(rnd: random.Random, _: int) -> str:
    raw = some(rnd, HEX, 32)
    return f"{raw[:8]}-{raw[8:12]}-4{raw[13:16]}-9{raw[17:20]}-{raw[20:]}"


def _password(rnd: random.Random, size: int) -> str:
    return (
        rnd.choice(MIXED[:52]) + some(rnd, MIXED, size - 3) + rnd.choice(LOWER) + rnd.choice(DIGITS)
    )


def _human(rnd: random.Random, _: int) -> str:
    return (
        rnd.choice(WORDS).capitalize()
        + rnd.choice(WORDS).capitalize()
        + some(rnd, DIGITS, 3)
        + rnd.choice(["", "!", "y"])
    )


def _weak(rnd: random.Random, _: int) -> str:
    word = rnd.choice(["changeme", "letmein", "welcome", "topsecret", "passw0rd", "hunter"])
    return word + some(rnd, DIGITS, rnd.choice([2, 4])) + rnd.choice(["", "!"])


def _season(rnd: random.Random, _: int) -> str:
    word = rnd.choice(["Winter", "Sunday", "Lisbon", "Tiger"]) + rnd.choice(["", "@", "_", "#"])
    return word + some(rnd, DIGITS, 4) + rnd.choice(["", "!"])


def _jwt(rnd: random.Random, _: int) -> str:
    def part(value: dict[str, Any]) -> str:
        return (
            base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode())
            .decode()
            .rstrip("=")
        )

    return f"{part({'alg': 'RS256', 'kid': some(rnd, MIXED, 8)})}.{part({'sub': some(rnd, DIGITS, 8)})}.{_url64(rnd, 64)}"


def _crypt(prefix: str, *sizes: int) -> Callable[[random.Random, int], str]:
    return lambda rnd, _: prefix + "$".join(some(rnd, "./" + MIXED, size) for size in sizes)


SHAPES: dict[str, tuple[int, Callable[[random.Random, int], str]]] = {
    "pw": (16, _password),
    "human": (0, _human),
    "special": (
        0,
        lambda rnd, _: some(rnd, MIXED, 5) + rnd.choice("!*+-_~") + some(rnd, MIXED, 5) + rnd.choice("!*-_~") + some(rnd, MIXED, 4),
    ),
    "weak": (0, _weak),
    "season": (0, _season),
    "short": (0, lambda rnd, _: rnd.choice(LOWER) + some(rnd, LOWER + DIGITS, 6) + rnd.choice(DIGITS)),
    "lower": (14, lambda rnd, size: some(rnd, LOWER, size)),
    "upper": (20, lambda rnd, size: rnd.choice(UPPER) + some(rnd, UPPER + "234567", size - 2) + rnd.choice("234567")),
    "hex": (32, lambda rnd, size: some(rnd, HEX, size)),
    "digits": (10, lambda rnd, size: rnd.choice("123456789") + some(rnd, DIGITS, size - 1)),
    "b64": (32, _b64),
    "b32": (32, lambda rnd, size: some(rnd, UPPER + "234567", size)),
    "url64": (32, _url64),
    "uuid": (0, _uuid),
    "words": (12, lambda rnd, size: " ".join(rnd.choice(WORDS) for _ in range(size))),
    "dashed": (5, lambda rnd, size: "-".join(rnd.choice(WORDS) for _ in range(size))),
    "fernet": (0, lambda rnd, _: base64.urlsafe_b64encode(rnd.randbytes(32)).decode()),
    "cephx": (0, lambda rnd, _: "AQ" + base64.b64encode(rnd.randbytes(28)).decode()[2:]),
    "wg": (0, lambda rnd, _: some(rnd, MIXED + "+/", 42) + "A="),
    "pem": (0, lambda rnd, _: some(rnd, MIXED + "+/", 64)),
    "awskey": (0, lambda rnd, _: some(rnd, MIXED + "+/", 39) + "z"),
    "azure": (0, lambda rnd, _: some(rnd, MIXED, 3) + "8Q~" + some(rnd, MIXED + "._~-", 33) + "a"),
    "cloudflare": (0, lambda rnd, _: some(rnd, MIXED + "_-", 39) + "c"),
    "github": (0, lambda rnd, _: "ghp_" + some(rnd, MIXED, 36)),
    "gitlab": (0, lambda rnd, _: "glpat-" + some(rnd, MIXED, 20)),
    "google": (0, lambda rnd, _: "AIza" + some(rnd, MIXED + "_-", 34) + "s"),
    "npm": (0, lambda rnd, _: "npm_" + some(rnd, MIXED, 36)),
    "pat": (0, lambda rnd, _: some(rnd, LOWER + "234567", 52)),
    "stripe": (0, lambda rnd, _: "sk_live_" + some(rnd, MIXED, 24)),
    "telegram": (0, lambda rnd, _: some(rnd, DIGITS, 9) + ":AA" + some(rnd, MIXED + "_-", 32) + "t"),
    "talos": (0, lambda rnd, _: some(rnd, LOWER + DIGITS, 6) + "." + some(rnd, LOWER + DIGITS, 16)),
    "jwt": (0, _jwt),
    "bcrypt": (0, _crypt("$2b$12$", 53)),
    "apr1": (0, _crypt("$apr1$", 8, 22)),
    "md5crypt": (0, _crypt("$1$", 8, 22)),
    "sha512crypt": (0, _crypt("$6$", 12, 86)),
    "pbkdf2": (0, lambda rnd, _: "$pbkdf2-sha512$25000$" + some(rnd, MIXED + "./", 22) + "$" + some(rnd, MIXED + "./", 86)),
    "sha1": (0, lambda rnd, _: "{SHA}" + _b64(rnd, 20)),
}  # fmt: skip


def credential(shape: str, rnd: random.Random) -> str:
    """A value of a shape, such as `pw` or `hex:40`."""
    name, _, size = shape.partition(":")
    usual, make = SHAPES[name]
    return make(rnd, int(size) if size else usual)


def fill(template: str, rnd: random.Random) -> tuple[str, list[str], list[str]]:
    """A text made of a template, the credentials in it, and what must stay readable."""
    credentials: list[str] = []
    harmless: list[str] = []

    def put(match: re.Match[str]) -> str:
        if match[1] is None:
            harmless.append(match[2])
            return match[2]
        credentials.append(credential(match[1], rnd))
        return credentials[-1]

    made = re.sub("«([a-z0-9]+(?::[0-9]+)?)»|‹([^›]*)›", put, template)
    while "⟦" in made:
        made = re.sub(
            "⟦([^⟦⟧]*)⟧", lambda match: base64.b64encode(match[1].encode()).decode(), made
        )
    return made, credentials, harmless


def plant(template: str, seed: str) -> Repository:
    """The repository of a template."""
    rnd = random.Random(seed)
    files: dict[str, str] = {}
    credentials: list[Planted] = []
    harmless: list[Planted] = []
    earlier: dict[str, str] = {}
    for part in re.split(r"(?m)^=== ", template)[1:]:
        path, _, body = part.partition("\n")
        path = path.strip()
        kind = path.split("/")[1] if path.startswith("layers/") else path.split("/")[0]

        def put(match: re.Match[str], path: str = path, kind: str = kind, body: str = body) -> str:
            line = body[body.rfind("\n", 0, match.start()) + 1 : match.start()]
            before = re.sub(r"«[^»]*»|[⟦⟧‹›]", "…", line).strip(" -'\"")
            place = (
                f"{path}: {before[-70:] or 'line ' + str(body[: match.start()].count(chr(10)) + 1)}"
            )
            if match[1] is None:
                harmless.append(Planted(match[2], kind, "", place))
                return match[2]
            value = credential(match[1], rnd)
            while value in earlier:
                value = credential(match[1], rnd)
            earlier[value] = credential(match[1], rnd)
            credentials.append(Planted(value, kind, match[1], place))
            return value

        made = re.sub("«([a-z0-9]+(?::[0-9]+)?)»|‹([^›]*)›", put, body)
        while "⟦" in made:
            made = re.sub(
                "⟦([^⟦⟧]*)⟧", lambda match: base64.b64encode(match[1].encode()).decode(), made
            )
        files[path] = made
    return Repository(files, tuple(credentials), tuple(harmless), earlier)


def write(repository: Repository, folder: Path) -> None:
    """Write a repository and what is planted in it."""
    for path, text in repository.files.items():
        file = folder / "repo" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    told = {
        "canaries": [
            {
                "id": f"{number:03}",
                "value": one.value,
                "kind": one.kind,
                "shape": one.shape,
                "place": one.place,
            }
            for number, one in enumerate(repository.credentials, 1)
        ],
        "harmless": [
            {"value": one.value, "kind": one.kind, "place": one.place}
            for one in repository.harmless
        ],
        "earlier": repository.earlier,
    }
    for name, value in told.items():
        (folder / f"{name}.json").write_text(
            json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )


if __name__ == "__main__":
    write(
        plant(Path(sys.argv[1]).read_text(encoding="utf-8"), "".join(sys.argv[3:4]) or "planted"),
        Path(sys.argv[2]),
    )
