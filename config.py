"""Settings of one Rolebook process: a profile (TOML) read into frozen values, and the user's family of errors.

Bottom of the stack: imports nothing of ours and nothing heavy. A profile names every model by its *source*
(``embedded``, ``hub``, ``endpoint`` or ``off``); nothing is loaded here.
"""

from __future__ import annotations

import json
import math
import os
import tomllib
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
PROFILES = ROOT / "profiles"
VERSION = "0.1.0"


class UserError(Exception):
    """Something the user can mend: shown as one paragraph without a traceback, exit code 2."""


class Source(StrEnum):
    """Where a model comes from."""

    EMBEDDED = "embedded"
    HUB = "hub"
    ENDPOINT = "endpoint"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """One model behind one seam.

    ``model`` is a hub id, a local folder or a name the endpoint knows; ``revision`` is optional and recorded in
    run files when it resolves; ``api_key_variable`` names an environment variable, never the key itself.
    """

    source: Source = Source.EMBEDDED
    model: str = ""
    revision: str = ""
    base_url: str = ""
    api_key_variable: str = ""
    timeout_s: float = 30.0  # of an endpoint: the longest silence
    max_tokens: int = 256
    prompt_price: float = 0.0  # USD per million tokens read, for the cost of an answer; 0 and 0: no cost is shown
    completion_price: float = 0.0  # USD per million tokens written


@dataclass(frozen=True, slots=True)
class ChunkConfig:
    """How consecutive units of one section are packed; sizes in characters of the document's clean text."""

    target_characters: int = 400


@dataclass(frozen=True, slots=True)
class IngestConfig:
    """How files are read. The limits end a file that would take the machine down, each in one line of the report."""

    max_megabytes: int = 50  # of a file
    max_unpacked_megabytes: int = 500  # of what a zip-based file (docx, xlsx, epub, ...) unpacks to
    max_pages: int = 2_000  # pages of a PDF, slides, sheets
    max_nesting: int = 200  # lists in lists, messages in messages
    max_seconds: float = 60.0  # for reading one file, and again for finding its structure
    max_memory_megabytes: int = 2_000  # of one reading process
    workers: int = 0  # files read at the same time; 0: one for each core
    ocr: bool = True  # scanned pages are recognised where Tesseract is installed
    redact: bool = False  # personal data is replaced by its kind before anything is stored
    audiences: tuple[str, ...] = ()  # "folder=audience"; all others are public


@dataclass(frozen=True, slots=True)
class RetrievalConfig:
    """Stages of the search. Weights were chosen on the dev split (docs/LOG.md)."""

    stage_depth: int = 100  # hits kept per first stage, at least 50 for the run file
    fusion: str = "convex"  # convex: min-max scores weighted; rrf: reciprocal ranks, without a weight to tune
    dense_weight: float = 0.7  # share of the dense score in the min-max convex fusion
    topic_dense: float = 0.7  # share of the question without the roles it names, beside the whole question: dense
    topic_lexical: float = 0.5  # the same for BM25
    part_share: float = 0.5  # share of a chunk's best part beside the whole chunk in its dense score
    role_bonus: float = 0.3  # added to a fused score (0-1) when the chunk belongs to a role named in the question
    kind_bonus: float = 0.07  # the same for a chunk of a section kind that the question hints at
    rerank_depth: int = 60  # candidates the reranker compares by their stored token vectors
    wide_rerank_depth: int = 80  # the same when several roles are asked about
    read_depth: int = 24  # candidates the reranker reads anew, where no vectors are stored
    wide_read_depth: int = 40  # the same when several roles are asked about
    rerank_weight: float = 0.5  # share of the reranker's score beside the fused score
    passages: int = 8  # chunks read for a look-up
    wide_passages: int = 14  # chunks read for a list, a comparison or a question about all roles


