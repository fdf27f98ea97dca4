"""Lists what is a credential and what is none: the one table that pages, JSON, diffs, logs and
search read.

A rule says where it holds, which key it needs and what the value looks like, and has its cases:
texts with a credential made by chance in the place of `«shape»`, which is hidden, and texts in
which all stays readable. `tests/redaction/test_rules.py` walks the table.

Formats of tokens are facts that their makers publish, such as
https://docs.gitlab.com/security/tokens and https://docs.slack.dev/authentication/tokens.
"""

from __future__ import annotations

from enum import Enum, IntEnum

from msgspec import Struct


class Class(IntEnum):
    """What may stand behind a key, from what is never a credential to what always is."""

    NONE = 0
    """No credential."""
    PAIR = 1
    """A credential if it is `user:password`."""
    AUTH = 2
    """A credential if it is `user:password` or looks like one."""
    MADE = 3
    """A credential if it looks like one: the key says little."""
    OTHER_KEY = 4
    """A credential if it looks like one or is a UUID: a key of something unknown."""
    KEY = 5
    """A credential unless it is a word: mostly a name."""
    TOKEN = 6
    """A credential unless it is a name of several words, which a machine that makes tokens would
    not make."""
    PASSWORD = 7
    """A credential whatever it is; people make passwords of words."""


class Judge(Enum):
    """Which of the values that a rule finds are credentials."""

    ALL = "every one but a placeholder"
    PASSWORD = "what is no placeholder, number, path or address"
    UNNAMED = "what is no name either"
    MADE_KEY = "what looks as if it was made, behind the key of a credential"
    MADE = "what looks as if it was made to be hard to guess"
    KEY = "what the key before it says"
    TOKEN = "what is no name of several words, and has a digit or no word in it"
    BASE64 = "what is a credential once it is decoded"


class Rule(Struct, frozen=True):
    """One form of credentials in a text."""

    name: str
    hints: tuple[str, ...]
    """Parts of every text in which the rule finds something, in lower case. One pass looks for
    those of all rules."""
    expression: str
    """Of RE2. The groups `v`, `v1`, `v2` … are credentials, `key` is the key of them; the whole
    match is one where it has none."""
    judge: Judge = Judge.ALL
    by_look: bool = False
    """Whether the form alone makes it a credential, in any text."""
    signs: str = ""
    """Signs that a text needs besides, each as often as it stands here."""
    hides: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()


def _rule(
    name: str,
    hints: str,
    expression: str,
    judge: Judge = Judge.ALL,
    *,
    by_look: bool = False,
    signs: str = "",
    hides: tuple[str, ...] = (),
    shows: tuple[str, ...] = (),
) -> Rule:
    return Rule(name, tuple(hints.split("|")), expression, judge, by_look, signs, hides, shows)


def _token(
    name: str, hints: str, expression: str, *hides: str, shows: tuple[str, ...] = ()
) -> Rule:
    return _rule(name, hints, expression, by_look=True, hides=hides, shows=shows)


# What stands behind a key: a placeholder as a whole, quoted, or up to the next sign.
_PLACEHOLDER = (
    r"\$?\{\{[^{}\n]*\}\}|\$\([^()\n]*\)|\$?\$\{[^{}\n]*(?:\$\{[^{}\n]*\}[^{}\n]*)*\}"
    r"|\$__\w+\{[^{}\n]*\}|%\{[^{}\n]*\}|<[^<>\n]*>"
)
_QUOTED = (
    r"""\\+"(?P<v1>[^"\\\n]+)\\+"|"{3}(?P<v8>[^"]+)"{3}|'''(?P<v9>[^']+)'''"""
    r"""|"(?P<v2>(?:[^"\\\n]|\\.)+)"|N?'(?P<v3>(?:[^'\\\n]|''|\\.)+)'|`(?P<v4>[^`\n]+)`"""
)
_BARE = r"""[^\s,;&"'`}\])<>{\[(|\\][^\s,;&"'`}\])<>\\]*"""
_KEYWORDS = (
    r"pass(?:word|wd|phrase|code)?|pwd|pw|secret|token|cred|dsn|bearer|cookie|salt|pepper|kubecon"
    r"fig|htpasswd|hook|jwt|key|psk|pin|mnemonic|seed"
    r"|license|community|otp|auth|fernet|sig|connectionstring|authtok|kennwort|pat|slack|discord|"
    r"teams|ident|inline_string|encrypt|hmac|private"
)
KEY_HINTS = (
    "pass|pwd|pw|secret|token|cred|dsn|bearer|cookie|salt|pepper|kubeconfig|hook|jwt|key|psk|pin|"
    "mnemonic|seed|license|community|otp|auth|fernet|sig"
    "|connectionstring|kennwort|slack|discord|teams|ident|inline_string|encrypt|hmac|private"
)

