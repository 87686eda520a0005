"""An ambition's table as data: each figure in the words and signs of the report."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import NamedTuple

from spaser.figures.chiffres import Figure
from spaser.figures.definition import LEGALE, MENTIONS, NATURES, Calcul, Indicateur
from spaser.figures.readings import DE_TROP, EN_DEFAUT
from spaser.figures.verdicts import (
    ATTEINT,
    DICTIONARY,
    INDECIDABLE,
    NON_ATTEINT,
    NON_DISPONIBLE,
    NON_VERIFIABLE,
    PROCHE,
    SANS_CIBLE,
    SANS_OBJET,
)
from spaser.report import doutes, french
from spaser.report.edition import Edition
from spaser.settings.params import Axe

SIGNS = {
    ATTEINT: ("✓", "atteint"),
    PROCHE: ("≈", "proche"),
    NON_ATTEINT: ("✗", "manque"),
    SANS_CIBLE: ("–", "neutre"),
    INDECIDABLE: ("?", "neutre"),
    NON_VERIFIABLE: ("?", "neutre"),
    SANS_OBJET: ("·", "neutre"),
    NON_DISPONIBLE: ("∅", "neutre"),
}
ORDER = tuple(DICTIONARY)
_BASES = {"nombre": " (en nombre)", "valeur": " (en valeur)", "autre": ""}


class Cell(NamedTuple):
    """A figure as a table shows it: texts, empty where there is nothing to say."""

    nom: str
    valeur: str
    brut: str
    detail: str
    sign: str
    ton: str
    verdict: str
    raison: str
    ecart: str
    manque: str
    couverture: str
    prudence: bool
    bornes: str
    n_1: str
    brut_n_1: str
    evolution: str
    motif: str


class Reserve(NamedTuple):
    """A quality rule that a figure must be read with: how many records or contracts it is about,
    what the figure becomes without them, and whether it rests on them."""

    titre: str
    nombre: int
    sans: str
    lourde: bool


class Line(NamedTuple):
    """A line of an ambition's table: an indicator on one base, for the entities shown."""

    item: Indicateur
    calcul: Calcul
    libelle: str
    cible: str
    brut_cible: str
    statut: str
    nom_statut: str
    mention: str
    fondement: str
    cells: list[Cell]
    ref: Cell
    figure: Figure
    absence: str
    reserves: list[Reserve]
    petit: bool
    seul: bool  # one buyer alone: a target set for all together is not its own

    @property
    def sure(self) -> bool:
        """Whether a highlight may feature it: no reserve, no doubt, not partial, not tiny."""
        unsure = self.ref.verdict in {INDECIDABLE, NON_VERIFIABLE, NON_DISPONIBLE, SANS_OBJET}
        heavy = any(r.lourde for r in self.reserves)
        doubts = (heavy, self.ref.prudence, self.ref.motif, self.petit)
        return not (unsure or any(doubts))


class Absence(NamedTuple):
    """Indicators that wait for the same thing."""

    motif: str
    indicateurs: list[tuple[str, str]]


def of_axis(edition: Edition, axe: Axe) -> list[Line]:
    """Every line of an axis."""
    return [x for a in axe.ambitions for x in of_ambition(edition, a.code)]


def of_ambition(edition: Edition, code: str) -> list[Line]:
    """Every line of an ambition, with the entities that its table shows."""
    shown = edition.shown(code)
    return [line(edition, i, c, shown) for i, c in edition.of(code)]


def every(edition: Edition) -> list[Line]:
    """Every line of the scheme."""
    return [x for axe in edition.scheme.axes for x in of_axis(edition, axe)]


