"""Define the rules for files and for Git.

They are met while something is read or rendered, so they have no check of their own.
"""

from __future__ import annotations

from gitops_docs.model import Family, Rule, Severity


class FileNotFound(Rule):
    code = "file-not-found"
    family = Family.FILES
    severity = Severity.ERROR
    title = "A file is missing"
    about = "A file that Git lists is not there."
    remedy = "Restore it, or commit its removal."
    bad = "resources: [gone.yaml]"
    good = "resources: [there.yaml]"


class FileUnreadable(Rule):
    code = "file-unreadable"
    family = Family.FILES
    severity = Severity.ERROR
    title = "A file cannot be opened"
    about = "It is not a regular file, or the system does not let it be opened."
    remedy = "Correct its permissions, or take it out of the repository."
    bad = "mkfifo apps/pipe.yaml"
    good = "touch apps/file.yaml"


class FileTooDeep(Rule):
    code = "file-too-deep"
    family = Family.FILES
    severity = Severity.WARNING
    title = "A file is nested too deeply"
    about = (
        "Files below more than 100 directories are not read: systems and tools have paths of a "
        "limited length."
    )
    remedy = "Move it up, or take it out of the repository."
    bad = "apps/a/a/a/...  # 1,500 times"
    good = "apps/a/web.yaml"


class GitNotRead(Rule):
    code = "git-not-read"
    family = Family.FILES
    severity = Severity.WARNING
    title = "The Git repository is not read"
    about = (
        "There is a `.git`, but it is broken, belongs to another user or another work tree, or "
        "has a format that is not known. All files below the directory are read then, those that "
        "Git ignores too, and revision, history and links to the forge are missing."
    )
    remedy = (
        "Do what the message says. In a container, the user who runs the command should own the "
        "files; `git config --global --add safe.directory PATH` trusts those of another one."
    )
    bad = "docker run -v .:/src ..."
    good = "docker run --user $(id -u) -v .:/src ..."
