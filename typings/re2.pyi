"""The part of google-re2 that `gitops_docs.text.patterns` uses; the package has no types."""

class error(Exception): ...

class Options:
    max_mem: int
    never_capture: bool
    log_errors: bool

class _Anchor:
    UNANCHORED: _Anchor
    ANCHOR_START: _Anchor
    ANCHOR_BOTH: _Anchor

class _Engine:
    def Match(
        self, anchor: _Anchor, text: bytes, begin: int, end: int
    ) -> list[tuple[int, int]]: ...

class Regexp:
    _regexp: _Engine
    groups: int
    groupindex: dict[str | bytes, int]
    programsize: int

class Set:
    @classmethod
    def SearchSet(cls, options: Options) -> Set: ...
    @classmethod
    def FullMatchSet(cls, options: Options) -> Set: ...
    def Add(self, pattern: bytes) -> int: ...
    def Compile(self) -> None: ...
    def Match(self, text: bytes) -> list[int]: ...

def compile(pattern: bytes, options: Options) -> Regexp: ...
def escape(pattern: bytes) -> bytes: ...
