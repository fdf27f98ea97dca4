"""List files that hold nothing but names and their credentials, known by their names.

Each has lines in one form, without a key: what stands in the place of the credential is one,
whatever it looks like.
"""

from __future__ import annotations

from msgspec import Struct


class File(Struct, frozen=True):
    """Files of a name, and where the credential of a line stands."""

    name: str
    """Of RE2, for the last part of the path, in lower case."""
    line: str
    """Of RE2: a line or a whole file; the groups `v`, `v1` … are credentials."""
    hides: tuple[str, ...]
    """Texts that such a file has."""
    called: tuple[str, ...]
    """Names of such files."""
    shows: tuple[str, ...] = ()
    sure: bool = True
    """Whether a name of several words is a credential there too."""


_COMMENT = r"[^\s#;!/\[{<\"':]"
"""What a line begins with that is none of a comment, a section or of another format."""

FILES = (
    File(
        r"pcp\.conf|pool_passwd|(?:.*[._-])?(?:htdigest|rsyncd?[._-]secrets?|passwd[._-]client|sasl[._-]passw(?:or)?d|"
        r"smtp[._-](?:auth|passw(?:or)?d)|relay[._-]passw(?:or)?d|mosquitto[._-]passw(?:or)?d|pgpass)|rsyncd?\.secrets?"
        r"|\.?pgpass(?:\..*)?|passw(?:or)?ds?[._-]mosquitto|.*plain\.user|\.?git-credentials?|auth\.?(?:users?|file)",
        r"(?m)^[ \t]*" + _COMMENT + r"[^\n]*?(?:[^\n:]*:)+(?P<v>[^\s:][^\n:]*?)[ \t]*$",
        (
            "pcpadmin:«hex:32»",
            "*.relay.example.org:mailout:«lower:10»",
            "smtp.example.org    ann@example.org:«lower:9»",
            "# hosts\ndb:5432:*:app:«weak»",
        ),
        ("pcp.conf", "passwd.client", "exim4-passwd.client", "sasl_passwd", ".pgpass"),
        shows=("‹# target.mail.server:login:password›",),
    ),
    File(
        r"(?:.*[._-])?(?:passwd|etc[._-]shadow|userdb|(?:dovecot|mail|imap|ftp|pureftpd|vsftpd|virtual|auth)[._-]?users)"
        r"(?:[._-](?:dovecot|file|db|ftpd?))?",
        r"(?m)^[ \t]*[\w.@+-]+:(?P<v>[^\s:*!][^:\n]*)(?::[^\n]*)?$",
        ("eve:«lower:10»:1001:1001::/home/eve", "ann:«weak»"),
        ("dovecot-users", "passwd", "pureftpd.passwd"),
        shows=("eve:x:‹1001:1001›",),
    ),
    File(
        r"(?:.*[._-])?(?:chap|pap)[._-]?secrets",
        r"(?m)^[ \t]*\"?[^\s#\"]+\"?[ \t]+(?:\"[^\"\n]*\"|\S+)[ \t]+(?:\"(?P<v>[^\"\n]+)\"|(?P<v1>[^\s\"#]+))",
        ('road * "«lower:9»" *', "gw server «weak» 192.0.2.7"),
        ("chap-secrets", "ppp-chap-secrets"),
        shows=("‹# client server secret addresses›",),
    ),
    File(
        r"(?:.*[._-])?userlist(?:[._-]txt)?",
        r"(?m)^[ \t]*\"[^\"\n]+\"[ \t]+\"(?P<v>[^\"\n]+)\"",
        ('"app" "«lower:9»"', '"a" "«weak»"\n"b" "md5«hex:32»"'),
        ("userlist.txt",),
    ),
    File(
        r"(?:.*[._-])?davfs2?[._-]secrets",
        r"(?m)^[ \t]*[^\s#]+[ \t]+[^\s#]+[ \t]+(?:\"(?P<v>[^\"\n]+)\"|(?P<v1>[^\s\"#]+))",
        ('https://a.example.org/dav ann "«lower:9»"', "/mnt/dav ann «weak»"),
        ("davfs2.secrets", "davfs2-secrets"),
    ),
    File(
        r"(?:.*[._-])?(?:users|realm|login|artemis-users|jmxremote|hash-?login)[._-]?(?:properties|passw(?:or)?d)",
        r"(?m)^[ \t]*" + _COMMENT + r"[^\s=:]*(?:[ \t]*[=:][ \t]*|[ \t]+)(?P<v>[^\s,=][^\s,]*)",
        ("app = «lower:10»", "ann: «weak», admin", "controlRole «lower:9»"),
        ("artemis-users.properties", "realm.properties", "jmxremote.password"),
        shows=("guest = ‹group-of-guests›",),
        sure=False,
    ),
    File(
        r"(?:.*[._-])?(?:vpn|auth|login|cred(?:ential)?s?|up|user-?pass|pass|account|users?)[\w-]*(?:\.(?:txt|conf|cfg|pass|up|auth))?",
        r"^\s*[\w.@+-]+[ \t]*\n[ \t]*(?P<v>[^\s:={}\[\]<>\"'#,]+)\s*$",
        ("ann\n«lower:9»\n", "ann@example.org\n«weak»"),
        ("openvpn-auth.txt", "auth.txt", "vpn-credentials", "login.conf", "vsftpd-users.txt"),
    ),
)
"""Files of names and credentials, such as those that a ConfigMap holds."""
