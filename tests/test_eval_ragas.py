"""The metrics of ragas: by hand on small samples, offline, and through a real server whose replies are scripted."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from endpoint_server import EndpointServer
from fakes import WordEmbedder

from config import UserError
from eval.__main__ import main
from eval.judging import verdicts
from eval.judging.ragas_chat import Unreadable, ask, json_objects
from eval.judging.ragas_engine import Ragas, quiet
from eval.judging.ragas_metrics import JUDGED, METRICS, OFFLINE, Sample, applies, chosen, sample_of
from eval.records import Case, CitedQuote, EvidenceQuote, Outcome, Place
from generation.records import Turn

SAMPLE = Sample(
    question="Who signs?",
    answer="The lead signs the budget.",
    contexts=("The lead signs the budget.", "Nobody knows what the weather is."),
    quotes=("The lead signs\nthe budget.", "The team's plan is new."),
    reference="The lead signs it.",
    reference_contexts=("The lead signs the budgets.", "Wholly other words stand here."),
)
Reply = Callable[[str], str]


class Scripted:
    """A chat model that answers every prompt by a function."""

    id = "fake:scripted"

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self.asked: list[str] = []

    def stream(self, messages: Sequence[Turn], *, max_tokens: int) -> Iterator[str]:
        self.asked.append(messages[-1].content)
        yield self.reply(messages[-1].content)


def given(prompt: str) -> dict[str, object]:
    """What a prompt of ragas asks about: the JSON object after its examples."""
    return dict(next(json_objects(prompt.rpartition("input:")[2])))


def sensible(prompt: str) -> str:
    """A judge that finds supported what has the word 'lead' in it, and talks around its JSON."""
    if "{" not in prompt:
        return "yes"  # to the question whether it is there
    asked = given(prompt)
    if "statements" in asked:
        found = [{"statement": s, "reason": "read", "verdict": int("lead" in s)} for s in asked["statements"]]
        value: object = {"statements": found}
    elif "question" in asked:
        value = {"statements": [part.strip() for part in str(asked["answer"]).split(".") if part.strip()]}
    elif "atomicity" in asked:
        value = {"claims": [str(asked["response"])]}
    elif "noncommittal" in prompt:
        value = {"question": "Who signs?", "noncommittal": 0}
    else:
        value = {"rating": 2 if "lead" in json.dumps(asked) else 0}
    return f"Sure, here it is: {json.dumps(value)} Anything else?"


def test_offline_metrics_by_hand():
    ragas = Ragas(embedder=WordEmbedder(("lead", "budget")))
    values = {name: ragas.read(name, SAMPLE).value for name in OFFLINE}
    assert values["ragas.NonLLMContextRecall"] == 0.5  # one of two reference contexts is like a passage
    assert values["ragas.NonLLMContextPrecisionWithReference"] == 1.0  # the first passage is the like one
    # 18 characters of reference against 26: ten edits make "it." of "the budget."
    assert values["ragas.NonLLMStringSimilarity"] == pytest.approx(1 - 9 / 26, abs=1e-6)
    assert values["ragas.QuotedSpansAlignment"] == 0.5  # line breaks and apostrophes do not matter
    assert values["ragas.SemanticSimilarity"] == pytest.approx(2 / (3 * 2) ** 0.5, abs=1e-6)  # (1,1,1) and (1,1,0)


def test_judged_metrics_read_the_verdicts():
    ragas = Ragas(Scripted(sensible), WordEmbedder(("signs",)))
    sample = Sample("Who signs?", "The lead signs. It rains.", ("The lead signs.",), reference="The lead signs.")
    assert {name: ragas.read(name, sample).value for name in JUDGED} == {
        "ragas.Faithfulness": 0.5,
        "ragas.ResponseGroundedness": 1.0,
        "ragas.FactualCorrectness": 1.0,
        "ragas.ContextRelevance": 1.0,
        "ragas.AnswerRelevancy": 1.0,
    }


def example_of(prompt: str) -> str:
    """The first example in the prompt, as a small model likes to copy it."""
    return json.dumps(next(json_objects(prompt.partition("Output:")[2])))


def refuse(_: str) -> str:
    message = "out of memory"
    raise RuntimeError(message)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (lambda _: "", "the reply is empty"),
        (lambda _: "I am only a small model.", "the reply holds no whole JSON object"),
        (lambda _: '{"statements": ["cut', "the reply holds no whole JSON object"),
        (lambda _: '{"answer": 1}', "the reply's JSON has another form than asked for"),
        (lambda _: '{"statements": []}', "the reply is blank"),
        (example_of, "the reply repeats an example of the prompt"),
        (refuse, "RuntimeError: out of memory"),
    ],
)
def test_an_unreadable_reply_is_unscored_with_its_reason(reply, reason):
    reading = Ragas(Scripted(reply)).read("ragas.Faithfulness", SAMPLE)
    assert (reading.value, reading.reason) == (None, reason)


@pytest.mark.parametrize(
    ("verdicts_given", "reason"),
    [([1], "the reply judges 1 statements, asked were 2"), ([1, 7], "a verdict is neither 0 nor 1")],
)
def test_every_statement_must_be_judged(verdicts_given, reason):
    def reply(prompt: str) -> str:
        if "statements" not in given(prompt):
            return sensible(prompt)
        return json.dumps({"statements": [{"statement": "s", "reason": "r", "verdict": v} for v in verdicts_given]})

    sample = Sample("Who signs?", "The lead signs. It rains.", ("The lead signs.",))
    reading = Ragas(Scripted(reply)).read("ragas.Faithfulness", sample)
    assert (reading.value, reading.reason) == (None, reason)


@pytest.mark.parametrize("name", ["ragas.ResponseGroundedness", "ragas.ContextRelevance"])
def test_half_of_a_two_judge_verdict_is_none(name):
    """Left alone, ragas would give the readable judge's rating as if both had agreed."""
    replies = iter(['{"rating": 2}', "no idea"])
    reading = Ragas(Scripted(lambda _: next(replies))).read(name, SAMPLE)
    assert (reading.value, reading.reason) == (None, "the reply holds no whole JSON object")
    reading = Ragas(Scripted(lambda _: '{"rating": 9}')).read(name, SAMPLE)
    assert (reading.value, reading.reason) == (None, "the rating is 9, not 0, 1 or 2")


