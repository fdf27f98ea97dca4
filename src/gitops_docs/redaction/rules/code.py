"""List how code and SQL write a credential."""

from __future__ import annotations

from gitops_docs.redaction.rules.rule import KEY_HINTS, Judge, rule

CODE = (
    rule(
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
    rule(
        "set-password",
        "set password",
        r"(?i)\bset[ \t]+password[ \t]+(?:for[ \t]+\S+[ \t]*)?(?:=|to)?[ \t]*(?:password\()?['\"]"
        r"(?P<v>[^'\"\n]+)['\"]",
        Judge.PASSWORD,
        hides=("SET PASSWORD FOR 'root' = '«special»';",),
    ),
    rule(
        "password-function",
        "password(|crypt(|password (|password_|hash",
        r"(?i)\b(?:(?:old_)?password|crypt)[ \t]*\([ \t]*N?'(?P<v>[^'\n]+)'|\b(?:password_(?:hash|verify)|\w*hash_passw"
        r"ord|hashpw|make_password|generate_?password_?hash|bcrypt\.\w+)\([ \t]*b?(?:\"(?P<v1>[^\"\n]+)\"|'(?P<v2>[^'\n"
        r"]+)')",
        Judge.PASSWORD,
        hides=(
            "SET authentication_string=PASSWORD('«weak»') WHERE User='root'",
            "VALUES ('ann', crypt('«season»', gen_salt('bf')))",
            "password_hash('«weak»', PASSWORD_BCRYPT);",
            'bcrypt.hashSync("«short»", 10)',
        ),
        shows=("‹SELECT crypt(word, salt) FROM people›",),
    ),
    rule(
        "setter",
        KEY_HINTS,
        r"(?:\bset|\.with|\.|\s)(?P<key>[A-Za-z]*(?:[Pp]assword|[Pp]asswd|[Ss]ecret|[Tt]oken|[Kk]ey|[Pp]assphrase))\([ \t]*("
        r"?:\"(?P<v1>[^\"\n]+)\"|'(?P<v2>[^'\n]+)')[ \t]*\)",
        Judge.KEY,
        signs="()",
        hides=(
            'source.setPassword("«weak»");',
            "client.WithClientSecret('«pw:24»')",
            'Database.builder().password("«season»").build()',
            'destination d { http(url("https://a") user("ann") password("«weak»")); };',
        ),
        shows=('‹request.getToken("kelp-audience")›', '‹source.setPassword("${DB_PASSWORD}")›'),
    ),
    rule(
        "decoded",
        KEY_HINTS,
        r"(?P<key>[A-Za-z_][\w.]*)[ \t]*[:=][ \t]*[A-Za-z][\w.]{0,60}\([ \t]*b?(?:\"(?P<v1>[^\"\n]+)\"|'(?P<v2>[^'\n]+)')[ "
        r"\t]*\)",
        Judge.MADE_KEY,
        signs="()",
        hides=(
            'c.JupyterHub.cookie_secret = bytes.fromhex("«hex:64»")',
            "api_key = SecretStr('«pw:32»')",
        ),
        shows=(
            '‹password = os.environ.get("APP_DB_PASSWORD")›',
            "‹token = read_file('/run/secrets/word')›",
        ),
    ),
    rule(
        "call",
        KEY_HINTS,
        r"(?i)\b(?:define|set\w*|put|add\w*|setenv|export|option)\([ \t]*[\"'](?P<key>[\w.-]+)[\""
        r"'][ \t]*,[ \t]*(?:\"(?P<v1>[^\"\n]+)\"|'(?P<v2>[^'\n]+)')",
        Judge.KEY,
        signs="(,",
        hides=("define('DB_PASSWORD', '«pw»');", 'define( "AUTH_KEY",     "«pw:64»" );'),
        shows=("‹define('DB_HOST', 'mysql.example.net')›",),
    ),
    rule(
        "name-and-value",
        "value",
        r"[\"']?\b(?:name|key|type)\b[\"']?[ \t]*:[ \t]*[\"'](?P<key>[\w.-]+)[\"'][ \t]*,\s*[\"']?value[\"']?[ \t]*:[ \t]*(?:\"("
        r"?P<v1>[^\"\n]+)\"|'(?P<v2>[^'\n]+)')",
        Judge.KEY,
        signs=":,:",
        hides=(
            """-s 'credentials=[{"type":"password","value":"«weak»"}]'""",
            """--env '[{"name": "DB_PASSWORD", "value": "«season»"}]' run""",
        ),
        shows=("""run '[{"name": "LOG_LEVEL", "value": "‹debug›"}]'""",),
    ),
    rule(
        "modparam",
        "modparam",
        r"modparam\([ \t]*\"[^\"\n]+\"[ \t]*,[ \t]*\"(?P<key>\w+)\"[ \t]*,[ \t]*\"(?P<v>[^\"\n]+)\"",
        Judge.KEY,
        hides=(
            'modparam("auth", "secret", "«weak»")',
            'modparam("db", "db_password", "«lower:9»")',
        ),
        shows=('‹modparam("auth", "algorithm", "sha-of-it")›',),
    ),
    rule(
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
    rule(
        "secure-string",
        "securestring",
        r"(?i)ConvertTo-SecureString[ \t]+(?:-String[ \t]+)?[\"'](?P<v>[^\"'\n]+)[\"']",
        Judge.PASSWORD,
        hides=('$password = ConvertTo-SecureString "«human»" -AsPlainText -Force',),
        shows=('‹ConvertTo-SecureString "$env:PASSWORD" -AsPlainText›',),
    ),
    rule(
        "login-call",
        "auth|login|credential|connect|account|user|pdo|mysqli",
        r"(?i)(?:auth|login|authenticate|credentials?(?:impl)?|credentials\.basic|connect|connection|account|user|password|pdo)(?:[ "
        r"\t]*=[ \t]*)?\([^()\n]*[\"'][ \t]*,[ \t]*(?:Some\([ \t]*)?(?:\"(?P<v1>[^\"\n]+)\"|'(?P<v2>[^'\n]+)')"
        r"(?:[ \t]*,[ \t]*(?:\"\"|''))?[ \t]*\)|\b(?:mysqli(?:_connect)?|\w*(?:mysql\w*|psycopg2?)\.connect|PlainAuth)"
        r"\([^,()\n]*,[^,()\n]*,[ \t]*[\"'](?P<v3>[^\"'\n]+)[\"']",
        Judge.UNNAMED,
        signs="(,)",
        hides=(
            'credentials.NewStaticCredentials("AKID", "«awskey»", "")',
            "db.auth('root', '«human»');",
            'requests.get(url, auth=("svc", "«pw:16»"))',
            'req.SetBasicAuth("svc", "«human»")',
            'client.basic_auth("ann", Some("«weak»"))',
            "new PDO('mysql:host=a;dbname=b', 'u', '«human»')",
            'new mysqli("db", "u", "«human»", "shop")',
            "realm.createAccount('ops', '«human»')",
            'DriverManager.getConnection("jdbc:mysql://a/b", "root", "«human»");',
            "pymysql.connect('h', 'ann', '«season»', 'shop')",
            'smtp.PlainAuth("", "ann", "«weak»", "h")',
            'Credentials.basic("ann", "«season»")',
            "new UsernamePasswordCredentialsImpl(GLOBAL, 'git', 'about', 'bot', '«pw:20»')",
        ),
        shows=(
            "‹connect('destroy', 'on-window-closed')›",
            '‹addUser("ann", "Ann of the harbour")›',
        ),
    ),
    rule(
        "login-list",
        "dbi:|basic_auth",
        r"(?i)(?:[\"']dbi:[^\"'\n]+[\"'][ \t]*,|\bbasic_auth)[ \t]*[\"'][^\"'\n]*[\"'][ \t]*,[ \t]*[\"'](?P<v>[^\"'\n]+)[\"']",
        Judge.PASSWORD,
        hides=(
            "@lookup = ( ['DBI:mysql:database=a;host=b', 'ann', '«season»'] );",
            "basic_auth 'ann', '«weak»'",
        ),
        shows=("‹basic_auth user, token›", "‹['DBI:mysql:database=a', $user, $word]›"),
    ),
    rule(
        "encoded-login",
        "btoa(|b64encode(|buffer.from(",
        r"(?i)(?:btoa|b64encode|Buffer\.from)\([ \t]*b?[\"'][\w.@-]+:(?P<v>[^\"'\n$]+)[\"']",
        Judge.PASSWORD,
        hides=("btoa('ann:«weak»')", "Buffer.from('ann:«season»').toString('base64')"),
        shows=("‹btoa('ann:' + word)›", "‹b64encode(b'harbour list')›"),
    ),
    rule(
        "secret-type",
        "secrettext(|<string>(|tochararray|set_password(|cookieparser(|fernet(",
        r"(?i)(?:\bSecretText|\bPassword<String>|\bset_password|\bcookieParser|\bFernet)\([ \t]*b?[\"'](?P<v>[^\"'\n]+)[\"']"
        r"|\bpassword\([ \t]*\"(?P<v1>[^\"\n]+)\"\.toCharArray",
        Judge.PASSWORD,
        hides=(
            'SecretText("«weak»")',
            "user.set_password('«season»')",
            "app.use(cookieParser('«weak»'))",
            '.password("«season»".toCharArray())',
            "Fernet(b'«fernet»')",
        ),
        shows=("‹user.set_password(given)›", "‹cookieParser(process.env.WORD)›"),
    ),
    rule(
        "cipher-call",
        "hmac.new(|aes.new(|jwt.sign(|jwt.verify(|jwt.encode(|jwt.decode(",
        r"(?i)\b(?:(?:hmac|AES)\.new\([ \t]*b?|jwt\.(?:sign|verify|encode|decode)\([^()\n]*,[ \t]*)[\"'](?P<v>[^\"'\n]+)[\"']",
        Judge.UNNAMED,
        hides=(
            "hmac.new(b'«weak»', message, sha256)",
            "AES.new('«hex:32»', AES.MODE_CBC)",
            "jwt.sign(payload, '«season»')",
        ),
        shows=("‹jwt.verify(word, publicKey)›", "‹jwt.decode(given, algorithms='of-the-site')›"),
    ),
    rule(
        "signing-call",
        "sign(|verify(|hmac(|encrypt(|decrypt(",
        r"(?i)(?:sign|verify|hmac|encrypt|decrypt)\([^()\n]*,[ \t]*[\"'](?P<v>[^\"'\n]+)[\"']",
        Judge.MADE,
        hides=("jwt.sign(payload, '«pw:32»', { expiresIn: '3h' });",),
        shows=("‹createHmac('sha256', 'name-of-the-header')›",),
    ),
)
"""In code and in SQL."""
