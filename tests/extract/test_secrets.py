"""What the model says about Secrets: key names and protection, never a value."""

from __future__ import annotations

import base64
import json

import pytest

from gitops_docs.extract.secrets import secret
from gitops_docs.model import Location, Protection
from gitops_docs.yaml.nodes import as_map
from gitops_docs.yaml.parse import parse

CIPHERTEXT = "ENC[AES256_GCM,data:Zm9v,iv:aXY=,tag:dGFn,type:str]"
HEAD = "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: apps}\n"


@pytest.mark.parametrize(
    ("body", "protection", "clear"),
    [
        # every value encrypted
        (
            f"stringData:\n  a: {CIPHERTEXT}\nsops: {{age: [{{recipient: x}}]}}\n",
            Protection.SOPS,
            (),
        ),
        # one value left in clear by encrypted_regex
        (
            f"stringData:\n  a: {CIPHERTEXT}\n  b: open\nsops: {{age: [{{recipient: x}}]}}\n",
            Protection.SOPS_PARTIAL,
            (("b", Location("s.yaml", 6)),),
        ),
        # an empty block encrypts nothing
        ("stringData:\n  a: open\nsops: {}\n", Protection.PLAIN, (("a", Location("s.yaml", 5)),)),
        # a placeholder is filled in by Flux
        ("stringData:\n  a: ${TOKEN}\n", Protection.EMPTY, ()),
        # no value at all
        ("type: Opaque\n", Protection.EMPTY, ()),
    ],
)
def test_protection(
    body: str, protection: Protection, clear: tuple[tuple[str, Location], ...]
) -> None:
    """The badge of SOPS is for a Secret whose every value is ciphertext."""
    found = secret(as_map(parse(HEAD + body, "s.yaml").documents[0].root), "s.yaml", 1)
    assert found is not None
    assert (found.protection, found.clear) == (protection, clear)
    assert found.provider == ("age" if "recipient" in body else None)


def test_encrypted_file_of_a_generator() -> None:
    """A generated Secret whose file is encrypted counts as encrypted."""
    content = base64.b64encode(f'{{"data": "{CIPHERTEXT}"}}'.encode()).decode()
    data = as_map(parse(f"{HEAD}data:\n  file.json: {content}\n", "s.yaml").documents[0].root)
    found = secret(data, "kustomization.yaml", 3, generated=True)
    assert found is not None and found.protection is Protection.SOPS


def test_made_by_a_controller() -> None:
    """An ExternalSecret names the Secret that it makes, its keys and its store."""
    text = """\
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: db, namespace: apps}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {name: db-credentials}
  data:
    - {secretKey: password, remoteRef: {key: db}}
"""
    found = secret(as_map(parse(text, "e.yaml").documents[0].root), "e.yaml", 1)
    assert found is not None
    assert (found.name, found.keys, found.provider) == (
        "db-credentials",
        ("password",),
        "ClusterSecretStore vault",
    )
    assert found.protection is Protection.EXTERNAL_SECRET


def test_other_objects_are_none() -> None:
    """A Secret of another API group is not a Secret."""
    text = "apiVersion: example.org/v1\nkind: Secret\nmetadata: {name: a}\n"
    assert secret(as_map(parse(text, "a.yaml").documents[0].root), "a.yaml", 1) is None


@pytest.mark.parametrize("field", ["stringData", "data"])
def test_what_anybody_may_know_is_no_secret(field: str) -> None:
    """Certificates, public keys and references to a store are not readable secrets, whether encoded
    or not."""
    certificate = "-----BEGIN CERTIFICATE-----\nTUlJ\n-----END CERTIFICATE-----\n"
    private = "-----BEGIN PRIVATE KEY-----\nTUlJ\n-----END PRIVATE KEY-----\n"

    def protection(text: str) -> Protection:
        value = base64.b64encode(text.encode()).decode() if field == "data" else text
        data = as_map(
            parse(f"{HEAD}{field}:\n  x: {json.dumps(value)}\n", "s.yaml").documents[0].root
        )
        found = secret(data, "s.yaml", 1)
        assert found is not None
        return found.protection

    for public in (
        certificate * 2,
        "# laptop\nssh-ed25519 QUFB me@example.org\n",
        "git.example.org,10.0.0.1 ssh-ed25519 QUFB\n|1|a+b=|c/d= ecdsa-sha2-nistp256 QUFB=\n",
        "op://vault/an item/field",
        "${TOKEN}",
    ):
        assert protection(public) is Protection.EMPTY, public
    assert protection(certificate + private) is Protection.PLAIN


