"""The sigles and terms of the report, each explained in a line: where they are met, and why."""

from __future__ import annotations

import re

from spaser.settings.scheme import Scheme

SIGLES = {
    "AGEC": "loi du 10 février 2020 relative à la lutte contre le gaspillage et à l’économie "
    "circulaire ; son article 58 fixe des parts minimales d’achats issus du réemploi ou "
    "du recyclage",
    "CCP, CRPM": "code de la commande publique, code rural et de la pêche maritime",
    "CMR": "substances cancérogènes, mutagènes ou toxiques pour la reproduction",
    "CPV": "vocabulaire commun pour les marchés publics : les codes européens des achats",
    "CSV, HTML, JSON, PDF, SQL, XLSX": "formats de fichiers",
    "DECP": "données essentielles de la commande publique, que chaque acheteur publie",
    "EA, EATT, ESAT": "entreprise adaptée, entreprise adaptée de travail temporaire, établissement "
    "ou service d’aide par le travail : ils emploient des personnes handicapées",
    "EPI": "équipements de protection individuelle",
    "ESS": "économie sociale et solidaire",
    "ESUS": "entreprise solidaire d’utilité sociale, agréée par l’État",
    "FSC, PEFC": "deux certifications de gestion durable des forêts",
    "GES": "gaz à effet de serre",
    "HT": "hors taxes",
    "INSEE, SIRENE": "institut de la statistique, et son répertoire des entreprises",
    "IAE, SIAE": "insertion par l’activité économique, et structures qui la pratiquent",
    "LTECV": "loi du 17 août 2015 relative à la transition énergétique pour la croissance verte",
    "OECP": "observatoire économique de la commande publique (ministère de l’Économie)",
    "OPERAT": "plateforme où se déclarent les consommations d’énergie des grands bâtiments",
    "PEMD, SOSED": "diagnostic des produits, équipements, matériaux et déchets d’un bâtiment ; "
    "schéma d’organisation et de suivi de l’élimination des déchets d’un chantier",
    "PME, TPE": "petites et moyennes entreprises (moins de 250 personnes, et au plus 50 M€ de "
    "chiffre d’affaires ou 43 M€ de bilan, groupe compris : décret n° 2008-1354), très petites "
    "entreprises (moins de 10 salariés)",
    "PNAD": "plan national pour des achats durables",
    "REP": "responsabilité élargie du producteur, qui reprend ce qu’il a mis sur le marché",
    "RGAA": "référentiel général d’amélioration de l’accessibilité",
    "SIREN, SIRET": "numéros d’une entreprise (neuf chiffres) et d’un de ses établissements "
    "(quatorze chiffres)",
    "UE": "Union européenne",
    "VP, N1": "véhicules particuliers, et utilitaires légers (catégorie européenne N1)",
    "SPASER": "schéma de promotion des achats publics socialement et écologiquement responsables",
}
TERMES = {
    "accord-cadre": "contrat qui fixe les conditions de commandes à venir ; le montant publié est "
    "souvent un plafond, qui peut ne pas être atteint",
    "allotissement, lot": "découpage d’un besoin en marchés séparés ; ici, un lot est un marché",
    "considération sociale ou environnementale": "clause que le titulaire doit respecter, critère "
    "qui a compté dans le choix, ou marché réservé à certaines structures",
    "couverture": "part des marchés dont le champ est renseigné ; les bornes disent ce que le "
    "chiffre vaudrait si tout ce qui manque était « non », puis « oui »",
    "médiane": "la valeur qui partage les cas en deux moitiés",
    "notification": "l’envoi du marché signé au titulaire : c’est elle qui donne l’année",
    "pilote": "le service qui répond d’une action",
    "quarantaine": "enregistrements écartés des calculs parce qu’un champ nécessaire y manque ou "
    "ne peut pas être vrai",
    "titulaire": "l’entreprise qui a obtenu le marché",
}


def terms(scheme: Scheme) -> list[tuple[str, str]]:
    """Sigles and terms with what they mean: ours, and the circles that a scheme calls by a sigle.

    A circle named «BFC» whose companies are «en Bourgogne-Franche-Comté» means the latter.
    """
    circles = scheme.territoire.cercles if scheme.territoire else ()
    own = {
        c.nom: re.sub("^(?:en|dans|à) ", "", c.dans)
        for c in circles
        if c.dans and re.fullmatch("[A-Z]{2,5}", c.nom)
    }
    return [*own.items(), *SIGLES.items(), *TERMES.items()]
