"""docs/indicateurs/: a page an indicator and their index, written from the catalogue.

`python -m spaser.cards`, or `make docs`.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from spaser.figures import catalogue, formulas, views
from spaser.figures.catalogue import Catalogue
from spaser.figures.definition import PREDICATES, STATUTS, Calcul, Exemple, Indicateur, Validite
from spaser.report import french
from spaser.settings import params
from spaser.settings.params import Params
from spaser.settings.scheme import Scheme
from spaser.sources.registers import REGISTRES

FOLDER = Path("docs", "indicateurs")
INDEX, COLUMNS = "README.md", "colonnes.md"
_WRITTEN = "Page écrite par `make docs` à partir de `params/indicateurs/` : ne pas la corriger ici."
_SENS = {
    "hausse": "plus haut est mieux",
    "baisse": "plus bas est mieux",
    "observation": "observation, sans cible ni verdict",
}
_MESURES = {
    "part": "lignes où la condition du numérateur est vraie, sur les lignes où elle est connue",
    "compte": "lignes où la condition est vraie",
    "somme": "somme du numérateur",
    "mediane": "médiane du numérateur",
    "moyenne": "moyenne du numérateur",
    "rapport": "somme du numérateur sur somme du dénominateur",
    "evolution": "écart entre la somme du numérateur et celle du dénominateur, sur cette dernière",
}
_SUPPLY = {
    "decp": "déposer les fichiers publiés dans `data/raw/ANNÉE`",
    "historique": "déposer aussi les données essentielles des trois années précédentes",
}


def pages(book: Catalogue, setting: Params) -> dict[str, str]:
    """Every page, by file name: the index, the columns of each table, a card an indicator."""
    cards = {f"{i.code}.md": card(i, setting) for i in book.indicateurs}
    index, columns = _index(book, setting.scheme), _columns(setting)
    return {INDEX: _text(index), COLUMNS: _text(columns), **cards}


def card(item: Indicateur, setting: Params) -> str:
    """The page of one indicator."""
    return _text(_card(item, setting))


def write(folder: Path, book: Catalogue, setting: Params) -> None:
    """Write the pages to `folder`; the page of an indicator that left the catalogue is removed.

    Args:
        folder: docs/indicateurs.
        book: the indicators.
        setting: the scheme and the year.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = pages(book, setting)
    for old in folder.glob("*.md"):
        if old.name not in written:
            old.unlink()
    for name, text in written.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def _text(lines: Iterator[str]) -> str:
    return "\n".join(lines) + "\n"


def _index(book: Catalogue, scheme: Scheme) -> Iterator[str]:
    core = sum(i.noyau for i in book.indicateurs)
    yield "# Les indicateurs"
    yield f"\nCatalogue version {book.version} : {len(book.indicateurs)} entrées, dont {core} au"
    yield "noyau (★) ; § : taux réel de l'article L2111-3. Les codes en -A35 et -D : sous-séries."
    yield "Dans un exemple, « … » et les colonnes tues ont leur valeur usuelle : un marché de"
    yield "100 000 € du premier acheteur, un titulaire au SIRET juste ; « vide » : non renseigné."
    yield f"{_WRITTEN}\nPour en ajouter ou en changer un : [le catalogue](../catalogue.md), et"
    yield "[ce qu'une formule peut nommer](colonnes.md)."
    for code, (axe, ambition) in scheme.ambitions.items():
        yield f"\n## {axe.titre}, ambition {ambition.numero} : {ambition.titre}\n"
        yield "| code | indicateur | unité | sens | sources |"
        yield "|---|---|---|---|---|"
        for i in book.of(code):
            yield _row(
                f"[{i.code}]({i.code}.md){_flags(i)}", i.libelle, i.unite, i.sens,
                ", ".join(i.sources),
            )  # fmt: skip


def _columns(setting: Params) -> Iterator[str]:
    yield "# Ce qu'une formule peut nommer"
    yield f"\n{_WRITTEN}"
    yield "NULL est un inconnu. Ces tables sont celles des fichiers Parquet de `donnees/`, jointes"
    yield "aux autres sources par les vues de `indicateurs.sql`."
    for table, columns in views.columns(setting).items():
        yield f"\n## `{table}`\n\n{views.TITLES[table]}.\n"
        yield "| colonne | type | sens |\n|---|---|---|"
        for name, kind in columns.items():
            label = views.label(table, name)
            yield _row(f"`{name}`", kind, label)


def _flags(item: Indicateur) -> str:
    return (" ★" if item.noyau else "") + (" §" if item.taux_reel else "")


