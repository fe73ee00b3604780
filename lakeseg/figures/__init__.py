"""Pictures and charts as pure functions: numbers in, an array or a figure out."""
