"""List credentials that have neither key nor command before them."""

from __future__ import annotations

from gitops_docs.redaction.rules.rule import Judge, rule

LOOSE = (
    rule(
        "spoken-pair",
        "credential|login|log in",
        r"(?i)\b(?:credentials?|login|log in(?: as| with)?)s?:?[ \t]+(?:is[ \t]+|are[ \t]+)?[`\"'*]{0,2}[\w.@-]+"
        r"[`\"'*]{0,2}[ \t]*[/,|:][ \t]*[`\"'*]{0,2}"
        r"(?P<v>[^\s\"'`,;*]{6,})",
        Judge.UNNAMED,
        hides=(
            "Default credentials: admin / «human»",
            "# default login ann / «weak»",
            "Default login: `admin` / `«season»`, change it.",
        ),
        shows=(
            "‹The credentials live in vault/production›",
            "‹log in: kubectl/oc, then apply›",
            "‹login.example.org/oauth2/authorize›",
        ),
    ),
    rule(
        "base64",
        "",
        r"(?:^|[^A-Za-z0-9+/_-])(?P<v>[A-Za-z0-9+/]{16,}={0,2})",
        Judge.BASE64,
        hides=(
            '⟦{"auths":{"a":{"auth":"⟦bot:«pw:20»⟧"}}}⟧',
            "⟦-----BEGIN PRIVATE KEY-----\n«pem»\n-----END PRIVATE KEY-----⟧",
            "⟦API_TOKEN=«hex:40»\n⟧",
        ),
        shows=("‹bm90aGluZyB0byBiZSBzZWVuIGhlcmU=›",),
    ),
    rule(
        "random",
        "",
        r"(?:^|[^A-Za-z0-9+/_.%-])(?P<v>[A-Za-z0-9_-]{16,128})",
        Judge.MADE,
        hides=(
            'secure_link_md5 "$uri «pw:20»";',
            "twirl --with «pw:24» --for ann",
            "client = Client('«pw:32»')",
        ),
        shows=(
            '{"uid": "‹gu2eoyCCpEqMEwJn4Omo0N›"}',
            "cluster.id=‹M3pQxY7vTk2bRn8LwFzJdA›",
            "client_id: ‹GRYTCvIKQ02bv2vuKyl5puJagtMHSbNs›",
            "https://a.example.org/‹f3Q8xLm2ZpR7vKc9TnB4wYsD›/edit",
            "https://a.example.org/list?v=‹f3Q8xLm2ZpR7vKc9TnB4wYsD›",
            "‹MTdaMBUxEzARBgNVBAoTCmt1YmVybmV0ZXMwWTATBgcqhkjOPQIBBggqhkjOPQMB›",
            "ssh-ed25519 ‹AAAAC3NzaC1lZDI1NTE5AAAAIHq3v0Yk2bR9tLw8XcZ5pDfGhJ1mN4sQ› ann",
            "image: registry.example.org/a@sha256:‹4b0f8c1e2d7a9365b8c4f1e0a7d2936c›",
            'disk.model == "‹Micron_7450_MTFDKBA960TFR›"',
            "SHA256:‹nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8›",
            "‹data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUA›",
            "‹TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 getUserByIdAndTenantName2›",
        ),
    ),
)
"""Anywhere."""
