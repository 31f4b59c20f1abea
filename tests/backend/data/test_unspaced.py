"""Writing without spaces is told from writing with them."""

import pytest

from cnnspec.backend.data.unspaced import unspaced


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
