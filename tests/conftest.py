"""What every test gets: no network beyond this machine, its own environment, its own data folder, two libraries."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from config import ROOT, Config
from ingest.library import Library
from ingest.pipeline import ingest

CUSTOMER = ROOT.parent / "shared" / "role_documents"

# The same examples on every run of CI; new ones on every run at home.
settings.register_profile("rolebook", deadline=None, derandomize=os.environ.get("CI") is not None)
settings.load_profile("rolebook")


def _is_here(family: int, address: Any) -> bool:
    """Whether an address belongs to this machine."""
    if family == socket.AF_UNIX:
        return True
    host = str(address[0]) if isinstance(address, tuple) else ""
    return host in ("localhost", "::1") or host.startswith("127.")


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    """Any attempt to reach another machine fails loudly."""
    real = {name: getattr(socket.socket, name) for name in ("connect", "connect_ex", "sendto")}
    look_up = socket.getaddrinfo

    def guarded(name: str) -> Any:
        def call(self: socket.socket, *arguments: Any) -> Any:
            address = arguments[-1] if name == "sendto" else arguments[0]
            if not _is_here(self.family, address):
                pytest.fail(f"a test tried to reach {address!r} over the network")
            return real[name](self, *arguments)

        return call

    def guarded_look_up(host: Any, *arguments: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name not in (None, "", "0.0.0.0", "::") and not _is_here(socket.AF_INET, (name,)):
            pytest.fail(f"a test tried to look up {name!r}")
        return look_up(host, *arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        for name in real:
            patch.setattr(socket.socket, name, guarded(name))
        patch.setattr(socket, "getaddrinfo", guarded_look_up)
        yield


@pytest.fixture(scope="session", autouse=True)
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The data folder of this session: temporary, but with the models that the checkout has prepared already."""
    chosen = os.environ.get("ROLEBOOK_DATA")
    if chosen is not None:
        yield Path(chosen)
        return
    folder = tmp_path_factory.mktemp("data")
    prepared = ROOT / "data" / "models"
    if prepared.is_dir():  # unpacking the embedded language model takes 20 s
        (folder / "models").symlink_to(prepared, target_is_directory=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ROLEBOOK_DATA", str(folder))
        yield folder


@pytest.fixture(autouse=True)
def _clean_environment(data: Path) -> Iterator[None]:
    """What a test writes into the environment ends with the test."""
    before = dict(os.environ)
    yield
    if dict(os.environ) != before:
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture(scope="session")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a library made of the bundled documents."""
    return _made_of(ROOT / "documents", tmp_path_factory.mktemp("bundled"))


@pytest.fixture(scope="session")
def customer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a library made of the customer's five documents, which are not part of the checkout."""
    if not CUSTOMER.is_dir():
        pytest.skip("the customer's role documents are not beside this checkout")
    return _made_of(CUSTOMER, tmp_path_factory.mktemp("customer"))


def _made_of(documents: Path, folder: Path) -> Path:
    reports = ingest([documents], folder, Config())
    assert {report.status for report in reports} == {"added"}
    assert len(Library.open(folder).documents()) == len(reports)
    return folder
