"""The columns that rules see: canonical values, and what follows from them.

A rule of `expectations/` stays a standard one (in a set, not null, between): whatever needs a
calculation is a column here, None where the question does not arise.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from dateutil.relativedelta import relativedelta

from spaser.contracts.marches import valid_siret
from spaser.quality import cpv
from spaser.quality.patterns import over_all
from spaser.settings.params import Params
from spaser.settings.year import DELAI_PUBLICATION
from spaser.sources import fields as f
from spaser.sources.containers import REPLACEMENT
from spaser.sources.records import Ligne, Titulaire
from spaser.sources.values import ILLISIBLE, SENTINELLE, fold, is_siret

_OBJET = 5  # characters below which an object says nothing (a rule of the Ministry)
_REFUSED = re.compile(r"(MQ|INX)\b")  # how the Ministry marks what is missing or unusable
_BEFORE = "\n"  # which no text written in a field holds
_MARKS = (f"{_BEFORE}MQ", f"{_BEFORE}INX")
# How an object begins that is a change of a contract, not a contract.
_CHANGE = re.compile(r"avenants?\b|(acte )?modificatif\b|modification (du marche|de marche|n ?°)")
_REPEATED = re.compile(r"([1-9])\1{6}")
_POSTCODE = re.compile(r"\d{5}")
_ANY_END = ("13", "20", "69", "75", "97", "98")  # districts of large cities, Corsica, overseas
_FORMS = {  # of registration numbers, by type (rules of the Ministry)
    "TAHITI": re.compile(r"[A-Za-z0-9]{9}"),
    "RIDET": re.compile(r"[A-Za-z0-9]{10}"),
    "FRWF": re.compile(r"FRWF[A-Za-z0-9]{14}"),
    "IREP": re.compile(r"[0-9]{5}[A-Za-z0-9]*"),
    "HORS-UE": re.compile(r"[A-Z]{2}[A-Za-z0-9]{0,16}"),
}


def frames(
    lignes: Sequence[Ligne], params: Params, other_years: frozenset[tuple[str, str]] = frozenset()
) -> dict[str, Iterator[dict[str, Any]]]:
    """The rows each suite sees, by table, made as they are asked for; `cle` names the record that a
    row belongs to.

    Args:
        lignes: the records in scope.
        params: the scheme and the year.
        other_years: the buyer and the object of the records of other years.
    """
    patterns = over_all(lignes, other_years)

    def records(table: str) -> Iterator[dict[str, Any]]:
        for n, ligne in enumerate(lignes):
            if ligne.table == table:
                row = _checked(ligne, params)
                row.update((name, values[n]) for name, values in patterns.items())
                yield row

    contracts = [x for x in lignes if x.table != "concessions"]
    return {
        "marches": records("marches"),
        "titulaires": (_holder(x, t) for x in contracts for t in x.titulaires),
        "modifications": (_change(x, m) for x in contracts for m in x.modifications),
        "concessions": records("concessions"),
    }


def _holder(ligne: Ligne, holder: Titulaire) -> dict[str, Any]:
    siret = holder.id and holder.type == "SIRET"
    return {
        "cle": ligne.cle,
        "titulaire_id": holder.id,
        "type_identifiant": holder.type,
        "numero_conforme": _number_fits(holder),
        "siret_valide": valid_siret(holder) if siret else None,
    }


def _change(ligne: Ligne, change: Mapping[str, Any]) -> dict[str, Any]:
    notified = ligne.valeurs["date_notification"]
    return {
        "cle": ligne.cle,
        **change,
        "apres_notification": _not_before(change["date_notification"], notified),
    }


def _checked(ligne: Ligne, params: Params) -> dict[str, Any]:
    """A record's values, with the derived columns that the rules name."""
    v = ligne.valeurs.whole()
    sentinels = {a.champ for a in ligne.anomalies if a.motif == SENTINELLE}
    written = {
        name: ligne.textes.get(name) or None if name not in sentinels else None
        for name in ("acheteur_id", "montant", "date_notification")
    }
    whole = _BEFORE + _BEFORE.join(ligne.textes.values())
    notified, published = v["date_notification"], v["date_publication"]
    social, environment = v["considerations_sociales"], v["considerations_environnementales"]
    return {
        **v,
        "acheteur_id": v["acheteur_id"] or (written["acheteur_id"] and ILLISIBLE),
        "cle": ligne.cle,
        "acheteur_texte": written["acheteur_id"],
        "acheteur_siret_valide": is_siret(v["acheteur_id"]) if v["acheteur_id"] else None,
        "montant_texte": written["montant"],
        "montant_lisible": None if written["montant"] is None else v["montant"] is not None,
        "date_texte": written["date_notification"],
        "date_lisible": None if written["date_notification"] is None else notified is not None,
        "annee_notification": notified.year if notified else None,
        "publication_apres_notification": _not_before(published, notified),
        "publication_dans_les_delais": _in_time(notified, published, params),
        "social_coherent": _coherent(social, f.PAS_SOCIAL),
        "environnement_coherent": _coherent(environment, f.PAS_ENVIRONNEMENTAL),
        "trois_cases_sociales": None
        if social is None
        else {f.CLAUSE_SOCIALE, f.CRITERE_SOCIAL, f.MARCHE_RESERVE} <= set(social),
        "nb_titulaires": None if ligne.etat else len(ligne.titulaires),
        "caracteres_perdus": REPLACEMENT in whole,
        "valeur_illisible": bool(ligne.inutilisables),
        "montant_maximum": "Accord-cadre" in (v.get("techniques") or ()),
        "code_postal_vraisemblable": _postcode(v.get("lieu_type"), v.get("lieu_code")),
        "cpv_connu": cpv.known(v.get("code_cpv")),
        "objet_de_marche": not _CHANGE.match(fold(v["objet"] or "")),
        "objet_complet": len(v["objet"] or "") >= _OBJET,
        "montant_factice": None if v["montant"] is None else _made_up(v["montant"]),
        "duree_vraisemblable": _in_proportion(v["montant"], v["duree_mois"]),
        "mention_ministere": any(m in whole for m in _MARKS)
        and any(map(refused, ligne.textes.values())),
        "avance_coherente": _advance(v.get("attribution_avance"), v.get("taux_avance")),
        "jours_depuis_publication": (params.year.date_edition - published).days
        if published
        else None,
    }


