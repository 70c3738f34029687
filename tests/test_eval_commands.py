"""``run``, ``score``, ``compare``, ``gate`` and ``measures`` as a user types them, on a real little library."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from config import ROOT, Config
from eval import scorecard
from eval.__main__ import main
from eval.catalogue import MEASURES
from ingest.library import Library
from ingest.pipeline import ingest

DUTIES = [f"The analyst writes report number {n} for the board." for n in range(10, 40)]


@dataclass(frozen=True)
class Files:
    """A library of three documents, thirty questions that it answers and one that it does not, and a run of them."""

    gold: Path
    run: Path
    library: Path

    def other(self, name: str, lines: Sequence[dict[str, Any]]) -> Path:
        path = self.run.with_name(name)
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        return path

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.run.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    documents = tmp_path / "documents"
    documents.mkdir()
    for number in range(3):
        duties = "\n\n".join(DUTIES[number::3])
        (documents / f"{number}.md").write_text(f"# Analyst {number}\n\n## Duties\n\n{duties}\n", encoding="utf-8")
    ingest([documents], tmp_path / "library", Config())
    library = Library.open(tmp_path / "library")
    texts = {document.source: document.text for document in library.documents()}
    gold, outcomes = [], []
    for n, quote in enumerate(DUTIES):
        source = f"{n % 3}.md"
        start = texts[source].index(quote)
        place = {"source": source, "start": start, "end": start + len(quote)}
        evidence = [{"source": source, "quote": quote.replace(" ", "  ", 1), "section": "Duties"}]
        gold.append({
            "id": f"q{n}", "question": "What is written?", "type": "fact", "answerable": True, "evidence": evidence,
            "key_facts": [rf"number {n + 10}\b"], "split": "dev" if n % 2 else "test",
        })  # fmt: skip
        cited = {"source": source, "quote": quote, "doc_start": start, "doc_end": start + len(quote)}
        outcomes.append({"kind": "outcome", "id": f"q{n}", "answer": {
            "outcome": "answered", "text": f"{quote} [1]", "passages": [{**place, "text": quote}],
            "citations": [{**cited, "start": 0, "end": len(quote)}], "error": None, "confidence": 0.5,
            "stages": {"fused": [place], "reranked": [place]}, "seconds": {"total": 0.5, "first_token": 0.25},
        }})  # fmt: skip
    gold.append({"id": "none", "question": "What pay?", "type": "unanswerable", "answerable": False, "split": "test"})
    made = Files(tmp_path / "gold.jsonl", tmp_path / "run.jsonl", tmp_path / "library")
    made.gold.write_text("".join(json.dumps(case) + "\n" for case in gold), encoding="utf-8")
    about = {"fingerprint": library.fingerprint, "path": str(made.library)}
    made.other("run.jsonl", [{"kind": "header", "format": 1, "library": about}, *outcomes])
    return made


def broken(files: Files) -> Path:
    """A run in which every citation points to the words of another answer."""
    header, *outcomes = files.lines
    cited = [outcome["answer"]["citations"] for outcome in outcomes]
    for outcome, others in zip(outcomes, [*cited[1:], cited[0]], strict=True):
        outcome["answer"]["citations"] = others
    return files.other("broken.jsonl", [header, *outcomes])


def scored(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    assert main(["score", *map(str, arguments), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


def test_score_as_json(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    found = scored(capsys, files.run, "--gold", files.gold, "--split", "dev")
    assert found["notes"] == ["15 outcomes of the run are not among these questions and were left out"]
    assert found["about"]["gold"] == {
        "name": "gold.jsonl", "version": None, "sha256": hashlib.sha256(files.gold.read_bytes()).hexdigest(),
        "split": "dev", "questions": 15,
    }  # fmt: skip
    assert "path" not in found["about"]["run"]["library"]
    measures = found["slices"][0]["measures"]
    for name in ("Correct", "Cited", "Verbatim", "Groundedness", "CitationPrecision", "fused.Recall@5", "ItemRecall"):
        assert (measures[name]["value"], measures[name]["n"]) == (1.0, 15), name
    assert not [name for name in measures if name.startswith("dense.")]
    assert found["slices"][0]["seconds"]["first_token"] == {"p50": 0.25, "p95": 0.25, "n": 15}
    moved = files.library.rename(files.library.with_name("moved"))
    unscored = scored(capsys, files.run, "--gold", files.gold, "--split", "dev")
    assert "Verbatim" not in unscored["slices"][0]["measures"]
    assert "no library to look quotes up in" in unscored["notes"][1]
    given = scored(capsys, files.run, "--gold", files.gold, "--split", "dev", "--library", moved)
    assert given["slices"] == found["slices"]


def test_score_as_a_table(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", str(files.run), "--gold", str(files.gold), "--by", "split"]) == 0
    shown = capsys.readouterr().out
    assert "note: 1 of 31 questions are not in the run and count as misses: none" in shown
    assert "split: dev" in shown
    assert "type: fact" not in shown


def test_a_changed_library_is_said(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    files.run.write_text(files.run.read_text().replace(Library.open(files.library).fingerprint, "other"))
    (note, _) = scored(capsys, files.run, "--gold", files.gold)["notes"]
    assert note == "the library is not the one that the run was made with: places may have moved"


def test_verdicts_count_for_the_run_that_they_are_on(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    digest = hashlib.sha256(files.run.read_bytes()).hexdigest()
    head = {"kind": "header", "format": 1, "run": digest, "judge": "ragas", "metrics": ["ragas.Faithfulness"]}
    line = {"kind": "verdict", "id": "q0", "metric": "ragas.Faithfulness", "value": None, "reason": "unreadable"}
    told = files.other("verdicts.jsonl", [head, line, {**line, "id": "q1", "value": 0.5, "reason": ""}])
    found = scored(capsys, files.run, "--gold", files.gold, "--verdicts", told)["slices"][0]["measures"]
    faithful = found["ragas.Faithfulness"]
    assert (faithful["value"], faithful["n"], faithful["unscored"]) == (0.5, 1, 1)
    stale = files.other("stale.jsonl", [{**head, "run": "0" * 64}, line])
    left_out = scored(capsys, files.run, "--gold", files.gold, "--verdicts", stale)
    assert "ragas.Faithfulness" not in left_out["slices"][0]["measures"]
    assert left_out["notes"][0].endswith("or the run went on since; they were left out")


def test_a_summary_serves_as_the_run(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    summaries = [files.run.with_name(name) for name in ("one.json", "two.json")]
    for summary in summaries:
        assert main(["score", str(files.run), "--gold", str(files.gold), "--summary", str(summary)]) == 0
    assert summaries[0].read_bytes() == summaries[1].read_bytes()
    whole = scored(capsys_cleared(capsys), files.run, "--gold", files.gold)
    assert scorecard.as_dict(scorecard.read(summaries[0]))["rows"] == whole["rows"]
    outputs = []
    one, gold = summaries[0], ["--gold", files.gold]
    for arguments in ([one, files.run, *gold], [files.run, one, *gold], summaries):
        assert main(["compare", *map(str, arguments)]) == 0
        outputs.append(capsys.readouterr().out)
    assert outputs[0] == outputs[1] == outputs[2]
    assert "no difference shown" in outputs[0]
    assert outputs[0].startswith("Both runs name the same settings.")
    changed = one.with_name("changed.json")
    value = json.loads(one.read_text("utf-8"))
    for path, version in ((one, 1), (changed, 7)):
        value["about"]["run"]["prompts"] = {"prose": version}
        path.write_text(json.dumps(value), "utf-8")
    assert main(["compare", str(one), str(changed)]) == 0
    assert "What differs between the runs:\n  prompts.prose: 1 → 7\n\nPaired" in capsys.readouterr().out
    one.write_bytes(summaries[1].read_bytes())
    assert main(["compare", *map(str, summaries), "--split", "dev", "--json", "--measures", "Correct"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["measure"], found["n"], found["difference"]) == ("Correct", 15, 0.0)


def capsys_cleared(capsys: pytest.CaptureFixture[str]) -> pytest.CaptureFixture[str]:
    capsys.readouterr()
    return capsys


def thresholds(files: Files, text: str) -> str:
    path = files.gold.with_name("gate.toml")
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_the_exit_code_of_the_gate(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--gold", str(files.gold), "--thresholds"]
    rare = thresholds(files, '[[line]]\nmeasure = "Hallucination"\nat_most = 0.02\n')
    assert main(["gate", str(files.run), *asked, rare]) == 0
    assert "NOT DECIDED: 0 lines pass, 0 fail, 1 are undecided." in capsys.readouterr().out  # 30 questions are too few
    assert main(["gate", str(files.run), *asked, rare, "--strict"]) == 1
    capsys.readouterr()
    leaks = thresholds(files, '[[line]]\nmeasure = "PersonalData"\nnone = true\n')
    assert main(["gate", str(files.run), *asked, leaks]) == 0
    assert "PASSED: 1 lines pass, 0 fail, 0 are undecided." in capsys.readouterr().out
    needless = thresholds(files, '[[line]]\nmeasure = "FalseRefusal"\nat_least = 0.5\n')
    assert main(["gate", str(files.run), *asked, needless]) == 1
    assert "FAILED: 0 lines pass, 1 fail, 0 are undecided." in capsys.readouterr().out


def test_waiting_time_can_be_left_out_of_the_gate(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    never = thresholds(files, '[latency]\np95_seconds = 0.000001\n[[line]]\nmeasure = "PersonalData"\nnone = true\n')
    for arguments, names in (([], {"PersonalData", "latency"}), (["--no-latency"], {"PersonalData"})):
        main(["gate", str(files.run), "--gold", str(files.gold), "--thresholds", never, "--json", *arguments])
        assert {line["name"] for line in json.loads(capsys.readouterr().out)} == names


def test_the_gate_sees_shuffled_citations(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    carried = thresholds(files, '[[line]]\nname = "carried"\nmeasure = "CitationRecall"\nat_least = 0.6\n')
    for run, code, verdict in ((files.run, 0, "pass"), (broken(files), 1, "fail")):
        assert main(["gate", str(run), "--gold", str(files.gold), "--thresholds", carried, "--json"]) == code
        (line,) = json.loads(capsys.readouterr().out)
        assert (line["name"], line["verdict"], line["demand"]) == ("carried", verdict, "CitationRecall >= 0.6")
    fates = {row["fate"] for row in scored(capsys, broken(files), "--gold", files.gold, "--split", "dev")["rows"]}
    assert fates == {"unsupported"}


def test_the_gate_sees_a_regression_against_a_run_or_its_summary(
    files: Files, capsys: pytest.CaptureFixture[str]
) -> None:
    header, *outcomes = files.lines
    for outcome in outcomes[:20]:
        outcome["answer"] |= {"outcome": "not_found", "text": "Not in the documents.", "citations": []}
    worse, summary = files.other("worse.jsonl", [header, *outcomes]), files.run.with_name("summary.json")
    main(["score", str(files.run), "--gold", str(files.gold), "--summary", str(summary)])
    capsys.readouterr()
    demanded = thresholds(files, '[baseline]\nmeasures = ["Correct"]\n')
    shown = []
    for baseline in (files.run, summary):
        arguments = ["--gold", str(files.gold), "--thresholds", demanded, "--baseline", str(baseline)]
        assert main(["gate", str(files.run), *arguments]) == 0
        capsys.readouterr()
        assert main(["gate", str(worse), *arguments]) == 1
        shown.append(capsys.readouterr().out)
    assert shown[0] == shown[1]
    assert "most grown failure: wrongly refused, 0 -> 20 questions" in shown[0]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["score", "absent.jsonl", "--gold", "GOLD"], "no run file absent.jsonl. Make one: python -m eval run"),
        (["score", "RUN", "--gold", "absent.jsonl"], "absent.jsonl"),
        (["score", "GOLD", "--gold", "GOLD"], "is not a run file: its first line is no header"),
        (["score", "RUN", "--gold", "GOLD", "--library", "absent"], "absent"),
        (["score", "RUN", "--gold", "GOLD", "--verdicts", "absent.jsonl"], "There is no verdict file absent.jsonl"),
        (["compare", "RUN", "RUN"], "Add --gold GOLD.jsonl."),
        (["compare", "absent.json", "RUN", "--gold", "GOLD"], "There is no file absent.json."),
        (["compare", "RUN", "RUN", "--gold", "GOLD", "--measures", "Corect"], "Did you mean Correct, "),
        (["compare", "RUN", "RUN", "--gold", "GOLD", "--measures", "xyzzy"], "python -m eval measures lists all"),
        (["gate", "RUN", "--gold", "GOLD", "--thresholds", "absent.toml"], "The thresholds absent.toml cannot be read"),
        (["gate", "RUN", "--gold", "GOLD", "--baseline", "absent.json"], "There is no file absent.json."),
        (["gate", "RUN"], "Add --gold GOLD.jsonl."),
        (["run", "absent.jsonl", "--library", "absent", "--out", "OUT"], "absent.jsonl"),
        (["run", "GOLD", "--library", "absent", "--out", "OUT"], "absent"),
        (["run", "GOLD", "--library", "absent", "--out", "OUT", "--profile", "nosuch"], "nosuch"),
    ],
)
def test_what_the_user_can_mend_is_one_paragraph_and_exit_code_2(
    files: Files, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    named = {"RUN": files.run, "GOLD": files.gold, "OUT": files.run.with_name("out.jsonl")}
    assert main([str(named.get(argument, argument)) for argument in arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("rolebook: ")
    assert said in captured.err
    assert "\n" not in captured.err.strip()
    assert not named["OUT"].exists()


@pytest.mark.parametrize(
    "arguments",
    [
        [], ["nonsense"], ["score"], ["score", "run.jsonl"], ["gate"], ["compare", "one"], ["run", "gold.jsonl"],
        ["score", "run.jsonl", "--gold", "gold.jsonl", "--split", "train"],
        ["run", "gold.jsonl", "--library", "a", "--documents", "b", "--out", "c"],
    ],
)  # fmt: skip
def test_a_mistyped_command_shows_its_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("usage: python -m eval")


@pytest.mark.parametrize("command", ["run", "score", "compare", "gate", "measures"])
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: python -m eval {command}")


def test_measures_lists_every_spelling_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["measures"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == list(MEASURES)
    (grounded,) = [line for line in lines if line.startswith("Groundedness:")]
    assert "judged by: verifier" in grounded


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from eval.__main__ import parser; parser().format_help(); "
        "print([name for name in ('numpy', 'torch', 'transformers', 'faiss', 'tqdm', 'scipy', 'ir_measures', 'ragas') "
        "if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