TOKENS = (
    _token(
        "private-key",
        "private key|static key",
        r"(?s)-----BEGIN [A-Za-z0-9 ]*(?:PRIVATE|Static) (?i:key)(?: BLOCK| V1)?-----(?:.*?-----E"
        r"ND [A-Za-z0-9 ]*(?:PRIVATE|Static) (?i:key)(?: BLOCK| V1)?-----|.*)",
        "-----BEGIN RSA PRIVATE KEY-----\n«pem»\n«pem»\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n«pem»\n-----END PGP PRIVATE KEY BLOCK-----",
        "-----BEGIN OPENSSH PRIVATE KEY-----\\n«pem»\\n-----END OPENSSH PRIVATE KEY-----",
        "-----BEGIN OpenVPN Static key V1-----\n«hex:32»\n«hex:32»\n-----END OpenVPN Static key V1-----",
        shows=(
            "-----BEGIN CERTIFICATE-----\n‹MIIBszCCAVmgAwIBAgIUQ3kPl8vXw2hTnR5cJzYdGmBoE0swCgYIKo"
            "ZIzj0EAwIw›\n-----END CERTIFICATE-----",
        ),
    ),
    _token(
        "github",
        "gho_|ghp_|ghs_|ghu_|ghr_|github_pat_",
        # Also behind a letter: a replacement or a template may have put it there.
        r"(?:gh[opsur]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})",
        "«github»",
        "a-b«github»",
        "git clone https://«github»@github.com/a/b",
    ),
    _token(
        "gitlab",
        "glpat-|gldt-|glrt-|glptt-|glcbt-|glimt-|glft-|glagent-|gloas-|glsoat-|glffct-|gr1348941",
        r"\b(?:gl(?:pat|dt|rt|ptt|cbt|imt|ft|agent|oas|soat|ffct)-[A-Za-z0-9_.-]{16,}|GR1348941[A"
        r"-Za-z0-9_-]{20,})",
        "«gitlab»",
        "glrt-«pw:20»",
        "GR1348941«pw:20»",
    ),
    _token(
        "slack",
        "xox|xapp-",
        r"\b(?:xox[a-z](?:\.xox[a-z])?|xapp)-[A-Za-z0-9-]{10,}",
        "xoxb-«digits:12»-«digits:12»-«pw:24»",
        "xapp-1-A0«upper:9»-«digits:13»-«hex:64»",
    ),
    _rule(
        "slack-hook",
        "hooks.slack.com/|hooks.slack-gov.com/",
        r"\bhooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/(?P<v>[^\s\"'<>\\]+)",
        by_look=True,
        hides=("https://hooks.slack.com/services/T«upper:10»/B«upper:10»/«pw:24»",),
        shows=(
            "‹https://hooks.slack.com/services/${SLACK_PATH}›",
            "‹https://hooks.slack.com/services/YOUR/WEBHOOK/URL›",
        ),
    ),
    _rule(
        "discord-hook",
        "discord.com/api/|discordapp.com/api/",
        r"\bdiscord(?:app)?\.com/api/(?:v\d+/)?webhooks/(?P<v>[^\s\"'<>\\]+)",
        by_look=True,
        hides=("https://discord.com/api/webhooks/«digits:18»/«pw:68»",),
    ),
    _rule(
        "telegram-address",
        "api.telegram.org/",
        r"\bapi\.telegram\.org/(?:file/)?bot(?P<v>[^\s\"'<>/\\]+)",
        by_look=True,
        hides=("https://api.telegram.org/bot«telegram»/sendMessage",),
        shows=("‹https://api.telegram.org/bot${TOKEN}/sendMessage›",),
    ),
    _rule(
        "teams-hook",
        "webhook.office.com/|outlook.office",
        r"\b(?:[\w-]*\.?webhook\.office\.com/webhookb2?/|outlook\.office(?:365)?\.com/webhook/)(?"
        r"P<v>[^\s\"'<>\\]+)",
        by_look=True,
        hides=(
            "https://a.webhook.office.com/webhookb2/«uuid»@«uuid»/IncomingWebhook/«hex:32»/«uuid»",
        ),
    ),
    _rule(
        "azure-workflow",
        ".logic.azure.com|.powerplatform.com",
        r"(?:\.logic\.azure\.com|\.powerplatform\.com)(?::\d+)?/(?P<v>[^\s\"'<>\\]*(?:workflows|t"
        r"riggers)/[^\s\"'<>\\]+)",
        by_look=True,
        hides=(
            "https://prod-1.westus.logic.azure.com:443/workflows/«hex:32»/triggers/manual/paths/invoke?sig=«url64:32»",
        ),
    ),
    _rule(
        "pagerduty-hook",
        "pagerduty.com/integration/",
        r"\bpagerduty\.com/integration/(?P<v>[^\s\"'<>/\\]+)",
        by_look=True,
        hides=("https://events.pagerduty.com/integration/«hex:32»/enqueue",),
    ),
    _rule(
        "healthchecks",
        "hc-ping.com/",
        r"\bhc-ping\.com/(?P<v>[^\s\"'<>\\]+)",
        by_look=True,
        hides=("https://hc-ping.com/«uuid»", "https://hc-ping.com/«url64:16»/nightly"),
    ),
    _rule(
        "google-chat",
        "chat.googleapis.com/",
        r"\bchat\.googleapis\.com/v1/spaces/(?P<v>[^\s\"'<>\\]+)",
        by_look=True,
        hides=(
            "https://chat.googleapis.com/v1/spaces/AAAA/messages?key=«google»&token=«url64:32»",
        ),
    ),
    _rule(
        "hook-address",
        "hook|trigger/|/services/|/ingest|/push/|/notify",
        r"(?i)https?://[^\s\"'<>@\\]*?/?(?:web)?(?:hooks?\d*|trigger|services|ingest|push|notify|"
        r"incoming)/(?P<v>[A-Za-z0-9_/+=-]{10,})",
        Judge.MADE,
        by_look=True,
        hides=(
            "https://chat.example.org/hooks/«lower:26»",
            "https://automation.example.net/webhook/«uuid»",
            "https://status.example.net/api/push/«pw:10»?status=up",
        ),
        shows=(
            "‹https://shop.example.org/hooks/inbound-orders-of-the-shop›",
            "‹https://hooks.example.org/services/notifications/production›",
        ),
    ),
    _token("telegram", ":aa", r"\b\d{8,10}:AA[A-Za-z0-9_-]{30,}", "«telegram»"),
    _token(
        "aws-access-key",
        "akia|asia|abia|acca",
        r"\b(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}\b",
        shows=("‹arn:aws:iam::210987654321:role/deployer›",),
    ),
    _token(
        "google",
        "aiza|gocspx-|ya29.|1//0",
        r"\b(?:AIza[0-9A-Za-z_-]{35}|GOCSPX-[A-Za-z0-9_-]{20,}|ya29\.[A-Za-z0-9_-]{20,}|1//0[A-Za"
        r"-z0-9_-]{30,})",
        "«google»",
        "GOCSPX-«pw:28»",
        "ya29.«pw:120»",
        "1//0«pw:60»",
    ),
    _token(
        "jwt",
        "eyj",
        r"\b(?:ops_)?eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}(?:\.[A-Za-z0-9_-]*)?|\b(?:ops_)?ey"
        r"J[A-Za-z0-9_/+-]{150,}=*",
        "«jwt»",
        "eyJ«pw:180»",
    ),
    _token(
        "grafana",
        "glsa_|glc_",
        r"\b(?:glsa_[A-Za-z0-9_]{20,}|glc_[A-Za-z0-9+/=]{20,})",
        "glsa_«pw:32»_«hex:8»",
    ),
    _token(
        "age",
        "age-secret-key-",
        r"\bAGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]+",
        "AGE-SECRET-KEY-1«upper:58»",
        shows=("‹age1qyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqs3290gq›",),
    ),
    _token(
        "sops",
        "enc[",
        r"\bENC\[[A-Z0-9_]{1,20},[^\]\s]*\]?",
        "ENC[AES256_GCM,data:«b64:12»,iv:«b64:32»,tag:«b64:16»,type:str]",
    ),
    _token(
        "stripe",
        "sk_live_|sk_test_|rk_live_|rk_test_|whsec_",
        r"\b(?:[sr]k_(?:live|test)_[0-9A-Za-z]{16,}|whsec_[A-Za-z0-9+/=]{16,})",
        "«stripe»",
        "whsec_«pw:32»",
        shows=("‹pk_live_51GullPublishableNotSecret0a›",),
    ),
    _token(
        "vault",
        "hvs.|hvb.|hvr.| s.|=s.|:s.|\"s.|'s.",
        r"\bhv[sbr]\.[A-Za-z0-9_-]{20,}|[\s\"'=:](?P<v>s\.[A-Za-z0-9]{24})\b",
        "hvs.«pw:24»",
        'VAULT_TOKEN="s.«pw:24»"',
    ),
    _token(
        "sendgrid", "sg.", r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}", "SG.«pw:22».«pw:43»"
    ),
    _token(
        "mail",
        "xkeysib-|xsmtpsib-|key-|re_",
        r"\b(?:x(?:key|smtp)sib-[0-9a-f]{64}-[A-Za-z0-9]{16}|key-[0-9a-f]{32}|re_[A-Za-z0-9]{8}_["
        r"A-Za-z0-9]{20,})\b",
        "xkeysib-«hex:64»-«pw:16»",
        "key-«hex:32»",
        "re_«pw:8»_«pw:24»",
    ),
    _token(
        "packages",
        "npm_|pypi-age|rubygems_|dckr_pat_|cio|akcp|oy2",
        r"\b(?:npm_[A-Za-z0-9]{36}|pypi-AgE[A-Za-z0-9_-]{20,}|rubygems_[0-9a-f]{48}|dckr_pat_[A-Z"
        r"a-z0-9_-]{20,}|cio[A-Za-z0-9]{32}|AKCp[A-Za-z0-9]{60,})",
        "«npm»",
        "pypi-AgEIcHlwaS5vcmc«pw:120»",
        "rubygems_«hex:48»",
        "dckr_pat_«pw:27»",
        "cio«pw:32»",
        "AKCp«pw:69»",
    ),
    _token(
        "clouds",
        "doo_v1_|dop_v1_|dor_v1_|tskey-|dt0c01.|nrak-|npg_|pscale_|dp.|pul-|.atlasv1.",
        r"\b(?:do[opr]_v1_[0-9a-f]{64}|tskey-[a-z]+-[A-Za-z0-9-]{10,}|dt0[cs]\d\d\.[A-Z0-9]{24}\."
        r"[A-Z0-9]{64}|NRAK-[A-Z0-9]{20,}|npg_[A-Za-z0-9]{12,}|pscale_(?:pw|tkn|oauth)_[A-Za-z0-9"
        r"_.=-]{30,}|dp\.(?:st|pt|ct|sa|scim|audit)\.[A-Za-z0-9._-]{30,}|pul-[0-9a-f]{40}|[A-Za-z"
        r"0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,})",
        "dop_v1_«hex:64»",
        "tskey-auth-«pw:12»-«pw:32»",
        "dt0c01.«upper:24».«upper:64»",
        "NRAK-«upper:27»",
        "npg_«pw:12»",
        "pscale_pw_«pw:43»",
        "dp.st.prd.«pw:43»",
        "pul-«hex:40»",
        "«pw:14».atlasv1.«pw:67»",
    ),
    _token(
        "azure-client",
        "q~",
        r"(?:^|[^A-Za-z0-9_~.-])(?P<v>[A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{31,34})",
        "«azure»",
    ),
    _token(
        "models",
        "sk-|hf_|gsk_|r8_|nvapi-|pplx-|xai-",
        r"\b(?:sk-(?:ant-|proj-|or-|svcacct-|lf-)?[A-Za-z0-9_-]{20,}|hf_[A-Za-z0-9]{30,}|gsk_[A-Z"
        r"a-z0-9]{40,}|r8_[A-Za-z0-9]{37}|nvapi-[A-Za-z0-9_-]{40,}|pplx-[A-Za-z0-9]{40,}|xai-[A-Z"
        r"a-z0-9]{60,})",
        "sk-proj-«pw:48»",
        "sk-ant-api03-«pw:80»",
        "hf_«pw:34»",
        "gsk_«pw:52»",
        "r8_«pw:37»",
    ),
    _token(
        "forges",
        "atatt3|atctt3|lin_api_|ntn_|figd_|pmak-|sqp_|squ_|sqa_|gto_|sntrys_|sntryu_|shpat_|shpca"
        "_|shppa_|shpss_|eaaa|sq0|tk_|syt_|claim-|cfpat-|phx_|mfa.|secret_|pat",
        r"\b(?:AT[AC]TT3[A-Za-z0-9_=-]{60,}|lin_api_[A-Za-z0-9]{40}|ntn_\d{11}[A-Za-z0-9]{35}|fig"
        r"[dou]_[A-Za-z0-9_-]{40,}|PMAK-[0-9a-f]{24}-[0-9a-f]{34}|sq[pua]_[0-9a-f]{40}|gto_[a-z0-"
        r"9]{52}|sntry[su]_[A-Za-z0-9_=+/-]{40,}|shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}|EAAA[A-Za-z0-"
        r"9_-]{56,}|sq0[a-z]{3}-[A-Za-z0-9_-]{22,}|tk_[a-z0-9]{29}|syt_[A-Za-z0-9_]{16,}|claim-[A"
        r"-Za-z0-9_-]{20}|CFPAT-[A-Za-z0-9_-]{43}|phx_[A-Za-z0-9]{40,}|secret_[A-Za-z0-9]{43}|pat[A-Za-z0-9]{14}\."
        r"[0-9a-f]{64})",
        "ATATT3xFfGF0«pw:160»",
        "lin_api_«pw:40»",
        "figd_«pw:40»",
        "sqp_«hex:40»",
        "sntrys_«pw:60»",
        "shpat_«hex:32»",
        "tk_«lower:29»",
        "claim-«pw:20»",
        "secret_«pw:43»",
        "pat«pw:14».«hex:64»",
    ),
    _token(
        "nkey-seed",
        "su|sa|so|sn|sc",
        r"\bS[UAONC][A-Z2-7]{56}\b",
        "SU«b32:56»",
        shows=("‹UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4›",),
    ),
    _token(
        "twilio",
        "ac",
        r"\bAC[0-9a-f]{32}[\"']?[ \t]*[,:][ \t]*[\"']?(?P<v>[0-9a-f]{32})\b",
        "twilio('AC4b8d063597e1c0f4b2d8a6e39f2c7e1b', '«hex:32»')",
        "curl -u AC4b8d063597e1c0f4b2d8a6e39f2c7e1b:«hex:32» https://a",
    ),
    _token(
        "json-web-key",
        '"k"|"d"|"p"|"q"|"dp"|"dq"|"qi"',
        r"\"(?:k|d|p|q|dp|dq|qi)\"[ \t]*:[ \t]*\"(?P<v>[A-Za-z0-9_-]{16,})\"",
        '{"kty":"oct","k":"«url64:32»"}',
        shows=('{"kty":"RSA","n":"‹xAE7eB6qugXyCAG3yhh7pkDkT65pHymX7P7K›"}',),
    ),
    _rule(
        "password-hash",
        "$2a$|$2b$|$2x$|$2y$|$apr1$|$1$|$5$|$6$|$7$|$y$|$gy$|$argon2|$scrypt|$pbkdf2|$sha1$|$p$|$h$"
        "|pbkdf2_sha|pbkdf2:sha|scrypt:",
        r"(?:^|[^A-Za-z0-9$])(?P<v>\$(?:2[abxy]|apr1|1|5|6|7|g?y|argon2\w{0,2}|scrypt|pbkdf2[\w-]"
        r"*|sha1)\$[^\s\"'<>:;,]{8,}(?:,[^\s\"'<>:;]{8,})?|\$[PH]\$[./0-9A-Za-z]{31}|(?:pbkdf2_sha"
        r"\d+|pbkdf2:sha\d+:\d+|scrypt:\d+:\d+:\d+)\$[^\s\"'<>;,]{16,})",
        by_look=True,
        hides=(
            "admin:«bcrypt»",
            "«apr1»",
            "password «sha512crypt»",
            "sensor:$7$101$«b64:12»$«b64:64»",
            "hash: $argon2id$v=19$m=65536,t=3,p=4$«pw:22»$«pw:43»",
            "«pbkdf2»",
            "('editor', '$P$B«pw:30»')",
            "pbkdf2_sha256$600000$«pw:22»$«b64:32»",
        ),
        shows=("‹auth_query = SELECT usename, passwd FROM pg_shadow WHERE usename=$1›",),
    ),
    _token(
        "ldap-hash",
        "{sha|{ssha|{pbkdf2|{crypt|scram-sha-|bytearray(",
        r"(?:\{S?SHA\d{0,3}\}|\{PBKDF2[\w-]*\}|\{CRYPT\}|\bSCRAM-SHA-\d+\$\d+:|@ByteArray\()[A-Za"
        r"-z0-9+/=$:.-]{16,}",
        "ops:«sha1»",
        "{SSHA}«b64:28»",
        "SCRAM-SHA-256$4096:«b64:16»$«b64:32»:«b64:32»",
        "@ByteArray(«b64:16»:«b64:64»)",
        shows=("‹scram-sha-256-plus›",),
    ),
    _rule(
        "signed-address",
        "sig=|signature=|credential=|token=",
        r"(?i)[?&;](?:sig|signature|x-amz-signature|x-amz-credential|x-amz-security-token|x-goog-"
        r"signature|x-goog-credential)=(?P<v>[^\s&\"'<>\\]{8,})",
        by_look=True,
        hides=(
            "https://a.blob.core.windows.net/b?sv=1&sig=«url64:32»",
            "https://s3.example.org/o?X-Amz-Signature=«hex:64»",
        ),
    ),
    _rule(
        "azure-keys",
        "accountkey=|sharedaccesskey=|sharedaccesssignature=",
        r"\b(?:AccountKey|SharedAccessKey|SharedAccessSignature)=(?P<v>[^\s;\"'<>\\]{8,})",
        by_look=True,
        hides=(
            "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=«b64:64»;EndpointSuffix=core.windows.net",
            "Endpoint=sb://a/;SharedAccessKeyName=Root;SharedAccessKey=«b64:32»",
        ),
    ),
    _rule(
        "authorization",
        "bearer|basic|token |apikey |splunk |digest ",
        r"(?i)\b(?:Bearer|Basic|Token|ApiKey|GenieKey|Splunk|Key)[ \t]{1,3}(?P<v>[A-Za-z0-9+/=_.~"
        r"-]{8,})",
        Judge.TOKEN,
        by_look=True,
        hides=(
            "Authorization: Bearer «url64:36»",
            "Authorization: Basic ⟦edge:«pw:14»⟧",
            "Token «hex:40»",
        ),
        shows=(
            "‹token introspection-endpoint-of-the-issuer›",
            "‹basic authentication-of-the-proxy›",
            "‹Bearer ${TOKEN}›",
        ),
    ),
)
"""What is a credential by its look, wherever it stands."""

