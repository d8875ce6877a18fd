"""The words of the project: ids, enums with a sentence each, errors, happenings. Standard library only."""
