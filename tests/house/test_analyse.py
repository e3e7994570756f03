"""The analyses as somebody types them: what stands on standard output, and the sentence when a file cannot be read."""

import json
import math
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli.analyse import _plain, analyse_command
from app.evaluation.rules.statistics.kinds import KINDS, Rows, named

ROOT = Path(__file__).resolve().parents[2]
PAIRED = "person,before,after\n1,2,3\n2,3,3\n3,,4\n4,1,5\n5,4,3\n"


def analyse(*words):
    return CliRunner().invoke(analyse_command, [*map(str, words)], catch_exceptions=False)


@pytest.fixture
def file(tmp_path):
    def write(name, content):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def test_one_file_gives_its_figures_and_several_an_object_by_name(file):
    first, second = file("spring.csv", PAIRED), file("summer.2024.csv", "person,before,after\n")
    alone = json.loads(analyse("paired", first).stdout)
    assert (alone["n_rows"], alone["n_pairs"], alone["n_only_after"], alone["up"], alone["same"], alone["down"]) == (5, 4, 1, 2, 1, 1)
    both = json.loads(analyse("paired", first, second).stdout)
    assert list(both) == ["spring", "summer.2024"] and both["spring"] == alone
    assert both["summer.2024"]["n_rows"] == 0 and both["summer.2024"]["t_ci"] == [None, None] and both["summer.2024"]["mean_change"] is None


def test_standard_output_has_json_alone_and_standard_error_nothing(file):
    done = analyse("proportion", file("p.json", '{"x": 3, "n": 10}'))
    assert done.exit_code == 0 and done.stderr == "" and json.loads(done.stdout)["share"] == 0.3


def test_a_mark_at_the_beginning_and_lines_of_any_system_are_read(file):
    plain = analyse("paired", file("a.csv", PAIRED)).stdout
    for name, content in (("bom.csv", "\ufeff" + PAIRED), ("windows.csv", PAIRED.replace("\n", "\r\n")), ("mac.csv", PAIRED.replace("\n", "\r")),
                          ("end.csv", PAIRED.rstrip("\n")), ("spaces.csv", PAIRED.replace(",", " , ")), ("quoted.csv", PAIRED.replace("3", '"3"'))):
        assert analyse("paired", file(name, content)).stdout == plain, name


@pytest.mark.parametrize(("content", "words"), [
    (b"", "line 1: the columns must be person,before,after, and the first line is empty"),
    (b"1,2,3\n2,3,3\n", "line 1: the columns must be person,before,after, and column person is not there"),
    (b"person,before,after\n1,2,3\n2,6,3\n", "line 3, column before: '6' is not a rating"),
    (b"person,before,after\n1,2,3\nJos\xe9,2,3\n", "line 3: this is not text in UTF-8"),
    (PAIRED.encode("utf-16"), "line 1: this is not text in UTF-8"),
    (b"person,before,after\n1,\x00,3\n", "line 2, column before"),
    (b'person,before,after\n1,"2,3\n', "this is not CSV"),
    (b"person,before,after\n" + b"1,2,3\n" * 50_000 + b"2,3,3,3\n", "line 50002: 4 values"),
])
def test_a_file_that_cannot_be_read_is_one_sentence_with_its_place(file, content, words):
    path = file("answers.csv", content)
    done = analyse("paired", path)
    assert done.exit_code == 1 and done.stdout == ""
    assert done.stderr.startswith(f"{path}, line") and words in done.stderr and done.stderr.count("\n") == 1 and done.stderr.endswith(".\n")


def test_one_bad_file_among_several_leaves_standard_output_empty(file):
    done = analyse("paired", file("a.csv", PAIRED), file("b.csv", PAIRED + "9,9,9\n"))
    assert done.exit_code == 1 and done.stdout == "" and "b.csv, line 7, column before: '9' is not a rating" in done.stderr


def test_a_file_that_is_not_there_or_is_a_folder_is_a_sentence(file, tmp_path):
    for path in (tmp_path / "none.csv", tmp_path):
        done = analyse("paired", path)
        assert done.exit_code == 1 and done.stderr.startswith(f"{path} cannot be read: ") and done.stdout == ""


