"""What a browser is told to keep: the program of the pages, all of it, of one version, and nothing else."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

from groundstation.outbox import Outbox
from groundstation.web.application import LEAFLET_FOLDER, STATIC_FOLDER
from groundstation.web.shell import PLACE, WORKER_FILE, shell_files, worker_text
from proofs.absent.allowed import allowed
from proofs.absent.pages import page_faults
from tests.groundstation.entrances import application

SOURCE = (STATIC_FOLDER / WORKER_FILE).read_text(encoding="utf-8")


async def test_every_file_of_the_list_is_served_and_none_is_of_the_station() -> None:
    app = application(Outbox(()), clock=time.time_ns)
    async with TestClient(TestServer(app, host="127.0.0.1")) as client:
        async with client.get("/service-worker.js") as answer:
            assert (answer.status, answer.content_type) == (200, "text/javascript")
            told = re.search(r"const SHELL = (\{.*\});", await answer.text())
        assert told is not None
        files = json.loads(told[1])["files"]
        assert {"/", "/pilot", "/check", "/static/main.js", "/vendor/leaflet/leaflet.js"} <= set(files)
        assert not [path for path in files if path.startswith(("/api", "/public", "/ogc", "/metrics", "/service"))]
        for path in files:
            async with client.get(path) as answer:
                assert answer.status == 200, path
        async with client.get("/manifest.webmanifest") as answer:
            assert (answer.content_type, (await answer.json(content_type=None))["start_url"]) == (
                "application/manifest+json", "/",
            )  # fmt: skip


def test_another_program_is_another_version(tmp_path: Path) -> None:
    files = shell_files(STATIC_FOLDER, LEAFLET_FOLDER)
    same = worker_text(SOURCE, files)
    assert worker_text(SOURCE, files) == same
    (tmp_path / "main.js").write_text("// another")
    assert worker_text(SOURCE, files | {"/static/main.js": tmp_path / "main.js"}) != same
    assert worker_text(SOURCE + "\n", files) != same + "\n"


def test_a_worker_without_a_place_for_its_files_is_no_worker() -> None:
    with pytest.raises(ValueError, match="no place"):
        worker_text(SOURCE.replace(PLACE, "{}"), {})


def test_only_the_worker_keeps_and_it_stores_in_one_place() -> None:
    lists = allowed()
    assert list(page_faults("static/main.js", "caches.open('x')", lists))
    assert list(page_faults("static/serviceworker.js", "indexedDB.open('x')", lists))
    assert list(page_faults("static/install.js", "caches.open('x')", lists))
    assert not list(page_faults("static/serviceworker.js", SOURCE, lists))
    assert (SOURCE.count(".put("), SOURCE.count(".add("), SOURCE.count("caches.open(")) == (1, 0, 1)
