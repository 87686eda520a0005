"""The circles around the buyers: what is local, and how charts and sentences name it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from spaser.settings.values import Commune, Model, Text

Genre = Literal["commune", "groupement", "departement", "region"]
GENRES: dict[Genre, str] = {  # with their article, the smallest first
    "commune": "la commune",
    "groupement": "le groupement",
    "departement": "le département",
    "region": "la région",
}
AILLEURS, INCONNU = "ailleurs", "inconnu"


class Cercle(Model):
    """A circle around the buyers: a list of communes, or départements or régions by INSEE code.

    `nom` is its name («Côte-d’Or»), `dans` how a sentence says that one is in it («en Côte-d’Or»).
    """

    genre: Genre
    nom: Text
    dans: Text | None = None
    communes: dict[Commune, Text] = Field(default_factory=dict)
    codes: tuple[Text, ...] = ()

    @property
    def lieu(self) -> str:
        """That one is in it, as a sentence says it."""
        return self.dans or f"dans {GENRES[self.genre]}"

    @property
    def reste(self) -> str:
        """What is in it and in no smaller circle: «reste du département»."""
        if len(self.codes) > 1:
            return f"reste des {GENRES[self.genre].split()[-1]}s"
        return "reste " + f"de {GENRES[self.genre]}".replace("de le ", "du ")

    @model_validator(mode="after")
    def _is_drawn(self) -> Cercle:
        by_list = self.genre in {"commune", "groupement"}
        if bool(self.communes) != by_list or bool(self.codes) == by_list:
            raise ValueError(
                f"un cercle {self.genre} demande {'communes' if by_list else 'codes'}, sans plus"
            )
        return self


_OLD_CIRCLES = {"communes", "departement", "region"}  # keys of earlier versions


class Territoire(Model):
    """The circles around the buyers, the smallest first; `local` is the one called local.

    Without `local` it is the département, or else the largest circle.
    """

    cercles: tuple[Cercle, ...] = Field(min_length=1)
    local: Genre | None = None

    @model_validator(mode="before")
    @classmethod
    def _is_not_of_the_old_form(cls, raw: Any) -> Any:
        if isinstance(raw, dict) and "cercles" not in raw and (old := _OLD_CIRCLES & raw.keys()):
            raise ValueError(
                f"l'ancienne forme ({', '.join(sorted(old))}) n'est plus lue ; sous territoire, "
                "écrire « cercles: », puis un élément par cercle, du plus petit au plus grand : "
                '- {genre: commune ou groupement, nom: …, communes: {"code INSEE": nom}}, '
                '- {genre: departement, nom: …, codes: ["21"]}, '
                '- {genre: region, nom: …, codes: ["27"]}'
            )
        return raw

    @property
    def proche(self) -> Cercle:
        """The circle in which a company is local."""
        wanted = self.local or "departement"
        return next((c for c in self.cercles if c.genre == wanted), self.cercles[-1])

    @property
    def noms(self) -> dict[str, str]:
        """What a chart calls each circle, beyond the smaller ones, by its kind."""
        first, *others = self.cercles
        return {str(first.genre): first.nom} | {c.genre: c.reste for c in others}

    @model_validator(mode="after")
    def _goes_outwards(self) -> Territoire:
        kinds = [c.genre for c in self.cercles]
        if kinds != [g for g in GENRES if g in kinds]:
            raise ValueError(
                "les cercles vont du plus petit au plus grand, chacun une fois : "
                + ", ".join(GENRES)
            )
        if self.local and self.local not in kinds:
            raise ValueError(f"local nomme un cercle qui n'est pas décrit : {self.local}")
        return self
