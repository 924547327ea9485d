import pytest

from harness.files import replacing, write


def test_a_file_is_written_with_its_folder(tmp_path):
    write(tmp_path / "a" / "b.txt", "é\n")
    assert (tmp_path / "a" / "b.txt").read_bytes() == b"\xc3\xa9\n"
    assert [file.name for file in (tmp_path / "a").iterdir()] == ["b.txt"]


def test_what_goes_wrong_leaves_the_file_as_it_was(tmp_path):
    file = tmp_path / "kept.txt"
    write(file, "before")
    with pytest.raises(UnicodeEncodeError):
        write(file, "half \ud800")
    with pytest.raises(KeyboardInterrupt):
        _interrupted(file)
    assert file.read_text() == "before"
    assert [one.name for one in tmp_path.iterdir()] == ["kept.txt"]


def test_a_file_has_its_old_content_until_the_new_is_whole(tmp_path):
    file = tmp_path / "kept.txt"
    write(file, "before")
    with replacing(file) as part:
        part.write_text("after")
        assert file.read_text() == "before"
    assert file.read_text() == "after"


def _interrupted(file):
    with replacing(file) as part:
        part.write_text("half")
        raise KeyboardInterrupt
