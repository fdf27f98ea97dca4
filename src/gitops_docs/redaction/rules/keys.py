"""List words of keys, and what stands behind a key that has them."""

from __future__ import annotations

from msgspec import Struct

from gitops_docs.redaction.rules.rule import Class


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
            "requirepass masterauth passsha passhash pwdhash skey kennwort authpass passkey pwhash seedphrase authpassphra"
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
                "REDISCLI_AUTH: «lower:9»",
                "dnpass: «lower:9»",
                "passsha256: «hex:64»",
                "passwordsaltmain: «special»",
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
                "allowEmptyPassword: ‹no-never›",
                "requirePassword: ‹for-admins-only›",
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
                "DEV_ROOT_TOKEN_ID: «pw:20»",
                "api_hash: «hex:32»",
                "bot_token: velvet_harbor_raven«digits:2»",
                "userkey: «lower:30»",
                "API_TOKEN: tok-«pw:12»",
                "SERVICE_API_KEY: key-hunter«digits:2»",
                "GITLAB_TOKEN: correct-horse",
                "S3_SECRET_KEY: minio-«season»",
                "env.apiToken: tok-hunter«digits:2»",
                "extraEnvVars.serviceApiKey: my-«upper:10»",
                "OIDC_CLIENT_SECRET: velvet-harbour",
                "CF_API_TOKEN: cf_velvet_harbour",
                "--api-token: tok-hunter«digits:2»",
                "--client-secret: velvet-«season»",
            ),
            (
                "tokenUrl: ‹https://sso.example.org/token›",
                "TOKEN_TTL: ‹3600s›",
                "tokenName: ‹kube-joiner›",
                "auth_realm: ‹BaikalI2›",
                "secrets.OrgID: ‹5e9d9544a1dcd60001d0ed20›",
                "signingkey: ‹3AA5C34371567BD2›",
                "RFC2136_TSIG_KEY: ‹lego.dns.example.org.›",
                "idToken: ‹session-only›",
                "API_TOKEN: ‹grafana-api-token›",
                "API_TOKEN_SECRET_NAME: ‹tok-hunter22›",
                "API_TOKEN_FILE: ‹tok-hunter22›",
                "API_KEY_REF: ‹key-hunter22›",
                "env.apiTokenSecretName: ‹key-hunter22›",
                "env.existingSecret: ‹key-hunter22›",
                "S3_ACCESS_KEY: ‹minio-user›",
                "TLS_SECRET: ‹web-tls›",
                "CLIENT_SECRET_KEY: ‹OAUTH2_CLIENT_SECRET›",
                "SIGNING_KEY: ‹keys.example.org›",
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
                "GRAPH_AUTH: graph/letmein«digits:3»!",
                "CLI_AUTH: «pw:20»",
            ),
            ("auth: ‹oauth2-proxy-mode›", "auth: ‹kubernetes/login1›"),
        ),
        _key(
            "made",
            "encrypt keyfile shared signature sig hmac header headervalue claim eap inlinestring cipher username private keypair",
            Class.MADE,
            (
                "encrypt: «b64:32»",
                "shared: «wg»",
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
                "passwordsSecret: ‹kafka-tls-f1›",
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
            "cert certificate crt ca cabundle revision commit client user username account bucket n x y sha "
            "alert record",
            Class.NONE,
            (),
            (
                "caBundle: ‹hT3bWq9ZkXv7RmYc1LsJ0pGf›",
                "revision: ‹hT3bWq9ZkXv7RmYc1LsJ0pGf›",
                "alert: ‹V6DefaultWithdrawn›",
            ),
        ),
        _key(
            "told",
            "id ids uid uuid guid kid sid cid version arn name names path file url uri host hostname domain "
            "hint ttl type enabled issuer audienc"
            "e lifetime lifespan expiry realm scope scopes region zone "
            "group groups role roles scheme flow endpoint provider backend method driver "
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
            "value val values plain plaintext cleartext clear text txt string str data b64 base base6"
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
        _key(
            "tokens",
            "tokens apikeys authkeys signingkeys encryptionkeys secretkeys sharedkeys",
            Class.TOKEN,
            ("tokens.ci: «lower:14»", "apiKeys.reader: «hex:32»", "encryption_keys.v1: «b64:32»"),
            ("tokens.ttl: ‹24h›", "apiKeys.reader: ‹reader-of-harbour›"),
        ),
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
            (
                "BUNNY_KEY: «uuid»",
                "KEY: «uuid»",
                "secret.data.admin: «weak»",
                "secrets.nexus.data.admin: «season»",
                "api.keys.key: «uuid»",
                "installationKey.value: «pw:20»",
                "inbounds.settings.clients.id: «uuid»",
                "proxies.uuid: «uuid»",
            ),
            (
                "parcel_key: ‹north-sea›",
                "clients.id: ‹7c4e1d80-93ab-4f62-8e15-b0c92d7fa346›",
                "remoteRef.key: ‹7c4e1d80-93ab-4f62-8e15-b0c92d7fa346›",
            ),
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
