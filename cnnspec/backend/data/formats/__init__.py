"""One file a format of pictures, texts, tables or arrays, and how pictures and texts are decoded."""
