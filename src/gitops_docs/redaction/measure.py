"""Measure what a value looks like: a placeholder, a name, or something that was made to be hard to
guess.

In: a value without its key. Out: what it is. Nothing here knows words of a language or a list of
secrets; names differ from random letters by the pairs of letters that words have.
"""

from __future__ import annotations

import string

from gitops_docs.text.memo import memo
from gitops_docs.text.patterns import Pattern

_AFTER = """
abcdfgiklmnprstuvy baeilorsu cacehiklortu daeiorsu eacdefglmnpqrstvwx faefiloru gaehinorsu haeiot
iabcdefglmnoprstvz keis ladeilostuy maeimopsu nacdefgiknostuv oabcdgklmnoprstuvw paeiloprstu qu
racdegikmnorstuvy sacehilopstu tacehilorstuy uabcdeilmnprst vaei waeio xpt zei
"""
"""A letter and those that follow it in words."""
_PAIRS = frozenset(group[0] + letter for group in _AFTER.split() for letter in group[1:])
"""Pairs of letters that make up 93 in 100 of those in English and technical words. Of random ones
they make up 33."""
_WORD_LIKE = 0.7
"""Share of known pairs from which on a run of letters is a word: one random run of eight in
thirteen is, nearly none of fourteen."""

_NOTHING = Pattern(
    r"(?:|ConvertTo-SecureString.*|true|false|null|none|nil|undefined|yes|no|on|off|enabled|disabled|required|optional|~|i"
    r"nfo|debug|warn(?:ing)?|error|[\d.]{1,4}|str|string|bytes|bool(?:ean)?|int(?:eger)?|object|generated?|!\w+"
    r"|your/[a-z/_-]+|T0{5,}/.*|x{3,}(?:[/-]x{3,})+"
    r"|#\{.*|\$?\$\{?\??[A-Za-z0-9_.:\[\]'-]+\}?|\$\{[A-Za-z0-9_]+:?[-=?+][^}]*\?.*\}|\$\{[A-Za-z0-9"
    r"_]+:?[-=]\}|\$\{[A-Za-z0-9_]+:?\?[^}]*\}|\$\([^()]*\)|\$\(.*"
    r"|\$__[a-z]+\{[^}]*\}|\$\{\{.*|\$[A-Z_]+|%\(\w+\)s|%\{[^}]*\}%?|%[a-z]|%[A-Z_]+%|@[A-Z_]+@|@Mi"
    r"crosoft\.KeyVault\(.*|__[A-Z][A-Z0-9_]*__"
    r"|<+[^<>]*>+|\{\{.*|\{%.*|\{[a-z_]+\}|\*+|x{3,}|\.{3,}|-{3,}|\*+REDACTED\*+|\[?REDACTED\]?"
    r"|(?:op|vault|bws|akv|awssm|awsps|gcpsm|ref\+\w+|secretref|env|file|sops|keyring|doppler|urn:k8s:secret)(?:"
    r"://|:).*"
    r"|(?:process\.env|os\.environ|os\.getenv|ENV|getenv|env|System\.getenv|lookup|secret|var|loc"
    r"al|data|module|each|file|config|self)(?:[./][A-Za-z_]|\[|\().*"
    r"|(?:replace|set|insert|put|fill|enter|add|your|my|some|the|example|dummy|placeholder"
    r"|sample|todo|tbd|fixme)[-_. ]?(?:me|in|it|this|your|with|here|value|placeholder"
    r"|api|secret|token|password|key|client|access)(?:[-_. ](?:in|it|by|me|this|your|here|with|va"
    r"lue|token|password|secret|key|id|api|ci|please))*"
    r"|[a-z]+_\w+(?:\.\w+)+|argon2\w{0,2}|[bs]crypt|pbkdf2\w*|h?mac-?sha-?\d*|sha-?\d+|md5|scram-sha-\d+(?:-plus)?|[re"
    r"hp]s\d{3}|your[-_. ].*[-_. ]here|dummy|placeholder|redacted|masked|hidden|todo|tbd|fixme"
    r"|(?-i:[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*_(?:SECRET|PASSWORD|TOKEN|(?:API)?KEY|PASS|PW)))",
    ignore_case=True,
    dot_all=True,
)
"""What a value is that stands for one, says that there is none, or is too short to be one."""
_WITH_DEFAULT = Pattern(r"\$\{[A-Za-z0-9_]+:?[-=]([^${}]+)\}")
_DASHED = Pattern(r"\$\{[a-z]{1,16}(?:-[a-z]{1,16}){2,}\}")
"""A variable with dashes in its name, as Jenkins has them; with one dash it has a default."""
_FILES = (
    "txt|json|ya?ml|toml|ini|conf|cfg|cnf|env|properties|xml|key|pem|crt|cer|csr|der|p12|pfx|jks|k"
    "eystore|keytab|pass|pwd|passwd|htpasswd|secret|token|cred|creds|lua|php|py|rb|sh|js|ts|sql|l"
    "og|db|asc|gpg|age|pub|jwt|jwk|jwks|kdbx|bin|dat|sock"
)
"""Endings of files by which a word with a dot is one."""
_PATH = Pattern(
    r"(?:file://|~|\.{1,2}|[A-Za-z]:\\|/|\$\{?[\w.]+\}?/|<\w+>/)(?:/?[\w.@+${}-]+)*/?(?::/?[\w./-]+)?|[\w.-"
    r"]+(?:/[\w.*${}-]+)+\.[a-z]{1,5}[a-z0-9]?|[\w.-]*\.(?:" + _FILES + r")"
)
_ADDRESS = Pattern(
    r"(?:jdbc:)?[a-z][a-z0-9+.-]*://(?:[^\s/@]*@)?[\w.${}()%*\[\]:-]+(?:[/?#].*)?", ignore_case=True
)
_AMOUNT = Pattern(
    r"[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?:[kmgtpe]i?b?|ns|us|ms|s|m|h|d|w|y|%)?|(?:\d+(?:\.\d+)?(?"
    r":ns|us|ms|h|m|s|d|w|y))+|P(?:T?\d+[A-Z])+(?:T?\d+[A-Z])*",
    ignore_case=True,
)
"""Numbers, quantities and durations."""
_NUMBERS = Pattern(
    r"\d+(?:[.:_-]\d+)+|v\d+(?:\.\d+){1,3}(?:-(?:alpha|beta|rc)\.?\d+)?|\d+(?:\.\d+)*\.v[0-9a-f_]{6,}"
)
"""Dates, versions and what else is made of numbers."""
_UUID = Pattern(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", ignore_case=True)
_PUBLIC = Pattern(
    r"sha(?:1|256|384|512)[:-].*|(?:ssh-(?:ed25519|rsa|dss)|ecdsa-sha2-\S+|sk-\S+@openssh\.com) ."
    r"*|age1[0-9a-z]{50,}|arn:[\w-]*:.*|SHA256:.*|-----BEGIN (?:"
    r"CERTIFICATE|X509|TRUSTED|PUBLIC|RSA PUBLIC|DH PARAM|EC PARAM|SSH2 PUBLIC|PGP PUBLIC|PGP SIG"
    r"NED).*|LS0tLS1CRUdJTiBDRVJU.*"
    r"|LS0tLS1CRUdJTiBQVUJMSUM.*|pk_(?:live|test)_.*|(?:0x)?[0-9A-F]{40}|0x[0-9A-F]{16}|[UAONC][A-Z2-7]{55}",
    dot_all=True,
)
"""What everybody may know: digests, certificates, public keys, names of resources."""
_HOST = Pattern(
    r"\[?[\w*-]+(?:\.[\w*-]+)*\.?[a-z]*\]?:\d{1,5}|(?:[a-z0-9*_-]+\.)+[a-z]{2,}\.?(?::\d+)?|\d{1,"
    r"3}(?:\.\d{1,3}){3}(?:[:/]\d+)?|localhost",
    ignore_case=True,
)
_MAIL = Pattern(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|[^<>]*<[\w.+-]+@[\w.-]+>")
_ALGORITHM = Pattern(
    r"[a-z0-9_-]*(?:sha-?(?:1|256|384|512)|ed25519|x25519|ecdsa|hmac|aes-?(?:128|192|256))[a-z0-9_-]*",
    ignore_case=True,
)
_RUN = Pattern(r"[A-Z]?[a-z]+|[A-Z]+|\d+")
_CHUNK = Pattern(r"[A-Za-z0-9]+")
_JOINED = Pattern(r"[a-z]+(?:[-._/][a-z]+)+")
_OBJECT = Pattern(r"[a-z]+\d{0,2}(?:-[a-z]+\d{0,2})*-[a-z]+\d{0,2}")
"""What objects of a cluster are called, such as `kafka-tls-f1`."""
_HUMAN = Pattern(
    r"[A-Za-z][a-z]{2,}(?:[A-Z_.-]?[a-z]{2,})*\d{3,}[a-z]?\W{0,2}|(?:[A-Z][a-z]+)+\d+\W+|[A-Za-z]"
    r"{3,}\d+[!@#$%^&*?]+\d*|[A-Za-z]+[@!$#][A-Za-z0-9]+[!?]?"
)
"""What a person makes up: words, then some digits, then a sign."""


_NUMBERED = Pattern(
    r"base(?:32|64)|sha-?\d|utf-?(?:8|16)|x509|aes-?\d|ed25519|curve\d|chacha20", ignore_case=True
)
"""Technical words that have a number."""
_WORD_AND_NUMBER = Pattern(
    r"[A-Z][a-z]{2,}[_@#$]\d{2,}|(?:[a-z]{5,}|[a-z]+\d[a-z]+)\d{2,}(?:[_.-][a-z]{1,6})?"
)


def stands_for_none(value: str) -> bool:
    """Return whether a value is a flag, a placeholder, a reference to one elsewhere, or the name of
    a file that holds one."""
    text = value.strip()
    default = _WITH_DEFAULT.fullmatch(text)
    if default is not None:
        return _NOTHING.fullmatch(default[1]) is not None or _DASHED.fullmatch(text) is not None
    return (
        _NOTHING.fullmatch(text) is not None
        or _PATH.fullmatch(text) is not None
        and not _is_base64_path(text)
        or _PUBLIC.fullmatch(text) is not None
        or is_address(text)
        and not is_secret_address(text)
    )


def is_reference(value: str) -> bool:
    """Return whether a value is a placeholder or a reference to one elsewhere, such as
    `op://a/b/c`."""
    return _NOTHING.fullmatch(value.strip()) is not None


def _is_base64_path(text: str) -> bool:
    return (
        len(text) >= 16 and "." not in text and not text.startswith("~") and wordiness(text) < 0.4
    )


def is_address(value: str) -> bool:
    """Return whether a value is a URL."""
    return "://" in value and _ADDRESS.fullmatch(value) is not None


_HOOK = Pattern(
    r"(?:hooks?|webhooks?\d*|web_hooks?|triggers?|integrations?|incoming|callbacks?|services|ping"
    r"|notify|in|bot[^/]*)/(.*)",
    ignore_case=True,
)


def is_secret_address(value: str) -> bool:
    """Return whether a URL alone grants access: an address of a webhook with something random in
    its path."""
    rest = value.partition("://")[2]
    path, _, query = rest.partition("/")[2].partition("?")
    if not path and not query:
        return False
    hook = _HOOK.search("/" + path)
    parts = (path if hook is None else hook[1]).split("/")
    return any(
        len(part) >= 16
        and looks_made(part)
        and (hook is not None or not is_uuid(part))
        or hook is not None
        and (is_uuid(part) or len(part) >= 20 and not is_name(part))
        for part in parts
    ) and (hook is not None or any(len(part) >= 24 for part in parts))


def has_odd_path(value: str) -> bool:
    """Return whether the last part of the path of a URL is not a name."""
    path = value.partition("://")[2].partition("/")[2].partition("?")[0].partition("#")[0]
    last = path.rstrip("/").rpartition("/")[2]
    return bool(last) and not is_name(last) and not stands_for_none(last)


def is_uuid(value: str) -> bool:
    """Return whether a value is a UUID."""
    return len(value) == 36 and _UUID.fullmatch(value) is not None


def is_place(value: str) -> bool:
    """Return whether a value is a host, with or without its port, or an address of mail."""
    return _HOST.fullmatch(value) is not None or _MAIL.fullmatch(value) is not None


def is_amount(value: str) -> bool:
    """Return whether a value is a number, a quantity or a duration."""
    return _AMOUNT.fullmatch(value) is not None or _NUMBERS.fullmatch(value) is not None


def _is_word(run: str) -> bool:
    """Return whether a run of letters has the pairs that words have; short ones need not."""
    if len(run) < 3:
        return False
    low = run.lower()
    known = sum(low[at : at + 2] in _PAIRS for at in range(len(low) - 1))
    return known >= (len(low) - 1) * (_WORD_LIKE if len(low) > 4 else 0.5)


@memo(8192)
def wordiness(value: str) -> float:
    """Return which share of the letters and digits of a text belongs to words, from 0 to 1."""
    total = covered = 0
    for chunk in _CHUNK.findall(value):
        total += len(chunk)
        covered += sum(len(run) for run in _RUN.findall(chunk) if _is_word(run))
    return covered / total if total else 1.0


@memo(8192)
def is_name(value: str) -> bool:
    """Return whether a value is what people call things: words joined by signs, a host, a path, an
    address, an amount, a version."""
    text = value.strip()
    if "," in text and " " not in text:
        return all(map(is_name, text.split(",")))
    if len(text) < 3 or is_amount(text) or _PUBLIC.fullmatch(text) is not None:
        return True
    if is_address(text):
        return not is_secret_address(text)
    if (
        _HOST.fullmatch(text) is not None
        and wordiness(text) >= 0.5
        or _MAIL.fullmatch(text) is not None
    ):
        return True
    if is_uuid(text) or text[-1] in "!^$" or _HUMAN.fullmatch(text) is not None:
        return False
    chunks = _CHUNK.findall(text)
    sizes = set(map(len, chunks))
    if any(map(_is_mixed, chunks)):
        return False
    if (
        len(sizes) > 1
        and text.islower()
        and max(sizes) <= 12
        and not any(map(str.isdigit, text))
        and _JOINED.fullmatch(text) is not None
    ):
        return True  # Parts that a generator makes have one length.
    if (
        len(sizes) > 1
        and max(sizes) <= 12
        and sum(map(str.isdigit, text)) <= 3
        and _OBJECT.fullmatch(text) is not None
    ):
        return True
    if (
        len(chunks) > 1
        and text.islower()
        and max(map(len, chunks)) <= 16
        and wordiness(text) >= 0.35
    ):
        return sum(map(str.isdigit, text)) <= 6
    return all(_names(chunk) for chunk in chunks) and (len(chunks) < 3 or wordiness(text) >= 0.4)


def is_of_all_signs(value: str) -> bool:
    """Return whether one run of a value has digits and letters of both cases: each part of a model
    number or a constant has fewer."""
    return any(
        any(map(str.isdigit, chunk))
        and any(map(str.islower, chunk))
        and any(map(str.isupper, chunk))
        for chunk in _CHUNK.findall(value)
    )


def is_word_with_number(value: str) -> bool:
    """Return whether a value is a word with a number, such as `welcome2024`: the name of a host, or
    the password of a person."""
    if _NUMBERED.contains(value):
        return False
    return (
        len(value) >= 8
        and value.isalnum()
        and 2 <= sum(map(str.isdigit, value)) < len(value)
        or _WORD_AND_NUMBER.fullmatch(value) is not None
    )


_TITLE_AND_NUMBER = Pattern(r"[A-Z][a-z]{3,15}(?:[-_.][a-z]{1,3}\d{1,2}){1,2}")
"""What is numbered in a text, such as `Subject-c1`."""


def has_long_run(value: str) -> bool:
    """Return whether ten letters and digits stand together: names of models and builds (`ViT-B-32`)
    have shorter parts, what a generator makes in base64 does not."""
    return any(len(chunk) >= 10 for chunk in _CHUNK.findall(value))


def _is_mixed(chunk: str) -> bool:
    """Return whether a long run has letters and digits in turn, such as a token of kubeadm."""
    return (
        len(chunk) >= 12
        and chunk.islower()
        and len(_RUN.findall(chunk)) > 2
        and wordiness(chunk) < 0.6
    )


def _names(chunk: str) -> bool:
    """Return whether a run of letters and digits may be a part of a name."""
    runs = _RUN.findall(chunk)
    digits = sum(len(run) for run in runs if run.isdigit())
    if len(chunk) <= 3 or len(set(chunk)) <= 2 or chunk.isdigit() and len(chunk) <= 8:
        return True
    if digits > 4 or digits >= len(chunk) - 1 and len(chunk) > 5:
        return False
    if len(chunk) <= 5:
        return len(runs) <= (2 if chunk.isalpha() else 3) and not (
            digits
            and any(char.isupper() for char in chunk[1:])
            and any(char.islower() for char in chunk)
        )
    words = sum(len(run) for run in runs if _is_word(run))
    upper = sum(map(str.isupper, chunk))
    odd = digits and upper > 1 and upper < len(chunk) - digits
    return (
        words >= (len(chunk) - digits) * (0.85 if odd else 0.6) and len(runs) <= 2 + len(chunk) // 4
    )


@memo(8192)
def looks_made(value: str) -> bool:
    """Return whether a value is recognized as a credential without its key: what a generator makes,
    or a person who was asked for a password."""
    text = value.strip().rstrip(".")
    if (
        len(text) < 8
        or len(set(text)) <= len(text) // 4 + 1
        and len(text) < 64
        or " " in text
        and wordiness(text) > 0.4
        or stands_for_none(text)
        or is_amount(text)
    ):
        return False
    if _TITLE_AND_NUMBER.fullmatch(text) is not None:
        return False
    if len(text) <= 32 and _ALGORITHM.fullmatch(text) is not None:
        return False
    if _HUMAN.fullmatch(text) is not None:
        return (
            any(char.isdigit() for char in text)
            and (len(text) >= 10 or not text.isalnum())
            and any(char.isupper() for char in text)
        )
    if is_name(text) or is_uuid(text):
        return False
    if text.isdigit() or all(char in string.hexdigits for char in text) and len(text) < 16:
        return False
    mixed = (
        any(char.isdigit() for char in text)
        + any(char.islower() for char in text)
        + any(char.isupper() for char in text)
    )
    longest = max(map(len, _CHUNK.findall(text)), default=0)
    if mixed == 1:
        # Letters of one case: only long runs that no word has.
        return longest >= 12 and wordiness(text) < 0.3
    if mixed == 3 and longest >= 12:
        return wordiness(text) < 0.65
    return wordiness(text) < 0.5 and (longest >= 8 or mixed == 3 and len(text) >= 10)
