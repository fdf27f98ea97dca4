"""Lists how command lines write a credential."""

from __future__ import annotations

from gitops_docs.redaction.rules.rule import PLACEHOLDER, Judge, rule

COMMANDS = (
    rule(
        "flag",
        "--| -p| -w| -a| -k| -x| -t| "
        "-s|\"-p|\"-w|\"-a|\"-k|\"-x|\"-t|\"-s|'-p|'-w|'-a|'-k|'-x|'-t|'-s",
        r"(?i)(?:^|[\s\"'\[,(=])(?P<key>--?[A-Za-z][\w.-]*)(?P<sep>[\"']?(?:,?[ \t]{1,3}|,|\n[ \t"
        r"]*-[ \t]{1,3})[\"']?)(?:(?P<none>"
        + PLACEHOLDER
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
    rule(
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
    rule(
        "curl-user",
        "curl",
        r"(?i)\bcurl\b[^\n|;]*?\s(?:-u|--user|--proxy-user)[ =][\"']?[^\s:\"']*:(?P<v>[^\s\"';|&]"
        r"+)",
        Judge.PASSWORD,
        hides=("curl -fsS https://x -u bob:«lower:14» -o y",),
        shows=("‹curl -u ${USER}:${PASSWORD} https://a›",),
    ),
    rule(
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
    rule(
        "redis",
        "redis-cli|redis",
        r"\bredis-cli\b[^\n|;]*?\s(?:-a|--pass)[ =][\"']?(?P<v>[^\s\"';|&]+)|(?m:^[ \t]*user[ \t]"
        r"+\S+[ \t][^\n]*?>(?P<v1>[^\s]+))",
        Judge.PASSWORD,
        hides=("redis-cli -h a -a «lower:14» ping", "redis-cli -a '«pw:20»' ping"),
    ),
    rule(
        "sshpass",
        "sshpass",
        r"\bsshpass[ \t]+-p[ \t]*[\"']?(?P<v>[^\s\"';|&]+)",
        Judge.PASSWORD,
        hides=("sshpass -p «human» ssh a@b", "sshpass -p«lower:12» ssh a@b"),
    ),
    rule(
        "ldap-tools",
        "ldap",
        r"\bldap(?:search|modify|add|delete|whoami|passwd)\b[^\n|;]*?\s-[wsa][ \t]+[\"']?(?P<v>[^"
        r"\s\"';|&-][^\s\"';|&]*)",
        Judge.UNNAMED,
        hides=("ldapsearch -x -D cn=admin -w «pw:14» -b dc=a",),
    ),
    rule(
        "smb",
        "%",
        r"\s(?:-U|--user(?:name)?)[ =]+[\"']?[\w.\\/-]+%(?P<v>[^\s\"']+)",
        Judge.PASSWORD,
        hides=("smbclient //nas/share -U backup%«pw:12» -c ls",),
    ),
    rule(
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
    rule(
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
    rule(
        "piped",
        "echo|printf",
        r"\b(?:echo|printf)(?:[ \t]+-[neE]+)*[ \t]+[\"']?(?P<v>[^\s\"'|]+)[\"']?[ \t]*\|[ \t]*(?:base6"
        r"4|openssl|kinit|gpg|cryptsetup|sudo|[^\n|]*std-?in)",
        Judge.UNNAMED,
        hides=('echo -n "«human»" | base64', "printf '«pw:16»' | docker login --password-stdin"),
        shows=("‹echo cluster-name | base64›", '‹echo "$PASSWORD" | base64›'),
    ),
    rule(
        "unseal",
        "unseal",
        r"\bunseal[ \t]+(?P<v>[^\s\"'-]\S+)",
        Judge.MADE,
        hides=("vault operator unseal «b64:33»",),
        shows=("‹unseal the-cluster-by-hand›",),
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
    rule(
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
