"""Makes archives of charts, correct and hostile, as bytes."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
from collections.abc import Callable, Mapping

Change = Callable[[tarfile.TarFile], None]


def archive(
    files: Mapping[str, str | bytes], *, top: str = "web", more: Change | None = None
) -> bytes:
    """A gzipped tar archive of some files; `more` adds entries of its own. The bytes are always the
    same."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, text in files.items():
            add(
                tar,
                f"{top}/{name}" if top else name,
                text.encode() if isinstance(text, str) else text,
            )
        if more is not None:
            more(tar)
    return gzip.compress(plain.getvalue(), mtime=0)


def add(tar: tarfile.TarFile, name: str, content: bytes = b"", **fields: object) -> None:
    """An entry; `fields` are those of its header."""
    member = tarfile.TarInfo(name)
    member.size = len(content)
    for field, value in fields.items():
        setattr(member, field, value)
    tar.addfile(member, io.BytesIO(content))


def chart(
    name: str = "web", version: str = "1.2.3", more: Mapping[str, str] | None = None, meta: str = ""
) -> bytes:
    """A small chart."""
    files = {
        "Chart.yaml": f"apiVersion: v2\nname: {name}\nversion: {version}\n{meta}",
        "values.yaml": "# -- How many.\nreplicas: 1\n",
        "templates/service.yaml": "kind: Service\n",
    }
    return archive(files | dict(more or {}), top=name)


def sha(content: bytes) -> str:
    """`sha256:` and the digest."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
