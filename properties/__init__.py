"""The book of conjectures: one chapter a file, one claim a function."""
