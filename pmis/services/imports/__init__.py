"""Taking over projects from other systems' files: readers, places, firms, loader."""
