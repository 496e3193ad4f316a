"""Bad files are refused in words that tell the person what to do, quickly, and without a byte written outside."""

import io
import random
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from salus.formats.apple_health import ExportRefused, open_export, refusals
from tests.formats.apple_health.conftest import HEAD, TAIL, record, xml, zipped

EXPORT = "apple_health_export/export.xml"


@pytest.fixture
def refused(tmp_path: Path) -> Callable[[Path | bytes], ExportRefused]:
    """Tries to read a file and gives the refusal; whatever happens, the folder must stay as it was."""

    def reading(source: Path | bytes) -> ExportRefused:
        with pytest.raises(ExportRefused) as caught, open_export(source) as export:
            export.write_parquet(tmp_path)
        assert caught.value.message == str(caught.value)
        assert "export.zip" in caught.value.message or "again" in caught.value.message
        return caught.value

    return reading


Refused = Callable[[Path | bytes], ExportRefused]


def test_a_photo_is_neither_a_zip_nor_an_export(refused: Refused) -> None:
    refusal = refused(b"\xff\xd8\xff\xe0JFIF" + bytes(100))

    assert isinstance(refusal, refusals.NotAnExport)
    assert "Export All Health Data" in refusal.message


def test_a_cut_off_zip_is_refused(refused: Refused) -> None:
    whole = zipped({EXPORT: xml(*[record(value, second=value) for value in range(500)])})

    assert isinstance(refused(whole[: len(whole) // 2]), refusals.TruncatedZip)


def test_a_zip_with_damaged_content_is_refused(refused: Refused) -> None:
    whole = bytearray(zipped({EXPORT: xml(*[record(value, second=value) for value in range(500)])}))
    whole[200:210] = bytes(10)

    assert isinstance(refused(bytes(whole)), refusals.TruncatedZip)


def test_a_zip_whose_content_is_not_what_its_checksum_says_is_refused(refused: Refused) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(EXPORT, xml(record(72)))

    assert isinstance(refused(buffer.getvalue().replace(b'value="72"', b'value="73"')), refusals.TruncatedZip)


def test_a_zip_with_a_password_is_refused(refused: Refused) -> None:
    locked = bytearray(zipped({EXPORT: xml(record())}))
    for signature, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        locked[locked.index(signature) + flags] |= 1

    assert isinstance(refused(bytes(locked)), refusals.EncryptedZip)


def test_a_zip_packed_another_way_is_refused(refused: Refused) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr(EXPORT, xml(record()))

    assert isinstance(refused(buffer.getvalue()), refusals.UnknownCompression)


def test_an_entry_that_unpacks_a_thousandfold_is_refused(refused: Refused) -> None:
    assert isinstance(refused(zipped({EXPORT: HEAD.encode() + b" " * (64 << 20)})), refusals.ZipBomb)


def test_a_real_ratio_is_accepted(tmp_path: Path) -> None:
    """Real exports pack 20:1 to 30:1; here 50:1, over the size from which ratios count."""
    chance = random.Random(1)
    lines = [record(chance.randrange(99), second=i % 3_600, sourceName="x" * 400) for i in range(30_000)]
    packed = zipped({EXPORT: xml(*lines)})

    with open_export(packed) as export:
        assert export.bytes_total / len(packed) > 40
        assert sum(batch.num_rows for batch in export.batches()) == 30_000


def test_19_kilobytes_that_claim_two_gigabytes_by_overlapping_are_refused(refused: Refused) -> None:
    content = bytes(16 << 20)
    small = zipped({"a": content})
    directory = small[small.index(b"PK\1\2") : small.index(b"PK\5\6")]
    body = small[: small.index(b"PK\1\2")]
    entries = b"".join(directory[:-1] + bytes([97 + i % 26]) for i in range(128))
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 128, 128, len(entries), len(body), 0)

    assert len(body + entries + end) < 30_000
    assert isinstance(refused(body + entries + end), refusals.ZipBomb)


@pytest.mark.parametrize("claimed", [10, 10_000_000])
def test_a_size_that_lies_is_refused(refused: Refused, claimed: int) -> None:
    lying = bytearray(zipped({EXPORT: xml(*[record(value) for value in range(100)])}))
    at = lying.index(b"PK\1\2") + 24
    lying[at : at + 4] = struct.pack("<I", claimed)

    assert isinstance(refused(bytes(lying)), refusals.ZipBomb | refusals.TruncatedZip)


@pytest.mark.parametrize("name", ["../../../tmp/x.txt", "/etc/x", "a\\..\\b.txt", "C:x.txt", "a/../../b"])
def test_names_that_point_outside_are_refused(refused: Refused, name: str) -> None:
    assert isinstance(refused(zipped({EXPORT: xml(record()), name: b"x"})), refusals.UnsafeNames)


def test_a_symbolic_link_is_refused(refused: Refused) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(EXPORT, xml(record()))
        link = zipfile.ZipInfo("apple_health_export/link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")

    assert isinstance(refused(buffer.getvalue()), refusals.UnsafeNames)


def test_a_million_entries_are_refused_before_they_are_listed(refused: Refused) -> None:
    entry = struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 1_000_000 * len(entry), 0, 0)

    assert isinstance(refused(b"PK\3\4" + entry * 1_000_000 + end), refusals.TooManyFiles)


def test_a_zip_without_health_data_is_refused(refused: Refused) -> None:
    assert isinstance(refused(zipped({"holiday/photo.jpg": b"x", "notes.xml": b"<notes/>"})), refusals.NoHealthData)


def test_a_clinical_document_alone_is_no_health_data(refused: Refused) -> None:
    clinical = b'<?xml version="1.0"?><ClinicalDocument xmlns="urn:hl7-org:v3"/>'

    assert isinstance(refused(zipped({"apple_health_export/export_cda.xml": clinical})), refusals.NoHealthData)
    assert isinstance(refused(clinical), refusals.NoHealthData)


def test_an_export_of_no_bytes_is_refused(refused: Refused) -> None:
    assert isinstance(refused(zipped({EXPORT: b""})), refusals.EmptyFile)
    assert isinstance(refused(b""), refusals.EmptyFile)


@pytest.mark.parametrize("empty", [xml(), b"<HealthData/>"])
def test_an_export_without_a_measurement_is_refused(refused: Refused, empty: bytes) -> None:
    assert isinstance(refused(empty), refusals.NoRecords)


@pytest.mark.usefixtures("either_way")
def test_xml_broken_from_the_start_is_refused(refused: Refused) -> None:
    assert isinstance(
        refused(b'<HealthData><Record type="HKQuantityTypeIdentifierHeartRate" value="72"'), refusals.Unreadable
    )


@pytest.mark.usefixtures("either_way")
@pytest.mark.parametrize("size", [2, 50])
def test_one_enormous_attribute_is_refused(refused: Refused, size: int) -> None:
    assert isinstance(refused(xml(record(), record(sourceName="a" * (size << 20)))), refusals.EntryTooLarge)


@pytest.mark.usefixtures("either_way")
def test_a_reference_to_an_entity_that_nobody_declared_is_refused(refused: Refused) -> None:
    assert isinstance(refused(xml(record(sourceName="&secret;"))), refusals.EntitiesDeclared)


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE HealthData [<!ENTITY x "y">]>',
        '<!DOCTYPE HealthData [<!ENTITY % x SYSTEM "http://example.org/x.dtd"> %x;]>',
        '<!DOCTYPE HealthData [<!ATTLIST A b CDATA "]>"><!ENTITY x "y">]>',
        '<!DOCTYPE HealthData [<!ATTLIST broken "><!ENTITY x "y">]>',
    ],
)
def test_declared_entities_are_refused_even_where_the_document_type_is_broken(
    refused: Refused, declaration: str
) -> None:
    assert isinstance(refused(f"{declaration}<HealthData>{record()}{TAIL}".encode()), refusals.EntitiesDeclared)


