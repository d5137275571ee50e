"""What officials read of the register: rolls, cards, duties, reports, warnings, figures."""
