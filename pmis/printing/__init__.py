"""Typesetting: official PDF documents of records and registers, and spreadsheets.

The content comes as plain values, is set by a typst template in a process of its own, and never
becomes part of the template's source.
"""