@pytest.mark.parametrize(
    "text",
    [
        xml(record()).decode().replace("UTF-8", "EBCDIC-CP-US").encode(),
        xml(record()).decode().replace("UTF-8", "no-such-thing").encode(),
        xml(record()).decode().encode("utf-32"),
    ],
)
def test_an_encoding_that_cannot_be_read_is_refused(refused: Refused, text: bytes) -> None:
    assert isinstance(refused(text), refusals.UnknownEncoding | refusals.NotAnExport)


@pytest.mark.usefixtures("either_way")
def test_a_file_of_nothing_but_damage_is_refused_soon(refused: Refused) -> None:
    assert isinstance(refused(xml(*["<Record a=1/>"] * 12_000)), refusals.TooDamaged)


@pytest.mark.usefixtures("either_way")
def test_an_element_that_holds_half_a_million_others_is_refused(refused: Refused) -> None:
    assert isinstance(refused(xml(f"<Workout>{'<a/>' * 500_000}</Workout>")), refusals.EntryTooLarge)


def test_another_file_in_a_strange_encoding_does_not_spoil_the_export() -> None:
    strange = {"a.xml": '<?xml version="1.0"?><a/>'.encode("utf-32"), EXPORT: xml(record())}

    with open_export(zipped(strange)) as export:
        assert sum(batch.num_rows for batch in export.batches()) == 1


def test_more_types_than_apple_has_are_refused(refused: Refused) -> None:
    many = [record(kind=f"HKQuantityTypeIdentifierMade{number}") for number in range(2_100)]

    assert isinstance(refused(xml(*many)), refusals.TooManyTypes)


@pytest.mark.parametrize(
    ("name", "refusal"),
    [
        ("x4-3-multi-empty-xml.zip", refusals.EmptyFile),
        ("x4-4-zip-slip.zip", refusals.UnsafeNames),
        ("x4-7-broken-xml.zip", refusals.Unreadable),
        ("x4-5-original.zip", refusals.NoRecords),
    ],
)
def test_adversarial_samples_are_refused(
    samples: Path, refused: Refused, name: str, refusal: type[ExportRefused]
) -> None:
    path = samples / "rinoshiyo__apple-health-mcp-server/tests/fixtures/adversarial" / name

    assert isinstance(refused(path), refusal)
    assert not Path("/tmp/zip-slip-escape.txt").exists()


def test_a_refusal_leaves_no_file_behind(tmp_path: Path, refused: Refused) -> None:
    refused(xml(record(), record(sourceName="&secret;")))

    assert list(tmp_path.iterdir()) == []
