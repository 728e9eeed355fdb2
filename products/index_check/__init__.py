"""The check of the whole archive: what archive/index_check compares, with the files and the objects they lie in."""

from products.index_check.run import Found, Scope, look

__all__ = ["Found", "Scope", "look"]