@dataclass(frozen=True, slots=True)
class GenerationConfig:
    """How an answer is written."""

    writer: str = "selecting"  # selecting | prose | extractive
    evidence_units: int = 5  # units shown for a look-up question
    list_units: int = 30  # units shown when a whole list or section is asked for
    timeout_s: float = 20.0  # the language model may think this long, then safe mode answers
    show_personal_data: bool = False  # statements that hold e-mail addresses, telephone numbers, ... are withheld
    answerable_threshold: float = 0.12  # below this estimated probability: "not in the documents"; negative: never


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that decides what an answer looks like; stored in the header of every run file."""

    name: str = "embedded"
    embedder: ModelConfig = field(default_factory=ModelConfig)
    reranker: ModelConfig = field(default_factory=ModelConfig)
    chat: ModelConfig = field(default_factory=ModelConfig)
    ingest: IngestConfig = field(default_factory=IngestConfig)
    chunks: ChunkConfig = field(default_factory=ChunkConfig)
    retrieval: RetrievalConfig = field(default_factory=RetrievalConfig)
    generation: GenerationConfig = field(default_factory=GenerationConfig)

    def as_dict(self) -> dict[str, Any]:
        """The whole configuration as plain JSON values, equal to what a file gives back."""
        table: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return table


def available_cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    counted = os.cpu_count()
    return 1 if counted is None else counted


def data_folder() -> Path:
    """Where Rolebook keeps what it can rebuild (prepared models, the default library), and ratings of answers.

    ``$ROLEBOOK_DATA`` if set, otherwise ``data/`` in the checkout.
    """
    chosen = os.environ.get("ROLEBOOK_DATA")
    return Path(chosen).expanduser() if chosen is not None and chosen.strip() else ROOT / "data"


def load(profile: str = "embedded") -> Config:
    """Read the profile called ``profile`` (a name in ``profiles/`` or a path to a TOML file).

    Raises:
        UserError: no such profile, not TOML, an unknown setting or a value of the wrong type; all faults at once.

    """
    path = Path(profile)
    if path.suffix != ".toml":
        path = PROFILES / f"{profile}.toml"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in PROFILES.glob("*.toml")))
        message = f"There is no profile '{profile}' (looked at {path}). Choose one of: {known}, or give a .toml file."
        raise UserError(message)
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        message = f"The profile {path} is not valid TOML: {error}. Correct that line and run the command again."
        raise UserError(message) from error
    faults: list[str] = []
    config: Config = _build(Config, {"name": path.stem, **table}, "", faults)
    if config.generation.writer not in ("selecting", "prose", "extractive"):
        faults.append(f"generation.writer is '{config.generation.writer}': use selecting, prose or extractive")
    if config.retrieval.fusion not in ("convex", "rrf"):
        faults.append(f"retrieval.fusion is '{config.retrieval.fusion}': use convex or rrf")
    faults += _out_of_range(config)
    if faults:
        message = f"The profile {path} has {len(faults)} fault(s):\n  - " + "\n  - ".join(faults)
        raise UserError(message)
    return config


def _out_of_range(config: Config) -> list[str]:
    """Numbers no model can work with, one line each (TOML knows ``nan`` and ``inf``)."""
    found = [] if 0 < config.generation.timeout_s < math.inf else ["generation.timeout_s must be more than 0 seconds"]
    for part, model in (("embedder", config.embedder), ("reranker", config.reranker), ("chat", config.chat)):
        if not 0 < model.timeout_s < math.inf:
            found.append(f"{part}.timeout_s must be more than 0 seconds")
        if model.max_tokens < 1:
            found.append(f"{part}.max_tokens must be at least 1")
        if not (0 <= model.prompt_price < math.inf and 0 <= model.completion_price < math.inf):
            found.append(f"{part}.prompt_price and completion_price must be 0 or more USD per million tokens")
    return found


def _build(kind: type[Any], table: dict[str, Any], prefix: str, faults: list[str]) -> Any:
    """Fill the dataclass ``kind`` from a TOML table, collecting every fault instead of stopping at the first."""
    names = {f.name: f for f in fields(kind)}
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in names:
            near = get_close_matches(key, names, n=1)
            hint = f"; did you mean '{near[0]}'?" if near else f"; known: {', '.join(names)}"
            faults.append(f"unknown setting '{prefix}{key}'{hint}")
            continue
        default = getattr(kind(), key)
        if is_dataclass(default):
            if isinstance(value, dict):
                values[key] = _build(type(default), value, f"{prefix}{key}.", faults)
            else:
                faults.append(f"'{prefix}{key}' must be a table, not {value!r}")
        elif isinstance(default, Source):
            if value in list(Source):
                values[key] = Source(value)
            else:
                faults.append(f"'{prefix}{key}' is {value!r}; use one of {', '.join(Source)}")
        elif isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
            values[key] = float(value)
        elif isinstance(default, tuple) and isinstance(value, list) and all(isinstance(v, str) for v in value):
            values[key] = tuple(value)
        elif type(value) is not type(default):
            wanted = "a list of texts" if isinstance(default, tuple) else f"of type {type(default).__name__}"
            faults.append(f"'{prefix}{key}' is {value!r}; it must be {wanted}")
        else:
            values[key] = value
    return kind(**values)
