"""Published records fetched from a server of our own: whole and recognised, or not at all."""

from __future__ import annotations

import contextlib
import http.server
import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pages
import pytest
from neutral import PROJECT

from spaser import sources
from spaser.commands import download
from spaser.commands import fetch as fetching
from spaser.commands.fetch import Fetched
from spaser.errors import UserError
from spaser.pipeline.places import Places
from spaser.pipeline.progress import Progress
from spaser.settings import params as parameters
from spaser.settings import telechargements
from spaser.sources import origins
from spaser.sources.folder import sha256

RECORD = {
    "id": "2024V001", "acheteur_id": "21210231300013", "objet": "Réfection", "montant": 50000.5,
    "datenotification": "2024-03-01", "titulaire_id_1": "49047296600012",
    "titulaire_typeidentifiant_1": "SIRET",
}  # fmt: skip
GOOD = json.dumps([RECORD]).encode()
OTHER = json.dumps([RECORD, {**RECORD, "id": "2024V002"}]).encode()
PAGE = b"\xef\xbb\xbf\n<!DOCTYPE html><title>Maintenance</title>"


@dataclass
class Server:
    """What each path answers: a body, or a function of the request handler."""

    url: str = ""
    answers: dict[str, bytes | Callable[[http.server.BaseHTTPRequestHandler], None]] = field(
        default_factory=dict
    )
    asked: list[str] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "*")
    made = Server()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append(self.path)
            answer = made.answers.get(self.path)
            if answer is None:
                self.send_error(404)
            elif isinstance(answer, bytes):
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)
            else:
                answer(self)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as served:
        made.url = f"http://127.0.0.1:{served.server_port}"
        thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield made
        made.closing.set()
        served.shutdown()
        thread.join()


@dataclass
class Place:
    """A project of its own: params that point to the server, and the year's folder."""

    folder: Path
    server: Server

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def params(self) -> Path:
        return self.folder / "params"

    def declare(self, **urls: str) -> None:
        text = "telechargements:\n" + "".join(
            f"  - {{nom: {name}, description: Essai, licence: Licence Ouverte 2.0, "
            f'url: "{url if "://" in url else self.server.url + url}", fichier: {name}.json}}\n'
            for name, url in urls.items()
        )
        (self.params / telechargements.FILE).write_text(text, encoding="utf-8")

    def fetch(
        self, *names: str, force: bool = False, timeout: float = 5.0
    ) -> tuple[list[Fetched], list[UserError]]:
        where = Places(PROJECT, self.data, self.params, self.folder / "reports")
        return fetching.fetch(2024, where, Progress(), names, force=force, timeout=timeout)

    def files(self) -> dict[str, bytes]:
        return {p.name: p.read_bytes() for p in self.data.iterdir()} if self.data.exists() else {}


@pytest.fixture
def place(root: Path, tmp_path: Path, server: Server) -> Place:
    shutil.copytree(root / "params", tmp_path / "params")
    return Place(tmp_path, server)


def status(code: int) -> Callable[[http.server.BaseHTTPRequestHandler], None]:
    return lambda handler: handler.send_error(code)


def bare(code: int) -> Callable[[http.server.BaseHTTPRequestHandler], None]:
    """A good body under a status that does not promise one."""

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        handler.end_headers()
        handler.wfile.write(GOOD)

    return answer


def redirect(to: str) -> Callable[[http.server.BaseHTTPRequestHandler], None]:
    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", to)
        handler.end_headers()

    return answer


def cut(handler: http.server.BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(GOOD) + 100))
    handler.end_headers()
    handler.wfile.write(GOOD)


def cut_in_chunks(handler: http.server.BaseHTTPRequestHandler) -> None:
    handler.protocol_version = "HTTP/1.1"
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b"%x\r\n%s" % (len(GOOD) * 2, GOOD))
    handler.close_connection = True


# --- What is fetched -----------------------------------------------------------------------


