"""The ways a run may stop that are not bugs, with their exit codes."""

from __future__ import annotations

from pathlib import Path


class UserError(Exception):
    """Something the analyst can mend (exit 2): one message with place, value and remedy.

    Args:
        quoi: what is wrong, one French sentence.
        lieu: where: file, line, key or cell.
        valeur: the offending value, as it was read.
        remede: what to do about it, one French sentence.
    """

    def __init__(
        self, quoi: str, *, lieu: str = "", valeur: object = None, remede: str = ""
    ) -> None:
        self.quoi, self.lieu, self.valeur, self.remede = quoi, lieu, valeur, remede
        super().__init__(str(self))

    def __str__(self) -> str:
        parts = [f"{self.lieu} : {self.quoi}" if self.lieu else self.quoi]
        if self.valeur is not None:
            parts.append(f"Valeur lue : {_short(self.valeur)}")
        if self.remede:
            parts.append(f"Remède : {self.remede}")
        return "\n".join(parts)


class Unreadable(Exception):
    """A data file is damaged or of no known form; the text says so in French.

    Never shown as such: the quality gate makes it a reason to stop.
    """


class GateStopped(Exception):
    """The quality gate refused the data (exit 3); the quality page says why.

    Args:
        motifs: one French sentence per reason.
        controle: the folder that holds the quality page and quarantaine.csv.
    """

    def __init__(self, motifs: list[str], controle: Path) -> None:
        self.motifs, self.controle = motifs, controle
        super().__init__(" ; ".join(motifs))


class SomeFailed(Exception):
    """Some of many projects failed, and each has been told of: `code` is that of the worst."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(code)


class Differs(Exception):
    """`verify` found a difference (exit 4); the certificate, already written, says which."""


def _short(value: object, limit: int = 120) -> str:
    text = repr(value) if not isinstance(value, str) else f"« {value} »"
    return text if len(text) <= limit else text[: limit - 1] + "…"
