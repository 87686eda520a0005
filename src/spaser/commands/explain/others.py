"""Where our buyers stand among those like them, or how to be able to say it."""

from __future__ import annotations

from collections.abc import Iterator

from spaser import collectivites
from spaser.commands.explain.paragraphs import Paragraph, harmless, heading, item
from spaser.report import comparaisons, french
from spaser.report.edition import Edition


def others(edition: Edition) -> Iterator[Paragraph]:
    """The place of each buyer, indicator after indicator; without other buyers, what to drop."""
    yield heading("5. La place parmi d'autres acheteurs")
    for group in comparaisons.groups(edition):
        count = french.plural(group.autres, "autre acheteur", "autres acheteurs")
        yield Paragraph(f"{group.acheteur}, {count} ({group.dit}) :")
        for place in group.places:
            yield item(f"{place.code}, {place.base} : {place.valeur} ; {harmless(place.phrase)}")
    annee = edition.year.annee
    if not comparaisons.given(edition):
        yield Paragraph(
            "Aucune : les fichiers lus n'ont pas d'acheteur qui ressemble aux nôtres. Un fichier "
            f"national le permet : spaser fetch {annee} --source decp-consolidees (environ "
            "250 Mo), à la place de decp-ministere, qui répéterait nos marchés. Qui se ressemble : "
            "comparaisons, dans params/spaser.yml."
        )
    unknown = [a.nom for a in edition.scheme.acheteurs if a.siren not in collectivites.natures()]
    if unknown:
        yield Paragraph(
            f"Sans comparaison possible, faute de nature et de population connues : "
            f"{', '.join(unknown)} (ni commune, ni groupement, ni département, ni région)."
        )
