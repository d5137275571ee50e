"""The stories that span domains, one file each: what must succeed together stands in one function."""