def test_a_file_comes_whole_with_a_note_of_where_it_is_from(place: Place) -> None:
    place.server.answers = {"/a": redirect("/b"), "/b": redirect("c"), "/c": GOOD}
    place.declare(decp="/a")
    done, failed = place.fetch()
    assert [(f.etat, f.octets) for f in done] == [("nouveau", len(GOOD))]
    assert failed == []
    assert set(place.files()) == {"decp.json", origins.FILE}
    assert place.files()["decp.json"] == GOOD
    origin = origins.read(place.data)["decp.json"]
    assert origin.url == place.server.url + "/a"
    assert origin.sha256 == sha256(place.data / "decp.json")
    assert (origin.licence, origin.octets) == ("Licence Ouverte 2.0", str(len(GOOD)))


def test_what_has_not_changed_is_left_to_the_byte(place: Place) -> None:
    place.server.answers = {"/a": GOOD}
    place.declare(decp="/a")
    place.fetch()
    note = place.data / origins.FILE
    note.write_text(note.read_text("utf-8").replace(",20", ",19", 1), encoding="utf-8")
    before = pages.snapshot(place.data, times=True)
    done, failed = place.fetch(force=True)
    assert [f.etat for f in done] == ["inchangé"]
    assert failed == []
    assert pages.snapshot(place.data, times=True) == before


def test_what_has_changed_is_replaced_on_demand_only(place: Place) -> None:
    place.server.answers = {"/a": GOOD}
    place.declare(decp="/a")
    place.fetch()
    before = place.files()
    place.server.answers["/a"] = OTHER
    done, failed = place.fetch()
    assert done == []
    assert place.files() == before
    assert "a changé" in str(failed[0])
    assert "--source decp --force" in str(failed[0])
    done, failed = place.fetch(force=True)
    assert [f.etat for f in done] == ["remplacé"]
    assert failed == []
    assert place.files()["decp.json"] == OTHER
    (origin,) = origins.read(place.data).values()
    assert origin.sha256 == sha256(place.data / "decp.json")


def test_a_source_that_fails_does_not_stop_the_others(place: Place) -> None:
    place.server.answers = {"/b": GOOD}
    place.declare(absente="/a", decp="/b")
    done, failed = place.fetch()
    assert [f.target.source.nom for f in done] == ["decp"]
    assert len(failed) == 1
    assert "absente" in str(failed[0])
    assert set(place.files()) == {"decp.json", origins.FILE}


@pytest.mark.parametrize("answer, why", [
    (status(404), "adresse introuvable (HTTP 404)"),
    (status(403), "accès refusé (HTTP 403)"),
    (status(418), "demande refusée (HTTP 418)"),
    (status(503), "panne du serveur (HTTP 503)"),
    (cut, f"réponse coupée : {len(GOOD)} octets reçus sur {len(GOOD) + 100}"),
    (cut_in_chunks, "réponse coupée avant la fin"),
    (b"", "réponse vide"),
    (PAGE, "une page web"),
    (b"[]", "aucun enregistrement"),
    (GOOD[:-20], "JSON"),
    (b'{"error_code": "ODSQLError"}', "JSON sans liste"),
    (b"nom;prenom\nA;B\n", "tableau de forme inconnue"),
    (b"\x1f\x8b\x08\x00", "compressé"),
    (redirect("ftp://127.0.0.1/decp.json"), "redirection refusée vers ftp://"),
    (redirect("file:///etc/hostname"), "redirection refusée"),
    (redirect("/a"), "redirection refusée"),
    (redirect("http://127.0.0.1:1/\x1b[2J"), ""),
    (redirect("javascript:alert(1)"), "redirection refusée"),
    (status(700), "réponse inattendue (HTTP 700)"),
    (status(999), "réponse inattendue (HTTP 999)"),
    (status(304), "redirection refusée (HTTP 304)"),
    (bare(206), "réponse inattendue (HTTP 206)"),
    (bare(204), "réponse inattendue (HTTP 204)"),
    (lambda h: h.wfile.write(b"HTTP/1.1 42 x\r\n\r\n"), "réponse illisible"),
    (lambda h: h.wfile.write(b"SSH-2.0\r\n"), "réponse illisible"),
    (lambda h: h.wfile.write(b"HTTP/1.1 200 x\r\n" + b"a: b\r\n" * 1000 + b"\r\n"), ""),
    (lambda h: h.wfile.write(b"HTTP/1.1 200 x\r\na: " + b"b" * 100000 + b"\r\n\r\n"), ""),
])  # fmt: skip
def test_an_answer_that_is_no_data_leaves_nothing(
    place: Place, answer: bytes | Callable[..., None], why: str
) -> None:
    place.server.answers = {"/a": answer}
    place.declare(decp="/a")
    done, failed = place.fetch()
    assert done == []
    assert not place.data.exists()
    (error,) = map(str, failed)
    assert why in error
    assert "decp" in error
    assert f"{place.server.url}/a" in error
    assert str(place.data) in error.split("Remède")[1]


