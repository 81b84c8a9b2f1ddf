"""Figures of the project: each script prints ratios measured in one run (`./run bench`)."""
