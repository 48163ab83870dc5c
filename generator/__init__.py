"""clinref: YAML in two languages in, a checked bilingual clinical reference out."""

__version__ = "0.1.0"