def _card(item: Indicateur, setting: Params) -> Iterator[str]:
    axe, ambition = setting.scheme.ambitions[item.ambition]
    yield f"# {item.code}{_flags(item)} : {item.libelle}"
    yield f"\n{axe.titre}, ambition {ambition.numero} : {ambition.titre}. [Index](README.md)."
    yield f"Unité : {item.unite} ; {_SENS[item.sens]}.{_valid(item.validite)}"
    yield "\n## Définition\n"
    yield f"- Numérateur : {item.definition.numerateur}."
    if item.definition.denominateur:
        yield f"- Dénominateur : {item.definition.denominateur}."
    for calcul in item.calculs:
        yield from _formula(item, calcul, setting)
    yield "\n## Source\n"
    for source in item.sources:
        yield f"- {setting.scheme.sources[source]} : {_supply(source)}."
    yield from _targets(item, setting.scheme)
    if item.limites:
        yield f"\n## Limites\n\n{item.limites}"
    if item.repere:
        yield f"\n## Repère\n\n{item.repere[0].upper()}{item.repere[1:]}."
    if item.exemple:
        yield from _example(item.exemple)
    yield f"\n---\n{_WRITTEN}"


def _valid(validite: Validite) -> str:
    since = f" Depuis {validite.depuis}." if validite.depuis else ""
    return since + (f" Jusqu'en {validite.jusqu_a}." if validite.jusqu_a else "")


def _formula(item: Indicateur, calcul: Calcul, setting: Params) -> Iterator[str]:
    yield f"\n## Formule, en {calcul.base}\n" if calcul.base != "autre" else "\n## Formule\n"
    if not calcul.mesure:
        yield "Pas encore calculé : aucune source ne le donne."
        return
    yield f"Mesure `{calcul.mesure}` sur la table `{calcul.table}` : {_MESURES[calcul.mesure]}."
    yield "\n```sql"
    names = {"population": calcul.population, "numerateur": calcul.numerateur}
    names |= {"denominateur": calcul.denominateur, "distinct": calcul.distinct}
    names |= {"poids": calcul.contribution if calcul.mesure in PREDICATES else None}
    for name, text in names.items():
        if text and (name, text) not in {("population", "TRUE"), ("poids", "1")}:
            yield f"-- {name}\n{text}"
    yield "```"
    together = " ".join(text or "" for text in names.values())
    used = {k: v for k, v in formulas.names(setting.year).items() if f"${k}" in together}
    if used:
        values = ", ".join(f"`${name}` = {value}" for name, value in used.items())
        yield f"\nSeuils de {setting.year.annee} : {values} (`params/ANNÉE/params.yml`)."
    for family, codes in setting.scheme.familles.items():
        if f"famille_{family}" in together:
            begin = ", ".join(codes)
            yield f"\n`famille_{family}` : CPV qui commence par {begin} (`params/spaser.yml`)."
    if item.unite_de(calcul) != item.unite:
        yield f"\nUnité de cette base : {item.unite_de(calcul)}."


def _supply(source: str) -> str:
    if source in _SUPPLY:
        return _SUPPLY[source]
    registre = next(r for r in REGISTRES.values() if r.source == source)
    columns = min(registre.signatures, key=lambda s: (len(s), sorted(s)))
    return (
        f"déposer le fichier dans `data/raw/ANNÉE` ; il est reconnu à ses colonnes "
        f"({', '.join(sorted(columns))}), voir [les sources](../sources.md)"
    )


def _targets(item: Indicateur, scheme: Scheme) -> Iterator[str]:
    yield "\n## Cibles\n"
    if not item.cibles:
        yield "Aucune cible."
        return
    yield "| année | cible | statut | fondement |\n|---|---|---|---|"
    for annee in range(scheme.periode.debut, scheme.periode.fin + 1):
        cible = item.cibles.get(annee)
        if cible:
            status = f"{cible.statut}, {STATUTS[cible.statut]}"
            goal = french.measure(cible.valeur, item.unite)
            yield _row(annee, goal, status, cible.fondement or "")


def _example(exemple: Exemple) -> Iterator[str]:
    yield f"\n## Exemple\n\n{exemple.phrase}"
    for table, lines in exemple.lignes.items():
        columns = list(dict.fromkeys(name for line in lines for name in line))
        yield f"\nTable `{table}` :\n"
        yield _row(*(f"`{c}`" for c in columns))
        yield "|" + "---|" * len(columns)
        for line in lines:
            yield _row(*(_value(line[c]) if c in line else "…" for c in columns))
    yield "\n| base | numérateur | dénominateur | valeur |\n|---|---|---|---|"
    for base, figure in exemple.attendu.items():
        parts = (figure.get("numerateur"), figure.get("denominateur"), figure.get("valeur"))
        yield _row(base, *("sans objet" if p is None else french.number(p, 2) for p in parts))


def _value(value: Any) -> str:
    if value is None:
        return "vide"
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return french.number(value, 2) if isinstance(value, int | float | Decimal) else str(value)


def _row(*cells: object) -> str:
    return "| " + " | ".join(str(c).replace("|", "\\|") for c in cells) + " |"


def main(root: Path) -> None:
    """Write the pages of the catalogue, thresholds being those of the first year that has any."""
    years = [int(p.name) for p in (root / "params").iterdir() if p.name.isdigit()]
    setting = params.load(root / "params", min(years))
    write(root / FOLDER, catalogue.load(setting, toutes=True), setting)


if __name__ == "__main__":
    main(Path())