def test_a_server_that_is_slow_or_absent_is_said_so(place: Place) -> None:
    place.server.answers = {"/lent": lambda _: place.server.closing.wait(5) and None}
    secure = place.server.url.replace("http:", "https:")
    place.declare(lent="/lent", sourd="http://127.0.0.1:1/", chiffre=f"{secure}/a")
    done, failed = place.fetch(timeout=0.2)
    assert done == []
    assert not place.data.exists()
    for error, why in zip(
        failed, ("pas de réponse en 0.2 s", "connexion refusée par le serveur", "TLS"), strict=True
    ):
        assert why in str(error)


def drip(handler: http.server.BaseHTTPRequestHandler) -> None:
    """A byte from time to time, without end."""
    handler.send_response(200)
    handler.end_headers()
    with contextlib.suppress(OSError):
        for _ in range(200):
            handler.wfile.write(b" ")
            time.sleep(0.02)


def drip_status(handler: http.server.BaseHTTPRequestHandler) -> None:
    """A status, or a header, of which a byte comes from time to time, without end."""
    with contextlib.suppress(OSError):
        handler.wfile.write(b"HTTP/1.1 2")
        for _ in range(200):
            handler.wfile.write(b"0")
            time.sleep(0.02)


def drip_headers(handler: http.server.BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    with contextlib.suppress(OSError):
        handler.flush_headers()
        for n in range(200):
            handler.wfile.write(b"X-%d: a\r\n" % n if n < 50 else b"y")
            time.sleep(0.02)


def drip_lengths(handler: http.server.BaseHTTPRequestHandler) -> None:
    """A part whose length never ends."""
    handler.protocol_version = "HTTP/1.1"
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    with contextlib.suppress(OSError):
        for _ in range(200):
            handler.wfile.write(b"0")
            time.sleep(0.02)


def flood(handler: http.server.BaseHTTPRequestHandler) -> None:
    """Bytes without end, and without a length."""
    handler.send_response(200)
    handler.end_headers()
    with contextlib.suppress(OSError):
        for _ in range(200):
            handler.wfile.write(b" " * 100_000)


def huge(handler: http.server.BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "9" * 20)
    handler.end_headers()
    handler.wfile.write(GOOD)


@pytest.mark.parametrize(
    "answer, why",
    [
        (drip, "plus de 0.005 minutes"),
        (drip_status, "plus de 0.005 minutes"),
        (drip_headers, "plus de 0.005 minutes"),
        (drip_lengths, "plus de 0.005 minutes"),
        (flood, "plus de 0 Go"),
        (huge, "plus de 0 Go"),
    ],
)
def test_a_server_without_end_is_left(
    place: Place, monkeypatch: pytest.MonkeyPatch, answer: Callable[..., None], why: str
) -> None:
    monkeypatch.setattr(download, "LONGEST", 0.3)
    monkeypatch.setattr(download, "LARGEST", 1_000_000)
    place.server.answers = {"/a": answer}
    place.declare(decp="/a")
    start = time.monotonic()
    done, failed = place.fetch()
    assert time.monotonic() - start < 3
    assert done == []
    assert not place.data.exists()
    assert why in str(failed[0])


def test_a_second_fetch_waits_for_the_first(place: Place, server: Server) -> None:
    """Both take the same files: without a lock the slower wrote what the other had moved away."""
    entered, inside, most = threading.Event(), [0], [0]

    def slow(handler: http.server.BaseHTTPRequestHandler) -> None:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        entered.set()
        time.sleep(0.4)
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(GOOD)
        inside[0] -= 1

    server.answers = {"/a": slow}
    place.declare(decp="/a")
    results: list[tuple[list[Fetched], list[UserError]]] = []
    notes: list[str] = []
    where = Places(PROJECT, place.data, place.params, place.folder / "reports")
    first = threading.Thread(target=lambda: results.append(place.fetch()))
    first.start()
    assert entered.wait(5)
    results.append(fetching.fetch(2024, where, Progress(note=notes.append), timeout=5.0))
    first.join()
    assert most == [1]
    assert len(notes) == 1
    assert "En attente" in notes[0]
    assert [[f.etat for f in done] for done, _ in results] == [["nouveau"], ["inchangé"]]
    assert sorted(place.files()) == ["decp.json", origins.FILE]


# --- What is declared ----------------------------------------------------------------------


def test_a_source_on_demand_is_taken_by_its_name_alone(place: Place) -> None:
    place.server.answers = {"/a": GOOD, "/b": GOOD}
    place.declare(decp="/a", grande="/b")
    file = place.params / telechargements.FILE
    text = file.read_text("utf-8").replace("nom: grande,", "nom: grande, sur_demande: true,")
    file.write_text(text, encoding="utf-8")
    assert [f.target.fichier for f in place.fetch()[0]] == ["decp.json"]
    assert [f.target.fichier for f in place.fetch("grande")[0]] == ["grande.json"]
    assert place.server.asked == ["/a", "/b"]
    with pytest.raises(UserError, match="écrire « grande »"):
        place.fetch("grnde")


@pytest.mark.parametrize("old, new, why", [
    ("licence:", "license:", "clé inconnue"),
    ("url: \"http", "url: \"ftp", "forme inattendue"),
    ("fichier: decp", "fichier: ../decp", "forme inattendue"),
    ("fichier: decp", "fichier: .decp", "forme inattendue"),
    ("/a\"", "/{mois}\"", "mois. n'existe pas"),
    ("/a\"", "/{siren}\"", "dans l'url et dans le fichier"),
    ("nom: autre", "nom: decp", "deux fois"),
    ("fichier: autre", "fichier: decp", "deux fois"),
])  # fmt: skip
def test_a_fault_in_the_declaration_is_one_message(
    place: Place, old: str, new: str, why: str
) -> None:
    place.declare(decp="/a", autre="/b")
    file = place.params / telechargements.FILE
    file.write_text(file.read_text("utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(UserError, match=why) as caught:
        place.fetch()
    assert telechargements.FILE in caught.value.lieu
    assert place.server.asked == []


@pytest.mark.parametrize("name, text, why", [
    (sources.MARK, "Données de démonstration", "démonstration"),
    (origins.FILE, "a,b\n1,2\n", "n'est pas une note"),
])  # fmt: skip
def test_a_folder_that_would_be_spoilt_is_left_alone(
    place: Place, name: str, text: str, why: str
) -> None:
    place.declare(decp="/a")
    place.data.mkdir()
    (place.data / name).write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=why):
        place.fetch()
    assert place.files() == {name: text.encode()}
    assert place.server.asked == []


# --- What a run makes of it ----------------------------------------------------------------


def test_the_note_travels_with_the_data_and_is_no_source(place: Place) -> None:
    place.server.answers = {"/a": GOOD}
    place.declare(decp="/a")
    place.fetch()
    lecture = sources.read_folder(place.data, parameters.load(place.params, 2024))
    by_name = {f.nom: f for f in lecture.fichiers}
    assert by_name[origins.FILE].ignore
    assert not by_name[origins.FILE].erreur
    assert by_name["decp.json"].lignes == len(lecture.lignes) == 1
    (place.data / "decp.json").unlink()
    with pytest.raises(UserError, match="vide"):
        sources.read_folder(place.data, parameters.load(place.params, 2024))


@pytest.mark.slow
def test_the_command_says_what_came_and_what_did_not(place: Place) -> None:
    place.server.answers = {"/a": GOOD}
    place.declare(decp="/a", absente="/b")
    words = ("fetch", "2024", "--data", place.data, "--params", place.params)
    done = pages.spaser(*words, no_proxy="*")
    assert done.code == 2
    assert done.err.count("Erreur") == 1
    assert "Traceback" not in done.err
    assert "HTTP 404" in done.err
    assert "absente" in done.err
    assert f"nouveau   {place.data / 'decp.json'}" in done.out
    done = pages.spaser(*words, "--source", "decp", no_proxy="*")
    assert done.code == 0
    assert "inchangé" in done.out
    assert "spaser check 2024" in done.out
