"""What every floor of the house may know: the night, the settings, the errors."""
