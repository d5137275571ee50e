"""What a report rests on, handed out so that others find every change without the shop."""

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from cold_chain import service
from cold_chain.models import RawBlock
from cold_chain.rules.merkle import audit_paths, merkle_root
from cold_chain.values import Arrival
from parties.models import Organisation
from parties.values import OrganisationKind, Role
from shop.proof import verify_report
from shop.typesetting import is_offered
from tests.builders.cold_chain import ACTOR, NOON, a_departed_shipment, an_upload
from tests.builders.people import a_browser, a_person
from tests.builders.places import once

Files = dict[str, bytes]
VERIFIER = Path(verify_report.__file__)


@pytest.fixture
def journey(session: Session) -> int:
    """Give a journey of three blocks that is judged; its day is sealed."""
    shipment_id = a_departed_shipment(session)
    for first, celsius in ((0, [2.0] * 20), (100, [2.0, 9.5] * 10), (200, [3.5] * 12)):
        service.ingest_block(session, an_upload(celsius, first=first))
    arrived = NOON + timedelta(minutes=265)
    service.arrive(session, Arrival(shipment_id=shipment_id, at=arrived, actor=ACTOR))
    service.evaluate_dirty(session, at=arrived)
    service.seal_days(session, at=NOON + timedelta(days=40))
    platform = {"code": "PLATFORM", "name": "山集", "kind": OrganisationKind.PLATFORM}
    once(session, Organisation, platform, key="code")
    a_person(session, "keeper", (Role.OPERATOR, "PLATFORM"))
    a_person(session, "buyer")
    session.commit()
    return shipment_id


@pytest.fixture
def files(app: Flask, journey: int) -> Files:
    answer = a_browser(app, "keeper").get(f"/console/journeys/{journey}/evidence.zip")
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.data)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def verdict(folder: Path, files: Files, *arguments: str) -> tuple[int, str]:
    """Run the verifier that lies among the files, with nothing but Python around it."""
    packed, verifier = folder / "evidence.zip", folder / "verify_report.py"
    with zipfile.ZipFile(packed, "w") as packing:
        for name, body in files.items():
            packing.writestr(name, body)
    verifier.write_bytes(VERIFIER.read_bytes())
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(verifier), str(packed), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout


def test_what_is_handed_out_holds_without_the_shop(
    tmp_path: Path, files: Files, session: Session
) -> None:
    code, told = verdict(tmp_path, files)

    report = json.loads(files["report.json"])
    assert code == 0, told
    assert "FAILS" not in told
    assert "3 in a row" in told
    assert "3 under the root" in told
    assert report["figures"]["max_centi"] == 950
    assert files["verify_report.py"] == VERIFIER.read_bytes()
    bodies = {bytes(body) for body in session.scalars(select(RawBlock.body))}
    assert {body for name, body in files.items() if name.startswith("blocks/")} == bodies


def test_the_same_report_is_the_same_bytes(app: Flask, journey: int) -> None:
    keeper = a_browser(app, "keeper")
    address = f"/console/journeys/{journey}/evidence.zip"

    assert keeper.get(address).data == keeper.get(address).data


def blocks_of(files: Files) -> list[str]:
    [chain] = json.loads(files["report.json"])["devices"].values()
    return [f"blocks/{block['sha256']}" for block in chain]