def refused(text: str) -> bool:
    """Whether the Ministry marked a value as missing (MQ) or unusable (INX)."""
    return bool(_REFUSED.match(text))


def _made_up(amount: Decimal) -> bool:
    """123456789…, or one digit over and over: typed to get past a compulsory field."""
    digits = str(int(abs(amount)))
    return digits.startswith("123456789") or bool(amount > 100_000_000 and _REPEATED.search(digits))


def _in_proportion(amount: Decimal | None, months: int | None) -> bool | None:
    """Whether amount and duration go together, by the four tests of decp-qualite."""
    if not amount or not months:
        return None
    monthly = amount / months
    return not (
        monthly < 100
        or (monthly < 1000 and amount < 200_000)
        or (months in {360, 365, 366} and amount < 10_000_000)
        or (months > 120 and amount < 2_000_000)
    )


def _number_fits(holder: Titulaire) -> bool | None:
    """Whether a number has the form of its type; SIRET have a rule of their own."""
    form = _FORMS.get(holder.type or "")
    return bool(form.fullmatch(holder.id)) if form and holder.id else None


def _not_before(later: dt.date | None, earlier: dt.date | None) -> bool | None:
    return later >= earlier if later and earlier else None


def _in_time(notified: dt.date | None, published: dt.date | None, params: Params) -> bool | None:
    if not notified or not published:
        return None
    bounds = params.year.qualite
    if not bounds.annee_plausible_min <= notified.year <= bounds.annee_plausible_max:
        return None  # a slip, told as such: nothing can be late after it
    return published <= _later(notified, int(params.year.seuils[DELAI_PUBLICATION]))


@functools.lru_cache(1 << 10)  # a year has few days
def _later(day: dt.date, months: int) -> dt.date:
    later: dt.date = day + relativedelta(months=months)
    return later


def _postcode(kind: str | None, code: str | None) -> bool | None:
    """Whether a postal code looks like that of a place: it ends in 0, or is of a few départements.

    Elsewhere another ending is a CEDEX code: an address, and no place.
    """
    if kind != "Code postal" or not code or not _POSTCODE.fullmatch(code):
        return None
    return code.endswith("0") or code.startswith(_ANY_END)


def _advance(given: bool | None, rate: Decimal | None) -> bool | None:
    return None if given is None or rate is None else given == (rate > 0)


def _coherent(values: Sequence[str] | None, none: str) -> bool | None:
    return None if values is None else none not in values or len(values) == 1