def test_a_blank_list_of_claims_is_not_zero():
    """Left alone, ragas would give 0.0 for a model that names no claim at all."""
    reading = Ragas(Scripted(lambda _: '{"claims": []}')).read("ragas.FactualCorrectness", SAMPLE)
    assert (reading.value, reading.reason) == (None, "the reply is blank")


def test_a_model_that_does_not_end_is_not_waited_for():
    released = threading.Event()
    endless = Scripted(lambda _: "never" if released.wait(60) else "")
    try:
        with pytest.raises(Unreadable, match="no whole reply within"):
            ask(endless, "Well?", max_tokens=5, limit_s=0.01)
    finally:
        released.set()


def test_nothing_is_sent_and_the_environment_stays():
    before = dict(os.environ)
    Ragas(Scripted(sensible), WordEmbedder()).read("ragas.Faithfulness", SAMPLE)
    for name in OFFLINE:
        Ragas(embedder=WordEmbedder()).read(name, SAMPLE)
    assert dict(os.environ) == before
    with quiet():
        from ragas import _analytics

        assert os.environ["RAGAS_DO_NOT_TRACK"] == "true"
    assert _analytics.do_not_track()
    assert _analytics._analytics_batcher.buffer == []  # not even noted down
    assert dict(os.environ) == before


def test_a_switch_that_was_set_before_is_put_back(monkeypatch):
    monkeypatch.setenv("RAGAS_DO_NOT_TRACK", "no")
    with quiet():
        pass
    assert os.environ["RAGAS_DO_NOT_TRACK"] == "no"


def test_which_metrics_apply():
    place = Place("a.md", 0, 9)
    answered = Outcome("q", "answered", "Lead [1].", (CitedQuote(place, "Lead."),), passages=("Lead.", " "))
    refused = Outcome("q", "not_found", "Not in the documents.", passages=("Lead.",))
    known = Case("q", "Who?", "fact", True, answer="Lead", evidence=(EvidenceQuote("a.md", "Lead."),))
    unknown = Case("q", "Who?", "unanswerable", False)
    assert sample_of(known, answered) == Sample("Who?", "Lead.", ("Lead.",), ("Lead.",), "Lead", ("Lead.",))
    names = {name.removeprefix("ragas.") for name in METRICS}
    of_passages = {"NonLLMContextRecall", "NonLLMContextPrecisionWithReference", "ContextRelevance"}
    of_answers = {"QuotedSpansAlignment", "Faithfulness", "ResponseGroundedness", "AnswerRelevancy"}
    for case, outcome, expected in (
        (known, answered, names),
        (known, refused, of_passages),
        (unknown, answered, of_answers),
        (unknown, refused, set()),
    ):
        assert {name for name in METRICS if applies(name, sample_of(case, outcome))} == {f"ragas.{n}" for n in expected}
    follow_up = Case("q", "And you?", "followup", True, history=(Turn("user", "Hi"), Turn("assistant", "Ho")))
    assert sample_of(follow_up, answered).question == "user: Hi\nassistant: Ho\nuser: And you?"


