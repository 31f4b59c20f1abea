"""Writing without spaces is told from writing with them."""

from pathlib import Path

import pytest

from cnnspec.backend.data.load import load_dataset
from cnnspec.backend.data.place import DataFolder
from cnnspec.backend.data.unspaced import unspaced
from cnnspec.language.data import read_data
from tests.support.text_columns import reads_texts, softmax, write


@pytest.mark.parametrize(
    "text",
    [
        "这部电影很好看我非常喜欢",
        "この映画はとても面白かったです",
        "หนังเรื่องนี้สนุกมาก ชอบมากเลย",
        "ຮູບເງົາເລື່ອງນີ້ມ່ວນຫຼາຍ",
        "រឿងនេះល្អមើលណាស់ខ្ញុំចូលចិត្ត",
        "ဒီရုပ်ရှင်ကအရမ်းကောင်းတယ်",
        "བོད་ཡིག་ནི་རྒྱ་ཆེན་པོ་ཡིན།",
        "iPhone 手机的照相机质量非常好",
    ],
)
def test_texts_without_spaces_are_found(text: str) -> None:
    (token,) = unspaced(["plain words", text])
    assert token in text.split()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a very long sentence of plain words",
        "Donaudampfschifffahrtsgesellschaftskapitän",
        "이 영화는 정말 재미있었어요",
        "Bộ phim này rất hay",
        "这 部 电影 很 好看 我 非常 喜欢",
        "この 映画 は とても 面白い",
        "หนัง เรื่อง นี้ สนุก มาก",
        "the word 电影 means film",
        "Отличныйфильм",
        "यह फ़िल्म बहुत अच्छी है",
        "هذا الفيلم رائع",
    ],
)
def test_texts_with_spaces_are_not(text: str) -> None:
    assert unspaced([text]) == ()


@pytest.mark.parametrize(("split", "count"), [("whitespace", 2), ("character", 0)])
def test_they_are_counted_where_texts_are_cut_at_spaces(tmp_path: Path, split: str, count: int) -> None:
    """As they stand after punctuation was taken out, of those that were looked at."""
    write(tmp_path, {"t.txt": "a 这部电影。很好看，非常喜欢\nb plain words\na 太糟糕了，完全浪费时间\nb 你好\n"})
    section = read_data({"source": "text_lines", "train": "t.txt", "text": {"split": split}})
    (seen,) = load_dataset(section, reads_texts(softmax(2)), DataFolder(tmp_path), 0).seen.texts
    assert (len(seen.unspaced), seen.looked_at) == (count, 4 if count else 0)
    assert not count or seen.unspaced[0] == "这部电影很好看非常喜欢"