def line(edition: Edition, item: Indicateur, calcul: Calcul, entites: list[str]) -> Line:
    """The line of an indicator on one base: its target, and a cell for each entity.

    Args:
        edition: the edition shown, as `edition.load` reads it.
        item: the indicator.
        calcul: the calculation whose base the line is on.
        entites: the codes of the entities shown, the reference last.
    """
    everyone = [edition.figure(item, calcul, x) for x in edition.scheme.entites]
    reasons = {f.motif_absence for f in everyone if f.valeur is None}
    nothing = all(f.valeur is None for f in everyone)
    last = edition.figure(item, calcul, (entites or [edition.reference])[-1])
    seul = last.entite != edition.scheme.ensemble.code
    cible = item.cible(edition.year.annee, calcul, seul=seul)
    nature = cible.nature(edition.year.annee) if cible else ""
    return Line(
        item=item,
        calcul=calcul,
        libelle=item.libelle + (_BASES[calcul.base] if len(item.calculs) > 1 else ""),
        cible=french.measure(cible.valeur, last.unite) if cible else "",
        brut_cible=format(cible.valeur, "f") if cible else "",
        statut=nature,
        nom_statut=NATURES.get(nature, ""),
        mention=MENTIONS.get(nature, ""),
        fondement=(cible.fondement or "") if cible else "",
        cells=[_shared(edition, item, calcul, x) for x in entites],
        ref=_judged(edition, item, calcul, last),
        figure=last,
        absence=_reason(edition, reasons) if nothing else "",
        reserves=reserves(edition, item, calcul, last.entite),
        petit=last.valeur is not None and is_small(edition, last),
        seul=seul,
    )


def _reason(edition: Edition, reasons: set[str]) -> str:
    """Why nobody has a value: what is said of all is not said again of each buyer."""
    each = [f"{a.nom} : " for a in edition.scheme.acheteurs]
    alone = {r for r in reasons if not any(r.removeprefix(name) in reasons - {r} for name in each)}
    return " ; ".join(sorted(alone))


def reserves(edition: Edition, item: Indicateur, calcul: Calcul, entite: str) -> list[Reserve]:
    """The quality rules that a figure must be read with: those that its catalogue entry names, and
    those on the fields that its formulas read.

    Args:
        edition: the edition shown, as `edition.load` reads it.
        item: the indicator.
        calcul: one of its calculations.
        entite: the code of a buyer, or of all together.
    """
    doubts = {d.regle: d for d in doutes.of(edition, item.code, calcul.base, entite)}
    return [
        Reserve(
            r["titre"],
            doubt.suspects if doubt else r["nombre"],
            doubt.dit if doubt else "",
            doubt.lourd if doubt else True,
        )
        for r in edition.controle["regles"]
        for doubt in [doubts.get(r["id"])]
        if doubt or (r["id"] in item.alertes and r["nombre"])
    ]


def _shared(edition: Edition, item: Indicateur, calcul: Calcul, entite: str) -> Cell:
    """The cell of an entity; a buyer without actions of its own has those held in common."""
    judged = _judged(edition, item, calcul, edition.figure(item, calcul, entite))
    if not judged.brut and in_common(edition, item, calcul):
        return judged._replace(motif="actions communes")
    return judged


def _judged(edition: Edition, item: Indicateur, calcul: Calcul, f: Figure) -> Cell:
    """The cell of a figure, with how the law judges it: each buyer, or each contract."""
    judged = cell(edition, f)
    if f.statut_cible != LEGALE or f.valeur is None:
        return judged
    if calcul.conforme:  # the distance of a rate to the target is not what the law looks at
        said = "la loi juge chaque marché qu'elle vise"
        judged = judged._replace(ecart="", raison=" ; ".join(filter(None, (said, judged.raison))))
    each = {a.nom_court: edition.figure(item, calcul, a.code) for a in edition.scheme.acheteurs}
    same = [nom for nom, one in each.items() if one.verdict == f.verdict]
    if f.entite != edition.scheme.ensemble.code or len(each) == 1 or f.verdict not in _HELD_BACK:
        return judged
    blamed = f"chaque acheteur y est tenu ; {f.verdict} : {', '.join(same)}" if same else ""
    better = f.cible is not None and (f.valeur >= f.cible) == (item.sens == "hausse")
    return judged._replace(
        ecart="" if better else judged.ecart,
        raison=" ; ".join(filter(None, (blamed, judged.raison))),
    )


