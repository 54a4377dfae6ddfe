"""The commands of `nightshift`, as a shell asks for them; what they do lies below, and is imported when it is asked for."""
