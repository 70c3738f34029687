"""Profiles: the four that ship load, and whoever writes a fifth is told every mistake at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from config import PROFILES, ROOT, Config, IngestConfig, Source, UserError, data_folder, load


def fault(folder: Path, toml: str | bytes) -> str:
    """What the user reads when a profile has this content."""
    path = folder / "mine.toml"
    path.write_bytes(toml if isinstance(toml, bytes) else toml.encode())
    with pytest.raises(UserError) as caught:
        load(str(path))
    assert str(path) in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("name", ["embedded", "endpoint", "gpu", "laptop"])
def test_shipped_profile_loads(name):
    config = load(name)
    assert config.name == name
    assert load(str(PROFILES / f"{name}.toml")) == config
    for model in (config.embedder, config.reranker, config.chat):
        assert model.model or model.source in (Source.EMBEDDED, Source.OFF)
        assert model.base_url or model.source is not Source.ENDPOINT


def test_every_shipped_profile_is_tested():
    assert {path.stem for path in PROFILES.glob("*.toml")} == {"embedded", "endpoint", "gpu", "laptop"}


def test_the_default_profile_needs_no_network_and_no_key():
    config = load()
    assert {config.embedder.source, config.reranker.source, config.chat.source} == {Source.EMBEDDED}


def test_an_empty_profile_is_the_defaults_under_its_own_name(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("", encoding="utf-8")
    assert load(str(path)) == Config(name="mine")


def test_settings_that_are_given_replace_the_defaults_and_no_others(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('[retrieval]\npassages = 3\ndense_weight = 1\n[reranker]\nsource = "off"\n', encoding="utf-8")
    config = load(str(path))
    assert config.retrieval.passages == 3
    assert config.retrieval.dense_weight == 1.0
    assert type(config.retrieval.dense_weight) is float
    assert config.reranker.source is Source.OFF
    assert config.retrieval.rerank_depth == Config().retrieval.rerank_depth
    assert config.chat == Config().chat


def test_an_unknown_setting_is_answered_with_the_nearest_known_one(tmp_path):
    message = fault(tmp_path, "[retrieval]\npasages = 3\n")
    assert "unknown setting 'retrieval.pasages'" in message
    assert "did you mean 'passages'?" in message


def test_a_setting_near_to_nothing_is_answered_with_all_of_them(tmp_path):
    message = fault(tmp_path, "[chunks]\nzzz = 3\n")
    assert "known: target_characters" in message


@pytest.mark.parametrize(
    ("toml", "expected"),
    [
        ('[retrieval]\npassages = "8"\n', "'retrieval.passages' is '8'; it must be of type int"),
        ("[retrieval]\npassages = 8.5\n", "'retrieval.passages' is 8.5; it must be of type int"),
        ("[retrieval]\npassages = true\n", "'retrieval.passages' is True; it must be of type int"),
        ("[retrieval]\ndense_weight = false\n", "'retrieval.dense_weight' is False; it must be of type float"),
        ('[embedder]\nsource = "cloud"\n', "'embedder.source' is 'cloud'; use one of embedded, hub, endpoint, off"),
        ("[embedder]\nsource = 1\n", "'embedder.source' is 1; use one of"),
        ("embedder = 3\n", "'embedder' must be a table, not 3"),
        ('[generation]\nwriter = "poet"\n', "generation.writer is 'poet': use selecting, prose or extractive"),
    ],
)
def test_a_wrong_value_is_named(tmp_path, toml, expected):
    assert expected in fault(tmp_path, toml)


@pytest.mark.parametrize(
    ("toml", "setting"),
    [
        ("[chat]\ntimeout_s = 0", "chat.timeout_s"), ("[embedder]\ntimeout_s = nan", "embedder.timeout_s"),
        ("[generation]\ntimeout_s = inf", "generation.timeout_s"), ("[chat]\nmax_tokens = 0", "chat.max_tokens"),
        ("[chat]\nprompt_price = -0.1", "chat.prompt_price"), ("[chat]\ncompletion_price = nan", "chat.prompt_price"),
    ],
)  # fmt: skip
def test_a_number_that_no_model_can_work_with_is_named(tmp_path, toml, setting):
    path = tmp_path / "p.toml"
    path.write_text(toml)
    with pytest.raises(UserError, match=setting.replace(".", r"\.")):
        load(str(path))


def test_all_faults_are_told_at_once(tmp_path):
    message = fault(tmp_path, 'chat = 1\n[retrieval]\npasages = 3\n[generation]\ntimeout_s = "long"\nwriter = "poet"\n')
    assert "has 4 fault(s)" in message
    for part in ("'chat'", "retrieval.pasages", "generation.timeout_s", "generation.writer"):
        assert part in message


@pytest.mark.parametrize("content", ["[retrieval\n", "a = \n", "a = 1\na = 2\n", b"\xff\xfe\x00", b"name = '\xe9'"])
def test_a_file_that_is_not_toml(tmp_path, content):
    assert "is not valid TOML" in fault(tmp_path, content)


def test_a_missing_profile_names_the_ones_there_are():
    with pytest.raises(UserError, match="There is no profile 'labtop'") as caught:
        load("labtop")
    assert "embedded, endpoint, gpu, laptop" in str(caught.value)


def test_the_data_folder_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("ROLEBOOK_DATA", str(tmp_path))
    assert data_folder() == tmp_path
    monkeypatch.delenv("ROLEBOOK_DATA")
    assert data_folder() == ROOT / "data"


def test_the_configuration_is_what_a_file_gives_back():
    settings = Config(ingest=IngestConfig(audiences=("hr=internal",)))
    assert json.loads(json.dumps(settings.as_dict())) == settings.as_dict()


def test_a_list_of_texts_can_be_set(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text('[ingest]\naudiences = ["hr=internal", "hr/open=public"]\n', encoding="utf-8")
    assert load(str(path)).ingest.audiences == ("hr=internal", "hr/open=public")
    path.write_text('[ingest]\naudiences = ["hr", 3]\n', encoding="utf-8")
    with pytest.raises(UserError, match=r"'ingest\.audiences' is \['hr', 3\]; it must be a list of texts"):
        load(str(path))