def test_missing_passages_are_unscored_not_zero():
    reading = Ragas().read("ragas.NonLLMContextRecall", Sample(reference_contexts=("The lead signs.",)))
    assert (reading.value, reading.reason) == (None, "no passages were handed to the writer")


def test_unknown_metrics_are_named():
    with pytest.raises(UserError, match=r"Did you mean ragas\.Faithfulness"):
        chosen("Faithfullness")
    with pytest.raises(UserError, match="names no metric"):
        chosen(" , ")


# End to end: a run file, a gold file, a profile, and a real server on this machine.


def written(folder: Path, url: str) -> tuple[Path, list[str]]:
    """Verdict path and command line for a run of two questions, judged through the server at ``url``."""
    answer = {"outcome": "answered", "text": "The lead signs.", "passages": [passage("The lead signs.")]}
    other = {"outcome": "answered", "text": "It rains.", "passages": [passage("The moon is full.")]}
    lines = [{"kind": "header", "format": 1}]
    lines += [{"kind": "outcome", "id": name, "answer": a} for name, a in (("q1", answer), ("q2", other))]
    (folder / "run.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    evidence = [{"source": "a.md", "quote": "The lead signs."}]
    cases = [
        {"id": name, "question": "Who signs?", "type": "fact", "answerable": True, "answer": "The lead signs.",
         "key_facts": ["lead"], "evidence": evidence} for name in ("q1", "q2")
    ]  # fmt: skip
    (folder / "gold.jsonl").write_text("".join(json.dumps(case) + "\n" for case in cases), "utf-8")
    profile = f'[chat]\nsource = "endpoint"\nbase_url = "{url}"\nmodel = "local-model"\ntimeout_s = 5.0\n'
    (folder / "local.toml").write_text(profile, "utf-8")
    out = folder / "verdicts.jsonl"
    files = [str(folder / name) for name in ("run.jsonl", "gold.jsonl", "local.toml")]
    return out, ["judge", files[0], "--gold", files[1], "--profile", files[2], "--out", str(out)]


def passage(text: str) -> dict[str, object]:
    return {"source": "a.md", "start": 0, "end": len(text), "text": text}


def test_a_run_is_judged_through_a_real_server(tmp_path, capsys):
    with EndpointServer(lambda messages: sensible(messages[-1]["content"])) as server:
        out, command = written(tmp_path, server.url)
        assert main([*command, "--metrics", "Faithfulness,ResponseGroundedness"]) == 0
        asked = len(server.bodies)
        first = out.read_bytes()
        assert main([*command, "--metrics", "Faithfulness,ResponseGroundedness"]) == 0  # nothing is left to ask
        assert len(server.bodies) == asked + 1  # only whether the server is there
    assert out.read_bytes() == first
    found = verdicts.read(out)
    assert found.header["judge"] == "ragas with endpoint:local-model"
    assert found.values == {
        ("q1", "ragas.Faithfulness"): 1.0,
        ("q1", "ragas.ResponseGroundedness"): 1.0,
        ("q2", "ragas.Faithfulness"): 0.0,
        ("q2", "ragas.ResponseGroundedness"): 0.0,
    }
    shown = capsys.readouterr().out
    assert "ragas.Faithfulness                             0.500     2         0" in shown


def test_a_server_that_talks_nonsense_gives_null_not_zero(tmp_path, capsys):
    with EndpointServer(lambda _: "As a language model I like rain.") as server:
        out, command = written(tmp_path, server.url)
        assert main([*command, "--metrics", "all-llm", "--limit", "1"]) == 0
    found = verdicts.read(out)
    assert set(found.values) == {("q1", name) for name in JUDGED}
    assert set(found.values.values()) == {None}
    assert set(found.unscored.values()) == {"the reply holds no whole JSON object"}
    shown = capsys.readouterr().out
    assert "unscored: 5 x the reply holds no whole JSON object" in shown
    assert "nan" not in shown.lower()


def test_a_stream_that_is_cut_is_unscored(tmp_path):
    with EndpointServer(lambda _: "yes") as server:
        out, command = written(tmp_path, server.url)

        def then_cut(messages: list[dict[str, str]]) -> str:
            if "{" in messages[-1]["content"]:
                server.fault = "truncated"
            return "yes, there is more to come"

        server.reply = then_cut
        assert main([*command, "--metrics", "Faithfulness", "--limit", "1"]) == 0
    (reason,) = verdicts.read(out).unscored.values()
    assert "broke off before its reply was complete" in reason


def test_a_server_that_is_not_there_is_said_at_once(tmp_path, capsys):
    out, command = written(tmp_path, "http://127.0.0.1:9/v1")
    assert main([*command, "--metrics", "Faithfulness"]) == 2
    assert "cannot be asked" in capsys.readouterr().err
    assert not out.exists()
