"""One household's own sheet: what it earned, from which sale, under which contract."""
