"""Softening a prompt: a preamble and a list of milder words. No model is asked, and no spoken line is altered."""

import re
from collections.abc import Mapping

from pydantic import Field, field_validator, model_validator

from recoil_assets.domain.value import Value

_WORD = re.compile(r"\w+")
_SPOKEN = re.compile(r"(“[^”]*”)")
_LISTED = re.compile(r"[a-z]+")
_MILDER = re.compile(r"[A-Za-z]+(?:[ '-][A-Za-z]+)*")


class Softening(Value):
    """How prompts are softened.

    What comes out has no listed word left and begins with the preamble, so softening it again changes nothing:
    the rules that make it so are checked here.

    Attributes:
        preamble: put before the prompt, a line of its own.
        replacements: milder words by the single lower-case word they stand for. The prompt and every shot's
            description are searched, never what somebody says.
    """

    preamble: str = Field(min_length=1)
    replacements: dict[str, str] = Field(default_factory=dict)

    @field_validator("replacements")
    @classmethod
    def _are_words(cls, replacements: dict[str, str]) -> dict[str, str]:
        wrong = [word for word in replacements if _LISTED.fullmatch(word) is None]
        wrong += [milder for milder in replacements.values() if _MILDER.fullmatch(milder) is None]
        if wrong:
            raise ValueError(
                f"not a single lower-case word, or not plain words in its place: {', '.join(wrong)}"
            )
        return replacements

    @model_validator(mode="after")
    def _says_no_listed_word_itself(self) -> "Softening":
        if any(mark in self.preamble for mark in "“”\n"):
            raise ValueError("the preamble is one line without quotation marks")
        said = [self.preamble, *self.replacements.values()]
        listed = sorted({word for text in said for word in _listed(text, self.replacements)})
        if listed:
            raise ValueError(f"listed words in the preamble or among the milder ones: {', '.join(listed)}")
        return self

    def prompt(self, text: str) -> str:
        """``text`` with the preamble before it, once, and milder words in it."""
        rest = text.removeprefix(f"{self.preamble}\n")
        return f"{self.preamble}\n{self.words(rest)}"

    def words(self, text: str) -> str:
        """``text`` with milder words in it, but for what stands between “ and ”."""
        parts = _SPOKEN.split(text)
        return "".join(
            part if _SPOKEN.fullmatch(part) else _WORD.sub(lambda found: self._milder(found[0]), part)
            for part in parts
        )

    def _milder(self, word: str) -> str:
        milder = self.replacements.get(word.casefold())
        if milder is None:
            return word
        return milder[0].upper() + milder[1:] if word[0].isupper() else milder


def _listed(text: str, replacements: Mapping[str, str]) -> list[str]:
    return [word for word in _WORD.findall(text.casefold()) if word in replacements]
