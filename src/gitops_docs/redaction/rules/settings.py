"""List how files of settings write a credential."""

from __future__ import annotations

from gitops_docs.redaction.rules.rule import (
    BARE,
    KEY_HINTS,
    KEYWORDS,
    PLACEHOLDER,
    QUOTED,
    Judge,
    rule,
)

SETTINGS = (
    rule(
        "assignment",
        KEY_HINTS,
        r"(?is)(?P<key>[A-Za-z_$][\w.$-]*?(?:"
        + KEYWORDS
        + r")[\w.$-]*|(?:"
        + KEYWORDS
        + r")[\w.$-]*)"
        r"(?P<sep>:[ \t]*&?(?:'?static[ \t]+)?(?:str|string|String|bytes)\b\??[ \t]*=[ \t]*|\\*[\"'`]?\]?[ "
        r"\t]{0,20}(?::=|=>|[!=]?==?|::?)[ \t]{0,60})"
        r"(?:(?P<none>"
        + PLACEHOLDER
        + r")|"
        + QUOTED
        + r"|\[(?P<v5>[^\]\n{\[]+)\]|[\"'](?P<v6>[^\n\"']{2,})|(?P<v7>"
        + BARE
        + r"))",
        Judge.KEY,
        hides=(
            "password = «human»",
            "  api key = «uuid»",
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
            "client lan { secret = «lower:12» }",
            'if (req.http.X-Purge-Key != "«lower:12»") {',
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
            '‹[ -z "${ADMIN_PASSWORD:-}" ] && echo "${TOKEN:+is-set}"›',
            '‹expect "Password:"; send "$PASSWORD\\r"›',
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
    rule(
        "spaced",
        "pass|pwd|pw|secret|token|key|psk|community|credential|masterauth|authtok",
        r"(?im)(?P<start>^[ \t]*(?:-[ \t]+|export[ \t]+|ENV[ \t]+|ARG[ \t]+|SetEnv[ \t]+|set[ \t]+|enable[ \t]"
        r"+)?)?(?P<key>[A-Za-z_][\w.-]*?(?:pass(?:word|wd|phrase|code)?|pwd|pw|secret|token|key|p"
        r"sk|community|credentials?|auth|authtok)\d?|(?:pass(?:word|wd|phrase|code)?|pwd|pw|secre"
        r"t|token|key|psk|eap|community|credentials?))"
        r"(?P<sep>[\"'*`]{0,3}(?:[ \t]+(?:is|was|as|to|be|=))?[ \t]+\**)(?:"
        + QUOTED
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
            "rootpw «lower:10»",
            "masterauth «lower:9»",
            "host mail.example.org\npassword «lower:9»\nport 25",
            "SetEnv APP_SECRET «lower:10»",
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
            "‹Password rotation›",
            "‹Token refresh›",
        ),
    ),
    rule(
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
    rule(
        "clear-text",
        "text",
        r"(?i)\b(?:clear|plain)-?text(?:-?password)?[ \t]*=[ \t]*(?:\"(?P<v1>[^\"\n]+)\"|'(?P<v2>[^'"
        r"\n]+)')",
        Judge.UNNAMED,
        hides=('<credential-reference clear-text="«pw:16»"/>',),
        shows=('‹<p plaintext="of the page"/>›',),
    ),
    rule(
        "redis-acl",
        "user ",
        r"(?m)^[ \t]*(?:acl[ \t]+setuser|user)[ \t]+\S+[ \t](?:[^\n]*?[ \t])?[>#](?P<v>\S+)",
        Judge.PASSWORD,
        hides=("user app on >«pw:20» ~* +@all",),
    ),
    rule(
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
    rule(
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
    rule(
        "ntp-keys",
        " m | md5 | sha",
        r"(?m)^[ \t]*\d+[ \t]+(?:M|MD5|SHA\d*|AES\w*)[ \t]+(?P<v>[^\s#]+)",
        Judge.UNNAMED,
        hides=("1 M «pw:12»", "2 SHA1 «hex:40»"),
        shows=("‹2 MD5 sums›",),
    ),
    rule(
        "chap-secrets",
        "*",
        r"(?m)^[ \t]*[\"']?[\w.@\\-]+[\"']?[ \t]+(?:\*|[\w.-]+)[ \t]+[\"']?(?P<v>[^\s\"'*]{4,})[\"']?["
        r" \t]+(?:\*|\d{1,3}(?:\.\d{1,3}){3})[ \t]*$",
        Judge.MADE,
        hides=("client * «human» 192.0.2.9", '"ann" vpn "«pw:12»" *'),
        shows=("‹host a 192.0.2.1 192.0.2.2›", "‹0 4 * * *›"),
    ),
    rule(
        "two-arguments",
        "credential|login|auth|account|monitor|user ",
        r"(?mi)^[ \t]*(?:[^\n]*\{[^{}\n]*?[ \t])?(?:credentials?|login|auth|account|user|monitor[ \t]+\S+[ \t]+\d)[ \t]+[\"']?[\w.@"
        r"-]+[\"']?[ \t]+[\"']?(?P<v>[^\s\"';{}]+)[\"']?(?:[ \t]+(?:primary|secondary|master|slave))?(?:[ \t]*[;}])*[ \t]*$",
        Judge.UNNAMED,
        hides=(
            "  etcd { endpoint http://a:2379 credentials ann «human» }",
            "example.org:53 { etcd { credentials ann «human» } }",
            "  credentials ann «weak»",
            "open files.example.org\nuser ann «weak»\nput a",
            "MONITOR ups@localhost 1 ann «short» primary",
        ),
        shows=(
            "‹auth required pam_unix.so›",
            "‹account default mailer›",
            "‹login shell zsh›",
            "‹user www-data www-data;›",
        ),
    ),
    rule(
        "dns-provider",
        "dns ",
        r"(?m)^[ \t]*(?:acme_)?dns[ \t]+\w+[ \t]+(?P<v>[^\s{}]+)",
        Judge.MADE,
        hides=("  dns cloudflare «cloudflare»",),
        shows=("‹dns cloudflare {env.CF_API_TOKEN}›", "‹dns server 192.0.2.53›"),
    ),
    rule(
        "header-line",
        "set_header|add_header|header_up|header_down|http_x_|set-header|--header|-h ",
        r"(?i)(?:set_header|add_header|header_up|set-header)[ \t]+(?P<key>[\w-]+)[ \t]+(?:[\"'](?P<v"
        r"1>[^\"'\n]+)[\"']|(?P<v3>[^\s\"';$%{}]+)[ \t]*(?:[;}]|$))|\$(?P<key2>http_[a-z0-9_]+)[ \t]*(?:!=|=|~)[ \t]*\\*"
        r"[\"'](?P<v2>[^\"'\\\n]+)",
        Judge.MADE,
        hides=(
            "proxy_set_header X-Origin-Token «lower:12»;",
            "header_up X-Secret «pw:20»",
            'proxy_set_header X-Honeycomb-Team "«hex:32»";',
            'if ($http_x_api_key != "«pw:32»") { return 403; }',
        ),
        shows=('‹proxy_set_header X-Forwarded-Proto "https-always";›',),
    ),
    rule(
        "cookie-pairs",
        "cookie",
        r"(?i)cookie[\"']?[ \t]*[:=,][ \t]*[\"']?[\w.-]+=(?P<v>[^;\s\"'\\]{12,})",
        Judge.MADE,
        hides=('"cookie": "sid=«hex:32»; Path=/"', "curl -H 'Cookie: session=«url64:24»' a"),
        shows=("‹Set-Cookie: theme=dark-and-quiet-one; Path=/›",),
    ),
    rule(
        "xml-element",
        "</",
        r"<(?P<key>[A-Za-z][\w.:-]*)(?:[ \t][^<>\n]*)?>[ \t]*(?:<!\[CDATA\[(?P<v2>[^<>\n]+?)\]\]>|(?P<v>[^<>\n]+))[ \t]*</",
        Judge.KEY,
        hides=(
            "<password>«pw»</password>",
            "<secretBytes>«b64:40»</secretBytes>",
            "<privateKey>«b64:96»</privateKey>",
            "<password>one «human»</password>",
            '<Pass encoding="base64">⟦«human»⟧</Pass>',
            "<shard><secret>«lower:12»</secret></shard>",
            "<password><![CDATA[«special»]]></password>",
            "<crypt><key><![CDATA[«hex:32»]]></key></crypt>",
        ),
        shows=("<token>‹${TOKEN}›</token>", "‹<passwordPolicy>strong one</passwordPolicy>›"),
    ),
    rule(
        "maven-master",
        "<master>",
        r"<master>[ \t]*\{(?P<v>[A-Za-z0-9+/=]{16,})\}",
        hides=("<settingsSecurity><master>{«b64:44»}</master></settingsSecurity>",),
        shows=("‹<master>main</master>›",),
    ),
    rule(
        "xml-named",
        "</",
        r"<[\w.:-]+[ \t][^<>\n]*?\b(?:name|key|id)=[\"'](?P<key>[\w.:-]+)[\"'][^<>\n]*>[ \t]*(?P<v>[^"
        r"<>\n]+?)[ \t]*</",
        Judge.KEY,
        signs="=",
        hides=('<property name="hibernate.connection.password">«pw:14»</property>',),
        shows=('<property name="password.policy">‹strict one›</property>',),
    ),
    rule(
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
    rule(
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
    rule(
        "default-of",
        "default",
        r"(?is)\bvariable[ \t]+\"(?P<key>[\w-]+)\"[ \t]*\{[^{}]*?\bdefault[ \t]*=[ \t]*\"(?P<v>[^"
        r"\"\n]+)\"",
        Judge.KEY,
        hides=('variable "root_password" {\n  default = "«human»"\n}',),
        shows=('‹variable "region" {\n  default = "eu-gull-1"\n}›',),
    ),
    rule(
        "ipsec-secrets",
        "psk|eap|xauth|ntlm|rsa|ecdsa|pkcs",
        r"(?m)^[ \t]*(?:[\w.@%*:-]+[ \t]+)*:[ \t]*(?:PSK|EAP|XAUTH|NTLM|RSA|ECDSA|PKCS8|PKCS12|BLISS)[ \t]+(?:[\w./-]+[ \t]+)?(?:\""
        r"(?P<v>[^\"\n]+)\"|(?P<v1>[^\s\"#./]+)[ \t]*$)",
        Judge.PASSWORD,
        hides=(
            'ann : EAP "«season»"',
            ': RSA gate.pem "«lower:10»"',
            "192.0.2.1 %any : PSK «weak»",
            "ann : XAUTH «lower:9»",
        ),
        shows=("‹: RSA gate.pem›", "‹: ECDSA gate.der›"),
    ),
    rule(
        "users-line",
        ":/home|:/bin|:/sbin|:/usr|:/var|:/srv|:/root|:/data|:/nonexistent",
        r"(?m)^[ \t]*[a-z_][\w.@-]*:(?P<v>[^:\s*!{$/][^:\s]*):\d+:\d+:[^:\n]*:/",
        Judge.PASSWORD,
        hides=("eve:«lower:10»:1001:1001::/home/eve",),
        shows=("‹nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin›",),
    ),
    rule(
        "user-and-hash",
        "user|admin|root|ops|md5|realm",
        r"(?mi)(?:^|[\"'])(?:[\w.@-]+:[^:\n/]*realm[^:\n/]*|(?:[a-z_]*user|[a-z]*admin|root|ops)[\w.@-]*):"
        r"(?P<v>(?:md5)?[0-9a-f]{32})[ \t]*(?:[\"']|$)",
        Judge.ALL,
        hides=("pcpadmin:«hex:32»", "ann:Realm of it:«hex:32»", "root:md5«hex:32»"),
        shows=("‹registry.example.org/a:4b0f8c1e2d7a9365b8c4f1e0a7d2936c›",),
    ),
    rule(
        "exim-login",
        "smtp|mail|relay",
        r"(?m)^[ \t]*(?:\*|[\w-]*(?:smtp|mail|relay)[\w-]*)(?:\.[\w-]+)*\.[a-z]{2,}:[\w.@+-]+:(?P<v>[^\s:/]+)[ \t]*$",
        Judge.UNNAMED,
        signs="::.",
        hides=("*.relay.example.org:mailout:«season»", "smtp.example.org:ann@example.org:«pw:14»"),
        shows=("‹shop.example.org:443:192.0.2.10›", "‹nas.example.org:backup:ro›"),
    ),
    rule(
        "shiro-users",
        "[users]",
        r"(?m)^[ \t]*[\w.@-]+[ \t]*=[ \t]*(?P<v>[^\s,=]+)[ \t]*,[ \t]*[\w, -]+$",
        Judge.UNNAMED,
        hides=("[users]\nann = «season», admin", "[users]\nann = «pw:12», admin, staff"),
        shows=("‹[users]\ngroup = first-one, second-one›",),
    ),
    rule(
        "nagios-macro",
        "$user",
        r"(?m)^[ \t]*\$USER\d+\$=(?P<v>\S[^\n]*?)[ \t]*$",
        Judge.PASSWORD,
        hides=("$USER3$=«lower:10»",),
        shows=("‹$USER1$=/usr/lib/nagios/plugins›",),
    ),
    rule(
        "login-property",
        "login",
        r"(?i)\b(?P<key>[\w.-]*login)[\"']?[ \t]*[:=][ \t]*[\"']?(?P<v>[^\s\"',;&|]{20,})",
        Judge.KEY,
        hides=("java -Dsonar.login=«hex:40» -jar a", "sonar.login: «hex:40»"),
        shows=(
            "‹-Dsonar.login=analysis-of-the-harbour›",
            "‹login: ann.of.the.harbour@example.org›",
        ),
    ),
    rule(
        "pgpass",
        ":",
        r"(?m)(?:^|[\"'])(?:[^\s:#\"'{}\[\]/]+):(?:\d+|\*):[^\s:]*:[^\s:]+:(?P<v>[^\s:\"'\\]+)(?:[\"'\\]|[ \t]*$)",
        Judge.PASSWORD,
        signs="::::",
        hides=(
            "pg.example.net:5432:orders:app:«pw»",
            "*:*:*:app:«human»",
            'echo "pg:5432:*:ann:«weak»" > ~/.pgpass',
        ),
    ),
    rule(
        "netrc",
        "login",
        r"\blogin[ \t]+\S+\s+password[ \t]+(?P<v>[^\s\"'\\]+)",
        Judge.PASSWORD,
        hides=("machine a.example.org login ann password «weak»\\n' > ~/.netrc",),
        shows=("‹machine a login ann password $TOKEN›",),
    ),
    rule(
        "pgbouncer-users",
        '" "',
        r'(?m)^[ \t]*"[^"\n]+"[ \t]+"(?P<v>[^"\n]+)"[ \t]*$',
        Judge.UNNAMED,
        hides=('"app" "«pw»"', '"reports" "md5«hex:32»"'),
        shows=('‹"first" "second-word"›',),
    ),
    rule(
        "snmp-user",
        "createuser",
        r"(?i)\bcreateUser[ \t]+(?:-e[ \t]+\S+[ \t]+)?\S+[ \t]+(?:MD5|SHA\S*)[ \t]+[\"']?(?P<v1>["
        r"^\s\"']+)[\"']?(?:[ \t]+(?:DES|AES\S*)[ \t]+[\"']?(?P<v2>[^\s\"']+)[\"']?)?",
        Judge.PASSWORD,
        hides=('createUser monitor SHA "«pw:14»" AES "«pw:14»"',),
    ),
    rule(
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
)
"""In files of settings, and in sentences."""
