"""List commands and directives that take a credential, each as its manual writes the usage.

    program|other* ... -p|--pass PASSWORD

`|` is between words of which one stands there, `*` is any rest of a word, `NAME` any argument, `...`
any arguments up to the end of the command, `PASSWORD` the credential; `-pPASSWORD` and
`NAME:PASSWORD` are one argument. An argument may be quoted, stand in a list of JSON or YAML, or on
the next line behind `\\`.
"""

from __future__ import annotations

from gitops_docs.redaction.rules.rule import Judge, Rule, rule

_GAP = r"(?:[ \t]*\\\n[ \t]*|[ \t]+|[\"']?,[ \t]*|\n[ \t]*-[ \t]+)"
NEXT = _GAP + r"[\"']?"
"""Between two arguments."""
WORD = r"[^\s\"',;|&<>()\[\]{}$\\-](?:[^\s\"',;|&\]]|,[^\s\"'])*"
"""An argument that is no flag."""
_MORE = r"(?:[^\n|;&]|\\\n|\n[ \t]*-[ \t])*?"
_PASSWORD = rf"(?:\\?\"(?P<v1>[^\"\\\n-][^\"\\\n]*)|'(?P<v2>[^'\n-][^'\n]*)|(?P<v3>{WORD}))[\"']?"
_JOINED = {
    ":": r"[^\s\"',;|&:$%+]*:[\"']?(?P<v>(?:[^\s\"',;|&\]]|,[^\s\"'])+)",
    "/": r"[\w.]+/[\"']?(?P<v>[^\s\"',;|&@]+)",
    ",": r"[\w.@-]+,[\"']?(?P<v>[^\s\"',;|&]+)",
    "%": r"[\w.\\/@-]+%[\"']?(?P<v>[^\s\"',;|&]+)",
}
"""What stands between a name and a password, and how the two are read."""