_HELD_BACK = {NON_ATTEINT, INDECIDABLE, NON_VERIFIABLE}


def in_common(edition: Edition, item: Indicateur, calcul: Calcul) -> bool:
    """Whether actions held by all together give the figure: a buyer's own is not missing.

    Args:
        edition: the edition shown, as `edition.load` reads it.
        item: the indicator.
        calcul: one of its calculations.
    """
    whole = edition.figure(item, calcul, edition.scheme.ensemble.code).valeur
    return calcul.table == "actions" and whole is not None


def absences(lines: list[Line]) -> list[Absence]:
    """What has no value for anyone, grouped by reason, in the order of the catalogue."""
    groups: dict[str, dict[str, str]] = {}
    for one in lines:
        if one.absence:
            groups.setdefault(one.absence, {})[one.item.code] = one.item.libelle
    return [Absence(motif, list(items.items())) for motif, items in groups.items()]


def cell(edition: Edition, f: Figure) -> Cell:
    """A figure in words."""
    reading = edition.year.lecture
    nom = edition.scheme.entites_courtes[f.entite]
    sign, tone = SIGNS.get(f.verdict, ("?", "neutre"))
    if f.valeur is None:
        nothing = french.SO if f.verdict == SANS_OBJET else french.ND
        words = {**dict.fromkeys(Cell._fields, ""), "nom": nom, "valeur": nothing}
        words |= {"sign": sign, "ton": tone, "verdict": f.verdict, "motif": f.motif_absence}
        return Cell(**{**words, "prudence": False})  # type: ignore[arg-type]
    thin = is_thin(edition, f)
    small = is_small(edition, f)
    finer = 1 if f.cible is None else french.telling(f.valeur, f.cible, f.unite)
    shown = french.measure(f.valeur, f.unite, finer)
    if small:
        shown = f"{french.number(f.numerateur or 0)} sur {french.number(f.denominateur or 0)}"
    if thin:
        shown = french.NS
    gap = f.cible is not None and not thin and f.verdict not in {INDECIDABLE, NON_VERIFIABLE}
    trend = f.valeur_n_1 is not None and f.evolution is not None and not small and not thin
    return Cell(
        nom=nom,
        valeur=shown,
        brut="" if thin else format(f.valeur, "f"),
        detail="" if small or thin else parts(f),
        sign=sign,
        ton=tone,
        verdict=f.verdict,
        raison=_doubt(edition, f),
        ecart=french.gap(f.valeur, f.cible, f.unite, finer) if gap and f.cible is not None else "",
        manque=_missing(edition, f) if gap else "",
        couverture="" if f.couverture is None else french.percent(f.couverture),
        prudence=f.couverture is not None and f.couverture < reading.couverture_avertissement,
        bornes=_bounds(f),
        n_1=french.measure(f.valeur_n_1, f.unite) if trend and f.valeur_n_1 is not None else "",
        brut_n_1=format(f.valeur_n_1, "f") if trend and f.valeur_n_1 is not None else "",
        evolution=french.gap(f.valeur, f.valeur_n_1, f.unite)
        if trend and f.valeur_n_1 is not None
        else "",
        motif=f.motif_absence,
    )


def _doubt(edition: Edition, f: Figure) -> str:
    """Why a verdict is not given."""
    if f.verdict == INDECIDABLE and edition.reserve(f.code, f.entite):
        return "une partie de l'année ne se juge pas"
    if f.verdict == NON_VERIFIABLE:
        return "un seuil réglementaire reste à confirmer"
    if f.verdict != INDECIDABLE:
        return ""
    if f.motif_absence:
        return "les données d'un acheteur manquent"
    if f.borne_basse is None or f.borne_haute is None:
        return "rien ne borne l'effet des données manquantes"
    return ""  # the key of the page says it once for all: what lacks could change the verdict


