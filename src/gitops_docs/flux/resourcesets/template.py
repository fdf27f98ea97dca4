"""Run Go's text/template, as far as ResourceSets use it.

In: a template with `<<` and `>>`, and the inputs. Out: the text. Syntax and evaluation follow
`text/template` (`parse/lex.go`, `exec.go`) with `missingkey=error`; the functions are those of
slim-sprig that depend on nothing but their arguments (`template_functions`). Not here: `define`,
`block`, `template` and methods.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter

from gitops_docs.flux.resourcesets.built_in import BUILT_IN
from gitops_docs.flux.resourcesets.syntax import (
    Action,
    Branch,
    Command,
    Dot,
    Fields,
    Literal,
    Name,
    Node,
    Operand,
    Pipeline,
    Text,
    parse,
)
from gitops_docs.flux.resourcesets.values import (
    MAX_OUTPUT,
    MAX_STEPS,
    Function,
    NotKnown,
    OpenMap,
    Refusal,
    Shown,
    TemplateError,
    Value,
    bounded,
    printed,
    truth,
)
from gitops_docs.text import patterns
from gitops_docs.yaml import limits
from gitops_docs.yaml.limits import Budget

_PRINTING = frozenset({"print", "printf", "quote", "squote", "toString"})
"""Functions that only print their arguments."""


class _Left(Exception):
    """Raised by `break` and `continue` up to their range."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class Template:
    """A template that can be executed again and again.

    Raises:
        TemplateError: It is malformed.
    """

    def __init__(self, text: str) -> None:
        try:
            self._nodes = parse(text)
        except RecursionError:
            raise _too_deep() from None

    def execute(self, functions: Mapping[str, Function], work: Budget | None = None) -> str:
        """Return the text that it gives.

        Args:
            functions: By name; those that Go itself defines are added.
            work: What the steps and the text are taken from; None: nothing.

        Raises:
            TemplateError: A key is missing, or it uses what is not known here.
        """
        run = _Run({**BUILT_IN, **functions})
        try:
            run.nodes(self._nodes, None)
        except _Left as left:
            raise TemplateError(f"`{left.kind}` outside of a range") from None
        except RecursionError:
            raise _too_deep() from None
        finally:
            if work is not None:
                work.spend(run.steps + run.length // limits.OF_LOADED)
        return "".join(run.out)


def _too_deep() -> TemplateError:
    return TemplateError("the template is nested too deeply")


class _Run:
    def __init__(self, functions: Mapping[str, Function]) -> None:
        self.functions = functions
        self.out: list[str] = []
        self.length = 0
        self.steps = 0
        self.variables: list[tuple[str, Value]] = []

    def nodes(self, nodes: Sequence[Node], dot: Value) -> None:
        mark = len(self.variables)
        for node in nodes:
            self.steps += 1
            if self.steps > MAX_STEPS:
                raise TemplateError(f"it takes more than {MAX_STEPS} steps")
            if isinstance(node, Text):
                self._write(node.text)
            elif isinstance(node, Action):
                value = self._pipeline(node.pipeline, dot)
                if not node.pipeline.variables:
                    self._write(printed(bounded(value), top=True))
            elif isinstance(node, Branch):
                self._branch(node, dot)
            else:
                raise _Left(node.kind)
        del self.variables[mark:]

    def _write(self, text: str) -> None:
        self.length += len(text)
        if self.length > MAX_OUTPUT:
            raise TemplateError(f"it gives more than {MAX_OUTPUT} characters")
        self.out.append(text)

    def _branch(self, node: Branch, dot: Value) -> None:
        mark = len(self.variables)
        if node.kind == "range":
            self._range(node, dot)
        else:
            value = self._pipeline(node.pipeline, dot)
            if truth(value):
                self.nodes(node.body, value if node.kind == "with" else dot)
            else:
                self.nodes(node.otherwise, dot)
        del self.variables[mark:]

    def _range(self, node: Branch, dot: Value) -> None:
        pipeline = node.pipeline
        value = self._pipeline(Pipeline(pipeline.commands), dot)
        pairs: list[tuple[Value, Value]]
        if isinstance(value, OpenMap | NotKnown):
            raise TemplateError(value.reason)
        if isinstance(value, dict):
            pairs = [*sorted(value.items(), key=itemgetter(0))]
        elif isinstance(value, list):
            pairs = [*enumerate(value)]
        elif isinstance(value, int) and not isinstance(value, bool):
            pairs = [(index, index) for index in range(min(value, MAX_STEPS))]
        elif value is None:
            pairs = []
        else:
            raise TemplateError("a range over something that is not a list")
        for key, item in pairs:
            mark = len(self.variables)
            if len(pipeline.variables) == 1:
                self._set(pipeline.variables[0], item, assigns=pipeline.assigns)
            elif pipeline.variables:
                self._set(pipeline.variables[0], key, assigns=pipeline.assigns)
                self._set(pipeline.variables[1], item, assigns=pipeline.assigns)
            try:
                self.nodes(node.body, item)
            except _Left as left:
                if left.kind == "break":
                    break
            finally:
                del self.variables[mark:]
        if not pairs:
            self.nodes(node.otherwise, dot)

    def _set(self, name: str, value: Value, *, assigns: bool) -> None:
        if assigns:
            for index in range(len(self.variables) - 1, -1, -1):
                if self.variables[index][0] == name:
                    self.variables[index] = (name, value)
                    return
            raise TemplateError(f"the variable `{name}` is not declared")
        self.variables.append((name, value))

    def _pipeline(self, pipeline: Pipeline, dot: Value) -> Value:
        value: Value = None
        for index, command in enumerate(pipeline.commands):
            value = self._command(command, dot, (value,) if index else ())
        if pipeline.variables:
            self._set(pipeline.variables[0], value, assigns=pipeline.assigns)
        return value

    def _command(self, command: Command, dot: Value, piped: tuple[Value, ...]) -> Value:
        first = command[0]
        if isinstance(first, Name):
            return self._call(first.name, command[1:], dot, piped)
        if len(command) > 1 or piped:
            raise TemplateError("arguments for something that is not a function")
        return self._operand(first, dot)

    def _call(self, name: str, operands: Command, dot: Value, piped: tuple[Value, ...]) -> Value:
        if name in ("and", "or"):
            return self._logical(name, operands, dot, piped)
        function = self.functions.get(name)
        if function is None:
            raise TemplateError(f"the function `{name}` is not known here")
        arguments = [*(self._operand(operand, dot) for operand in operands), *piped]
        if name in _PRINTING:
            arguments = [str(one) if isinstance(one, Shown) else one for one in arguments]
        for argument in arguments:
            if isinstance(argument, NotKnown):
                raise TemplateError(argument.reason)
            bounded(argument)
        try:
            made = function(*arguments)
            # What is made of nothing is what was given from outside: it is bounded where something
            # is done with it.
            return bounded(made) if arguments else made
        except TemplateError:
            raise
        except (
            TypeError,
            ValueError,
            KeyError,
            IndexError,
            AttributeError,
            ArithmeticError,
            patterns.PatternError,
        ):
            raise TemplateError(
                f"the function `{name}` cannot work with what it is given"
            ) from None

    def _logical(self, name: str, operands: Command, dot: Value, piped: tuple[Value, ...]) -> Value:
        value: Value = None
        for operand in operands:
            value = self._operand(operand, dot)
            if truth(value) == (name == "or"):
                return value
        return piped[0] if piped else value

    def _operand(self, operand: Operand, dot: Value) -> Value:
        if isinstance(operand, Literal):
            return operand.value
        if isinstance(operand, Dot):
            return dot
        if isinstance(operand, Name):
            return self._call(operand.name, (), dot, ())
        if isinstance(operand, Pipeline):
            return self._pipeline(operand, dot)
        if isinstance(operand, Fields):
            value = self._operand(operand.base, dot)
            for name in operand.names:
                if isinstance(value, NotKnown):
                    raise TemplateError(value.reason)
                if isinstance(value, OpenMap) and name not in value:
                    raise TemplateError(value.reason)
                if not isinstance(value, dict) or name not in value:
                    raise Refusal(f"a template asks for `{name}`, which is not there")
                value = value[name]
            return value
        for name, value in reversed(self.variables):
            if name == operand.name:
                return value
        if operand.name == "$":
            return None
        raise TemplateError(f"the variable `{operand.name}` is not declared")
