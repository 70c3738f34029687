"""Judges against labels: rates per kind, what cannot be read is counted apart, and the commands end to end."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import WordEmbedder
from scipy.stats import binomtest

from config import ROOT, Config, UserError
from eval.__main__ import main
from eval.judging import calibration
from eval.judging.calibration import Calibration, Rate, calibrate, rates, table, total
from eval.judging.judges import Labelled, Overlap, RagasJudge, Remembering, Verifier, named, opened
from eval.judging.ragas_engine import Ragas
from generation.records import Turn

DOCUMENTS = ROOT / "documents"
QUOTES = ("The lead signs contracts within 5 days.",)


class Told:
    """A judge that says what it was told to say about a statement."""

    id = "fake:told"

    def __init__(self, says: dict[str, bool | None], name: str = "told") -> None:
        self.name = name
        self.says = says
        self.reasons = {"no JSON": 1}

    def supported(self, statement: str, quotes: Sequence[str]) -> bool | None:
        return self.says[statement]


class Mute:
    """A chat model that says nothing."""

    id = "fake:mute"

    def stream(self, messages: Sequence[Turn], *, max_tokens: int) -> Iterator[str]:
        yield ""


def items(kind: str, supported: bool, statements: str) -> list[Labelled]:
    return [Labelled(f"{kind}{n}", "perturbations", kind, supported, text, QUOTES) for n, text in enumerate(statements)]


LABELLED = [*items("verbatim", True, "ab"), *items("wrong number", False, "cdef"), *items("wrong unit", False, "g")]
SAYS = {"a": True, "b": False, "c": False, "d": True, "e": None, "f": False, "g": None}


def measured() -> Calibration:
    return calibrate([Told(SAYS), Overlap()], LABELLED, {"seed": 0})


def test_rates_count_agreement_with_the_label_and_leave_the_unreadable_out():
    first, second, third = measured().judges["told"].sets
    assert (first.kind, first.supported, first.n, first.agreed, first.unreadable) == ("verbatim", True, 2, 1, 0)
    assert (second.kind, second.supported) == ("wrong number", False)
    assert (second.n, second.agreed, second.unreadable) == (4, 2, 1)
    oracle = binomtest(2, 3).proportion_ci(method="wilson")
    assert (second.rate, second.low, second.high) == pytest.approx((2 / 3, oracle.low, oracle.high))
    assert third == Rate("perturbations", "wrong unit", False, 1, 0, 1, None, None, None)


def test_totals_and_the_phrase_put_the_kinds_together():
    found = measured()
    whole = total(found.judges["told"], "perturbations", supported=False)
    assert (whole.n, whole.agreed, whole.unreadable, whole.rate) == (5, 2, 2, pytest.approx(2 / 3))
    assert rates(found, "told") == (
        "told: passes 50 % of 2 supported, stops 67 % of 3 unsupported statements; 2 of 7 verdicts unreadable"
    )
    assert rates(found, "nobody") == ""


def test_nothing_readable_is_no_rate():
    found = calibrate([Told(dict.fromkeys("abcdefg"))], LABELLED, {})
    assert {rate.rate for rate in found.judges["told"].sets} == {None}
    assert rates(found, "told") == "told: none of 7 verdicts could be read"
    shown = table(found)
    assert "nan" not in shown.lower() and "unreadable: 1 x no JSON" in shown


def test_what_is_written_is_read_back_and_equal_measurements_give_equal_bytes(tmp_path):
    one, two = tmp_path / "new" / "one.json", tmp_path / "two.json"
    calibration.write(measured(), one)
    calibration.write(measured(), two)
    assert one.read_bytes() == two.read_bytes()
    found = calibration.read(one)
    assert found.about == {"seed": 0}
    assert found.judges["told"].unreadable == {"no JSON": 1}
    assert [replace(r, rate=0, low=0, high=0) for r in found.judges["told"].sets] == [
        replace(r, rate=0, low=0, high=0) for r in measured().judges["told"].sets
    ]
    assert rates(found, "told") == rates(measured(), "told")


@pytest.mark.parametrize("text", ["", "[]", '{"format": 2}', '{"format": 1, "judges": {"a": {"id": "b"}}}'])
def test_other_files_are_named(tmp_path, text):
    path = tmp_path / "calibration.json"
    path.write_text(text, "utf-8")
    with pytest.raises(UserError, match="not a calibration file"):
        calibration.read(path)


def test_judges_decide_as_their_parts_do():
    embedder = WordEmbedder(("lead", "signs"))
    verifier = Verifier(embedder)
    assert verifier.supported("The lead signs contracts within 5 days.", QUOTES) is True
    assert verifier.supported("The lead signs contracts within 9 days.", QUOTES) is False
    assert Overlap().supported("The lead signs contracts within 9 days.", QUOTES) is True  # numbers are just words
    similar = RagasJudge("ragas.NonLLMStringSimilarity", Ragas())
    assert similar.supported("The lead signs contracts within 9 days.", QUOTES) is True
    assert similar.supported("Moon.", QUOTES) is False
    assert [judge.supported("The lead signs.", ()) for judge in (verifier, Overlap(), similar)] == [False] * 3


def test_a_reply_that_cannot_be_read_is_no_verdict():
    judge = RagasJudge("ragas.Faithfulness", Ragas(Mute()))
    assert judge.supported("The lead signs.", QUOTES) is None
    assert judge.reasons == {"the reply is empty": 1}
    assert judge.id.endswith("Faithfulness with fake:mute")


def test_every_text_is_embedded_once():
    inner = WordEmbedder(("lead",))
    embedder = Remembering(inner)
    first = embedder.embed(["lead", "b", "lead"])
    assert (first == inner.embed(["lead", "b", "lead"])).all()
    inner.asked.clear()
    assert (embedder.embed(["b", "c"]) == WordEmbedder(("lead",)).embed(["b", "c"])).all()
    assert inner.asked == ["c"]


def test_judges_are_named_and_open_only_what_they_need():
    with pytest.raises(UserError, match="Did you mean verifier"):
        named("verifyer")
    with pytest.raises(UserError, match="names no judge"):
        named("")
    (overlap,) = opened(("overlap",), Config(), lambda _: None)
    assert overlap.name == "overlap"
    verifier, similar = opened(("verifier", "ragas.SemanticSimilarity"), Config(), lambda _: None)
    assert verifier.id.endswith("embedded:all-MiniLM-L6-v2")
    assert similar.id.startswith("ragas 0.4")


def test_the_commands_from_gold_to_rates(tmp_path, capsys):
    gold = tmp_path / "gold.jsonl"
    lines = (ROOT / "goldset" / "gold.jsonl").read_text("utf-8").split("\n")[:6]
    gold.write_text("\n".join(lines) + "\n", "utf-8")
    made = tmp_path / "items.jsonl"
    assert main(["perturb", str(gold), "--documents", str(DOCUMENTS), "--out", str(made)]) == 0
    written = [json.loads(line) for line in made.read_text("utf-8").split("\n")[:-1]]
    assert f"{'verbatim':<28}{sum(item['kind'] == 'verbatim' for item in written):>6}" in capsys.readouterr().out
    out = tmp_path / "calibration.json"
    command = ["calibrate", str(gold), "--documents", str(DOCUMENTS), "--limit", "3", "--out", str(out)]
    assert main([*command, "--judges", "overlap"]) == 0
    shown = capsys.readouterr().out
    assert "overlap: passes 100 % of" in shown
    assert main([*command, "--judges", "verifier", "--add"]) == 0
    assert main([*command, "--judges", "verifier", "--add", "--seed", "1"]) == 2  # other statements do not mix
    found = calibration.read(out)
    assert set(found.judges) == {"overlap", "verifier"}
    assert all(rate.n <= 3 for judged in found.judges.values() for rate in judged.sets)
    verbatim = next(rate for rate in found.judges["verifier"].sets if rate.kind == "verbatim")
    assert verbatim.rate == 1.0


def test_a_folder_without_public_sets_is_said(tmp_path: Path, capsys):
    gold = ROOT / "goldset" / "gold.jsonl"
    command = ["calibrate", str(gold), "--documents", str(DOCUMENTS), "--public", str(tmp_path), "--limit", "1"]
    assert main([*command, "--judges", "overlap", "--out", str(tmp_path / "c.json")]) == 2
    assert "holds none of" in capsys.readouterr().err
