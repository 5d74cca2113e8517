"""What is wrong with settings, in the words of whoever writes them: one line a key, and what was meant."""

import re
from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from recoil_assets.domain.errors import Problem
from recoil_assets.domain.spelling import did_you_mean

_KEY = "[key]"
_LONGEST_SHOWN = 60
_WANTED = {
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "decimal": "a plain number, such as 20 or 0.5",
    "finite": "a plain number, such as 20 or 0.5",
    "string": "a text",
    "date": "a day, such as 2026-11-22",
    "tuple": "a list",
    "dict": "a table",
    "model": "a table",
    "url": "an address",
    "path": "a path",
}
_BOUNDS = {
    "greater_than": ("gt", "more than {}"),
    "greater_than_equal": ("ge", "{} or more"),
    "less_than": ("lt", "less than {}"),
    "less_than_equal": ("le", "{} or less"),
}


def setting_problems(error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    """Every setting that ``model`` refuses, once, with what it has to be.

    Args:
        error: what ``model`` said.
    """
    wanted: dict[str, list[str]] = {}
    shown: dict[str, str] = {}
    others: list[Problem] = []
    for fault in error.errors():
        keys, holder = _walked(model, fault["loc"])
        path = ".".join(keys) or "(top level)"
        if said := _said(fault, keys, holder):
            others.append(Problem(path, said))
        else:
            shown.setdefault(path, _shown(fault["input"]))
            wanted.setdefault(path, []).append(_wanted(fault))
    told = [Problem(path, f"{shown[path]} has to be {' or '.join(of)}") for path, of in wanted.items()]
    return [*told, *others]


def _said(fault: Mapping[str, Any], keys: list[str], holder: Any) -> str:  # noqa: ANN401  an annotation
    """What is said of a fault that is none of a value's type or bounds; empty of one that is."""
    if fault["type"] == "extra_forbidden":
        names = list(holder.model_fields) if _is_model(holder) else []
        return f"there is no such setting{did_you_mean(keys[-1], names) or _those_there_are(names)}"
    if fault["type"] == "missing":
        return "this has to be set"
    if fault["type"] == "value_error":
        return str(fault["msg"]).removeprefix("Value error, ")
    return ""


def _those_there_are(names: list[str]) -> str:
    return f"; there are {', '.join(names)}" if names else ""


def _wanted(fault: Mapping[str, Any]) -> str:
    """What a value has to be, to stand behind ``has to be``."""
    context: Mapping[str, Any] = fault.get("ctx", {})
    if fault["type"] in _BOUNDS:
        name, words = _BOUNDS[fault["type"]]
        return words.format(f"{context[name]:g}")
    if fault["type"] == "literal_error":
        expected = str(context["expected"])
        return expected + did_you_mean(str(fault["input"]), re.findall(r"'([^']*)'", expected))
    if fault["type"] == "string_pattern_mismatch":
        return f"a text of the form {context['pattern']}"
    return _WANTED.get(fault["type"].partition("_")[0], str(fault["msg"]))


def _walked(model: type[BaseModel], place: tuple[int | str, ...]) -> tuple[list[str], Any]:
    """The keys of a place as they are written, and what holds the last of them.

    pydantic puts the names of a union's alternatives among the keys, and marks a fault of a key itself.
    """
    holder: Any = None
    here: Any = model
    keys: list[str] = []
    for step in place:
        if step == _KEY:
            break
        if get_origin(here) in (Union, UnionType):
            alternatives = [item for item in get_args(here) if _alternative(item) == step]
            if alternatives:
                here = alternatives[0]
                continue
        holder, here = here, _inside(here, step)
        keys.append(str(step))
    return keys, holder


def _alternative(annotation: Any) -> str:  # noqa: ANN401  an annotation
    """How pydantic names one alternative of a union in the place of a fault."""
    if get_origin(annotation) is not None:
        return str(annotation)
    name = str(annotation.__name__)
    return "none" if name == "NoneType" else name


def _inside(annotation: Any, step: int | str) -> Any:  # noqa: ANN401  an annotation
    """The annotation of what a value of ``annotation`` holds under ``step``; None where that is not known."""
    for item in _alternatives(annotation):
        if _is_model(item) and step in item.model_fields:
            return item.model_fields[step].annotation
        if get_origin(item) is dict:
            return get_args(item)[1]
        if get_origin(item) is tuple:
            return get_args(item)[0]
    return None


def _alternatives(annotation: Any) -> Iterator[Any]:  # noqa: ANN401  an annotation
    if get_origin(annotation) in (Union, UnionType):
        yield from get_args(annotation)
    else:
        yield annotation


def _is_model(annotation: Any) -> bool:  # noqa: ANN401  an annotation
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _shown(value: Any) -> str:  # noqa: ANN401  parsed TOML
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