def is_thin(edition: Edition, f: Figure) -> bool:
    """A figure known for so few contracts that it is not shown («n. s.»)."""
    return f.couverture is not None and (
        f.couverture < edition.year.lecture.couverture_non_significatif
    )


def is_small(edition: Edition, f: Figure) -> bool:
    """A rate over so few contracts that its fraction says more."""
    return f.unite == "%" and is_few(edition, f.base, f.denominateur)


def is_few(edition: Edition, base: str, denominateur: Decimal | None) -> bool:
    """A denominator so small that a rate by number over it is shown as a fraction, not drawn.

    Args:
        edition: the edition shown, as `edition.load` reads it.
        base: number, value or other.
        denominateur: the denominator; None when it is not known.
    """
    return (
        base == "nombre"
        and denominateur is not None
        and denominateur < edition.year.lecture.petit_denominateur
    )


def is_drawn(edition: Edition, f: Figure) -> bool:
    """A figure that a chart may show: what the tables hide or give as a fraction is not drawn."""
    return f.valeur is not None and not is_thin(edition, f) and not is_small(edition, f)


def parts(f: Figure) -> str:
    """Numerator over denominator, in words."""
    if f.unite != "%" or f.numerateur is None or f.denominateur is None:
        return ""
    if f.base == "valeur":
        return f"{french.short_euros(f.numerateur)} sur {french.short_euros(f.denominateur)}"
    return french.tight(f"{french.number(f.numerateur)} sur {french.number(f.denominateur)}")


def _bounds(f: Figure) -> str:
    if f.borne_basse is None or f.borne_haute is None or f.borne_basse == f.borne_haute:
        return ""
    rate = f.unite == "%"
    low = french.fixed(f.borne_basse, 1) if rate else french.short(f.borne_basse, f.unite)
    return f"{low} à {french.measure(f.borne_haute, f.unite)}"


def _missing(edition: Edition, f: Figure) -> str:
    """The gap in contracts or euros, from ecarts.csv: «il manque 14 marchés»."""
    for row in edition.rows("ecarts"):
        if (row["code"], row["entite"], row["base"]) == (f.code, f.entite, f.base):
            manque = Decimal(row["manque"]) if row["manque"] else Decimal(0)
            if manque > 0:
                if f.unite == row["unite_manque"]:
                    return ""  # the gap is already told in this unit
                gap = french.measure(manque, row["unite_manque"])
                after = row["sens"] in {DE_TROP, EN_DEFAUT}
                return f"{gap} {row['sens']}" if after else f"{row['sens']} {gap}"
    return ""


_MASCULINE = {"P", "F"}  # an «objectif»; a «cible» is feminine
_AGREED = {ATTEINT, NON_ATTEINT}  # verdicts that take the gender of what they judge
KINDS = {  # what the kinds of target are called where verdicts are counted
    "L": ("cible légale", "cibles légales"),
    "P": ("objectif national", "objectifs nationaux"),
    "F": ("objectif d'un plan terminé", "objectifs d'un plan terminé"),
    "H": ("cible à confirmer (hypothèse)", "cibles à confirmer (hypothèses)"),
    "": ("mesure sans cible", "mesures sans cible"),
}


def result(edition: Edition, lines: list[Line]) -> str:
    """The year in a sentence: the verdicts on the law's targets, then on the others, by kind."""
    kinds = [t for statut in KINDS if statut for t in [_verdicts(lines, statut)] if t]
    if not kinds:
        return f"En {edition.year.annee}, aucune cible n'est fixée."
    return f"En {edition.year.annee} : {' ; '.join(kinds)}."


