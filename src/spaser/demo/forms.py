"""Demonstration contracts as published: the Ministry's flat rows, the regulatory objects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from spaser.demo import data as d
from spaser.demo.contract import TITULAIRES, Contract, Modification

RawRecord = dict[str, Any]


def flat(contract: Contract, sirets: Mapping[str, str]) -> list[RawRecord]:
    """The rows of the Ministry's flat form: one, or one a holder; `sirets` are our buyers'."""
    holders = contract.titulaires
    groups = [[h] for h in holders] if contract.une_ligne_par_titulaire else [holders]
    buyer = sirets.get(contract.acheteur, contract.acheteur)
    return [_row(contract, buyer, group) for group in groups]


def _row(c: Contract, buyer: str, holders: Sequence[tuple[str, str]]) -> RawRecord:
    row: RawRecord = dict.fromkeys(d.COLONNES, "CDL")
    row |= {
        "id": c.id,
        "nature": "Marché",
        "objet": c.objet,
        "codecpv": c.cpv,
        "procedure": c.procedure,
        "acheteur_id": buyer,
        "dureemois": c.mois,
        "datenotification": _cell(c.notification),
        "datepublicationdonnees": c.publication,
        "montant": _euros(c.montant),
        "formeprix": c.forme_prix,
        "attributionavance": _cell(c.avance),
        "tauxavance": c.taux_avance,
        "offresrecues": _cell(c.offres),
        "ccag": c.ccag,
        "soustraitancedeclaree": _cell(c.sous_traitance),
        "typegroupementoperateurs": c.groupement,
        "idaccordcadre": c.accord_cadre or "CDL",
        "lieuexecution_code": c.lieu[0],
        "lieuexecution_typecode": c.lieu[1],
        "considerationssociales": _cell(c.sociales),
        "considerationsenvironnementales": _cell(c.environnementales),
        "modalitesexecution": c.modalite,
        "techniques": _cell(c.techniques),
        "typesprix": c.type_prix,
        "origineue": str((c.origine or (0, 0))[0]),
        "originefrance": str((c.origine or (0, 0))[1]),
        "marcheinnovant": _cell(c.innovant),
        "source": "DEMONSTRATION",
    }
    for n, (number, kind) in enumerate(holders, start=1):
        row |= {f"titulaire_id_{n}": number, f"titulaire_typeidentifiant_{n}": kind}
    for m in c.modifications:
        row |= {
            "idmodification": str(m.id),
            "montantmodification": str(_euros(m.montant)),
            "dureemoismodification": "CDL" if m.mois is None else str(m.mois),
            "datenotificationmodificationmodification": m.notification,
            "datepublicationdonneesmodificationmodification": m.publication,
        }
    return row


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    return ", ".join(value) if isinstance(value, list) else str("" if value is None else value)


def _euros(cents: int | str | None) -> float | str | None:
    if not isinstance(cents, int):
        return cents
    return cents / 100 if cents % 100 else cents // 100


def nested(c: Contract, sirets: Mapping[str, str]) -> RawRecord:
    """A `marche` of the regulatory form; what is absent has no key."""
    item: RawRecord = {
        "id": c.id,
        "acheteur": {"id": sirets.get(c.acheteur, c.acheteur)},
        "nature": "Marché",
        "objet": c.objet,
        "codeCPV": c.cpv,
        "procedure": c.procedure,
        "lieuExecution": {"code": c.lieu[0], "typeCode": c.lieu[1]},
        "dureeMois": c.mois,
        "dateNotification": c.notification,
        "datePublicationDonnees": c.publication,
        "montant": _euros(c.montant),
        "formePrix": c.forme_prix,
        "attributionAvance": c.avance,
        "tauxAvance": float(c.taux_avance) if c.avance else None,
        "offresRecues": c.offres,
        "marcheInnovant": c.innovant,
        "ccag": c.ccag,
        "sousTraitanceDeclaree": c.sous_traitance,
        "typeGroupementOperateurs": c.groupement,
        "idAccordCadre": c.accord_cadre,
        "origineUE": c.origine and c.origine[0],
        "origineFrance": c.origine and c.origine[1],
        "titulaires": wrapped(
            "titulaire", ({"typeIdentifiant": k, "id": i} for i, k in c.titulaires)
        ),
        "considerationsSociales": c.sociales and {"considerationSociale": c.sociales},
        "considerationsEnvironnementales": c.environnementales
        and {"considerationEnvironnementale": c.environnementales},
        "modalitesExecution": {"modaliteExecution": [c.modalite]},
        "techniques": {"technique": c.techniques},
        "typesPrix": {"typePrix": [c.type_prix]},
        "modifications": wrapped("modification", map(_modification, c.modifications)) or None,
        "actesSousTraitance": wrapped("acteSousTraitance", _acts(c)) or None,
    }
    return _present(item)


def _acts(c: Contract) -> Iterable[RawRecord]:
    """One act of subcontracting, for a contract that declares some."""
    if not c.sous_traitance or not isinstance(c.montant, int) or not c.notification:
        return
    yield {
        "id": 1,
        "sousTraitant": {
            "id": TITULAIRES[7 * c.consultation % len(TITULAIRES)],
            "typeIdentifiant": "SIRET",
        },
        "dureeMois": c.mois,
        "dateNotification": c.notification,
        "datePublicationDonnees": c.publication,
        "montant": _euros(c.montant * 15 // 100),
        "variationPrix": "Révisable",
    }


def _modification(m: Modification) -> RawRecord:
    return _present(
        {
            "id": m.id,
            "dateNotificationModification": m.notification,
            "datePublicationDonneesModification": m.publication,
            "montant": _euros(m.montant),
            "dureeMois": m.mois,
        }
    )


def wrapped(name: str, items: Iterable[RawRecord]) -> list[RawRecord]:
    """Repeated parts as the regulatory form has them: each object under its own name."""
    return [{name: item} for item in items]


def _present(item: RawRecord) -> RawRecord:
    return {name: value for name, value in item.items() if value is not None}
