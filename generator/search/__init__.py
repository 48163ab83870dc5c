"""`Edition` in; the files of its search index out: small classic scripts, loaded as a query needs them."""

from generator.search.index import files

__all__ = ["files"]
