from tests import raised

raised.watch()  # before any room is imported, in each process of a run
