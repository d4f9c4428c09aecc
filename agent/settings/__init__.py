"""The configuration: what the owner wrote, as values; an error names the file, the key, the value and the mend."""
