"""Pure decisions of payments, one file per subject; import the file."""
