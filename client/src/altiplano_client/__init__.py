"""Searches an Altiplano archive of ALMA data and downloads from it without a wrong byte.  Standard library only."""

__version__ = "0.1.0"
