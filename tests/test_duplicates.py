"""Near-duplicates: signatures are the same everywhere, estimates are near the truth, groups are exact and no chains."""

from __future__ import annotations

import random
import subprocess
import sys
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import ROOT
from ingest.duplicates import BANDS, ROWS, THRESHOLD, groups, pairs, signature, similarity

SHARED = ROOT.parent / "shared" / "data" / "documents"
WORDS = [f"word{number}" for number in range(3000)]


def text(seed: int, length: int = 600) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=length))


def edited(original: str, places: int, seed: int = 0) -> str:
    words = original.split()
    for place in random.Random(seed).sample(range(len(words)), places):
        words[place] = f"changed{place}"
    return " ".join(words)


def families(number: int) -> dict[str, str]:
    """Texts with nine edited copies each, from 4 to 36 changed words of 600."""
    return {f"{n}-{places:02}": edited(text(n), places, places) for n in range(number) for places in range(0, 40, 4)}


def signed(texts: dict[str, str]) -> dict[str, bytes]:
    return {source: signature(value) for source, value in texts.items()}


def by_hand(one: str, other: str) -> float:
    """Jaccard similarity of word triples, written as its definition."""
    first, second = ({tuple(w[i : i + 3]) for i in range(len(w) - 2)} for w in (one.split(), other.split()))
    return len(first & second) / len(first | second)


def test_a_signature_is_the_same_in_every_process():
    code = f"from ingest.duplicates import signature; print(signature({text(1)!r}).hex())"
    made = {
        subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True,
            env={"PYTHONHASHSEED": seed},
        ).stdout.strip()
        for seed in ("1", "2")
    }  # fmt: skip
    assert made == {signature(text(1)).hex()}
    assert signature("Plan the work of the week.")[:8].hex() == "d6ae7e8bee35839b"  # stored in libraries: never change


@given(st.text())
def test_any_text_has_a_signature_when_it_has_words(value):
    made = signature(value)
    assert len(made) in (0, 4 * BANDS * ROWS)
    assert bool(made) == any(character.isalnum() or character == "_" for character in value)


@pytest.mark.parametrize("places", [0, 1, 5, 20, 60, 200])
def test_similarity_is_the_share_of_common_triples(places):
    one, other = text(3), edited(text(3), places)
    assert similarity(one, other) == pytest.approx(by_hand(one, other))


def test_estimates_are_near_the_exact_similarity():
    errors = []
    for seed in range(40):
        one, other = text(seed), edited(text(seed), 10 + seed % 15, seed)
        (found,) = pairs(signed({"a": one, "b": other}), threshold=0.5)
        errors.append(found.similarity - by_hand(one, other))
    assert max(map(abs, errors)) < 0.13  # four standard errors of a share of 126
    assert abs(sum(errors) / len(errors)) < 0.02


def test_all_pairs_are_found_and_with_the_texts_none_below_the_threshold():
    texts = families(8)
    true = {pair for pair in combinations(sorted(texts), 2) if by_hand(texts[pair[0]], texts[pair[1]]) >= THRESHOLD}
    found = pairs(signed(texts), text_of=texts.__getitem__)
    assert {(pair.first, pair.second) for pair in found} == true
    assert len(true) > 40


def test_groups_are_like_their_first_member_and_disjoint():
    texts = families(5)
    made = groups(signed(texts), text_of=texts.__getitem__)
    members = [source for group in made for source in group.sources]
    assert len(members) == len(set(members))
    for group in made:
        assert len(group.sources) == len(group.similarities) > 1
        assert all(by_hand(texts[group.sources[0]], texts[other]) >= THRESHOLD for other in group.sources)
        assert len({source.split("-")[0] for source in group.sources}) == 1


def test_a_chain_is_no_group():
    words = text(9, 700).split()
    texts = {name: " ".join(words[start : start + 600]) for name, start in (("a", 0), ("b", 40), ("c", 80))}
    assert by_hand(texts["a"], texts["b"]) > THRESHOLD > by_hand(texts["a"], texts["c"])
    (group,) = groups(signed({**texts, "d": "Other words"}), text_of=texts.__getitem__)
    assert group.sources == ("b", "a", "c")  # both are like b


def test_the_order_of_documents_does_not_matter_and_empty_texts_are_alike_to_none():
    texts = {f"{number}": edited(text(number % 3), 2, number) for number in range(9)} | {"x": "", "y": " – "}
    made = signed(texts)
    turned = dict(reversed(made.items()))
    assert groups(made) == groups(turned)
    assert {source for group in groups(made) for source in group.sources} == set("012345678")


def test_a_crowd_of_copies_is_one_group():
    made = dict.fromkeys((f"{number:04}" for number in range(500)), signature(text(5)))
    (group,) = groups(made)
    assert (len(group.sources), set(group.similarities)) == (500, {1.0})


def test_role_names_case_and_layout_do_not_hide_a_copy():
    plain = "Plans the work of the week and reviews it with the team. " * 3 + text(4)
    table = "| " + plain.upper().replace(" ", " | ") + " |"
    assert similarity(plain, table) == 1.0


@pytest.mark.skipif(not SHARED.is_dir(), reason="the sets are not beside this checkout")
def test_sibling_roles_are_no_duplicates_and_a_copied_role_is_one():
    folder = SHARED / "madetech_roles"
    texts = {p.relative_to(folder).as_posix(): p.read_text(encoding="utf-8") for p in folder.rglob("*.md")}
    made = groups(signed(texts), text_of=texts.__getitem__)
    assert [group.sources for group in made] == [
        ("delivery_support_analyst.md", "sfia (legacy)/delivery_support_analyst.md")
    ]
