"""The rules of the house itself: arrows, sizes, names, printed pages, silent logs."""
