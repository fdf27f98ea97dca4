"""List how addresses hold a credential, beside user and password before the host."""

from __future__ import annotations

from gitops_docs.redaction.rules.rule import Judge, rule

ADDRESSES = (
    rule(
        "notify-address",
        "pover://|tgram://|slack://|discord://|gotify|pushover://|pbul://|mmost|prowl://|teams://",
        r"\b(?:pover|pushover|tgram|slack|discord|gotifys?|pbul|mmosts?|prowl|teams)://(?:(?:(?P<v>[\w:-]{16,"
        r"})|\*+REDACTED\*+)@)?(?P<v1>[\w/-]{16,})?",
        Judge.MADE,
        hides=(
            "pover://«pw:30»@«pw:30»",
            "discord://«url64:68»@882771993301",
            "slack://T«upper:10»/B«upper:10»/«pw:24»",
        ),
        shows=("‹gotify://notifications.example.org/about›",),
    ),
    rule(
        "proxy-address",
        "vless://|tuic://|vmess://",
        r"\b(?:(?:vless|tuic)://(?P<v>[^\s@:/\"']+)[@:]|vmess://(?P<v1>[A-Za-z0-9+/_-]{16,}=*|[0-9a-f-]{36}))",
        Judge.ALL,
        hides=(
            "vless://«uuid»@a.example.org:443?security=reality#a",
            "tuic://«uuid»:«human»@a.example.org:443",
            'vmess://⟦{"v":"2","id":"«uuid»","add":"a.example.org"}⟧',
        ),
        shows=("‹vless://$ID@a.example.org:443›", "‹see vless://about/format›"),
    ),
    rule(
        "driver-address",
        "@",
        r"(?:^|[\s\"'=,\[(])(?:[\w.-]+[/\\])?(?:sips?:)?[\w.-]+:(?P<v>[^\s@/\"':]+)@(?:(?:tcp|unix|udp)?\(|"
        r"[\w.-]+(?:[:/]|\b))",
        Judge.MADE,
        hides=(
            "tool domain/ann:«human»@dc.example.org",
            "sip:100:«pw:14»@sip.example.org",
            "app:«pw»@tcp(db:3306)/orders",
            "exporter:«pw»@(mysql:3306)/",
            "register => trunk:«pw:14»@sip.example.org/6001",
        ),
        shows=("‹$(DB_USER):$(DB_PASS)@tcp(db)›", "‹registry.example.org/a:7.4.1-rc9@sha256:9c1f›"),
    ),
    rule(
        "driver-call",
        "@tcp(|@unix(|@udp(",
        r"(?:^|[\s\"'=,\[(])[\w.-]+:(?P<v>[^\s\"']+)@(?:tcp|unix|udp)\(",
        Judge.PASSWORD,
        hides=('dsn = "app:«lower:12»@tcp(db:3306)/a"', "root:«human»@unix(/run/my.sock)/a"),
        shows=(
            'var dsn = "app:hunter2hunter2@tcp(‹maria.example:3306›)/shop?parseTime=true"',
            "‹${USER}:${PASSWORD}@tcp(db)/a›",
        ),
    ),
    rule(
        "query",
        "key=|code=|sig=|auth=|token=",
        r"(?i)[?&](?:[\w.-]*(?:key|code|sig|auth|token|secret|pass|password|hash))=(?P<v>[^\s&\"'"
        r"<>#\\]{3,})",
        Judge.TOKEN,
        hides=("https://a.example.org/hook?key=«hex:24»", "/health?access_token=«hex:32»"),
        shows=("‹/search?key=created_at&sort=asc›", "‹/a?key=name›", "‹/b?code=404›"),
    ),
    rule(
        "query-letter",
        "?p=|&p=|?t=|&t=|?k=|&k=|&pw=|?pw=|&pass=|?pass=",
        r"(?i)[?&](?:p|t|k|pw|pass)=(?P<v>[^\s&\"'<>#\\]{8,})",
        Judge.MADE,
        hides=("pg://a:5432?u=n&p=«pw:14»&d=n", "https://a.example.org/in?k=«hex:32»"),
        shows=("‹https://blog.example.org/?p=1204&t=some-topic-of-it›",),
    ),
)
"""In addresses."""