_USAGES = """
mysql*|mariadb*|7z|7za|7zr|rar|unrar ... -pPASSWORD
mysqladmin ... password PASSWORD
mydumper|myloader|mongo|mongosh|mongodump|mongorestore|mongoexport|mongoimport|mongostat ... -p PASSWORD
mongo|mongosh|mongodump|mongorestore|mongoexport|mongoimport|mongostat ... -pPASSWORD
ncftp*|rabbitmqadmin|twine|cqlsh|cypher-shell|couchbase-cli|racadm|hdbsql ... -p PASSWORD
skopeo|buildah|podman|crictl|ctr|oras|nerdctl ... --src-creds|--dest-creds|--creds NAME:PASSWORD
etcdctl ... --user NAME:PASSWORD
openssl ... -hmac PASSWORD
newrelic* generate-config PASSWORD
sendemail ... -xp PASSWORD
swaks ... -ap PASSWORD
swift ... -K PASSWORD
poetry config http-basic.* NAME PASSWORD
bundle config ... NAME NAME:PASSWORD
redis-cli|valkey-cli ... config set requirepass|masterauth PASSWORD
aws ssm put-parameter ... SecureString ... --value PASSWORD
mc ... --secret-key PASSWORD
vault|bao write ... plaintext=PASSWORD
user NAME insecure-password PASSWORD
cachemgr_passwd PASSWORD
stats auth NAME:PASSWORD
sentinel auth-pass NAME PASSWORD
syncrepl ... credentials=PASSWORD
govc ... -u NAME:PASSWORD
trapsess ... -A PASSWORD
trapsess ... -X PASSWORD
trap2sink|trapsink|informsink NAME PASSWORD
sshpass -pPASSWORD
sshpass -p PASSWORD
redis-cli ... -a|--pass PASSWORD
redis-cli|valkey-cli ... ACL SETUSER ... >PASSWORD
ldap* ... -w PASSWORD
ldap* ... -wPASSWORD
ldappasswd ... -s|-a PASSWORD
curl|wget ... -u|--user|--proxy-user NAME:PASSWORD
-U|--user|--username NAME%PASSWORD
docker|podman|nerdctl|buildah|oc|az|helm|crane|oras|regctl|argocd ... login ... -p PASSWORD
rabbitmqctl add_user|change_password|authenticate_user NAME PASSWORD
mc alias set NAME NAME NAME PASSWORD
mc config host add NAME NAME NAME PASSWORD
mc admin user add NAME NAME PASSWORD
samba-tool user create|add NAME PASSWORD
wpa_passphrase NAME PASSWORD
nmcli ... password PASSWORD
vault|bao operator unseal PASSWORD
openssl passwd ... PASSWORD
mkpasswd -m|--method NAME PASSWORD
caddy hash-password ... -p|--plaintext PASSWORD
neo4j-admin ... set-initial-password PASSWORD
grafana*|cli ... reset-admin-password PASSWORD
virsh secret-set-value NAME PASSWORD
curl|wget ... --cert|-E NAME:PASSWORD
vault|bao token create ... -id PASSWORD
ansible-vault encrypt_string ... PASSWORD
addauth digest NAME:PASSWORD
mosquitto_passwd ... -b NAME NAME PASSWORD
gh secret set ... --body|-b PASSWORD
sqlplus|sqlldr|expdp|impdp|rman ... NAME/PASSWORD
sqlcmd|bcp|mosquitto_*|ipmitool|zip|unzip|zipcloak ... -P PASSWORD
ssh-keygen ... -N|-P PASSWORD
snmp* ... -c PASSWORD
snmp* ... -A PASSWORD
snmp* ... -X PASSWORD
composer config ... http-basic.* NAME PASSWORD
lftp|open ... -u|--user NAME,PASSWORD
net use NAME NAME PASSWORD /user:*
rclone obscure PASSWORD
pulumi config set --secret NAME PASSWORD
aws ... --secret-string|--master-user-password PASSWORD
az keyvault secret set ... --value PASSWORD
slappasswd ... -s PASSWORD
openssl ... -k PASSWORD
smbclient NAME PASSWORD
radtest NAME PASSWORD
radtest NAME NAME NAME NAME PASSWORD
openssl passwd ... -salt NAME PASSWORD
npm|pnpm config set _auth|_authToken|_password PASSWORD
transmission-remote ... -n|--auth NAME:PASSWORD
cloudflared service install PASSWORD
kadmin* ... addprinc ... -pw PASSWORD
kadmin* ... -w PASSWORD
qpdf --encrypt NAME PASSWORD
smbclient ... //*/* PASSWORD
jenkins-cli* ... -auth NAME:PASSWORD
etcdctl user add NAME:PASSWORD
bw login NAME PASSWORD
snyk auth PASSWORD
qpdf --encrypt PASSWORD
add-user.sh NAME PASSWORD
elasticsearch-users useradd ... -p PASSWORD
connect to NAME user NAME using PASSWORD
virt-customize ... --root-password password:PASSWORD
veracrypt|openfortivpn|sqoop ... -p|--password PASSWORD
authCommunity NAME PASSWORD
rocommunity|rwcommunity|rocommunity6|rwcommunity6 PASSWORD
consul acl set-agent-token NAME PASSWORD
deluge-console ... connect NAME NAME PASSWORD
SQLConnectInfo NAME NAME PASSWORD
incominguser|outgoinguser NAME PASSWORD
rootpw --plaintext|--iscrypted PASSWORD
duplicacy set ... -value PASSWORD
bw unlock PASSWORD
pre-shared-key ascii-text|hexadecimal PASSWORD
nickserv identify PASSWORD
usermod|useradd ... -p PASSWORD
ejabberdctl register|change_password NAME NAME PASSWORD
prosodyctl register NAME NAME PASSWORD
influx user create ... -p PASSWORD
admins add NAME PASSWORD
check_snmp ... -C PASSWORD
keyctl add NAME NAME PASSWORD
ykman oath accounts add NAME PASSWORD
oathtool ... -b PASSWORD
login|pap|chap|enable = cleartext PASSWORD
snmp-server host NAME version NAME PASSWORD
mcrcon ... -p PASSWORD
signtool ... /p PASSWORD
filebrowser users add NAME PASSWORD
zrok enable PASSWORD
garage key import NAME PASSWORD
pihole setpassword PASSWORD
pihole -a -p PASSWORD
ngrok authtoken PASSWORD
ngrok config add-authtoken PASSWORD
ttyd|gotty ... -c|--credential NAME:PASSWORD
cscli machines add ... -p PASSWORD
cscli bouncers add ... -k PASSWORD
transmission-daemon ... -v PASSWORD
photoprism ... -p PASSWORD
md5 NAME key PASSWORD
"""

