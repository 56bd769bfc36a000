"""Photos are found, and random ones made."""

import random
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from client.errors import LocalProblem
from client.images import random_images, select_photos


def test_random_images_decode_and_differ() -> None:
    """They are images of about 1 KB, all different, and the same again for the same seed."""
    images = random_images(20, random.Random(7))
    assert len({image.data for image in images}) == 20
    assert len({image.name for image in images}) == 20
    for image in images:
        assert 500 < len(image.data) < 2000
        Image.open(BytesIO(image.data)).load()
    assert images == random_images(20, random.Random(7))
    assert images != random_images(20, random.Random(8))


def test_a_folder_gives_its_photos_in_natural_order(tmp_path: Path) -> None:
    """Suffixes in any case count, other files are skipped with a reason."""
    for name in ("img10.jpg", "IMG9.JPG", "img1.PNG", "notes.txt", ".hidden.jpg"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "sub").mkdir()
    selection = select_photos([tmp_path])
    assert [photo.name for photo in selection.photos] == ["img1.PNG", "IMG9.JPG", "img10.jpg"]
    reasons = {skipped.path.name: skipped.reason for skipped in selection.skipped}
    assert reasons == {"notes.txt": "not a photo by its name", ".hidden.jpg": "hidden", "sub": "a folder"}


def test_a_named_file_is_taken_whatever_it_is_called(tmp_path: Path) -> None:
    """The server decides what it is."""
    file = tmp_path / "photo.raw"
    file.write_bytes(b"x")
    assert select_photos([file]).photos == (file,)


def test_nothing_to_upload_is_said(tmp_path: Path) -> None:
    """An empty folder and a missing path are problems of the command line."""
    for paths in ([tmp_path], [tmp_path / "absent"], []):
        with pytest.raises(LocalProblem):
            select_photos(paths)
