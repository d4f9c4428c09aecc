"""Years of trouble in an hour: the whole agent on a virtual clock, against a world drawn from one seed."""