def flip(files: Files) -> Files:
    second = blocks_of(files)[1]
    body = bytearray(files[second])
    body[len(body) // 2] ^= 1
    return {**files, second: bytes(body)}


def delete(files: Files) -> Files:
    second = blocks_of(files)[1]
    return {name: body for name, body in files.items() if name != second}


def swap(files: Files) -> Files:
    _, second, third = blocks_of(files)
    return {**files, second: files[third], third: files[second]}


@pytest.mark.parametrize("change", [flip, delete, swap])
def test_the_first_bad_block_is_named(
    tmp_path: Path, files: Files, change: Callable[[Files], Files]
) -> None:
    code, told = verdict(tmp_path, change(files))

    assert code == 1
    assert "block 2 is the first bad one" in told


def rewritten(files: Files, change: Callable[[dict[str, object]], None]) -> Files:
    report = json.loads(files["report.json"])
    change(report)
    return {**files, "report.json": json.dumps(report).encode()}


def signed_anew(files: Files) -> Files:
    """Sign a report with a key of one's own, as whoever forges it would."""
    key = Ed25519PrivateKey.generate()
    digest = hashlib.sha256(files["report.json"]).hexdigest()
    words = f"{verify_report.PURPOSE}\n{digest}\n".encode()
    signed = {
        "public_key": key.public_key().public_bytes_raw().hex(),
        "signature": key.sign(words).hex(),
    }
    return {**files, "signature.json": json.dumps(signed).encode()}


def test_a_report_that_was_changed_is_not_signed(tmp_path: Path, files: Files) -> None:
    forged = rewritten(files, lambda report: report.update(verdict="pass"))

    code, told = verdict(tmp_path, forged)

    assert code == 1
    assert told.startswith("FAILS  report signed")


def test_a_forger_who_signs_anew_is_found_by_the_key_that_is_believed(
    tmp_path: Path, files: Files
) -> None:
    key = json.loads(files["signature.json"])["public_key"]

    def warmer(report: dict[str, object]) -> None:
        report["samples"] = [[at, centi - 700] for at, centi in report["samples"]]  # type: ignore[attr-defined]

    forged = signed_anew(rewritten(files, warmer))
    code, told = verdict(tmp_path, forged)
    assert code == 1
    assert "max_centi is 250, the report says 950" in told

    code, told = verdict(tmp_path, forged, "--key", key)
    assert code == 1
    assert told.startswith("FAILS  report signed")
    assert verdict(tmp_path, files, "--key", key)[0] == 0
    assert verdict(tmp_path, files, "--key", "00" * 32)[0] == 1


def test_a_chain_cut_at_its_front_or_a_block_of_another_day_is_found(
    tmp_path: Path, files: Files
) -> None:
    def cut(report: dict[str, object]) -> None:
        [chain] = report["devices"].values()  # type: ignore[attr-defined]
        chain[1]["seq"] = 7

    def moved(report: dict[str, object]) -> None:
        [chain] = report["devices"].values()  # type: ignore[attr-defined]
        chain[1]["leaf"] = 0

    code, told = verdict(tmp_path, signed_anew(rewritten(files, cut)))
    assert code == 1
    assert "is the first bad one" in told
    code, told = verdict(tmp_path, signed_anew(rewritten(files, moved)))
    assert code == 1
    assert "block 2 of LOG-1 does not lie under it" in told


@pytest.mark.parametrize("body", [b"", b"PK\x05\x06", b"[1]", b"\xff" * 40])
def test_what_is_no_evidence_is_said_to_be_none(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "x.zip").write_bytes(body)
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(VERIFIER), str(tmp_path / "x.zip")],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 2
    assert "not the evidence" in done.stdout


def test_a_report_that_is_due_anew_waits(app: Flask, journey: int, session: Session) -> None:
    keeper = a_browser(app, "keeper")
    service.ingest_block(session, an_upload([4.0], first=264))
    session.commit()

    assert keeper.get(f"/console/journeys/{journey}/evidence.zip").status_code == 409
    assert keeper.get("/console/journeys/999999/evidence.zip").status_code == 404


def test_evidence_is_for_the_operator(app: Flask, journey: int) -> None:
    for name in ("evidence.zip", "report.pdf"):
        address = f"/console/journeys/{journey}/{name}"
        assert a_browser(app, "buyer").get(address).status_code in (403, 404)
        assert app.test_client().get(address).status_code in (302, 401, 403)


def test_the_report_is_set_on_paper(app: Flask, journey: int) -> None:
    answer = a_browser(app, "keeper").get(f"/console/journeys/{journey}/report.pdf")

    if is_offered():
        assert answer.data.startswith(b"%PDF")
        assert answer.content_type == "application/pdf"
    else:
        assert answer.location.endswith(f"/console/journeys/{journey}")


@given(leaves=st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=40))
def test_the_way_of_every_leaf_leads_to_the_root(leaves: list[bytes]) -> None:
    root = merkle_root(leaves).hex()
    paths = audit_paths(leaves, range(len(leaves)))

    for place, leaf in enumerate(leaves):
        block = {
            "hash": leaf.hex(),
            "leaf": place,
            "path": [one.hex() for one in paths[place]],
        }
        assert verify_report._root(block, len(leaves)) == root
        other = {**block, "hash": bytes(32).hex()}
        assert verify_report._root(other, len(leaves)) != root or leaf == bytes(32)


@given(
    seed=st.binary(min_size=32, max_size=32),
    words=st.binary(max_size=64),
    bit=st.integers(0, 511),
)
def test_signatures_are_judged_as_the_library_judges_them(
    seed: bytes, words: bytes, bit: int
) -> None:
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = key.public_key().public_bytes_raw(), key.sign(words)
    wrong = bytearray(signature)
    wrong[bit // 8] ^= 1 << bit % 8

    assert verify_report.is_signed(public, words, signature)
    assert not verify_report.is_signed(public, words, bytes(wrong))
    assert not verify_report.is_signed(public, words + b"x", signature)
    assert not verify_report.is_signed(public[:-1], words, signature)