def test_frame_of_a_key() -> None:
    """Words between the lines around a private key stand for one."""
    frame = "-----BEGIN OPENSSH PRIVATE KEY-----\n%s\n-----END OPENSSH PRIVATE KEY-----\n"
    for text, protection in (
        ("REPLACE", Protection.EMPTY),
        ("<your key>", Protection.EMPTY),
        ("...", Protection.EMPTY),
        ("b3BlbnNzaC1rZXktdjEAAAAABG5vbmU=", Protection.PLAIN),
    ):
        body = f"{HEAD}stringData:\n  identity: {json.dumps(frame % text)}\n"
        found = secret(as_map(parse(body, "s.yaml").documents[0].root), "s.yaml", 1)
        assert found is not None and found.protection is protection, text


@pytest.mark.parametrize(
    ("text", "harmless"),
    [
        ("GENERATE-A-LONG-VALUE", True),
        ("s3:https://STORAGE-ENDPOINT/BUCKET/REPLACE-tenant", True),
        ("rT8kQx2vLm9w", False),
        ("s3:https://app:hunter2hunter2@STORAGE/BUCKET", False),
    ],
)
def test_words_that_no_layer_applies(text: str, harmless: bool) -> None:
    """Words stand for a value in a file that no layer applies, under any key."""
    for key in ("RESTIC_PASSWORD", "RESTIC_REPOSITORY"):
        body = f"{HEAD}stringData:\n  {key}: {json.dumps(text)}\n"
        data = as_map(parse(body, "s.yaml").documents[0].root)
        found = secret(data, "s.yaml", 1)
        assert found is not None and found.harmless is harmless, key


def test_place_of_a_value_in_base64() -> None:
    """What stands for a value that somebody puts there is none, though it is base64 of a kind."""
    data = as_map(parse(f"{HEAD}data:\n  identity: XXXX\n", "s.yaml").documents[0].root)
    found = secret(data, "s.yaml", 1)
    assert found is not None and found.protection is Protection.EMPTY


@pytest.mark.parametrize(
    ("key", "text", "harmless"),
    [
        ("project_id", "my-project-123456", True),
        ("installationId", "45128890", True),
        ("key_id", "my-project-123456", False),
        # the client secret of an older Keycloak is a UUID, an identifier is one too
        ("clientSecret", "0b3f2f9c-1c1d-4c55-9d0f-2f6a7f1d9a10", False),
        ("tenantId", "0b3f2f9c-1c1d-4c55-9d0f-2f6a7f1d9a10", True),
        # what an emulator of an object store takes; a real key is longer
        ("secret-access-key", "test", True),
        ("secret-access-key", "Vh3kQ9tLm2Xw", False),
        # a place in a network says nothing, unless its key says that it is one
        ("pool", "192.168.1.0/24", True),
        ("reverse", "0.168.192.in-addr.arpa", True),
        ("domain_internal", "localhost", True),
        ("password", "fd00::1", False),
        # an example in a comment is no value
        ("values.yaml", '# password: "hunter2hunter2"\npassword: ""\n', True),
        ("values.yaml", "# note\npassword: hunter2hunter2\n", False),
        # variables of Jenkins in a file of settings
        ("jcasc.yaml", "credentials:\n- secret: ${docs-cn-token}\n", True),
        ("jcasc.yaml", "credentials:\n- secret: ${DOCS:-Xk29fkWq82mzP}\n", False),
        # how a volume is mounted, where a store of backups is
        ("mountOptions", "nfsvers=3,hard,nolock", True),
        ("mountOptions", "username=app,password=hunter2hunter2", False),
        ("repository", "s3:https://s3.example.org/backups/app", True),
        ("repository", "rest:https://app:hunter2hunter2@backup.example.org/app", False),
        # a token in a comment is one
        ("values.yaml", "# ghp_QxZ8vTn2QxZ8vTn2QxZ8vTn2QxZ8vTn2QxZ8\nreplicas: 1\n", False),
    ],
)
def test_what_looks_like_a_credential(key: str, text: str, harmless: bool) -> None:
    """A readable value is judged by its key and by what it is, a file of settings by its values."""
    body = f"{HEAD}stringData:\n  {key}: {json.dumps(text)}\n"
    found = secret(as_map(parse(body, "s.yaml").documents[0].root), "s.yaml", 1)
    assert found is not None
    assert (found.protection, found.harmless) == (Protection.PLAIN, harmless)
