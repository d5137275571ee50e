"""The stories that span domains, one file each; what must succeed together is one function."""
