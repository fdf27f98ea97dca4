"""List what is a credential by its look.

Formats of tokens are facts that their makers publish, such as
https://docs.gitlab.com/security/tokens and https://docs.slack.dev/authentication/tokens.
"""

from __future__ import annotations

from gitops_docs.redaction.rules.rule import Judge, rule, token

TOKENS = (
    token(
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
    token(
        "github",
        "gho_|ghp_|ghs_|ghu_|ghr_|github_pat_",
        # Also behind a letter: a replacement or a template may have put it there.
        r"(?:gh[opsur]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})",
        "«github»",
        "a-b«github»",
        "git clone https://«github»@github.com/a/b",
    ),
    token(
        "gitlab",
        "glpat-|gldt-|glrt-|glptt-|glcbt-|glimt-|glft-|glagent-|gloas-|glsoat-|glffct-|gr1348941",
        r"\b(?:gl(?:pat|dt|rt|ptt|cbt|imt|ft|agent|oas|soat|ffct)-[A-Za-z0-9_.-]{16,}|GR1348941[A"
        r"-Za-z0-9_-]{20,})",
        "«gitlab»",
        "glrt-«pw:20»",
        "GR1348941«pw:20»",
    ),
    token(
        "slack",
        "xox|xapp-",
        r"\b(?:xox[a-z](?:\.xox[a-z])?|xapp)-[A-Za-z0-9-]{10,}",
        "xoxb-«digits:12»-«digits:12»-«pw:24»",
        "xapp-1-A0«upper:9»-«digits:13»-«hex:64»",
    ),
    rule(
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
    rule(
        "discord-hook",
        "discord.com/api/|discordapp.com/api/",
        r"\bdiscord(?:app)?\.com/api/(?:v\d+/)?webhooks/(?P<v>[^\s\"'<>\\]+)",
        by_look=True,
        hides=("https://discord.com/api/webhooks/«digits:18»/«pw:68»",),
    ),
    rule(
        "telegram-address",
        "api.telegram.org/",
        r"\bapi\.telegram\.org/(?:file/)?bot(?P<v>[^\s\"'<>/\\]+)",
        by_look=True,
        hides=("https://api.telegram.org/bot«telegram»/sendMessage",),
        shows=("‹https://api.telegram.org/bot${TOKEN}/sendMessage›",),
    ),
    rule(
        "teams-hook",
        "webhook.office.com/|outlook.office",
        r"\b(?:[\w-]*\.?webhook\.office\.com/webhookb2?/|outlook\.office(?:365)?\.com/webhook/)(?"
        r"P<v>[^\s\"'<>\\]+)",
        by_look=True,
        hides=(
            "https://a.webhook.office.com/webhookb2/«uuid»@«uuid»/IncomingWebhook/«hex:32»/«uuid»",
        ),
    ),
    rule(
        "azure-workflow",
        ".logic.azure.com|.powerplatform.com",
        r"(?:\.logic\.azure\.com|\.powerplatform\.com)(?::\d+)?/(?P<v>[^\s\"'<>\\]*(?:workflows|t"
        r"riggers)/[^\s\"'<>\\]+)",
        by_look=True,
        hides=(
            "https://prod-1.westus.logic.azure.com:443/workflows/«hex:32»/triggers/manual/paths/invoke?sig=«url64:32»",
        ),
    ),
    rule(
        "pagerduty-hook",
        "pagerduty.com/integration/",
        r"\bpagerduty\.com/integration/(?P<v>[^\s\"'<>/\\]+)",
        by_look=True,
        hides=("https://events.pagerduty.com/integration/«hex:32»/enqueue",),
    ),
    rule(
        "healthchecks",
        "hc-ping.com/",
        r"\bhc-ping\.com/(?P<v>[^\s\"'<>\\]+)",
        by_look=True,
        hides=("https://hc-ping.com/«uuid»", "https://hc-ping.com/«url64:16»/nightly"),
    ),
    rule(
        "google-chat",
        "chat.googleapis.com/",
        r"\bchat\.googleapis\.com/v1/spaces/(?P<v>[^\s\"'<>\\]+)",
        by_look=True,
        hides=(
            "https://chat.googleapis.com/v1/spaces/AAAA/messages?key=«google»&token=«url64:32»",
        ),
    ),
    rule(
        "hook-address",
        "hook|trigger/|/services/|/ingest|/push/|/notify",
        r"(?i)https?://(?:[^\s\"'<>@\\]*?/?(?:web)?(?:hooks?\d*|trigger|services|ingest|push|notify|"
        r"incoming)|(?:web)?hooks?\.[\w.-]+(?::\d+)?(?:/[\w-]{1,15})+)/(?P<v>[A-Za-z0-9_/+=-]{10,})",
        Judge.MADE,
        by_look=True,
        hides=(
            "https://chat.example.org/hooks/«lower:26»",
            "https://automation.example.net/webhook/«uuid»",
            "https://hooks.example.net/in/«pw:32»",
            "https://status.example.net/api/push/«pw:10»?status=up",
        ),
        shows=(
            "‹https://shop.example.org/hooks/inbound-orders-of-the-shop›",
            "‹https://hooks.example.org/services/notifications/production›",
        ),
    ),
    token("twitch", "oauth:", r"\boauth:[a-z0-9]{30}\b", "oauth:«lower:30»"),
    token(
        "mysql-hash",
        "|".join(f"*{digit}" for digit in "0123456789abcdef"),
        r"(?:^|[^\w*])(?P<v>\*[0-9A-F]{40})(?:$|\W)",
        "IDENTIFIED BY PASSWORD '*94BDCEBE19083CE2A1F959FD02F964C7AF4CFC29'",
    ),
    token("telegram", ":aa", r"\b\d{8,10}:AA[A-Za-z0-9_-]{30,}", "«telegram»"),
    token(
        "aws-access-key",
        "akia|asia|abia|acca",
        r"\b(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}\b",
        shows=("‹arn:aws:iam::210987654321:role/deployer›",),
    ),
    token(
        "google",
        "aiza|gocspx-|ya29.|1//0",
        r"\b(?:AIza[0-9A-Za-z_-]{35}|GOCSPX-[A-Za-z0-9_-]{20,}|ya29\.[A-Za-z0-9_-]{20,}|1//0[A-Za"
        r"-z0-9_-]{30,})",
        "«google»",
        "GOCSPX-«pw:28»",
        "ya29.«pw:120»",
        "1//0«pw:60»",
    ),
    token(
        "jwt",
        "eyj",
        r"\b(?:ops_)?eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}(?:\.[A-Za-z0-9_-]*)?|\b(?:ops_)?ey"
        r"J[A-Za-z0-9_/+-]{120,}=*",
        "«jwt»",
        "eyJ«pw:180»",
    ),
    token(
        "grafana",
        "glsa_|glc_",
        r"\b(?:glsa_[A-Za-z0-9_]{20,}|glc_[A-Za-z0-9+/=]{20,})",
        "glsa_«pw:32»_«hex:8»",
    ),
    token(
        "age",
        "age-secret-key-",
        r"\bAGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]+",
        "AGE-SECRET-KEY-1«upper:58»",
        shows=("‹age1qyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqs3290gq›",),
    ),
    token(
        "sops",
        "enc[",
        r"\bENC\[[A-Z0-9_]{1,20},[^\]\s]*\]?",
        "ENC[AES256_GCM,data:«b64:12»,iv:«b64:32»,tag:«b64:16»,type:str]",
    ),
    token(
        "stripe",
        "sk_live_|sk_test_|rk_live_|rk_test_|whsec_",
        r"\b(?:[sr]k_(?:live|test)_[0-9A-Za-z]{16,}|whsec_[A-Za-z0-9+/=]{16,})",
        "«stripe»",
        "whsec_«pw:32»",
        shows=("‹pk_live_51GullPublishableNotSecret0a›",),
    ),
    token(
        "vault",
        "hvs.|hvb.|hvr.| s.|=s.|:s.|\"s.|'s.",
        r"\bhv[sbr]\.[A-Za-z0-9_-]{20,}|[\s\"'=:](?P<v>s\.[A-Za-z0-9]{24})\b",
        "hvs.«pw:24»",
        'VAULT_TOKEN="s.«pw:24»"',
    ),
    token("sendgrid", "sg.", r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}", "SG.«pw:22».«pw:43»"),
    token(
        "mail",
        "xkeysib-|xsmtpsib-|key-|re_",
        r"\b(?:x(?:key|smtp)sib-[0-9a-f]{64}-[A-Za-z0-9]{16}|key-[0-9a-f]{32}|re_[A-Za-z0-9]{8}_["
        r"A-Za-z0-9]{20,})\b",
        "xkeysib-«hex:64»-«pw:16»",
        "key-«hex:32»",
        "re_«pw:8»_«pw:24»",
    ),
    token(
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
    token(
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
    token(
        "azure-client",
        "q~",
        r"(?:^|[^A-Za-z0-9_~.-])(?P<v>[A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{31,34})",
        "«azure»",
    ),
    token(
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
    token(
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
    token(
        "nkey-seed",
        "su|sa|so|sn|sc",
        r"\bS[UAONC][A-Z2-7]{56}\b",
        "SU«b32:56»",
        shows=("‹UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4›",),
        least=58,
    ),
    token(
        "twilio",
        "ac",
        r"\bAC[0-9a-f]{32}[\"']?[ \t]*[,:][ \t]*[\"']?(?P<v>[0-9a-f]{32})\b",
        "twilio('AC4b8d063597e1c0f4b2d8a6e39f2c7e1b', '«hex:32»')",
        "curl -u AC4b8d063597e1c0f4b2d8a6e39f2c7e1b:«hex:32» https://a",
        least=66,
    ),
    token(
        "json-web-key",
        '"k"|"d"|"p"|"q"|"dp"|"dq"|"qi"',
        r"\"(?:k|d|p|q|dp|dq|qi)\"[ \t]*:[ \t]*\"(?P<v>[A-Za-z0-9_-]{16,})\"",
        '{"kty":"oct","k":"«url64:32»"}',
        shows=('{"kty":"RSA","n":"‹xAE7eB6qugXyCAG3yhh7pkDkT65pHymX7P7K›"}',),
    ),
    rule(
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
    token(
        "clear-scheme",
        "{plain}|{clear|{noop}",
        r"(?i)\{(?:PLAIN|CLEAR|CLEARTEXT|noop)\}(?P<v>[^\s:\"',<>{}/]+)",
        "ann@example.org:{PLAIN}«weak»:1000:1000::",
        "{noop}«human»",
        "bob:{plain}«lower:9»:::",
        shows=("‹{plain} text of the page›",),
    ),
    token(
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
    rule(
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
    rule(
        "azure-keys",
        "accountkey=|sharedaccesskey=|sharedaccesssignature=",
        r"\b(?:AccountKey|SharedAccessKey|SharedAccessSignature)=(?P<v>[^\s;\"'<>\\]{8,})",
        by_look=True,
        hides=(
            "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=«b64:64»;EndpointSuffix=core.windows.net",
            "Endpoint=sb://a/;SharedAccessKeyName=Root;SharedAccessKey=«b64:32»",
        ),
    ),
    rule(
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
