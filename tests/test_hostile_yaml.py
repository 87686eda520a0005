"""A params file made elsewhere: read, or one message at once, whatever it holds."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spaser.errors import UserError
from spaser.settings import yamlfile

LAUGHS = "a0: &a0 [x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
)
TRICKS = [
    ("billion laughs", LAUGHS, "renvois"),
    ("merge", "a: &x {b: 1}\nc:\n  <<: *x\n", "renvois"),
    ("itself", "a: &x [*x]\n", "renvois"),
    ("deep lists", "[" * 100_000, "blocs"),
    ("deep dashes", "- " * 100_000, "blocs"),
    ("deep mappings", "{a: " * 100_000, "blocs"),
    ("deep keys", "? " * 100_000, "blocs"),
    ("deep and closed", "[" * 5_000 + "]" * 5_000, "blocs"),
    ("escape sequence", 'a: "\\e[2J"\n', "caractère de contrôle"),
    ("null", 'a: "x\\0y"\n', "caractère de contrôle"),
    ("direction of the line", 'a: "\\u202egpj.exe"\n', "caractère de contrôle"),
    ("in a key", '"a\\x07": 1\n', "caractère de contrôle"),
    ("raw control", "a: \x1b[2J\n", "pas du YAML"),
    ("Python object", "a: !!python/object/apply:os.system ['true']\n", "pas du YAML"),
    ("huge number", "a: " + "9" * 5_000 + "\n", "pas du YAML"),
    ("two documents", "a: 1\n---\nb: 2\n", "pas du YAML"),
    ("too big", "#" * (yamlfile.LARGEST + 1), "dépasse 8"),
]


@pytest.mark.parametrize(("_", "text", "message"), TRICKS, ids=[t[0] for t in TRICKS])
def test_a_trick_is_one_message_at_once(tmp_path: Path, _: str, text: str, message: str) -> None:
    path = tmp_path / "a.yml"
    path.write_text(text, encoding="utf-8")
    start = time.monotonic()
    with pytest.raises(UserError, match=message) as error:
        yamlfile.read(path)
    assert time.monotonic() - start < 5
    assert error.value.lieu.startswith(str(path))
    assert error.value.remede
    assert "\x1b" not in str(error.value.valeur)
    assert "\u202e" not in str(error.value.valeur)


@given(st.text(alphabet="ab:-[]{}&*!|>'\"?,#%@`\\ \n\t0x<~", max_size=60))
def test_any_text_is_read_or_one_message(text: str) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "a.yml"
        path.write_text(text, encoding="utf-8")
        try:
            yamlfile.read(path)
        except UserError as error:
            assert error.lieu.startswith(str(path))


@pytest.mark.parametrize("path", sorted(Path(__file__).parents[1].glob("params/**/*.yml")), ids=str)
def test_what_is_committed_is_read(path: Path) -> None:
    assert yamlfile.read(path).content is not None or path.read_text(encoding="utf-8")
