"""List how command lines write a credential."""

from __future__ import annotations

from gitops_docs.redaction.rules.rule import PLACEHOLDER, Judge, rule
from gitops_docs.redaction.rules.usages import NEXT, WORD

_FLAGS = rf"(?:{NEXT}--?[A-Za-z][\w-]*(?:(?:=|{NEXT}){WORD})?[\"']?){{0,5}}?"
"""Other flags in between, with what they take."""

COMMANDS = (
    rule(
        "flag",
        "--| -p| -w| -a| -k| -x| -t| "
        "-s|\"-p|\"-w|\"-a|\"-k|\"-x|\"-t|\"-s|'-p|'-w|'-a|'-k|'-x|'-t|'-s",
        r"(?i)(?:^|[\s\"'\[,(=])(?P<key>--?[A-Za-z][\w.-]*)(?P<sep>[\"']?(?:,?[ \t]{1,3}|,|\n[ \t"
        r"]*-[ \t]{1,3})[\"']?)(?:(?P<none>"
        + PLACEHOLDER
        + r")|(?P<v7>[^\s\"',\[\]{}|;&<>\\-][^\s\"',\]|;]*))",
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
            "‹get -s Subject-c1›",
        ),
    ),
    rule(
        "user-flag",
        "-u|--user|--auth|--basic|--login|--proxy-user|--cred|stats auth|auth|login|allow",
        r"(?i)(?:^|[\s\"'\[,])(?:-u|--user|--proxy-user|--basic-auth|--auth|--http-auth|--login|-"
        r"-credentials?|stats[ \t]+auth|login|(?:proxy-)?user|allow)(?:[ \t]*=[ \t]*|[\"']?,?[ \t]+)[\"']?(?P<user"
        r">[\w.@\\-]+):(?P<v>[^\s\"'@/:,]+(?:@[^\s\"'@/:,]*\d[^\s\"'@/:,.]*(?:[\s\"']|$))?)",
        Judge.UNNAMED,
        hides=(
            "curl -s -u user:«pw:14» https://a",
            "--user=ops:«pw:12»",
            "stats auth admin:«pw:12»",
            "http --auth ann:«pw:12» GET a",
            "login=proxyuser:«pw:12»",
            "login admin:«human» until May",
            'proxy-user = "px:«human»"',
            "set httpd port 2812 allow admin:«human»",
            '"--basic-auth", "ops:«human»"',
        ),
        shows=(
            "‹docker run -u 1000:1000 image›",
            "‹-u ${USER}:${PASSWORD} x›",
            "‹--user app:staff run›",
        ),
    ),
    rule(
        "httpie",
        "http -a |https -a |http --auth |https --auth |http --auth=|https --auth=",
        rf"\bhttps?{NEXT}(?:-a|--auth)(?:=|{NEXT})[\w.@-]+:(?P<v>[^\s\"',;|&]+)",
        Judge.PASSWORD,
        hides=("http -a ann:«lower:10» GET https://a.example.org",),
        shows=("‹http -a $USER:$PASSWORD GET a›",),
    ),
    rule(
        "cookie-flag",
        " -b |\"-b|'-b|- -b|--cookie",
        rf"\bcurl\b[^\n|;&]*?{NEXT}(?:-b|--cookie)(?:=|{NEXT})[\"']?[\w.-]+=(?P<v>[^;\s\"'\\]{{12,}})",
        Judge.MADE,
        hides=(
            "curl -sb 'theme=dark' -b 'session=«hex:40»' https://a.example.org",
            '"curl", "--cookie", "sid=«pw:24»; theme=dark"',
        ),
        shows=("‹curl -b theme=dark-and-quiet https://a.example.org›", "‹curl -b /run/cookies a›"),
    ),
    rule(
        "substituted",
        "<(echo|<(printf",
        r"<\((?:echo|printf)(?:[ \t]+-[neE]+)*(?:[ \t]+[\"']?%s(?:\\n)?[\"']?)?[ \t]+[\"']?(?P<v>[^\s\"'()|;]+)[\"']?[ \t]*\)",
        Judge.UNNAMED,
        hides=(
            "wg set wg0 peer a preshared-key <(echo «wg»)",
            "restic -p <(printf '%s' '«season»') check",
        ),
        shows=('‹wg set wg0 private-key <(echo "$KEY")›', "‹diff <(echo first-name) b›"),
    ),
    rule(
        "user-beside-token",
        "user=",
        r"\btoken=[^\s&\"']+&user=(?P<v>[^\s&\"']+)|\buser=(?P<v1>[^\s&\"']+)&token=",
        Judge.MADE,
        signs="=&=",
        hides=("curl -d 'token=«lower:30»&user=«lower:30»&message=a' https://a.example.org",),
        shows=("‹token=$TOKEN&user=harbour-office›",),
    ),
    rule(
        "bench-login",
        "ab -|\"ab\"|'ab'|- ab|hey -|\"hey\"|'hey'|- hey",
        rf"(?:^|[\s\"'/\[(])(?:ab|hey)[\"']?(?:{NEXT}[^\s\"',;|&]+[\"']?){{0,12}}?{NEXT}-[AaP](?:{NEXT})?"
        r"[\w.@-]+:(?P<v>[^\s\"',;|&/]+)",
        Judge.PASSWORD,
        hides=(
            "ab -n 100 -c 5 -A ann:«weak» https://a.example.org/",
            '["ab", "-A", "ann:«season»", "https://a.example.org/"]',
            "- ab\n- -P\n- ann:«short»",
            "hey -z 5m -a ann:«lower:9» https://a.example.org",
        ),
        shows=("‹ab -A $USER:$PASSWORD https://a.example.org/›", "‹tab -A ann:staff›"),
    ),
    rule(
        "user-and-password",
        " -p| -w| --p|\"-p|\"-w|\"--p|'-p|'-w|'--p",
        rf"(?i)(?:^|[\s\"',\[])(?:-u|-D|--user(?:name)?)(?:=|{NEXT}){WORD}[\"']?{_FLAGS}{NEXT}(?:-p|-w|"
        rf"--pw|--pass)(?:=|{NEXT}|[\"'])(?P<v>{WORD})",
        Judge.UNNAMED,
        hides=(
            "rabbitmqadmin -u admin -p «weak» declare queue",
            "mongosh -u ann --quiet -p «short» a",
            "ipmitool -I lanplus -U ann -P «season» power status",
            "ldapsearch -x -D cn=admin,dc=a -w «weak» -b dc=a",
            '["cqlsh", "-u", "ann", "-p", "«weak»", "db"]',
            "mongorestore -u ann -p'«season»' --drop",
            "- -u\n- ann\n- -p\n- «short»",
        ),
        shows=(
            "‹docker run -u 1000 --name web -p 8080:80 nginx›",
            "‹docker run -u app -w /srv/app -p 127.0.0.1:53:53/udp x›",
            "‹mysql -u root -p -e x›",
            "‹tool -u ann -p $PASSWORD›",
        ),
    ),
    rule(
        "chpasswd",
        "chpasswd",
        r"(?m)(?:^[ \t]*(?:-[ \t]+)?|[\"'])[A-Za-z_][\w.-]*:(?P<v>[^\s:\"'\\/][^\s:\"'\\]*)(?:[\"']?(?:[ \t]*$|[ "
        r"\t]*\|[ \t]*(?:sudo[ \t]+)?chpasswd|[ \t]*\})|\\n(?:[A-Za-z_][\w.-]*:(?P<v1>[^\s:\"'\\]+))?"
        r"(?:\\n[A-Za-z_][\w.-]*:(?P<v2>[^\s:\"'\\]+))?(?:\\n[A-Za-z_][\w.-]*:(?P<v3>[^\s:\"'\\]+))?)",
        Judge.PASSWORD,
        hides=(
            'echo "root:«human»" | chpasswd',
            "chpasswd:\n  list: |\n    root:«pw»\n",
            'chpasswd: {list: "root:«human»\\nguest:«pw:12»"}',
        ),
        shows=(
            "‹chpasswd: {expire: false}›",
            'curl "‹https://a.example.org/hook?mode=fast›"\necho $USERS | chpasswd',
        ),
    ),
    rule(
        "piped-pair",
        "echo|printf",
        r"\b(?:echo|printf)(?:[ \t]+-[neE]+)*[ \t]+[\"']?[\w.@-]+:(?P<v>[^\s\"'|]+)[\"']?[ \t]*\|[ \t]*(?:base64|openssl[ \t]+base64)\b",
        Judge.PASSWORD,
        hides=("$(echo -n 'ops:«weak»' | base64)", "printf ops:«lower:9» | base64 -w0"),
        shows=('‹echo -n "$USER:$PASSWORD" | base64›',),
    ),
    rule(
        "piped",
        "echo|printf",
        r"\b(?:echo|printf)(?:[ \t]+-[neE]+)*[ \t]+[\"']?(?P<v>[^\s\"'|]+)[\"']?[ \t]*\|[ \t]*(?:base6"
        r"4|openssl|gpg|sha\d*sum|tee)\b",
        Judge.UNNAMED,
        hides=('echo -n "«human»" | base64', 'echo "«short»" | openssl dgst'),
        shows=("‹echo cluster-name | base64›", '‹echo "$PASSWORD" | base64›'),
    ),
    rule(
        "token-as-user",
        "curl",
        rf"\bcurl\b[^\n|;&]*?{NEXT}(?:-u|--user)(?:=|{NEXT})[\"']?(?P<v>[\w.-]{{12,}}):(?:[\"'\s]|$)",
        Judge.MADE,
        hides=("curl -u «pw:32»: https://a.example.org", 'curl --user "«hex:32»:" https://a'),
        shows=("‹curl -u harbour-office: https://a.example.org›",),
    ),
    rule(
        "hashed-in-template",
        "password_hash",
        r"\{\{[ \t]*(?:\"(?P<v1>[^\"\n]+)\"|'(?P<v2>[^'\n]+)')[ \t]*\|[ \t]*password_hash\b",
        Judge.PASSWORD,
        hides=(
            "ansible all -m user -a \"name=ann password={{ '«season»' | password_hash('sha512') }}\"",
        ),
        shows=("‹password={{ given | password_hash('sha512') }}›",),
    ),
    rule(
        "set-in-file",
        '"] ',
        r"\[\"(?P<key>[\w.-]+)\"\][ \t]+\\?\"(?P<v>[^\"\\\n]+)\\?\"",
        Judge.KEY,
        hides=("""sops --set '["db"]["password"] "«short»"' a.yaml""",),
        shows=("""‹sops --set '["db"]["host"] "pg-of-harbour"' a.yaml›""",),
    ),
    rule(
        "printed-pair",
        "printf",
        r"\bprintf[ \t]+[\"'][\w.@-]+:%s(?:\\n)?[\"'][ \t]+(?:\"(?P<v1>[^\"$\n]+)\"|'(?P<v2>[^'\n]+)'|(?P<v3>[^\s\"'$|;>]+))",
        Judge.UNNAMED,
        hides=("printf 'ann:%s\\n' '«weak»' > /etc/users", 'printf "ann:%s" «season» | a'),
        shows=("‹printf 'ann:%s' \"$PASSWORD\"›", "‹printf 'count:%s' all-of-it›"),
    ),
    rule(
        "steam-login",
        "+login",
        r"\+login[ \t]+[\w.@-]+[ \t]+[\"']?(?P<v>[^\s\"'+$][^\s\"']*)",
        Judge.PASSWORD,
        hides=("steamcmd +login ann «weak» +app_update 1",),
        shows=("‹steamcmd +login anonymous +app_update 1›", "‹+login ann $PASSWORD +quit›"),
    ),
    rule(
        "redis-login",
        "redis-cli|valkey-cli|keydb-cli",
        rf"(?i)\b(?:redis|valkey|keydb)-cli\b[^\n|;&]*?{NEXT}auth[\"']?{NEXT}(?:{WORD}[\"']?{NEXT})?(?P<v>{WORD})",
        Judge.PASSWORD,
        hides=("redis-cli -h a AUTH «lower:12»", "redis-cli AUTH ann «weak»"),
        shows=("‹redis-cli -h a AUTH $PASSWORD›",),
    ),
    rule(
        "windows-user",
        "net user ",
        r"(?i)\bnet user[ \t]+[\w.\\-]+[ \t]+[\"']?(?P<v>[^\s\"'/][^\s\"']*)",
        Judge.PASSWORD,
        hides=("net user ann «weak» /add",),
        shows=("‹net user ann /delete›",),
    ),
    rule(
        "tsig-flag",
        "nsupdate|dig |kdig|knsupdate",
        r"\b(?:nsupdate|knsupdate|k?dig)\b[^\n|;&]*?[ \t]-y[ \t]*[\"']?(?:[\w-]+:)?[\w.-]+:(?P<v>[A-Za-z0-9+/=]{8,})",
        Judge.ALL,
        hides=(
            "nsupdate -y hmac-sha256:‹ddns-key›:«b64:32» a",
            "dig @ns -y ‹ddns-key›:«b64:16» a axfr",
        ),
        shows=("‹dig @ns.example.org -y $TSIG example.org axfr›",),
    ),
    rule(
        "printed-key",
        "printf",
        r"\bprintf[ \t]+(?:--[ \t]+)?[\"'](?:[^\"'\n]*[^\w.\"'-])?(?P<key>[\w.-]+)[ \t]*[=:][ \t]*%s"
        r"[^\"'\n]*[\"'][ \t]+[\"']?(?P<v>[^\s\"']+)",
        Judge.KEY,
        hides=("printf 'api_token=%s\\n' '«hex:40»' > a", 'printf "password: %s" «weak»'),
        shows=("‹printf 'api_token=%s' \"$TOKEN\"›", "‹printf 'colour=%s' petrol›"),
    ),
    rule(
        "printed-login",
        "auth-user-pass",
        r"auth-user-pass[^\n]*?(?:printf|echo[ \t]+-e)[ \t]+[\"'][\w.@-]+\\n(?P<v>[^\s\"'\\]+)",
        Judge.PASSWORD,
        hides=("openvpn --config a --auth-user-pass <(printf 'ann\\n«weak»\\n')",),
        shows=("‹openvpn --auth-user-pass /run/login›",),
    ),
    rule(
        "typed-twice",
        "echo|printf",
        r"\((?:echo|printf)(?:[ \t]+-[neE]+)*[ \t]+[\"']?(?P<v>[^\s\"'|;)]+)[\"']?[ \t]*;[ \t]*(?:echo|printf)[ \t]+[\"']?"
        r"(?P<v1>[^\s\"'|;)]+)[\"']?[ \t]*\)[ \t]*\|[ \t]*(?:sudo[ \t]+)?(?:\w*passwd|pdbedit|cryptsetup|kdb5_util)",
        Judge.PASSWORD,
        hides=("(echo «weak»; echo «weak») | smbpasswd -s -a ann",),
        shows=('‹(echo "$PW"; echo "$PW") | smbpasswd -s -a ann›',),
    ),
    rule(
        "piped-password",
        "echo|printf|yes",
        r"\b(?:echo|printf|yes)(?:[ \t]+-[neE]+)*(?:[ \t]+[\"']?%s(?:\\n)?[\"']?)?[ \t]+(?:\"(?P<v>[^\"\n]+)\"|"
        r"'(?P<v1>[^'\n]+)'|(?P<v2>[^\s\"'|]+(?:[ \t]+[A-Za-z]+){0,11}))"
        r"[ \t]*\|[ \t]*(?:sudo[ \t]+)?(?:[^\n|]*(?:std-?in|pass(?:word|phrase)?-fd|--with-token|cre"
        r"ate-secret|secrets?[ \t]+(?:create|put|set|versions)|secret[ \t]+create)"
        r"|kinit|passwd|smbpasswd|kubeseal|su\b|(?:vault|bao)[ \t]|-S[ "
        r"\t]|cryptsetup|pdbedit|wg[ \t])",
        Judge.PASSWORD,
        hides=(
            "printf '«weak»' | docker login --password-stdin",
            "printf '%s' '«season»' | docker login -u ann --password-stdin a",
            "echo «short» | kinit ann@EXAMPLE.ORG",
            "echo '«weak»' | sudo -S systemctl restart a",
            "yes «weak» | passwd ann",
            "echo «words:4» | gpg --batch --passphrase-fd 0 -d a",
            'echo -n "«pw:20»" | gcloud secrets create a --data-file=-',
        ),
        shows=(
            '‹echo "$PASSWORD" | docker login --password-stdin›',
            "‹cat /run/word | docker login --password-stdin›",
            "‹echo ready | sudo tee /run/state›",
        ),
    ),
    rule(
        "written",
        "echo|printf",
        r"(?i)\b(?:echo|printf)(?:[ \t]+-[neE]+)*(?:[ \t]+[\"']?%s(?:\\n)?[\"']?)?[ \t]+(?:\"(?P<v>[^\"\n]+)\"|'("
        r"?P<v1>[^'\n]+)'|(?P<v2>[^\s\"'|>]+))[ \t]*>>?[ \t]*[^\s;|&]*(?:pass|pw|secret|token|cred|auth|\.key)",
        Judge.UNNAMED,
        hides=("printf '%s' '«weak»' > /run/db.pw", 'echo "«season»" >/run/secrets/a'),
        shows=('‹echo "$TOKEN" > /run/token›', "‹echo done > /run/secrets.state›"),
    ),
    rule(
        "password-command",
        "command|cmd|eval",
        r"(?i)pass[\w-]*[-_]?(?:command|cmd|eval)[= \t,\"']+(?:echo|printf)(?:[ \t]+-[neE]+)*[ \t]+(?P<v>[^\s\"']+)",
        Judge.PASSWORD,
        hides=(
            'restic snapshots --password-command "echo «dashed»"',
            "--ldap_password_cmd='echo -n «weak»'",
            "--passwordeval='echo «lower:9»'",
        ),
        shows=('‹restic --password-command "cat /run/word" check›',),
    ),
    rule(
        "sed",
        "sed",
        r"\bs[/|#,][^/|#,\n]*(?i:pass|secret|token|key|pwd)[^/|#,\n]*[/|#,](?P<v>[^/|#,\n]+)[/|#,]",
        Judge.UNNAMED,
        hides=('sed -i "s/__DB_PASS__/«pw»/" a.conf',),
        shows=('‹sed "s/@TOKEN@/$TOKEN/" a.conf›', "‹sed s/key/other-key/g›"),
    ),
    rule(
        "here-password",
        "<<<",
        r"(?i)(?:passw|passphrase|kinit|cryptsetup|luks|std-?in|with-token|pin-entry|unlock|login)[^\n|;&<]*<<<[ \t]*(?:\""
        r"(?P<v>[^\"\n]+)\"|'(?P<v1>[^'\n]+)'|(?P<v2>[^\s\"'<>;|&]+))",
        Judge.PASSWORD,
        hides=(
            'smbpasswd -s -a ann <<< "«lower:10»"',
            "kinit ann <<< «weak»",
            "cryptsetup luksOpen /dev/vda data <<<'«lower:9»'",
            "openconnect --user=ann a.example.org --passwd-on-stdin <<< «short»",
        ),
        shows=('‹kinit ann <<< "$PASSWORD"›', "‹read name <<< harbour›"),
    ),
    rule(
        "here-string",
        "<<<",
        r"<<<[ \t]*[\"']?(?P<v>[^\s\"'<>]+)",
        Judge.UNNAMED,
        hides=("kinit ops@EXAMPLE.ORG <<< '«human»'",),
        shows=("‹grep a <<< some-name›", '‹grep a <<< "$TEXT"›'),
    ),
    rule(
        "expect",
        "send ",
        r"\bsend[ \t]+(?:--[ \t]+)?\\*[\"'](?P<v>[^\s\"'\\]+)\\+[rn]",
        Judge.UNNAMED,
        hides=("expect -c 'send \"«pw:12»\\r\"'",),
        shows=('‹send "yes\\r"›',),
    ),
    rule(
        "prompt",
        "assword",
        r"(?i)assword[^\n]{0,40}[\s;{]\s*send[ \t]+(?:--[ \t]+)?\\*[\"'](?P<v>[^\"'\\\n]+)\\*[rn]",
        Judge.PASSWORD,
        hides=('expect -c \'expect "Password:"; send "«weak»\\r"\'',),
        shows=('‹expect "assword:" { send "$PASSWORD\\r" }›',),
    ),
    rule(
        "htpasswd-tool",
        "htpasswd",
        rf"\bhtpasswd[\"']?(?:{NEXT}-\w+[\"']?)*?(?:{NEXT}-\w*(?:n\w*b|b\w*n)\w*[\"']?(?:{NEXT}-\w+[\"']?)*{NEXT}"
        rf"{WORD}|{NEXT}-[A-Zac-mo-z]*b[A-Za-mo-z]*[\"']?(?:{NEXT}-\w+[\"']?)*{NEXT}{WORD}[\"']?{NEXT}{WORD})[\"']?{NEXT}(?P<v>"
        rf"{WORD})",
        Judge.PASSWORD,
        hides=(
            "htpasswd -bc /etc/users ann «human»",
            "htpasswd -nbB ann «lower:12»",
            "htpasswd -B -b -c /etc/users ann «weak»; echo done",
            '["htpasswd", "-Bbn", "ann", "«season»"]',
        ),
        shows=(
            "‹htpasswd -c /etc/users ann›",
            "‹htpasswd -nbB ann <password>›",
            '‹htpasswd -nb ann "$PASSWORD"›',
        ),
    ),
    rule(
        "slash-flag",
        "/p",
        r"(?i)[ \t\"']/(?:p|pass|password|pwd):[\"']?(?P<v>[^\s\"',;|&]+)",
        Judge.UNNAMED,
        hides=("xfreerdp /v:a /u:admin /p:«pw:12»", "net use /pass:«human»"),
        shows=("‹msbuild /p:Configuration=Release›",),
    ),
)
"""On command lines and in scripts."""