FORMATS = (
    _rule(
        "assignment",
        KEY_HINTS,
        r"(?is)(?P<key>[A-Za-z_$][\w.$-]*?(?:"
        + _KEYWORDS
        + r")[\w.$-]*|(?:"
        + _KEYWORDS
        + r")[\w.$-]*)"
        r"(?P<sep>:[ \t]*&?(?:'?static[ \t]+)?(?:str|string|String|bytes)\b\??[ \t]*=[ \t]*|\\*[\"'`]?\]?[ "
        r"\t]{0,20}(?::=|=>|[!=]?==?|::?)[ \t]{0,60})"
        r"(?:(?P<none>"
        + _PLACEHOLDER
        + r")|"
        + _QUOTED
        + r"|\[(?P<v5>[^\]\n{\[]+)\]|[\"'](?P<v6>[^\n\"']{2,})|(?P<v7>"
        + _BARE
        + r"))",
        Judge.KEY,
        hides=(
            "password = «human»",
            "db:\n  password: «pw»\n",
            '{"apiKey": "«hex:32»", "b": 1}',
            "DB_PASSWORD=«pw»;HOST=a",
            "$CONFIG['dbpassword'] = '«pw»';",
            "public $password = '«pw»';",
            "'secret' => '«pw:48»'",
            'const password = "«human»";',
            '"nested": "{\\"password\\":\\"«pw»\\"}"',
            "spring.datasource.password=«pw»",
            '<datasource user="app" password="«pw»"/>',
            "Server=a;User ID=app;Password=«pw»;Encrypt=True",
            "-Djavax.net.ssl.keyStorePassword=«pw:10»",
            "//npm.example.org/:_authToken=«uuid»",
            "jdbc:postgresql://a/b?user=c&password=«pw»&ssl=true",
            "WITH PASSWORD = N'«special»';",
            "${TOKEN:=«pw»}",
            "PrivateKey = «wg»",
            'password = """«special»"""',
            "-passout pass:«pw:12»",
            "tokens=[«hex:40», «hex:40»]",
            "aws_secret_access_key = «awskey»",
            'const SECRET: &str = "«human»";',
            "password: string = '«human»'",
            'if (req.http.X-Purge-Token != "«hex:32»") {',
            "remotepass = «human»",
            'encrypt = "«b64:32»"',
            "JWT_PRIVATE=«url64:64»",
            "otpauth://totp/Harbour:admin?secret=«b32»&issuer=Harbour",
        ),
        shows=(
            "‹existingSecret: db-object›",
            "‹password: ${DB_PASSWORD}›",
            "‹token: $(cat /token)›",
            "‹secretName: app-object›",
            "‹passwordPolicy: length(12) and notUsername›",
            "‹token_url = https://sso.example.org/token›",
            "‹maxInputTokens: 150000›",
            "‹PASSWORD_FILE=/run/secrets/a›",
            "‹app.token.validity=PT12H›",
            "‹cookieName: _gull_proxy›",
            "‹passwordKey: admin-pass-entry›",
            "‹sortKey: created_at_desc›",
            "‹publicKey: xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=›",
            "‹password: {{ .Values.password }}›",
            "‹${API_KEY:?the key is missing}›",
            "‹secret: app-runtime-object›",
            "‹token-ttl=96h›",
            "‹password: $__file{/etc/secrets/pass}›",
            "‹password = <your-password>›",
            "‹def derive(password: str, salt: bytes) -> bytes:›",
            '‹print("Password:", given)›',
            "‹github_app_secret = jsondecode(data.aws.github.secret_string)›",
            "‹password = generate_password()›",
            "‹onepassword://view-item?v=a›",
            "‹ann ALL=(ALL:ALL) NOPASSWD:ALL›",
            "‹TS_AUTHKEY=op://kubernetes/talos/TS_AUTHKEY›",
            "‹CROSS_API_KEY=${CROSS_API_KEY:-required}›",
            "‹DUMP_PASSWORD=$${ROOT_PWD}›",
            "‹api_key: !env_var SONARR_APIKEY›",
            "‹SSLKey: <STORAGE_DIR>/.postgresql/postgresql.key›",
        ),
    ),
    _rule(
        "spaced",
        "pass|pwd|pw|secret|token|key|psk|community|credential|masterauth|authtok",
        r"(?im)(?P<start>^[ \t]*(?:-[ \t]+|export[ \t]+|ENV[ \t]+|ARG[ \t]+|set[ \t]+|enable[ \t]"
        r"+)?)?(?P<key>[A-Za-z_][\w.-]*?(?:pass(?:word|wd|phrase|code)?|pwd|pw|secret|token|key|p"
        r"sk|community|credentials?|auth|authtok)\d?|(?:pass(?:word|wd|phrase|code)?|pwd|pw|secre"
        r"t|token|key|psk|eap|community|credentials?))"
        r"(?P<sep>[\"'*`]{0,3}(?:[ \t]+(?:is|was|as|to|be|=))?[ \t]+\**)(?:"
        + _QUOTED
        + r"|(?P<v7>[^\s\"'`,;<>{}()\[\]|:=][^\s\"'`,;<>{}()|]*))(?P<end>[ \t]*(?:$|[}.;]))?",
        Judge.KEY,
        hides=(
            "requirepass «pw:24»",
            "machine a login b password «pw:20»",
            "  HTTP_Passwd «special»",
            "bindpw «pw:14»",
            "ALTER USER app WITH ENCRYPTED PASSWORD '«pw:20»'",
            "user reader insecure-password «pw:12»",
            "Log in as ops with the password «human».",
            "The password is «human»!",
            "use the API key `«hex:32»` here",
            " neighbor 192.0.2.9 password «pw:14»",
            'vpn %any : PSK "«pw:24»"',
            "auth_pass «lower:8» }",
            "ENV MYSQL_ROOT_PASSWORD «pw»",
            'proxy_set_header X-Api-Key "«pw:32»";',
        ),
        shows=(
            "‹the token is rotated by vault-agent-injector each night›",
            "‹Password resets fail for customers›",
            "‹secret store of the cluster›",
            "‹key value pairs are kept›",
            "‹the secret key reference›",
            "‹password policy is strict-and-long›",
            "‹the system allows the traffic to pass through.›",
            "‹Allowed values for ECDSA keys: ECDSAWithSHA256, PureEd25519›",
            "‹The API key budget is nearly used up›",
            "‹use password authentication when possible›",
            '‹data "aws_ecr_authorization_token" "token" {}›',
            "‹Must pass `shellcheck` validation›",
        ),
    ),
    _rule(
        "flag",
        "--| -p| -w| -a| -k| -x| -t| "
        "-s|\"-p|\"-w|\"-a|\"-k|\"-x|\"-t|\"-s|'-p|'-w|'-a|'-k|'-x|'-t|'-s",
        r"(?i)(?:^|[\s\"'\[,(=])(?P<key>--?[A-Za-z][\w.-]*)(?P<sep>[\"']?(?:,?[ \t]{1,3}|,|\n[ \t"
        r"]*-[ \t]{1,3})[\"']?)(?:(?P<none>"
        + _PLACEHOLDER
        + r")|(?P<v7>[^\s\"',\[\]{}|;&-][^\s\"',\]|;]*))",
        Judge.KEY,
        signs="-",
        hides=(
            "--token «hex:40» run",
            '["--password", "«human»", "-v"]',
            "--auth-token\n- «pw:30»",
            "gpg --batch --passphrase '«human»' -d a",
            "-p «pw:14»",
            "docker login -u ci -p «pw:20» registry.example.org",
            "keytool -storepass «pw:12» -alias a",
            "mosquitto_pub -P «pw:12» -t a",
        ),
        shows=(
            "‹--secret-name app-object›",
            "‹-p 8080:80 nginx›",
            "‹--token ${TOKEN}›",
            "‹--password-file /run/a›",
            "‹tar -x backup-of-monday›",
            "‹-w 30 host›",
            "‹--key-name autounseal-gull›",
        ),
    ),
    _rule(
        "user-flag",
        "-u|--user|--auth|--basic|--login|--proxy-user|--cred|stats auth|auth|login|allow",
        r"(?i)(?:^|[\s\"'\[,])(?:-u|--user|--proxy-user|--basic-auth|--auth|--http-auth|--login|-"
        r"-credentials?|stats[ \t]+auth|login|user|allow)(?:[ \t]*=[ \t]*|[\"']?,?[ \t]+)[\"']?(?P<user"
        r">[\w.@\\-]+):(?P<v>[^\s\"'@/:,]+)",
        Judge.UNNAMED,
        hides=(
            "curl -s -u user:«pw:14» https://a",
            "--user=ops:«pw:12»",
            "stats auth admin:«pw:12»",
            "http --auth ann:«pw:12» GET a",
            "login=proxyuser:«pw:12»",
            "login admin:«human» until May",
            "set httpd port 2812 allow admin:«human»",
            '"--basic-auth", "ops:«human»"',
        ),
        shows=(
            "‹docker run -u 1000:1000 image›",
            "‹-u ${USER}:${PASSWORD} x›",
            "‹--user app:staff run›",
        ),
    ),
    _rule(
        "curl-user",
        "curl",
        r"(?i)\bcurl\b[^\n|;]*?\s(?:-u|--user|--proxy-user)[ =][\"']?[^\s:\"']*:(?P<v>[^\s\"';|&]"
        r"+)",
        Judge.PASSWORD,
        hides=("curl -fsS https://x -u bob:«lower:14» -o y",),
        shows=("‹curl -u ${USER}:${PASSWORD} https://a›",),
    ),
    _rule(
        "mysql",
        "mysql|mariadb|7z|rar",
        r"\b(?:mysql\w*|mariadb[\w-]*|7z[ar]?|(?:un)?rar)\b[^\n|;&]*?\s[\"']?-p[\"']?(?P<v>[^\s\"';|&,]+)",
        Judge.PASSWORD,
        hides=(
            "mysqldump -uroot -p«pw:14» orders",
            "mysqldump -h db -u root -p'«special»' a",
            "7z a -p«human» a.7z b",
            "mysqladmin -uprobe -p«human» ping",
        ),
        shows=(
            "‹mysql -u root -p orders›",
            "‹mysql -p${PASSWORD} orders›",
            "‹mysql -u root --port 3306›",
        ),
    ),
    _rule(
        "redis",
        "redis-cli|redis",
        r"\bredis-cli\b[^\n|;]*?\s(?:-a|--pass)[ =][\"']?(?P<v>[^\s\"';|&]+)|(?m:^[ \t]*user[ \t]"
        r"+\S+[ \t][^\n]*?>(?P<v1>[^\s]+))",
        Judge.PASSWORD,
        hides=("redis-cli -h a -a «lower:14» ping", "redis-cli -a '«pw:20»' ping"),
    ),
    _rule(
        "redis-acl",
        "user ",
        r"(?m)^[ \t]*(?:acl[ \t]+setuser|user)[ \t]+\S+[ \t](?:[^\n]*?[ \t])?[>#](?P<v>\S+)",
        Judge.PASSWORD,
        hides=("user app on >«pw:20» ~* +@all",),
    ),
    _rule(
        "sshpass",
        "sshpass",
        r"\bsshpass[ \t]+-p[ \t]*[\"']?(?P<v>[^\s\"';|&]+)",
        Judge.PASSWORD,
        hides=("sshpass -p «human» ssh a@b", "sshpass -p«lower:12» ssh a@b"),
    ),
    _rule(
        "ldap-tools",
        "ldap",
        r"\bldap(?:search|modify|add|delete|whoami|passwd)\b[^\n|;]*?\s-[wsa][ \t]+[\"']?(?P<v>[^"
        r"\s\"';|&-][^\s\"';|&]*)",
        Judge.UNNAMED,
        hides=("ldapsearch -x -D cn=admin -w «pw:14» -b dc=a",),
    ),
    _rule(
        "smb",
        "%",
        r"\s(?:-U|--user(?:name)?)[ =]+[\"']?[\w.\\/-]+%(?P<v>[^\s\"']+)",
        Judge.PASSWORD,
        hides=("smbclient //nas/share -U backup%«pw:12» -c ls",),
    ),
    _rule(
        "add-user",
        "add_user|change_password|useradd|adduser|add-user|alias set|host add",
        r"\b(?:add_user|change_password|add-user)[ \t]+[\"']?[\w.@-]+[\"']?[ \t]+[\"']?(?P<v>[^\s"
        r"\"';|&]+)|\b(?:alias[ \t]+set|host[ \t]+add)[ \t]+\S+[ \t]+\S+[ \t]+[\"']?(?P<v1>[^\s\"']+)"
        r"[\"']?[ \t]+[\"']?(?P<v2>[^\s\"';|&]+)",
        Judge.PASSWORD,
        hides=(
            "rabbitmqctl add_user bunny «pw:16»",
            "mc alias set gull https://a «upper:20» «pw:40»",
            "mc config host add gull https://a «upper:20» «awskey»",
        ),
    ),
    _rule(
        "chpasswd",
        "chpasswd",
        r"(?m)(?:^[ \t]*(?:-[ \t]+)?|[\"'])[A-Za-z_][\w.-]*:(?P<v>[^\s:\"'\\]+)(?:[\"']?(?:[ \t]*$|[ "
        r"\t]*\|[ \t]*(?:sudo[ \t]+)?chpasswd|[ \t]*\})|\\n(?:[A-Za-z_][\w.-]*:(?P<v1>[^\s:\"'\\]+))?"
        r"(?:\\n[A-Za-z_][\w.-]*:(?P<v2>[^\s:\"'\\]+))?(?:\\n[A-Za-z_][\w.-]*:(?P<v3>[^\s:\"'\\]+))?)",
        Judge.PASSWORD,
        hides=(
            'echo "root:«human»" | chpasswd',
            "chpasswd:\n  list: |\n    root:«pw»\n",
            'chpasswd: {list: "root:«human»\\nguest:«pw:12»"}',
        ),
        shows=("‹chpasswd: {expire: false}›",),
    ),
    _rule(
        "identified-by",
        "identified",
        r"(?i)\bidentified[ \t]+(?:with[ \t]+\S+[ \t]+(?:by|as)|by)[ \t]+(?:password[ \t]+)?N?(?:'(?P<v"
        r"1>(?:[^'\n]|'')+)'|\"(?P<v2>[^\"\n]+)\")|\b(?:user|role|to)[ \t]+\S+[ \t]+identified[ \t]+by"
        r"[ \t]+(?P<v3>[^\s\"';,()]+)",
        Judge.PASSWORD,
        hides=(
            "CREATE USER 'a'@'%' IDENTIFIED BY '«pw»'",
            "ALTER USER system IDENTIFIED BY «pw»",
            "IDENTIFIED WITH sha256_password BY '«human»';",
        ),
        shows=(
            "clients are ‹identified by their› address",
            '‹itself should be identified as plain "grafana"›',
        ),
    ),
    _rule(
        "set-password",
        "set password",
        r"(?i)\bset[ \t]+password[ \t]+(?:for[ \t]+\S+[ \t]*)?(?:=|to)?[ \t]*(?:password\()?['\"]"
        r"(?P<v>[^'\"\n]+)['\"]",
        Judge.PASSWORD,
        hides=("SET PASSWORD FOR 'root' = '«special»';",),
    ),
    _rule(
        "call",
        KEY_HINTS,
        r"(?i)\b(?:define|set\w*|put|add\w*|setenv|export|option)\([ \t]*[\"'](?P<key>[\w.-]+)[\""
        r"'][ \t]*,[ \t]*(?:\"(?P<v1>[^\"\n]+)\"|'(?P<v2>[^'\n]+)')",
        Judge.KEY,
        signs="(,",
        hides=("define('DB_PASSWORD', '«pw»');", 'define( "AUTH_KEY",     "«pw:64»" );'),
        shows=("‹define('DB_HOST', 'mysql.example.net')›",),
    ),
    _rule(
        "quoted-pair",
        KEY_HINTS,
        r"[\"'](?P<key>[A-Za-z][\w.-]*)[\"'][ \t]*,[ \t]*(?:\"(?P<v1>[^\"\n]+)\"|'(?P<v2>[^'\n]+)')",
        Judge.MADE_KEY,
        signs=",",
        hides=(
            "INSERT INTO settings VALUES ('smtp_password', '«human»');",
            "['api_key', '«hex:32»']",
        ),
        shows=("‹['password', 'token', 'client_secret']›", "‹('secret', 'app-runtime-object')›"),
    ),
    _rule(
        "secure-string",
        "securestring",
        r"(?i)ConvertTo-SecureString[ \t]+(?:-String[ \t]+)?[\"'](?P<v>[^\"'\n]+)[\"']",
        Judge.PASSWORD,
        hides=('$password = ConvertTo-SecureString "«human»" -AsPlainText -Force',),
        shows=('‹ConvertTo-SecureString "$env:PASSWORD" -AsPlainText›',),
    ),
    _rule(
        "login-call",
        "auth|login|credential|connect|account|user|pdo|mysqli",
        r"(?i)(?:auth|login|authenticate|credentials?(?:impl)?|connect|connection|account|user|pdo)(?:[ "
        r"\t]*=[ \t]*)?\([^()\n]*[\"'][ \t]*,[ \t]*(?:\"(?P<v1>[^\"\n]+)\"|'(?P<v2>[^'\n]+)')(?:[ \t]*,[ \t]*(?:\"\"|''))?[ \t]*\)"
        r"|\bmysqli(?:_connect)?\([^,()\n]*,[^,()\n]*,[ \t]*[\"'](?P<v3>[^\"'\n]+)[\"']",
        Judge.UNNAMED,
        signs="(,)",
        hides=(
            'credentials.NewStaticCredentials("AKID", "«awskey»", "")',
            "db.auth('root', '«human»');",
            'requests.get(url, auth=("svc", "«pw:16»"))',
            'req.SetBasicAuth("svc", "«human»")',
            "new PDO('mysql:host=a;dbname=b', 'u', '«human»')",
            'new mysqli("db", "u", "«human»", "shop")',
            "realm.createAccount('ops', '«human»')",
            'DriverManager.getConnection("jdbc:mysql://a/b", "root", "«human»");',
            "new UsernamePasswordCredentialsImpl(GLOBAL, 'git', 'about', 'bot', '«pw:20»')",
        ),
        shows=(
            "‹connect('destroy', 'on-window-closed')›",
            '‹addUser("ann", "Ann of the harbour")›',
        ),
    ),
    _rule(
        "signing-call",
        "sign(|verify(|hmac(|encrypt(|decrypt(",
        r"(?i)(?:sign|verify|hmac|encrypt|decrypt)\([^()\n]*,[ \t]*[\"'](?P<v>[^\"'\n]+)[\"']",
        Judge.MADE,
        hides=("jwt.sign(payload, '«pw:32»', { expiresIn: '3h' });",),
        shows=("‹createHmac('sha256', 'name-of-the-header')›",),
    ),
    _rule(
        "block",
        "loginmodule|tokens|secrets|passwords|credentials",
        r"(?is)LoginModule\b(?P<jaas>[^;]*)|\b(?:tokens|secrets|passwords|credentials)[ \t]*=?[ \t]*\{"
        r"(?P<hcl>[^{}]*)\}",
        Judge.PASSWORD,
        signs='=""',
        hides=(
            'PlainLoginModule required\n  username="a"\n  user_ann="«pw:16»"\n  user_bob="«human»";',
            'acl { tokens { initial_management = "«uuid»" agent = "«uuid»" } }',
        ),
        shows=(
            'PlainLoginModule required username="‹broker›";',
            'tokens { name = "‹agent-token›" }',
        ),
    ),
    _rule(
        "clear-text",
        "text",
        r"(?i)\b(?:clear|plain)-?text(?:-?password)?[ \t]*=[ \t]*(?:\"(?P<v1>[^\"\n]+)\"|'(?P<v2>[^'"
        r"\n]+)')",
        Judge.UNNAMED,
        hides=('<credential-reference clear-text="«pw:16»"/>',),
        shows=('‹<p plaintext="of the page"/>›',),
    ),
    _rule(
        "piped",
        "echo|printf",
        r"\b(?:echo|printf)(?:[ \t]+-[neE]+)*[ \t]+[\"']?(?P<v>[^\s\"'|]+)[\"']?[ \t]*\|[ \t]*(?:base6"
        r"4|openssl|kinit|gpg|cryptsetup|sudo|[^\n|]*std-?in)",
        Judge.UNNAMED,
        hides=('echo -n "«human»" | base64', "printf '«pw:16»' | docker login --password-stdin"),
        shows=("‹echo cluster-name | base64›", '‹echo "$PASSWORD" | base64›'),
    ),
    _rule(
        "unseal",
        "unseal",
        r"\bunseal[ \t]+(?P<v>[^\s\"'-]\S+)",
        Judge.MADE,
        hides=("vault operator unseal «b64:33»",),
        shows=("‹unseal the-cluster-by-hand›",),
    ),
    _rule(
        "sed",
        "sed",
        r"\bs[/|#,][^/|#,\n]*(?i:pass|secret|token|key|pwd)[^/|#,\n]*[/|#,](?P<v>[^/|#,\n]+)[/|#,]",
        Judge.UNNAMED,
        hides=('sed -i "s/__DB_PASS__/«pw»/" a.conf',),
        shows=('‹sed "s/@TOKEN@/$TOKEN/" a.conf›', "‹sed s/key/other-key/g›"),
    ),
    _rule(
        "tool-arguments",
        "sqlplus|sqlldr|expdp|impdp|ssh-keygen|http-basic|lftp|open -u",
        r"\b(?:sqlplus|sqlldr|expdp|impdp)\b[^\n|;]*?[ \t][\w.]+/(?P<v>[^\s@\"']+)|\bssh-keygen\b[^\n|;]*?"
        r"[ \t]-[NP][ \t]*[\"']?(?P<v1>[^\s\"']+)|\bhttp-basic\.\S+[ \t]+\S+[ \t]+[\"']?(?P<v2>[^\s\"']+)"
        r"|\b(?:lftp|open)[ \t]+-u[ \t]+[\"']?[\w.@-]+,(?P<v3>[^\s\"']+)",
        Judge.UNNAMED,
        hides=(
            "sqlplus ann/«human»@ORCL",
            'ssh-keygen -t ed25519 -N "«human»" -f a',
            "composer config http-basic.repo.example.org ann «hex:40»",
            "lftp -u ann,«pw:12» sftp://files.example.org",
        ),
        shows=('‹ssh-keygen -t ed25519 -N "" -f a›', "‹sqlplus /nolog›"),
    ),
    _rule(
        "ntp-keys",
        " m | md5 | sha",
        r"(?m)^[ \t]*\d+[ \t]+(?:M|MD5|SHA\d*|AES\w*)[ \t]+(?P<v>[^\s#]+)",
        Judge.UNNAMED,
        hides=("1 M «pw:12»", "2 SHA1 «hex:40»"),
        shows=("‹2 MD5 sums›",),
    ),
    _rule(
        "here-string",
        "<<<",
        r"<<<[ \t]*[\"']?(?P<v>[^\s\"'<>]+)",
        Judge.UNNAMED,
        hides=("kinit ops@EXAMPLE.ORG <<< '«human»'",),
        shows=("‹grep a <<< some-name›", '‹grep a <<< "$TEXT"›'),
    ),
    _rule(
        "expect",
        "send ",
        r"\bsend[ \t]+(?:--[ \t]+)?\\*[\"'](?P<v>[^\s\"'\\]+)\\+[rn]",
        Judge.UNNAMED,
        hides=("expect -c 'send \"«pw:12»\\r\"'",),
        shows=('‹send "yes\\r"›',),
    ),
    _rule(
        "snmp-tools",
        "snmp",
        r"\bsnmp[a-z]+\b[^\n|;]*?[ \t](?:-c[ \t]+[\"']?(?P<v>[^\s\"';|&-][^\s\"';|&]*)|-A[ \t]+[\"']?("
        r"?P<v1>[^\s\"';|&]+)(?:[^\n|;]*?[ \t]-X[ \t]+[\"']?(?P<v2>[^\s\"';|&]+))?)",
        Judge.PASSWORD,
        hides=(
            "snmpwalk -v2c -c «lower:10» 192.0.2.9 ifTable",
            "snmpget -u a -A «pw:12» -x AES -X «pw:12» 192.0.2.9",
        ),
        shows=("‹snmpwalk -v2c -c ${COMMUNITY} 192.0.2.9›",),
    ),
    _rule(
        "htpasswd-tool",
        "htpasswd",
        r"\bhtpasswd(?:[ \t]+-\w+)*?[ \t]+-\w*b\w*(?:[ \t]+-\w+)*(?:[ \t]+[^\s-]\S*){1,2}[ \t]+[\"']?("
        r"?P<v>[^\s\"';|&<>][^\s\"';|&]*)",
        Judge.PASSWORD,
        hides=("htpasswd -bc /etc/users ann «human»", "htpasswd -nbB ann «lower:12»"),
        shows=(
            "‹htpasswd -c /etc/users ann›",
            "‹htpasswd -nbB ann <password>›",
            '‹htpasswd -nb ann "$PASSWORD"›',
        ),
    ),
    _rule(
        "slash-flag",
        "/p",
        r"(?i)[ \t\"']/(?:p|pass|password|pwd):[\"']?(?P<v>[^\s\"',;|&]+)",
        Judge.UNNAMED,
        hides=("xfreerdp /v:a /u:admin /p:«pw:12»", "net use /pass:«human»"),
        shows=("‹msbuild /p:Configuration=Release›",),
    ),
    _rule(
        "redis-settings",
        "rename-command|sentinel",
        r"(?im)^[ \t]*(?:rename-command[ \t]+\w+|sentinel[ \t]+(?:auth|sentinel)-pass[ \t]+\S+)[ \t]+["
        r"\"']?(?P<v>[^\s\"']+)",
        Judge.UNNAMED,
        hides=(
            'rename-command CONFIG "«pw:20»"',
            "sentinel auth-pass main «pw:24»",
        ),
        shows=('‹rename-command FLUSHALL "flush-everything"›',),
    ),
    _rule(
        "router",
        "key|secret|password|md5",
        r"(?im)\b(?:(?:key-string|secret|password|key)[ \t]+[05-9]|message-digest-key[ \t]+\d+[ \t]+md5"
        r"(?:[ \t]+\d)?)[ \t]+[\"']?(?P<v>[^\s\"';]+)",
        Judge.UNNAMED,
        hides=(
            "username admin privilege 15 secret 0 «human»",
            "tacacs-server key 7 «hex:20»",
            "ip ospf message-digest-key 1 md5 «pw:12»",
        ),
        shows=("‹each key 5 minutes›", "‹rotate the secret 7 days before›"),
    ),
    _rule(
        "chap-secrets",
        "*",
        r"(?m)^[ \t]*[\"']?[\w.@\\-]+[\"']?[ \t]+(?:\*|[\w.-]+)[ \t]+[\"']?(?P<v>[^\s\"'*]{4,})[\"']?["
        r" \t]+(?:\*|\d{1,3}(?:\.\d{1,3}){3})[ \t]*$",
        Judge.MADE,
        hides=("client * «human» 192.0.2.9", '"ann" vpn "«pw:12»" *'),
        shows=("‹host a 192.0.2.1 192.0.2.2›", "‹0 4 * * *›"),
    ),
    _rule(
        "dns-provider",
        "dns ",
        r"(?m)^[ \t]*(?:acme_)?dns[ \t]+\w+[ \t]+(?P<v>[^\s{}]+)",
        Judge.MADE,
        hides=("  dns cloudflare «cloudflare»",),
        shows=("‹dns cloudflare {env.CF_API_TOKEN}›", "‹dns server 192.0.2.53›"),
    ),
    _rule(
        "cookie-pairs",
        "cookie",
        r"(?i)cookie[\"']?[ \t]*[:=,][ \t]*[\"']?[\w.-]+=(?P<v>[^;\s\"'\\]{12,})",
        Judge.MADE,
        hides=('"cookie": "sid=«hex:32»; Path=/"', "curl -H 'Cookie: session=«url64:24»' a"),
        shows=("‹Set-Cookie: theme=dark-and-quiet-one; Path=/›",),
    ),
    _rule(
        "xml-element",
        "</",
        r"<(?P<key>[A-Za-z][\w.:-]*)>[ \t]*(?P<v>[^<>\n]+)[ \t]*</",
        Judge.KEY,
        hides=(
            "<password>«pw»</password>",
            "<secretBytes>«b64:40»</secretBytes>",
            "<privateKey>«b64:96»</privateKey>",
            "<password>one «human»</password>",
        ),
        shows=("<token>‹${TOKEN}›</token>", "‹<passwordPolicy>strong one</passwordPolicy>›"),
    ),
    _rule(
        "xml-named",
        "</",
        r"<[\w.:-]+[ \t][^<>\n]*?\b(?:name|key|id)=[\"'](?P<key>[\w.:-]+)[\"'][^<>\n]*>[ \t]*(?P<v>[^"
        r"<>\n]+?)[ \t]*</",
        Judge.KEY,
        signs="=",
        hides=('<property name="hibernate.connection.password">«pw:14»</property>',),
        shows=('<property name="password.policy">‹strict one›</property>',),
    ),
    _rule(
        "xml-name-value",
        "</",
        r"<name>[ \t]*(?P<key>[\w.:-]+)[ \t]*</name>\s{0,40}<value>[ \t]*(?P<v>[^<>\n]+?)[ \t]*</value>",
        Judge.KEY,
        hides=(
            "<name>javax.jdo.option.ConnectionPassword</name>\n  <value>«human»</value>",
            "<name>fs.s3a.secret.key</name><value>«awskey»</value>",
        ),
        shows=("<name>password.policy</name><value>‹strict one›</value>",),
    ),
    _rule(
        "notify-address",
        "pover://|tgram://|slack://|discord://|gotify|pushover://|pbul://|mmost|prowl://|teams://",
        r"\b(?:pover|pushover|tgram|slack|discord|gotifys?|pbul|mmosts?|prowl|teams)://(?:(?P<v>[\w:-]{16,"
        r"})@)?(?P<v1>[\w-]{16,})?",
        Judge.MADE,
        hides=("pover://«pw:30»@«pw:30»", "discord://«url64:68»@882771993301"),
        shows=("‹gotify://notifications.example.org/about›",),
    ),
    _rule(
        "xml-pair",
        "value",
        r"(?i)\b(?:key|name|id)[ \t]*=[ \t]*[\"'](?P<key>[\w.:-]+)[\"'][ \t]+(?:value|content|def"
        r"ault)[ \t]*=[ \t]*(?:\"(?P<v1>[^\"\n]+)\"|'(?P<v2>[^'\n]+)')",
        Judge.KEY,
        hides=(
            '<add key="Password" value="«human»"/>',
            '<Parameter name="apiToken" value="«hex:40»"/>',
        ),
        shows=('‹<add key="FeatureMode" value="dark-launch"/>›',),
    ),
    _rule(
        "default-of",
        "default",
        r"(?is)\bvariable[ \t]+\"(?P<key>[\w-]+)\"[ \t]*\{[^{}]*?\bdefault[ \t]*=[ \t]*\"(?P<v>[^"
        r"\"\n]+)\"",
        Judge.KEY,
        hides=('variable "root_password" {\n  default = "«human»"\n}',),
        shows=('‹variable "region" {\n  default = "eu-gull-1"\n}›',),
    ),
    _rule(
        "pgpass",
        ":",
        r"(?m)^(?:[^\s:#\"'{}\[\]/]+):(?:\d+|\*):[^\s:]*:[^\s:]+:(?P<v>[^\s:]+)[ \t]*$",
        Judge.PASSWORD,
        signs="::::",
        hides=("pg.example.net:5432:orders:app:«pw»", "*:*:*:app:«human»"),
    ),
    _rule(
        "pgbouncer-users",
        '" "',
        r'(?m)^[ \t]*"[^"\n]+"[ \t]+"(?P<v>[^"\n]+)"[ \t]*$',
        Judge.UNNAMED,
        hides=('"app" "«pw»"', '"reports" "md5«hex:32»"'),
        shows=('‹"first" "second-word"›',),
    ),
    _rule(
        "snmp-community",
        "community",
        r"(?mi)^[ \t]*r[ow]community6?[ \t]+[\"']?(?P<v>[^\s\"'#]+)",
        Judge.PASSWORD,
        hides=("rocommunity «lower:12»", "rwcommunity «human» 10.0.0.0/8"),
    ),
    _rule(
        "snmp-user",
        "createuser",
        r"(?i)\bcreateUser[ \t]+(?:-e[ \t]+\S+[ \t]+)?\S+[ \t]+(?:MD5|SHA\S*)[ \t]+[\"']?(?P<v1>["
        r"^\s\"']+)[\"']?(?:[ \t]+(?:DES|AES\S*)[ \t]+[\"']?(?P<v2>[^\s\"']+)[\"']?)?",
        Judge.PASSWORD,
        hides=('createUser monitor SHA "«pw:14»" AES "«pw:14»"',),
    ),
    _rule(
        "sasl-map",
        "@",
        r"(?m)^(?:\[[\w.-]+\](?::\d+)?[ \t]+[\w.+@-]+|[\w.-]+(?::\d+)?[ \t]+[\w.+-]+@[\w.-]+):(?P<v>\S+)"
        r"[ \t]*$",
        Judge.PASSWORD,
        hides=(
            "[smtp.example.org]:587 mailer@example.org:«pw:18»",
            "smtp.example.org ann@example.org:«human»",
        ),
        shows=("‹task sops:re-encrypt\nmail: ann@example.org›",),
    ),
    _rule(
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
    _rule(
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
    _rule(
        "spoken-pair",
        "credential|login",
        r"(?i)\b(?:credentials?|login)s?:?[ \t]+[\w.@-]+[ \t]*[/,|][ \t]*(?P<v>[^\s\"',;]{6,})",
        Judge.MADE,
        hides=("Default credentials: admin / «human»",),
        shows=("‹The credentials live in vault/production›",),
    ),
    _rule(
        "query",
        "key=|code=|sig=|auth=|token=",
        r"(?i)[?&](?:[\w.-]*(?:key|code|sig|auth|token|secret|pass|password|hash))=(?P<v>[^\s&\"'"
        r"<>#\\]{3,})",
        Judge.TOKEN,
        hides=("https://a.example.org/hook?key=«hex:24»", "/health?access_token=«hex:32»"),
        shows=("‹/search?key=created_at&sort=asc›", "‹/a?key=name›", "‹/b?code=404›"),
    ),
    _rule(
        "query-letter",
        "?p=|&p=|?t=|&t=|?k=|&k=|&pw=|?pw=|&pass=|?pass=",
        r"(?i)[?&](?:p|t|k|pw|pass)=(?P<v>[^\s&\"'<>#\\]{8,})",
        Judge.MADE,
        hides=("pg://a:5432?u=n&p=«pw:14»&d=n", "https://a.example.org/in?k=«hex:32»"),
        shows=("‹https://blog.example.org/?p=1204&t=some-topic-of-it›",),
    ),
    _rule(
        "header-line",
        "set_header|add_header|header_up|header_down|http_x_|set-header|--header|-h ",
        r"(?i)(?:set_header|add_header|header_up|set-header)[ \t]+(?P<key>[\w-]+)[ \t]+[\"'](?P<v"
        r"1>[^\"'\n]+)[\"']|\$(?P<key2>http_[a-z0-9_]+)[ \t]*(?:!=|=|~)[ \t]*\\*[\"'](?P<v2>[^\"'"
        r"\\\n]+)",
        Judge.MADE,
        hides=(
            'proxy_set_header X-Honeycomb-Team "«hex:32»";',
            'if ($http_x_api_key != "«pw:32»") { return 403; }',
        ),
        shows=('‹proxy_set_header X-Forwarded-Proto "https-always";›',),
    ),
    _rule(
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
    _rule(
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
"""How texts write a credential: files of settings, command lines, sentences."""


class Key(Struct, frozen=True):
    """Words of keys, and what stands behind a key that ends with one or has one in the place that
    the name says."""

    name: str
    words: frozenset[str]
    kind: Class
    hides: tuple[str, ...] = ()
    """Keys with a value of a shape behind them."""
    shows: tuple[str, ...] = ()


def _key(
    name: str, words: str, kind: Class, hides: tuple[str, ...] = (), shows: tuple[str, ...] = ()
) -> Key:
    return Key(name, frozenset(words.split()), kind, hides, shows)


KEYS = {
    rule.name: rule
    for rule in (
        _key(
            "password",
            "password passwd passphrase passcode pass pwd pw psk pin pincode mnemonic passwort au"
            "thtok "
            "requirepass masterauth skey kennwort authpass passkey pwhash seedphrase authpassphra"
            "se",
            Class.PASSWORD,
            (
                "adminPassword: «human»",
                "PGPASSWD: «lower:12»",
                "passphrase: «dashed»",
                "rootPw: «pw:12»",
                "pinCode: «digits:8»",
                "DBPassword: «special»",
                "SMTP_PASS: «human»",
                "mnemonic: «words»",
                "passwordHash: «hex:64»",
                "TLSPSKValue: «hex:64»",
                "dbpassword: «pw»",
                "userPassword: «lower:10»",
            ),
            (
                "password: ‹${PASSWORD}›",
                "passwordPolicy: ‹strict-and-long›",
                "bypass: ‹localhost›",
                "compass: ‹north›",
                "passwordFile: ‹/run/secrets/a›",
                "password: ‹$__file{/etc/a}›",
                "passwordless: ‹magic-link›",
                "passwordReset: ‹self-service›",
            ),
        ),
        _key(
            "token",
            "token bearer jwt pat cookie credential cred dsn salt pepper seed kubeconfig htpasswd"
            " dockerconfigjson "
            "dockerconfig nkey userkey otp totp webhook hook license licence community authkey ap"
            "ikey secretkey "
            "accesskey privatekey masterkey secretid fernet authident storepass keypass passbook "
            "authdata keydata "
            "keytab serviceaccountkey accountkey",
            Class.TOKEN,
            (
                "apiToken: «hex:40»",
                "bottoken: «telegram»",
                "SENTRY_DSN: «hex:32»",
                "masterkey: «pw:32»",
                "userkey: «lower:30»",
            ),
            (
                "tokenUrl: ‹https://sso.example.org/token›",
                "TOKEN_TTL: ‹3600s›",
                "tokenName: ‹kube-joiner›",
                "idToken: ‹session-only›",
            ),
        ),
        _key(
            "odd",
            "salt seed community license licence otp totp cookie cred credential pat jwt hook webhook kubeconfig",
            Class.KEY,
            ("cred: «pw:20»", "OTP_SEED: «b32»", "salt: «pw:22»", "rocommunity: «pw:12»"),
            (
                "license: ‹Apache-2.0›",
                "SEED: ‹-1785852800490497919›",
                "SEED: ‹26.2-20260618-6›",
                "kubeconfig: ‹kubernetes›",
                "credentials: ‹web-identity-chain›",
                "cookie: ‹strict-always›",
            ),
        ),
        _key(
            "pair",
            "login user userpass",
            Class.PAIR,
            ("user: «human»:«pw:12»",),
            (
                "user: ‹system:serviceaccount:flux-system:helm-controller›",
                "user: ‹1000:1000›",
                "login: ‹ops@example.org›",
            ),
        ),
        _key(
            "auth",
            "auth basicauth basic ident userinfo loginpassword credentials userpwd",
            Class.AUTH,
            (
                "basicAuth: «human»:«pw:12»",
                "AUTH_BASIC: ops:«pw:12»",
                "npmAuthIdent: deploy:«pw:14»",
                "GRAPH_AUTH: graph/«human»",
                "CLI_AUTH: «pw:20»",
            ),
            ("auth: ‹oauth2-proxy-mode›", "auth: ‹kubernetes/login1›"),
        ),
        _key(
            "made",
            "encrypt signature sig hmac header headervalue claim eap inlinestring cipher username private keypair",
            Class.MADE,
            (
                "encrypt: «b64:32»",
                "inline_string: «pw:32»",
                "username: «b64:60»",
                "jwt.private: «url64:64»",
                "encrypt.keypair: «hex:128»",
                "rsyncd.secrets: ann:«human»",
                "eab.hmacencoded: «url64:64»",
            ),
            (
                "hmac: ‹sha-two-five-six›",
                "existingClaim: ‹zigbee2mqtt›",
                "groupsClaim: ‹cognito2groups›",
                "header: ‹X-Forwarded-For›",
                "username: ‹harbor_registry_user›",
            ),
        ),
        _key(
            "sure-key",
            "api app application secret private encryption encrypt encrypted master license licen"
            "ce signing sign access "
            "account storage auth authentication service shared session hmac ssh tls ssl deploy e"
            "nc unseal crypto "
            "wireguard wg restic age join instrumentation integration subscription validation dec"
            "ryption decrypt "
            "consumer ping setup enroll enrollment bouncer pre preshared admin root openai anthro"
            "pic sendgrid mailgun "
            "stripe insights installation tsig activation product registration pairing write read"
            " ingest ingestion sas "
            "tunnel fernet jwt aes des rsa dsa ecdsa ed25519 client server ca csrf xsrf cookie va"
            "pid webhook relay gossip "
            "rpc erlang peer recovery unseal data",
            Class.TOKEN,
            (
                "api-key: «lower:20»",
                "secretAccessKey: «awskey»",
                "anthropic_key: «pw:40»",
                "RAILS_MASTER_KEY: «hex:32»",
                "caKey: «b64:48»",
                "SECRET_KEY_BASE: «hex:128»",
                "APP_KEY: base64:«b64»",
                "tls.key: «b64:48»",
            ),
            (
                "privateKeyPath: ‹/etc/tls/private.key›",
                "apiKeyHeader: ‹X-Api-Key-Header›",
                "encryption_key: ‹/etc/sse-material›",
            ),
        ),
        _key(
            "named-key",
            "password pass passwd user username token login pwd secret credentials credential",
            Class.MADE,
            ("secretKey: «pw:16»", "user_key: «lower:30»", "tokenKey: «pw:24»"),
            (
                "passwordKey: ‹admin-pass-entry›",
                "secretKey: ‹gossip-entry›",
                "existingSecretPasswordKey: ‹password›",
                "tokenSecretKey: ‹token›",
            ),
        ),
        _key(
            "public-key",
            "public pub publishable",
            Class.NONE,
            (),
            ("publicKey: ‹xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=›",),
        ),
        _key(
            "plain-key",
            "primary sort partition foreign unique group row map object cache index lookup shard "
            "cluster label annotation sorting range hash hot topic message order translation i18n locale field "
            "header idempotency dedup event metric feature flag config configuration settings set"
            "ting property entry "
            "compose param parameter item merge json yaml env",
            Class.MADE,
            ("activeRecordEncryption.primaryKey: «pw:32»",),
            (
                "sortKey: ‹created_at_desc›",
                "idempotencyKey: ‹order-line-uuid›",
            ),
        ),
        _key(
            "sure-secret",
            "client app application consumer signing jwt session shared cookie hmac api bot rpc c"
            "ookies turn otp webhook "
            "oauth oidc agent database relay registration form macaroon nextauth crypto tunnel ts"
            "ig secretbox encryption "
            "aggregator refresh access token db s3 payment django hash",
            Class.TOKEN,
            (
                "clientSecret: «lower:24»",
                "SESSION_SECRET: «hex:48»",
                "WOODPECKER_AGENT_SECRET: «hex:64»",
                "secret: «pw:48»",
            ),
            (
                "secret: ‹app-runtime-object›",
                "tlsSecret: ‹web-tls›",
                "clientSecret: ‹app-oauth-client›",
            ),
        ),
        _key(
            "reference",
            "existing ref refs name names from pull use create mount mounts store existingsecret",
            Class.NONE,
            (),
            (
                "existingSecret: ‹db-object›",
                "imagePullSecrets: ‹registry›",
                "envFromSecret: ‹grafana-env›",
                "existingSecretAdminPassword: ‹admin-object›",
            ),
        ),
        _key(
            "digest",
            "checksum digest fingerprint thumbprint etag integrity",
            Class.NONE,
            (),
            (
                "checksum/secret: "
                "‹e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855›",
            ),
        ),
        _key(
            "fact",
            "cert certificate crt ca cabundle revision commit client user username account bucket n x y sha",
            Class.NONE,
            (),
            ("caBundle: ‹hT3bWq9ZkXv7RmYc1LsJ0pGf›", "revision: ‹hT3bWq9ZkXv7RmYc1LsJ0pGf›"),
        ),
        _key(
            "told",
            "id ids uid uuid guid kid sid cid version arn name names path file url uri hint ttl type enabled issuer audienc"
            "e lifetime lifespan expiry "
            "hours minutes seconds days mode format header algorithm alg length count size",
            Class.NONE,
            (),
            ("keyId: ‹24875D73A1B2C3D4›", "secretName: ‹app-tls-object›", "tokens.ttl: ‹24›"),
        ),
        _key(
            "count",
            "max min total limit per input output prompt completion stop id csrf automount account",
            Class.NONE,
            (),
            ("maxInputTokens: ‹150000›", "max_tokens: ‹32000›", "input_cost_per_token: ‹1.25e-07›"),
        ),
        _key(
            "neutral",
            "value val values plain plaintext cleartext clear text string str data b64 base base6"
            "4 hash hashed sha sha1 "
            "sha256 sha512 md5 bcrypt argon2 pbkdf2 hex raw env current old new previous prev byt"
            "es default inline content "
            "contents literal actual uri url urls connection dot php json yaml bottom crypt encod"
            "ed enc",
            Class.NONE,
        ),
        _key(
            "passwords", "passwords passphrases pins", Class.PASSWORD, ("passwords.admin: «human»",)
        ),
        _key("tokens", "tokens", Class.TOKEN, ("tokens.ci: «lower:14»",), ("tokens.ttl: ‹24h›",)),
        _key(
            "plurals",
            "credentials creds cookies secrets bearer",
            Class.MADE,
            ("secrets.cipher: «pw:32»",),
            ("secrets.name: ‹alertmanager-main›",),
        ),
        _key(
            "secret-values",
            "stringdata secretstringdata secretdata",
            Class.PASSWORD,
            ("stringData.anything: «lower:9»", "secretData: «human»"),
        ),
        _key(
            "code",
            "pin pass alarm door lock unlock gate disarm security access",
            Class.PASSWORD,
            ("alarm_code: «digits:8»", "doorCode: «digits:6»"),
            ("status_code: ‹40412›", "countryCode: ‹DE-BY›"),
        ),
        _key(
            "other-key",
            "key",
            Class.OTHER_KEY,
            ("BUNNY_KEY: «uuid»", "KEY: «uuid»", "installationKey.value: «pw:20»"),
            ("parcel_key: ‹north-sea›", "remoteRef.key: ‹7c4e1d80-93ab-4f62-8e15-b0c92d7fa346›"),
        ),
        _key(
            "secret-settings",
            "secretenv secretenvs envsecrets securejsondata securesettings extrasecretenv extrase"
            "cretenvironmentvars "
            "secretjsondata basicauthusers",
            Class.TOKEN,
            ("secureJsonData.httpHeaderValue1: «uuid»", "basic_auth_users.ann: «human»"),
        ),
        _key(
            "secret-templates",
            "secrettemplate",
            Class.MADE,
            ("secretTemplate.fixed: «pw:20»",),
            ("secretTemplate.host: ‹pg.example.org›",),
        ),
    )
}


class Place(Struct, frozen=True):
    """Fields of a kind of objects that hold credentials under keys of any name."""

    kind: str
    """Kind of the object; `*` for any."""
    path: tuple[str, ...]
    """Keys that lead there; `*` is any key, items of lists are left out."""
    sure: bool
    """Whether every value there is a credential; otherwise those that look like one."""


PLACES = (
    Place("*", ("provider", "fake", "data"), True),
    Place("Fake", ("spec", "data"), True),
    Place("ExternalSecret", ("target", "template", "data"), False),
    Place("SealedSecret", ("spec", "template", "data"), False),
    Place("SealedSecret", ("spec", "template", "stringData"), True),
    Place("PushSecret", ("spec", "template", "data"), False),
    Place("ClusterExternalSecret", ("target", "template", "data"), False),
    Place("Secret", ("data",), True),
    Place("Secret", ("stringData",), True),
)