def sentence(edition: Edition, lines: list[Line]) -> str:
    """What the figures of an ambition say: how many are known, and verdicts by kind of target."""
    known = [x for x in lines if not x.absence]
    if not known:
        if len(lines) == 1:
            return "L'indicateur suivi ici attend sa source."
        return f"Les {len(lines)} mesures suivies ici attendent leurs sources."
    who = edition.scheme.avec_article[known[-1].figure.entite]
    count = (
        f"{french.plural(len(known), 'mesure connue', 'mesures connues')} sur {len(lines)}"
        if len(known) < len(lines)
        else french.plural(len(known), "mesure", "mesures")
    )
    kinds = [t for statut in KINDS if statut for t in [_verdicts(known, statut)] if t]
    without = sum(not x.statut for x in known)
    if not kinds:
        return f"{count} pour {who}, sans cible."
    if without:
        kinds.append(french.plural(without, *KINDS[""]))
    return f"{count} pour {who} : {' ; '.join(kinds)}."


def _verdicts(known: list[Line], statut: str) -> str:
    """The verdicts on one kind of target: «3 cibles légales, 1 atteinte et 2 non atteintes»."""
    verdicts = Counter(x.ref.verdict for x in known if x.statut == statut)
    if not verdicts:
        return ""
    counts = [(v, verdicts[v]) for v in (*ORDER, *(v for v in verdicts if v not in ORDER))]
    worded = [(agreed(v, statut, n), n) for v, n in counts if n]
    head = french.plural(verdicts.total(), *KINDS[statut])
    if verdicts.total() == 1:
        head = f"{'un' if statut in _MASCULINE else 'une'} {KINDS[statut][0]}"
    if len(worded) == 1:
        return f"{head}, {worded[0][0]}"
    *first, last = (f"{french.number(n)} {word}" for word, n in worded)
    return f"{head}, {', '.join(first)} et {last}"


def agreed(verdict: str, statut: str, count: int) -> str:
    """A verdict as it agrees with what it judges: «non atteintes», «proche».

    Args:
        verdict: as in indicateurs.csv.
        statut: the kind of target, a key of KINDS.
        count: how many targets have it.
    """
    feminine = "e" if verdict in _AGREED and statut not in _MASCULINE else ""
    agreed = verdict + feminine
    invariable = verdict in {SANS_OBJET, SANS_CIBLE}
    many = " ".join(f"{w}s" if w != "non" else w for w in agreed.split(" "))
    return agreed if count < 2 or invariable else many


def progress(f: Figure, sens: str) -> Decimal | None:
    """The evolution in the direction wished, relative to the target or to the year before."""
    if f.evolution is None or sens == "observation":
        return None
    wished = f.evolution if sens == "hausse" else -f.evolution
    scale = abs(f.cible or f.valeur_n_1 or Decimal(0))
    return wished / scale if scale else None


def shortfall(f: Figure, sens: str) -> Decimal | None:
    """How far a figure is on the wrong side of its target, relative to it."""
    if f.valeur is None or not f.cible or sens == "observation":
        return None
    gap = f.cible - f.valeur if sens == "hausse" else f.valeur - f.cible
    return gap / abs(f.cible)


class Joint(NamedTuple):
    """Rows kept, contracts counted, and the euros (HT) that joint contracts write again."""

    lignes: int
    marches: int
    montant: Decimal
    repete: Decimal


def joint(edition: Edition) -> Joint | None:
    """How the rows kept become the contracts counted; none when each is one."""
    kept = [b["retenues"] for b in edition.controle["bilans"] if b["table"] == "marches"]
    rows = sum(b["lignes"] for b in kept)
    counted = sum(m["nombre"] for m in edition.controle["marches"])
    written = sum((Decimal(b["montant"]) for b in kept), Decimal(0))
    once = sum((Decimal(m["montant"]) for m in edition.controle["marches"]), Decimal(0))
    return Joint(rows, counted, once, written - once) if rows > counted else None
