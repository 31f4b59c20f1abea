"""A file that a command is told to write: what is wrong with its name is said before any work is done."""

import os
from pathlib import Path

from cnnspec.cli.boundary import usage_error
from cnnspec.reports.safe import shown


def check_new_file(path: Path, force: bool, option: str, ending: str = "") -> None:
    """Show and raise what ends the command where `path`, the value of `option`, cannot be written.

    It must end in `ending`, if given; its folder must be there, and itself only with `force`.
    """
    if ending and path.suffix != ending:  # as Keras asks it, by the letter
        named = shown(str(path.parent / f"{path.stem or 'model'}{ending}"))
        raise usage_error(f"{shown(str(path))} does not end in {ending}", f"write {option} {named}")
    if not path.parent.is_dir():
        message = f"there is no folder {shown(str(path.parent))} for {shown(path.name)}"
        raise usage_error(message, "make it, or name another place")
    if path.exists() and not force:
        raise already_there(path)


def check_new_folder(path: Path) -> None:
    """Show and raise what ends the command where `path`, the value of -o, cannot become a new folder."""
    if not path.parent.is_dir():
        message = f"there is no folder {shown(str(path.parent))} for {shown(path.name)}"
        raise usage_error(message, "make it, or name another place")
    if os.path.lexists(path):
        raise folder_there(path)


def folder_there(path: Path) -> SystemExit:
    """Show that there is something in place of a new folder; to be raised."""
    return usage_error(f"{shown(str(path))} is there already", "give another name: a folder is never replaced")


def already_there(path: Path) -> SystemExit:
    """Show that something would be overwritten; to be raised."""
    return usage_error(f"{shown(str(path))} is there already", "give another name, or --force to replace it")
