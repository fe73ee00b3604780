"""The search for a better network: a space of settings, trials on the validation lakes, a log that is the result."""
