"""Review: experts settle unclassified pixels, region by region; nothing they say is ever lost."""