_HARMLESS = {
    "mysql*": ("‹mysql -u root -p orders›", "‹mysql -p${PASSWORD} orders›", "‹mysql -u root --port 3306›"),
    "ldap*": ("‹ldapsearch -x -s sub -b dc=a›", "‹ldapsearch -x -W -b dc=a›"),
    "curl": ("‹curl -u ${USER}:${PASSWORD} https://a›", "‹curl -u ann https://a.example.org:8443/b›"),
    "docker": ("‹docker login registry.example.org -u ann›", "‹docker run -p 8080:80 a›"),
    "snmp*": ("‹snmpwalk -v2c -c ${COMMUNITY} 192.0.2.9›",),
    "sqlplus": ("‹sqlplus /nolog›",),
    "ssh-keygen": ('‹ssh-keygen -t ed25519 -N "" -f a›',),
    "mc": ("‹mc alias set main https://a $USER $PASSWORD›", "‹mc alias list main›"),
}  # fmt: skip
"""Texts that stay readable, by the first word of the usages."""


def _argument(word: str) -> str:
    if word == "NAME":
        return rf"(?:{WORD}(?:[ \t]+[\w.]+){{1,4}}[\"']|{WORD}[\"']?)"
    if word == "PASSWORD":
        return _PASSWORD
    if word.startswith("NAME") and word.endswith("PASSWORD"):
        return _JOINED[word[len("NAME")]]
    if word.endswith("PASSWORD"):
        return word.removesuffix("PASSWORD") + r"[\"']?(?P<v>[^\s\"',;|&]+)"
    choices = word.replace(".", r"\.").replace("*", r"[\w.-]*")
    return rf"(?:{choices})[\"']?"


def _rule(usage: str) -> Rule:
    words = usage.split()
    expression = r"(?:^|[\s\"',\[(])" if usage[0] == "-" else r"\b"
    hints: list[str] = []
    for at, word in enumerate(words):
        if word == "...":
            expression += _MORE
            continue
        before = words[at - 1] if at else ""
        gap = _GAP if word == "PASSWORD" else NEXT
        between = "" if not at else rf"(?:=|{gap})" if before.startswith("-") else gap
        expression += between + _argument(word)
        literal = [choice.rstrip("*").lower() for choice in word.split("|")]
        if "PASSWORD" not in word and word != "NAME":
            hints = max(hints, literal, key=lambda some: min(map(len, some), default=0))
    return rule(
        usage,
        "|".join(hints),
        expression,
        Judge.PASSWORD,
        hides=tuple(_written(words, *form) for form in _FORMS),
        shows=_HARMLESS.get(words[0].partition("|")[0], ()),
    )


_FORMS = (("weak", " ", ""), ("short", " ", "'"), ("season", " \\\n  ", ""), ("pw:12", ", ", '"'))


def _written(words: list[str], shape: str, between: str, quote: str) -> str:
    """Return a command that has a usage, with a value of a shape."""
    made = []
    for word in words:
        choice = word.partition("|")[0].replace("*", "")
        choice = (
            choice.replace("...", "-v").replace("NAME", "ann").replace("PASSWORD", f"«{shape}»")
        )
        quoted = quote == '"' or quote and choice.startswith(("«", "ann")) and "«" in choice
        made.append(f"{quote}{choice}{quote}" if quoted else choice)
    return between.join(made)


USAGES = tuple(map(_rule, _USAGES.strip().splitlines()))
"""Commands that take a credential."""