def test_two_files_of_one_name_are_refused(file):
    done = analyse("paired", file("a.csv", PAIRED), file("more/a.csv", PAIRED))
    assert done.exit_code == 1 and "Two of the files are called a" in done.stderr


def test_a_part_larger_than_its_whole_is_refused(file):
    done = analyse("proportion", file("p.json", '{"x": 11, "n": 10}'))
    assert done.exit_code == 1 and "field x: 11 of 10 cannot be" in done.stderr


def test_an_analysis_that_is_not_there_is_typed_wrongly(file):
    done = analyse("astrology", file("a.csv", PAIRED))
    assert done.exit_code == 2 and "'paired'" in done.stderr
    assert analyse("paired").exit_code == 2


@pytest.mark.parametrize("kind", [kind for kind in KINDS if isinstance(kind, Rows)], ids=lambda kind: kind.name)
def test_a_header_alone_is_valid_data_of_no_rows(file, kind):
    done = analyse(kind.name, file("none.csv", ",".join(column.name for column in kind.columns) + "\n"))
    assert done.exit_code == 0, done.stderr
    json.loads(done.stdout, parse_constant=lambda word: pytest.fail(f"{word} in JSON"))
    assert analyse(kind.name, file("none.csv", ",".join(column.name for column in kind.columns) + "\n"), "--format", "text").exit_code == 0


@pytest.mark.parametrize(("kind", "lines", "said"), [
    ("nonresponse", "stratum,attended,responded,improved\na,10,5,2\nb,3,0,0\n", "weights: - where it is missing (nobody of this group answered)"),
    ("courses", "course,change\na,0\nb,0\n", "dunn: - where it is missing (everyone changed by the same)"),
    ("courses", "course,change\na,0\nb,1\n", "sign_p_by_course: - where it is missing (nobody changed)"),
    ("dna_eb", "group,booked,dna\na,0,0\n", "shrunk: - where it is missing (")])
def test_as_text_what_is_missing_in_a_list_has_its_reason_above_it(file, kind, lines, said):
    assert said in analyse(kind, file("a.csv", lines), "--format", "text").stdout


def test_as_text_every_figure_has_its_line_and_what_is_missing_its_reason(file):
    said = analyse("paired", file("a.csv", "person,before,after\n1,3,3\n2,3,3\n"), "--format", "text").stdout
    assert "wilcoxon_pratt_p          - (nobody changed)" in said and "n_pairs                   2\n" in said
    for name in named("paired").analyse({}):
        assert name == "reasons" or f"{name}" in said


def test_what_json_has_no_word_for_is_null():
    assert _plain({"a": [1.5, math.nan, (math.inf, -math.inf)], 3: True}) == {"a": [1.5, None, [None, None]], "3": True}


def test_a_million_rows_are_read_in_bounded_time_and_memory(tmp_path):
    path = tmp_path / "many.csv"
    with path.open("w") as many:
        many.write("person,before,after\n")
        many.writelines(f"p{number},{number % 5 + 1},{number * 7 // 3 % 5 + 1}\n" for number in range(1_000_000))
    begun = time.process_time()
    found = json.loads(analyse("paired", path).stdout)
    assert (found["n_pairs"], sum(map(sum, found["transition"]))) == (1_000_000, 1_000_000)
    assert time.process_time() - begun < 20


def test_no_database_is_needed_or_made(file, tmp_path):
    environ = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "SECRET_KEY", "PUBLIC_URL")}
    environ["INSTANCE_PATH"] = str(tmp_path / "instance")
    done = subprocess.run([sys.executable, "-m", "flask", "--app", "wsgi", "analyse", "paired", file("a.csv", PAIRED)], cwd=ROOT, env=environ,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0 and done.stderr == "" and json.loads(done.stdout)["n_pairs"] == 4
    assert not list(tmp_path.rglob("*.sqlite*"))
