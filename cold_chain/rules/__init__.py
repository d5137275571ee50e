"""Pure decisions of the cold chain: no database, no clock, the same answer every time."""
