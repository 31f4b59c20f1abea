"""What a spec says of where examples come from, one file a source; `cnnspec.language.data` lists them."""
